// Intel's list of evaluation numbers off chain: order of the steps, what each wrong member ends in, and dates.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { issueCrl } from "../../agent/platforms/simulated/crl.ts";
import { signP256 } from "../../agent/platforms/simulated/p256.ts";
import { rawPublicKey } from "../../agent/platforms/simulated/x509.ts";
import { concat } from "../../sdk/evidence/bytes.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import { judgeEvaluationNumbers } from "../../sdk/verify/tdx/index.ts";
import type { EvaluationNumbersCollateral } from "../../sdk/verify/tdx/index.ts";
import { chainOf, reissue } from "../support/intel-certificates.ts";
import { serialOf } from "../support/random-tdx.ts";
import { documentSigner } from "../support/signed-documents.ts";
import { day, relisted, seconds, simulatedNow, simulatedWorld } from "../support/simulated-chain.ts";
import { flip } from "./fixtures.ts";

const { authorities, collateral } = await simulatedWorld("evaluation numbers");
const { root, platformCa, tcbSigning } = authorities;
const strangers = (await simulatedWorld("strangers")).authorities;
const documents = documentSigner(authorities);
const trust = { intelRoot: rawPublicKey(root.publicKey), now: BigInt(simulatedNow) };

const signed = documents.evaluationNumbers();
const good: EvaluationNumbersCollateral = {
  issuerChain: chainOf(tcbSigning, root),
  rootCaCrl: collateral().rootCaCrl,
  bytes: signed.text,
  signature: signed.signature,
};
const checkOf = (by: Partial<EvaluationNumbersCollateral>, at: Partial<typeof trust> = {}) => {
  const judged = judgeEvaluationNumbers({ ...good, ...by }, { ...trust, ...at });
  return isRefusal(judged) ? judged.check : null;
};
const listOf = (...content: Parameters<typeof documents.evaluationNumbers>) => {
  const { text, signature } = documents.evaluationNumbers(...content);
  return { bytes: text, signature };
};
const revoking = (...revoked: (typeof root)[]) =>
  issueCrl(root, { ...relisted(1), revokedSerials: revoked.map(serialOf) });
const none = new Uint8Array(0);

describe("evaluation numbers", () => {
  it("that Intel's signer signed are accepted, and end with what ends first", async () => {
    const judged = judgeEvaluationNumbers(good, trust);
    assert.ok(!isRefusal(judged));
    assert.deepEqual(
      judged.numbers.map(({ number }) => number),
      [19, 18],
    );
    const endOf = (by: Partial<EvaluationNumbersCollateral>) => {
      const other = judgeEvaluationNumbers({ ...good, ...by }, trust);
      assert.ok(!isRefusal(other));
      return Number(other.validUntil);
    };
    assert.equal(endOf({}), seconds("2026-03-02"));
    const short = { ...relisted(1), nextUpdate: day("2026-02-20"), revokedSerials: [] };
    assert.equal(endOf({ rootCaCrl: issueCrl(root, short) }), seconds("2026-02-20"));
    const shortSigner = await reissue(authorities, "tcbSigning", { notAfter: day("2026-02-19") });
    assert.equal(endOf({ issuerChain: chainOf(shortSigner, root) }), seconds("2026-02-19"));
    const shortRoot = await reissue(authorities, "root", { notAfter: day("2026-02-18") });
    assert.equal(endOf({ issuerChain: chainOf(tcbSigning, shortRoot) }), seconds("2026-02-18"));
  });

  it("are judged in the order of their steps", () => {
    const order = [
      ["issuerChain", "tdx.root"],
      ["rootCaCrl", "tdx.crl-signature"],
      ["signature", "tdx.evaluation-numbers-signature"],
    ] as const;
    let rest: Partial<EvaluationNumbersCollateral> = {
      issuerChain: chainOf(strangers.tcbSigning, strangers.root),
      rootCaCrl: issueCrl(strangers.root, { ...relisted(1), revokedSerials: [] }),
      signature: none,
    };
    for (const [member, check] of order) {
      assert.equal(checkOf(rest), check, member);
      rest = { ...rest, [member]: good[member] };
    }
    assert.equal(checkOf(rest), null);
  });

  for (const [what, by, check] of [
    ["no chain", { issuerChain: none }, "tdx.pck-chain"],
    ["a chain of the signer alone", { issuerChain: chainOf(tcbSigning) }, "tdx.pck-chain"],
    ["the PCK CA as signer", { issuerChain: chainOf(platformCa, root) }, "tdx.signer"],
    ["the root as signer", { issuerChain: chainOf(root, root) }, "tdx.signer"],
    ["a chain the wrong way round", { issuerChain: chainOf(root, tcbSigning) }, "tdx.root"],
    ["a root CRL that is no DER", { rootCaCrl: none }, "x509.der"],
    ["the PCK CRL for the root's", { rootCaCrl: collateral().pckCrl }, "tdx.crl-issuer"],
    ["a root CRL that names the signer", { rootCaCrl: revoking(tcbSigning) }, "tdx.signer-revoked"],
    ["a root CRL that names the PCK CA", { rootCaCrl: revoking(platformCa) }, null],
    ["a changed byte", { bytes: flip(good.bytes, 30) }, "tdx.evaluation-numbers-signature"],
    [
      "a byte more",
      { bytes: concat(good.bytes, none, Uint8Array.of(10)) },
      "tdx.evaluation-numbers-signature",
    ],
    ["no signature", { signature: none }, "tdx.evaluation-numbers-signature"],
    [
      "a signature of 63 bytes",
      { signature: good.signature.subarray(1) },
      "tdx.evaluation-numbers-signature",
    ],
    [
      "the root's signature",
      { signature: signP256(root.privateKey, good.bytes) },
      "tdx.evaluation-numbers-signature",
    ],
    ["no numbers", listOf({ tcbEvalNumbers: [] }), "tdx.evaluation-numbers-form"],
    ["those of SGX", listOf({ id: "SGX" }), "tdx.evaluation-numbers-form"],
    ["version 2", listOf({ version: 2 }), "tdx.evaluation-numbers-form"],
    [
      "a QE identity in their place",
      { bytes: documents.qeIdentity().text, signature: documents.qeIdentity().signature },
      "tdx.evaluation-numbers-form",
    ],
    ["an issue date to come", listOf({ issueDate: day("2026-02-06") }), "tdx.evaluation-numbers-dates"],
    [
      "a nextUpdate that has passed",
      listOf({ nextUpdate: day("2026-02-04") }),
      "tdx.evaluation-numbers-dates",
    ],
  ] as const)
    it(`with ${what} ${check === null ? "are accepted" : `end in ${check}`}`, () =>
      assert.equal(checkOf(by), check));

  for (const [what, deviation, check] of [
    ["that has ended", { notAfter: day("2026-02-04") }, "tdx.signer-dates"],
    ["to come", { notBefore: day("2026-02-06") }, "tdx.signer-dates"],
    ["that another key signed", { issuerPrivateKey: strangers.root.privateKey }, "tdx.signer"],
  ] as const)
    it(`of a signer ${what} end in ${check}`, async () => {
      const signer = await reissue(authorities, "tcbSigning", deviation);
      assert.equal(checkOf({ issuerChain: chainOf(signer, root) }), check);
    });

  it("of a root that has ended end in tdx.signer-dates", async () => {
    const ended = await reissue(authorities, "root", { notAfter: day("2026-02-04") });
    assert.equal(checkOf({ issuerChain: chainOf(tcbSigning, ended) }), "tdx.signer-dates");
  });

  it("hold from their first second to their last", () => {
    const at = (now: number) => checkOf({}, { now: BigInt(now) });
    const [from, until] = [seconds("2026-01-31"), seconds("2026-03-02")];
    assert.equal(at(from), null);
    assert.equal(at(until), null);
    assert.equal(at(until + 1), "tdx.evaluation-numbers-dates");
    // The root CRL is of the same day.
    assert.equal(at(from - 1), "tdx.root-crl-dates");
  });

  it("are not trusted under another root", () =>
    assert.equal(checkOf({}, { intelRoot: rawPublicKey(strangers.root.publicKey) }), "tdx.root"));
});
