// Fetching collateral: Intel's TCB evaluations, as a list and as the number that documents are asked for by.
import assert from "node:assert/strict";
import { createPrivateKey, sign } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { mustFail, text, usePcs } from "./collateral-service.ts";
import type { Reply } from "./pcs.ts";

const { service, sourceOf } = usePcs();

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
