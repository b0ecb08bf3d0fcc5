// Workloads in words: COS's canonical log and our agent's list, of which every word is hashed.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { workloadEvents } from "../../agent/workload/measurement.ts";
import { ascii, concat, fromHex, sha256 } from "../../sdk/evidence/bytes.ts";
import { readCanonicalLog } from "../../sdk/evidence/logs/canonical-log.ts";
import { replayExtends } from "../../sdk/evidence/logs/replay.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import { judgeLogs } from "../../sdk/verify/boot/index.ts";
import { listedWorkload } from "../../sdk/verify/boot/workload.ts";
import { assertSays, logBytes, mustFindBank, noLogs, quotedAs, wordsOf } from "../support/event-logs.ts";

describe("workloads", () => {
  const sha384 = mustFindBank("sha384");
  const cel = logBytes("cel-cos");
  const records = readCanonicalLog(cel);
  assert.ok(!isRefusal(records));
  const extended = records.records.map(({ register, digests }) => ({
    register,
    digest: digests.get(sha384.id)!,
  }));
  const rtmr3 = replayExtends(extended, sha384).get("RTMR 3")!;

  it("COS: container, arguments and environment, every word hashed", () => {
    const judged = judgeLogs({ ...noLogs, cel }, quotedAs([["RTMR 3", rtmr3]]));
    assert.equal(judged.refusal, null);
    const words = wordsOf(judged);
    assert.equal(words.length, 18);
    assertSays(
      words,
      "container image: us-west1-docker.pkg.dev/confidential-space-images-dev/cs-integ-test-images/gpu/cuda-vector-add:latest [RTMR 3 0]",
      "container image digest: sha256:777049f969d790c7fa9edf5783ad22b2d4fa25f31612e95639eb3b5098ff8066 [RTMR 3 1]",
      "restart policy: Never [RTMR 3 2]",
      "argument: /cuda-samples/sample [RTMR 3 4]",
      "environment variable: CUDA_VERSION=12.5.0 [RTMR 3 10]",
      "memory monitor: off [RTMR 3 15]",
      "GPU mode: ON [RTMR 3 16]",
    );
    assert.ok(words.at(-1)!.startsWith("launch separator: "));
    assert.ok(words.every((each) => !each.includes("{")));
  });

  it("log.replay: COS records in another order", () => {
    const { refusal } = judgeLogs({ ...noLogs, cel }, quotedAs([["RTMR 3", new Uint8Array(48)]]));
    assert.equal(refusal?.check, "log.replay");
  });

  it("COS: a record behind the launch separator is not the launcher's", () => {
    const content = concat(Uint8Array.of(80, 0, 0, 0, 9, 0, 0, 0, 0, 4), ascii("evil"));
    const head = Uint8Array.of(
      0,
      0,
      0,
      0,
      8,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      18,
      108,
      0,
      0,
      0,
      1,
      4,
      3,
      0,
      0,
      0,
      53,
      12,
      0,
      0,
      0,
      48,
    );
    const longer = concat(cel, head, sha384.hash!(content), content);
    const value = sha384.hash!(rtmr3, sha384.hash!(content));
    const words = wordsOf(judgeLogs({ ...noLogs, cel: longer }, quotedAs([["RTMR 3", value]])));
    assert.equal(words.at(-1), "behind the launch separator: container image: evil [RTMR 3 18]");
  });

  const items = [
    { type: "compose", name: "docker-compose.yml", content: ascii("services: {}") },
    { type: "image", name: "app", content: fromHex("11".repeat(32)) },
  ] as const;
  const digests = workloadEvents(items);
  const pcr23 = replayExtends(
    digests.map((digest) => ({ register: "PCR 23" as const, digest })),
    mustFindBank("sha256"),
  ).get("PCR 23")!;
  const workload = items.map(({ type, name, content }) => ({ type, name, contentHash: sha256(content) }));

  it("the agent's list gives PCR 23 and says what was measured", () => {
    const judged = judgeLogs({ ...noLogs, workload }, quotedAs([["PCR 23", pcr23]]));
    assert.deepEqual(wordsOf(judged), [
      `workload compose: docker-compose.yml, sha256 ${Buffer.from(workload[0]!.contentHash).toString("hex")} [PCR 23 0]`,
      `workload image: app, sha256 ${Buffer.from(workload[1]!.contentHash).toString("hex")} [PCR 23 1]`,
      "workload: closed: nothing was added since [PCR 23 2]",
    ]);
  });
  it("log.replay: a list with another name", () => {
    const renamed = [workload[0]!, { ...workload[1]!, name: "app2" }];
    const { refusal } = judgeLogs({ ...noLogs, workload: renamed }, quotedAs([["PCR 23", pcr23]]));
    assert.equal(refusal?.check, "log.replay");
  });
  it("of a registration's event list, only the separator is known", () => {
    const proven = (list: readonly Uint8Array[]) => listedWorkload(list).map((statement) => statement.proven);
    assert.deepEqual(proven(digests), ["3 events, closed: nothing was added since"]);
    assert.deepEqual(proven(digests.slice(0, 1)), ["1 event, not closed by the agent's separator"]);
    assert.deepEqual(proven([]), []);
  });
});
