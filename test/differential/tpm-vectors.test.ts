// Every TPM vector of the reference set, part by part, on chain and in TypeScript: the same check as the table of
// test/support/tpm-vectors.ts says is due. What no contract judges stands there with its reason.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, describe, it } from "node:test";
import { network } from "hardhat";
import { checkByError } from "../../sdk/checks.ts";
import { fromHex, toBigInt, toHex, uint } from "../../sdk/evidence/bytes.ts";
import { readCertificate } from "../../sdk/evidence/certificate.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import { readRuntimeClaims } from "../../sdk/evidence/runtime-claims.ts";
import { judgeAkChain } from "../../sdk/verify/ak-certificates.ts";
import { isSignatureBy } from "../../sdk/verify/signature.ts";
import { verifyQuoteOffChain } from "../../sdk/verify/tpm-off-chain.ts";
import { verifyCertification, verifyQuote } from "../../sdk/verify/tpm.ts";
import { runtimeClaims, selectedPcrs } from "../contracts/verifiers/captured.ts";
import type { TpmCase } from "../contracts/verifiers/captured.ts";
import { refusalOf } from "../contracts/verifiers/outcome.ts";
import { due, index, mustFindCase, mustFindChain, referenceRoots } from "../support/tpm-vectors.ts";
import type { DueVerdicts } from "../support/tpm-vectors.ts";

const { viem, networkHelpers } = await network.create();
const now = BigInt(Date.parse("2026-12-01T12:00:00Z") / 1000);
const gas = 16_000_000n;
const verifier = await viem.deployContract("TPMVerifier");
const harness = await viem.deployContract("CryptoHarness");
const [authority] = await viem.getWalletClients();
const certificates = await viem.deployContract("AKCertificates", [
  authority!.account.address,
  referenceRoots.map(({ cloud, der }) => ({ cloud, der: toHex(der) })),
]);
const trust = { intelRoot: new Uint8Array(64), akRoots: referenceRoots };

const checkOn = async (call: () => Promise<unknown>) => {
  const error = await refusalOf(call);
  return error === null ? null : checkByError(error)!.id;
};
const checkOf = (outcome: object) => ("check" in outcome ? outcome.check : null);

/** Where no AK is published, the leaf of the chain has it. */
function akOf({ ak, certs = [] }: TpmCase): Uint8Array {
  if (ak !== null) return fromHex(ak);
  const leaf = readCertificate(fromHex(certs[0]!));
  assert.ok(!isRefusal(leaf));
  return leaf.key.bytes;
}
const keyOf = (c: TpmCase) => {
  const bytes = akOf(c);
  return { type: bytes.length === 64 ? "p256" : "rsa", bytes } as const;
};
/** The values published, of the PCRs that the quote selects where there are more; all of them where it cannot be read. */
function valuesOf({ attest, pcrs = {} }: TpmCase) {
  const indices = Object.keys(pcrs).map(Number);
  const selected = indices.length === 24 ? selectedPcrs(attest) : indices;
  return selected.sort((a, b) => a - b).map((at) => ({ index: at, pcr: fromHex(pcrs[String(at)]!) }));
}
const sdkPcrs = (c: TpmCase) =>
  valuesOf(c).map((pcr) => ({ ...pcr, allEvents: [], measureEventsIdx: [], measurePcr: true }));
// Banks of other sizes do not fit bytes32: the contract refuses the bank before it looks at the values.
const word = (pcr: Uint8Array) => toHex(pcr.length === 32 ? pcr : new Uint8Array(32));
const contractPcrs = (c: TpmCase) =>
  sdkPcrs(c).map((pcr) => ({ ...pcr, index: BigInt(pcr.index), pcr: word(pcr.pcr), measureEventsIdx: [] }));

const onChain = (c: TpmCase) => () =>
  verifier.read.verifyQuote([toHex(keyOf(c).bytes), `0x${c.attest}`, `0x${c.signature}`, contractPcrs(c)]);
const evidenceOf = (c: TpmCase) => ({
  attest: fromHex(c.attest),
  signature: fromHex(c.signature),
  pcrs: sdkPcrs(c),
});

async function compareQuote(c: TpmCase, { quote, offChain }: DueVerdicts): Promise<void> {
  assert.equal(await checkOn(onChain(c)), quote);
  assert.equal(checkOf(verifyQuote(keyOf(c), evidenceOf(c))), quote);
  // The form for callers with a policy of their own has no list of indices to be wrong.
  const quoted = `0x${(c.attest.length / 2).toString(16).padStart(4, "0")}${c.attest}${c.signature}` as const;
  const values = contractPcrs(c).map(({ pcr }) => pcr);
  const plain = () => verifier.read.verifyQuotedValues([toHex(keyOf(c).bytes), quoted, values]);
  assert.equal(await checkOn(plain), quote === "tpm.pcr-selection" ? "tpm.pcr-digest" : quote);
  const bank = (c as { bank?: string | null }).bank ?? "sha256";
  const dueOffChain = offChain === undefined ? quote : offChain;
  assert.equal(checkOf(verifyQuoteOffChain(keyOf(c), { ...evidenceOf(c), bank })), dueOffChain);
}

async function compareCertification(c: TpmCase, expected: unknown): Promise<void> {
  const parts = { tpmtPublic: fromHex(c.tpmtPublic!), ...evidenceOf(c) };
  const identity = Uint8Array.of(...parts.tpmtPublic.slice(-66, -34), ...parts.tpmtPublic.slice(-32));
  const { tpmtPublic, attest, signature } = parts;
  const tuple = { tpmtPublic: toHex(tpmtPublic), attest: toHex(attest), signature: toHex(signature) };
  const call = () => verifier.read.verifyCertification([toHex(keyOf(c).bytes), tuple]);
  assert.equal(await checkOn(call), expected);
  assert.equal(checkOf(verifyCertification(keyOf(c), parts, identity)), expected);
}

async function compareChain(id: string, { chain, isTrusted }: DueVerdicts): Promise<void> {
  const certs = mustFindChain(id);
  const judged = judgeAkChain(certs, trust, now);
  assert.equal(checkOf(judged), chain);
  const call = () => certificates.simulate.verifyChain([certs.map((der) => toHex(der))], { gas });
  assert.equal(await checkOn(call), chain);
  if (isRefusal(judged)) return;
  const [key, onChainTrust] = (await call()).result;
  assert.equal(key, toHex(judged.key.bytes));
  assert.equal(judged.isTrusted, isTrusted);
  const { cloud, notAfter } = judged;
  assert.deepEqual(onChainTrust, { cloud, isTrusted, notAfter: Number(notAfter) });
}

const relabelled = "neg-azure-version2-relabel";
const tampered = "neg-azure-claims-tampered";
function claimsOf(id: string): Uint8Array {
  // Framed as version 2 the same claims lie four bytes behind: a reader that did not pin version 1 hands these on.
  if (id === relabelled) return Uint8Array.of(0, 0, 0, 0, ...claimsOf("azure-tdx-full-2026"));
  const text = runtimeClaims[id === tampered ? "azure-tdx-full-2026" : id]!;
  return Buffer.from(id === tampered ? text.replace('"secure-boot":true', '"secure-boot":false') : text);
}

describe("TPM vectors of the reference set", () => {
  before(() => networkHelpers.time.increaseTo(now - 5n));

  it("are all in the table, once, and each is judged or has its reason", () => {
    assert.equal(index.length, 75);
    assert.deepEqual([...due.keys()].sort(), index.map(({ id }) => id).sort());
    for (const [id, { reason, ...verdicts }] of due)
      assert.ok(reason !== undefined || Object.keys(verdicts).length > 0, id);
  });

  // Where a whole vector is rejected, some part of it is; where it is valid, nothing is but what has a reason.
  it("end as the independent checker says", () => {
    for (const { id, expected } of index) {
      const { quote, offChain = quote, reason, ...rest } = due.get(id)!;
      const parts = [offChain, rest.certification, rest.chain, rest.runtimeClaims, rest.tdQuote];
      const isRejected = parts.some((check) => typeof check === "string") || rest.registration !== undefined;
      // Its rejections are the comparison of a nonce, and of a log with the quote of another machine.
      const isElsewhere = ["neg-wrong-nonce", "tdx-quote4-ccel-unrelated"].includes(id);
      if (expected.startsWith("reject")) assert.ok(isRejected || isElsewhere, id);
      else
        assert.ok(!isRejected || reason !== undefined || rest.chain === "ak.leaf" || id.includes("2025"), id);
    }
  });

  for (const [id, verdicts] of due)
    it(`${id} (${index.find((one) => one.id === id)?.kind})`, async () => {
      if (verdicts.quote !== undefined) await compareQuote(mustFindCase(id), verdicts);
      if (verdicts.certification !== undefined)
        await compareCertification(mustFindCase(id), verdicts.certification);
      if (verdicts.chain !== undefined) await compareChain(id, verdicts);
      if (verdicts.runtimeClaims !== undefined) {
        const claims = claimsOf(id);
        assert.equal(
          await checkOn(() => harness.read.runtimeClaims([toHex(claims)])),
          verdicts.runtimeClaims,
        );
        assert.equal(checkOf(readRuntimeClaims(claims)), verdicts.runtimeClaims);
      }
      if (verdicts.log !== undefined) {
        const logs = readFileSync("test/fixtures/hardware/event-logs/PROVENANCE.md", "utf8");
        assert.ok(logs.includes(`| ${verdicts.log} |`), verdicts.log);
      }
    });

  it("whose PCR values are not published are signed by their AK all the same", () => {
    for (const id of ["automata-gcp-ecc-quote", "automata-azure-rsa-quote"]) {
      const c = mustFindCase(id);
      const scheme = c.signature.slice(0, 8);
      const raw =
        scheme === "0018000b" ? c.signature.slice(12, 76) + c.signature.slice(80) : c.signature.slice(12);
      assert.ok(isSignatureBy(keyOf(c), fromHex(c.attest), fromHex(raw)), id);
    }
  });
});

const sim = mustFindCase("sim-quote-ecc");
const [first, second] = [mustFindCase("azure-tdx-full-2025"), mustFindCase("azure-tdx-full-2026")];
const n = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const otherHalf = (s: string) => toHex(uint(n - toBigInt(fromHex(s)), 32)).slice(2);
const zeroed = Object.fromEntries(Object.keys(sim.pcrs!).map((at) => [at, "00".repeat(32)]));
const madeUp = mustFindCase("neg-unrestricted-signer");
const bareSignature = madeUp.signature;

describe("forgeries by name end alike on both sides", () => {
  const cases: readonly (readonly [string, TpmCase, string | null])[] = [
    [
      "an attest of one machine with the signature of another",
      { ...first, signature: second.signature },
      "tpm.signature",
    ],
    ["the quote of one machine under the AK of another", { ...first, ak: second.ak }, "tpm.signature"],
    [
      "the quote of one machine with the registers of another",
      { ...first, pcrs: second.pcrs! },
      "tpm.pcr-digest",
    ],
    [
      "a signature relabelled SHA-384",
      { ...sim, signature: `0018000c${sim.signature.slice(8)}` },
      "tpm.signature-scheme",
    ],
    [
      "a signature relabelled SHA-1",
      { ...first, signature: `00140004${first.signature.slice(8)}` },
      "tpm.signature-scheme",
    ],
    [
      "a PKCS#1 signature relabelled PSS",
      { ...first, signature: `0016${first.signature.slice(4)}` },
      "tpm.signature-scheme",
    ],
    ["registers of zero", { ...sim, pcrs: zeroed }, "tpm.pcr-digest"],
    ["no registers", { ...sim, pcrs: {} }, "tpm.pcr-selection"],
    [
      "the signature of an unrestricted key over a genuine attest",
      { ...sim, signature: bareSignature },
      "tpm.signature",
    ],
    // TPM ECDSA is not low-s: either half is a signature, and nothing uses one as an identifier.
    [
      "the other s",
      { ...sim, signature: sim.signature.slice(0, 80) + otherHalf(sim.signature.slice(80)) },
      null,
    ],
  ];
  for (const [what, c, expected] of cases)
    it(`${what}: ${expected ?? "accepted"}`, async () => {
      assert.equal(await checkOn(onChain(c)), expected);
      assert.equal(checkOf(verifyQuote(keyOf(c), evidenceOf(c))), expected);
    });

  it("a look-alike by an unrestricted key is signed by that key, and by nothing else", () => {
    const raw = fromHex(bareSignature.slice(12, 76) + bareSignature.slice(80));
    const area = fromHex(unrestrictedSigner);
    const signer = Uint8Array.of(...area.slice(-66, -34), ...area.slice(-32));
    assert.ok(isSignatureBy({ type: "p256", bytes: signer }, fromHex(madeUp.attest), raw));
    assert.ok(!isSignatureBy(keyOf(madeUp), fromHex(madeUp.attest), raw));
  });

  it("a certification by another AK: tpm.signature", async () => {
    const { ak } = mustFindCase("sim-quote-rsa");
    await compareCertification({ ...mustFindCase("sim-certify-ecc"), ak: sim.ak }, null);
    const rsa = mustFindCase("sim-certify-rsa");
    assert.equal(rsa.ak, ak);
    await compareCertification({ ...rsa, ak: first.ak }, "tpm.signature");
  });
});

/** TPMT_PUBLIC of the signer of neg-unrestricted-signer (test/fixtures/hardware/tpm-evidence). */
const unrestrictedSigner = (
  JSON.parse(readFileSync("test/fixtures/hardware/tpm-evidence/vectors.json", "utf8")) as readonly {
    readonly id: string;
    readonly signerTpmtPublic?: string;
  }[]
).find(({ id }) => id === "neg-unrestricted-signer")!.signerTpmtPublic!;
