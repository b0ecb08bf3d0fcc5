// Fetching collateral: Intel's TCB evaluations, as a list and as the number that documents are asked for by.
import assert from "node:assert/strict";
import { createPrivateKey, sign } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { collateralJson } from "../../sdk/verify/input-fields.ts";
import { mustFail, query, text, usePcs } from "./collateral-service.ts";
import { collateral, fmspc, good } from "./pcs.ts";
import type { Fault, Reply } from "./pcs.ts";

const { service, sourceOf, count } = usePcs();

describe("evaluation numbers", () => {
  const pki = new URL("../../agent/platforms/simulated/pki/", import.meta.url);
  const read = (name: string) => readFileSync(new URL(name, pki), "utf8");
  const pem = (name: string) => /-----BEGIN CERT[^]*?-----END CERTIFICATE-----\n/.exec(read(name))![0];
  const issuerChain = pem("intel-platform-ca.crt.pem") + pem("intel-root.crt.pem");
  const key = createPrivateKey(read("intel-platform-ca.public-private-key.pem"));
  const inner =
    '{"id":"TDX","version":1,"issueDate":"2025-07-01T00:00:00Z","nextUpdate":"2025-07-31T00:00:00Z",' +
    '"tcbEvalNumbers":[{"tcbEvaluationDataNumber":18,"tcbRecoveryEventDate":"2025-02-11T00:00:00Z",' +
    '"tcbDate":"2025-02-12T00:00:00Z"},{"tcbEvaluationDataNumber":17,' +
    '"tcbRecoveryEventDate":"2024-03-12T00:00:00Z","tcbDate":"2024-03-13T00:00:00Z"}]}';
  const replyOf = (signed: string): Reply => ({
    headers: { "TCB-Evaluation-Data-Numbers-Issuer-Chain": encodeURIComponent(issuerChain) },
    body: `{"tcbEvaluationDataNumbers":${inner},"signature":"${sign("sha256", Buffer.from(signed), {
      key,
      dsaEncoding: "ieee-p1363",
    }).toString("hex")}"}`,
  });

  it("come with the bytes that were signed", async () => {
    service().fail("numbers", replyOf(inner));
    const source = sourceOf();
    const { numbers, document } = await source.evaluationNumbers();
    assert.deepEqual(
      numbers.map(({ number }) => number),
      [18, 17],
    );
    assert.equal(text(document.bytes), inner);
    assert.equal(text(document.issuerChain), issuerChain);
    await source.evaluationNumbers();
    assert.equal(service().requests.length, 1);
  });

  it("that are not signed are refused", async () => {
    service().fail("numbers", replyOf(`${inner} `));
    await mustFail(() => sourceOf().evaluationNumbers(), "signature");
  });
});

/** A service that has the document by default and knows no number. */
const byDefaultAlone =
  (reply: Reply): Fault =>
  (_response, request) =>
    request.url!.includes("tcbEvaluationDataNumber") ? { status: 404, body: "" } : reply;

describe("documents of a TCB evaluation", () => {
  // The fixture's documents are of evaluation 17.
  const of = (tcbInfo: number, qeIdentity = tcbInfo) => ({ ...query, evaluation: { tcbInfo, qeIdentity } });

  it("are asked for by number, each by its own", async () => {
    const source = sourceOf();
    assert.deepEqual(collateralJson(await source.tdxCollateral(of(17))), collateral);
    assert.equal(count(`fmspc=${fmspc}&tcbEvaluationDataNumber=17`), 1);
    assert.equal(count("identity?tcbEvaluationDataNumber=17"), 1);
    await mustFail(() => source.tdxCollateral(of(17, 18)), "evaluation");
    assert.equal(count("identity?tcbEvaluationDataNumber=18"), 1);
    assert.equal(count("update="), 0);
  });

  it("are those of the query's number where the source has one too", async () => {
    await sourceOf({ tcbEvaluationDataNumber: 18 }).tdxCollateral(of(17));
    assert.equal(count("tcbEvaluationDataNumber=18"), 0);
  });

  it("cannot be asked for beside an update, nor by a number that is none, and then nothing is asked", async () => {
    await mustFail(() => sourceOf({ update: "early" }).tdxCollateral(of(17)), "request");
    for (const wrong of [0, 1.5, 65_536])
      await mustFail(() => sourceOf().tdxCollateral(of(17, wrong)), "request");
    assert.deepEqual(service().requests, []);
  });

  it("that a service does not have are refused with the number asked for and the one it has", async () => {
    for (const document of ["tcb", "identity"] as const) {
      service().fail(document, byDefaultAlone(good[document]));
      const numbers = document === "tcb" ? of(18, 17) : of(17, 18);
      const error = await mustFail(() => sourceOf().tdxCollateral(numbers), "evaluation");
      assert.match(error.details, /^TCB evaluation 18 is asked for, the service has 17$/);
      assert.match(error.asked, /tcbEvaluationDataNumber=18/);
      assert.equal(error.retryable, false);
      service().fail(document, good[document]);
    }
  });

  it("that a service answers with whatever number is asked for are refused in the same words", async () => {
    const error = await mustFail(() => sourceOf().tdxCollateral(of(18)), "evaluation");
    assert.match(error.details, /^TCB evaluation 18 is asked for, the service has 17$/);
  });

  it("are the service's own where that is the number, though it knows no numbers", async () => {
    service().fail("tcb", byDefaultAlone(good.tcb));
    assert.deepEqual(collateralJson(await sourceOf().tdxCollateral(of(17))), collateral);
  });

  it("of a platform that the service does not know stay unknown", async () => {
    const unknown = { ...of(17), fmspc: "000000000000" };
    const error = await mustFail(() => sourceOf().tdxCollateral(unknown), "unknown");
    assert.match(error.asked, /fmspc=000000000000&tcbEvaluationDataNumber=17$/);
  });
});
