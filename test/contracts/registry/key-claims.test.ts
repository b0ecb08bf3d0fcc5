// Who may claim a key: each half of the certified point, whoever signs for it, and the AK that quoted it unproven.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { concat, fromHex } from "../../../sdk/evidence/bytes.ts";
import { operatorMessage, revokeMessage } from "../../../sdk/evidence/message.ts";
import { alice, aliceLong, bob, chainId, withRecords } from "./records.ts";
import { akIdFor, calldataOf, evidence, signWith } from "./stub-evidence.ts";

describe("claims to a key", () => {
  const { act, attest, get, nonceOf, read, refused, self, stub } = withRecords();

  it("certify.key: need both coordinates of the certified point", async () => {
    const [x, y] = [alice.point.subarray(0, 32), alice.point.subarray(32)];
    const other = bob.point;
    for (const point of [concat(x, other.subarray(32)), concat(other.subarray(0, 32), y)])
      assert.equal(await refused({ key: alice, certifiedKey: { ...alice, point } }), "CertifyKeyMismatch");
  });

  it("are bound to PCRs by the quoted policy alone, without another way to use the key", async () => {
    const { certification, ...rest } = evidence({ key: alice, anchorBlock: await stub().anchorAt() });
    // The last word of the stub's claims: authPolicy.
    const claims = concat(certification!.attest.subarray(0, -32), new Uint8Array(32));
    const data = calldataOf({ ...rest, certification: { ...certification!, attest: claims } });
    await stub().chain.sendData(stub().registry.address, data);
    assert.equal((await get(alice)).assurance["keyProtection"], 1);
    await attest({ key: alice });
    assert.equal((await get(alice)).assurance["keyProtection"], 2);
  });

  it("ak.cloud: need a chain of the cloud that is claimed", async () => {
    const anchorBlock = await stub().anchorAt();
    const { workloadCollaterals, ...rest } = evidence({ key: alice, anchorBlock });
    const { certs } = evidence({ key: alice, anchorBlock, cloud: 4 }).workloadCollaterals;
    const data = calldataOf({ ...rest, workloadCollaterals: { ...workloadCollaterals, certs } });
    assert.equal(await stub().chain.refusalOf(stub().registry, data), "AKCloudMismatch");
  });

  it("record.taken: need another AK than the one that quoted it unproven", async () => {
    await attest({ key: alice, certification: "none" });
    assert.equal(await refused({ key: aliceLong }), "IdentityTaken");
    assert.equal(await refused({ key: aliceLong, ak: 2 }), null);
  });

  it("record.taken: are not renewed by a restored squatter, whose record was replaced", async () => {
    await attest({ key: alice, ak: 7, certification: "none" });
    await attest({ key: alice, ak: 8 });
    await act("restoreAk", [akIdFor(7)], 0);
    assert.equal(await refused({ key: alice, ak: 7 }), "IdentityTaken");
  });

  it("an operator is named by the key alone, once per signature", async () => {
    await attest({ key: alice });
    const operator = stub().chain.addressOf(5);
    const message = operatorMessage(chainId, self(), 0n, fromHex(operator));
    const call = (signature: string, to = operator) =>
      stub().chain.refusal(stub().registry, "setOperator", [alice.hash, to, signature]);
    assert.equal(await call(signWith(bob, message)), "ActionSignatureWrong");
    assert.equal(await call(signWith(alice, message), stub().chain.addressOf(6)), "ActionSignatureWrong");
    await act("setOperator", [alice.hash, operator, signWith(alice, message)], 3);
    assert.equal(await call(signWith(alice, message)), "ActionSignatureWrong");
    assert.equal(await nonceOf(alice), 1n);
  });

  it("are revoked by the key alone", async () => {
    await attest({ key: alice });
    const signature = signWith(bob, revokeMessage(chainId, self(), 0n));
    const args = [alice.hash, signature];
    assert.equal(await stub().chain.refusal(stub().registry, "revokeCvm", args), "ActionSignatureWrong");
    assert.equal(await read("hasRegistered", alice.hash), true);
  });

  it("keep the TTL of the TEE half between one hour and ninety days", async () => {
    await attest({ key: alice });
    for (const seconds of [0n, 3599n, 7_776_001n]) {
      const args = [alice.hash, seconds, 3600n, "0x"];
      assert.equal(await stub().chain.refusal(stub().registry, "setCollateralTTL", args), "TTLOutOfRange");
    }
    assert.equal((await get(alice)).teeTTL, 30 * 86_400);
  });
});
