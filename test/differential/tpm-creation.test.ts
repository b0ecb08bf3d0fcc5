// TPM2_CertifyCreation by contract and SDK. The attest has the header of a software TPM's certification and is signed by a
// key of node's.
import assert from "node:assert/strict";
import { createSign, generateKeyPairSync } from "node:crypto";
import { describe, it } from "node:test";
import { network } from "hardhat";
import { toHex } from "../../sdk/evidence/bytes.ts";
import { readEcdsaSignature } from "../../sdk/evidence/certificate.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import { tpmName } from "../../sdk/evidence/tpm-public.ts";
import { verifyCertification, verifyCreation } from "../../sdk/verify/tpm.ts";
import { simulated } from "../contracts/verifiers/captured.ts";
import { hex, refusalOf } from "../contracts/verifiers/outcome.ts";
import { assertParity, disturb, newDice } from "../contracts/verifiers/parity.ts";

const { viem } = await network.create();
const verifier = await viem.deployContract("TPMVerifier");

const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const { x, y } = publicKey.export({ format: "jwk" });
const ak = Buffer.concat([Buffer.from(x!, "base64url"), Buffer.from(y!, "base64url")]);
const key = { type: "p256", bytes: ak } as const;

const tpm2b = (bytes: Uint8Array) => Buffer.concat([Buffer.from([0, bytes.length]), bytes]);
function sign(attest: Buffer): Buffer {
  const rs = readEcdsaSignature(createSign("sha256").update(attest).sign(privateKey));
  if (isRefusal(rs)) throw new Error(rs.detail);
  return Buffer.concat([Buffer.from("0018000b", "hex"), tpm2b(rs.subarray(0, 32)), tpm2b(rs.subarray(32))]);
}

const area = Buffer.from(simulated["sim-certify-ecc"]!.tpmtPublic!, "hex");
const identity = Buffer.concat([area.subarray(-66, -34), area.subarray(-32)]);
const certify = Buffer.from(simulated["sim-certify-ecc"]!.attest, "hex");
const creationHash = Buffer.alloc(32, 0x5a);

/** Header of the certification with the type of a creation, then Name and creation hash. */
function creationOf(hash: Uint8Array, name = tpmName(area), type = 0x801a): Buffer {
  const header = Buffer.from(certify.subarray(0, certify.indexOf(Buffer.from(tpmName(area))) - 2));
  header.writeUInt16BE(type, 4);
  return Buffer.concat([header, tpm2b(name), tpm2b(hash)]);
}
const partsOf = (attest: Buffer) => ({ tpmtPublic: area, attest, signature: sign(attest) });
const onChain = (parts: { tpmtPublic: Buffer; attest: Buffer; signature: Buffer }) =>
  verifier.read.verifyCreation([
    hex(ak),
    { tpmtPublic: hex(parts.tpmtPublic), attest: hex(parts.attest), signature: hex(parts.signature) },
  ]);

describe("certification of a creation, contract and SDK", () => {
  it("says which key was made, and the hash of its creation data", async () => {
    for (const hash of [creationHash, Buffer.alloc(48, 1), Buffer.alloc(0)]) {
      const parts = partsOf(creationOf(hash));
      const sdk = verifyCreation(key, parts);
      if (isRefusal(sdk)) throw new Error(sdk.detail);
      const [made, stated] = await onChain(parts);
      assert.equal(stated, hash.length === 0 ? "0x" : hex(hash));
      assert.deepEqual(toHex(sdk.creationHash), stated);
      assert.equal(made.nameHash, toHex(sdk.nameHash));
      assert.equal(made.x + made.y.slice(2), toHex(sdk.publicKey));
    }
  });

  it("is no certification, and none is a creation: TPMAttestTypeUnexpected", async () => {
    const certification = partsOf(creationOf(creationHash, tpmName(area), 0x8017));
    assert.equal(await refusalOf(() => onChain(certification)), "TPMAttestTypeUnexpected");
    await assertParity(() => onChain(certification), verifyCreation(key, certification), "a certification");
    const creation = partsOf(creationOf(creationHash));
    const refused = verifyCertification(key, creation, identity);
    assert.ok(isRefusal(refused) && refused.check === "tpm.attest-type");
  });

  it("of another object is refused: CertifyNameMismatch", async () => {
    const name = Buffer.from(tpmName(area));
    name[20]! ^= 1;
    const parts = partsOf(creationOf(creationHash, name));
    assert.equal(await refusalOf(() => onChain(parts)), "CertifyNameMismatch");
    await assertParity(() => onChain(parts), verifyCreation(key, parts), "another name");
  });

  it("ends in the same check after each of 200 mutations", async () => {
    const dice = newDice(21);
    const original = partsOf(creationOf(creationHash));
    for (let round = 0; round < 200; round++) {
      const part = (["tpmtPublic", "attest", "signature"] as const)[dice(3)]!;
      const parts = { ...original, [part]: disturb(original[part], dice) };
      await assertParity(() => onChain(parts), verifyCreation(key, parts), `round ${round}, ${part}`);
    }
  });
});
