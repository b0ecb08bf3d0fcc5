// POST /onchain/registration-collaterals of proof report types: what is asked of the prover, and what the caller gets.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { pino } from "pino";
import { simulatedTdxCollateral } from "../../agent/platforms/simulated/collateral.ts";
import { agentDefaults, type Agent, type RunningAgent } from "../../agent/agent.ts";
import { buildServer } from "../../agent/server.ts";
import { dcapCollateral } from "../../proving/index.ts";
import { toHex } from "../../sdk/evidence/bytes.ts";
import { decodeAttestCvm, encodeAttestCvm } from "../../sdk/evidence/calldata.ts";
import { readDcapJournal } from "../../sdk/evidence/journals/index.ts";
import { readProofReport } from "../../sdk/evidence/proof-report.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import { reportTypes, type Registration } from "../../sdk/evidence/registration.ts";
import { readTdxQuote } from "../../sdk/evidence/tdx-quote.ts";
import { verifyProvable } from "../../sdk/verify/provable.ts";
import { verifyCalldata } from "../../sdk/verify/registration.ts";
import { start } from "../proving/support/fake-timer.ts";
import { context } from "./chain.ts";
import { anchorFields, bytesOf, mustStart, post } from "./http.ts";
import { newProver, plainUrl, programs, proverUrl, zkConfigs } from "./prover.ts";
import type { Prover } from "./prover.ts";

const systems = [
  ["sp1", reportTypes.sp1],
  ["risc0", reportTypes.riscZero],
] as const;

function mustDecode(body: Record<string, unknown>): Registration {
  const registration = decodeAttestCvm(bytesOf(body.calldata));
  assert.ok(!("check" in registration), JSON.stringify(body).slice(0, 200));
  return registration;
}

for (const flavour of ["gcp-tdx", "azure-tdx"] as const)
  for (const [system, reportType] of systems)
    describe(`evidence with a proof: ${flavour}, ${system}`, () => {
      let agent: RunningAgent;
      let url: string;
      let prover: Prover;
      let proved: Registration;
      before(async () => {
        prover = newProver();
        agent = await mustStart(flavour, { proofs: prover.settings });
        url = `${agent.url}/onchain/registration-collaterals`;
        const zk_config = zkConfigs[system];
        const { status, body } = await post(url, { report_type: reportType, ...anchorFields, zk_config });
        assert.equal(status, 200, JSON.stringify(body).slice(0, 400));
        proved = mustDecode(body);
      });
      after(() => agent.close());

      it("asks the prover once, with the documents of the quote's platform as of a minute ago", () => {
        assert.equal(prover.bought(), 1);
        const [input] = prover.inputs;
        const documents = simulatedTdxCollateral({ now: new Date(start) });
        assert.deepEqual(input!.collateral, dcapCollateral(documents));
        assert.equal(input!.timestamp, BigInt(start) / 1_000n - 60n);
      });

      it("has program, output and proof in place of the quote, and no statement", () => {
        const report = readProofReport(proved.teeAttestationReport);
        assert.ok(!isRefusal(report));
        assert.deepEqual([toHex(report.program), report.statement.length], [programs[system], 0]);
        assert.ok(report.proof.subarray(4).every((byte) => byte === 7));
        const [journal, quote] = [readDcapJournal(report.output), readTdxQuote(prover.inputs[0]!.quote)];
        assert.ok(!isRefusal(journal) && !isRefusal(quote));
        assert.deepEqual(journal.body, quote.bodyBytes);
      });

      it("is, but for the proof, evidence that holds in its anchored context", () => {
        const raw = { ...proved, teeAttestationReport: prover.inputs[0]!.quote };
        const report = verifyProvable(encodeAttestCvm(raw), context);
        assert.equal(report.error, null);
        assert.equal(toHex(report.claims!.identityHash), toHex(agent.identity.hash));
        const { teeFresh, tpmFresh, quoteNamesTee } = report.claims!.assurance;
        assert.deepEqual([teeFresh, tpmFresh, quoteNamesTee], [true, true, true]);
        // The request that is signed names the report type.
        const other = systems.find(([, type]) => type !== reportType)![1];
        const changed = verifyProvable(encodeAttestCvm({ ...raw, reportType: other }), context);
        assert.equal(changed.error, "anchor.mismatch");
      });

      it("without zk_config is what is still to be proved, and no prover is asked", async () => {
        const { body } = await post(url, { report_type: reportType, ...anchorFields });
        assert.equal(verifyProvable(bytesOf(body.calldata), context).error, null);
        assert.equal(verifyCalldata(bytesOf(body.calldata), context).error, "proof.encoding");
        assert.equal(prover.bought(), 1);
      });
    });

describe("evidence with a proof: requests", () => {
  it("is made of the walkthrough's body, without an anchor", async () => {
    const prover = newProver();
    const agent = await mustStart("gcp-tdx", { proofs: prover.settings });
    const zk_config = {
      ...zkConfigs.sp1,
      image_id: "4114543f15a8197e675a4e046aef08ac64beb9692250e7a33561aa772aea9f26",
    };
    const url = `${agent.url}/onchain/registration-collaterals`;
    const { body } = await post(url, { report_type: 2, chain_id: "11155111", zk_config });
    const report = readProofReport(mustDecode(body).teeAttestationReport);
    assert.ok(!isRefusal(report));
    assert.equal(toHex(report.program), programs.sp1);
    await agent.close();
  });

  it("with an empty zk_config goes to the configured prover, with its key", async () => {
    const { wire, settings, bought } = newProver();
    const key = { reveal: () => "configured", toJSON: () => "", toString: () => "" };
    const sp1 = { url: "https://side-car.example", version: "v5.0.0", apiKey: key };
    const proofs = { ...settings, paths: { ...settings.paths, sp1 } };
    const agent = await mustStart("gcp-tdx", { proofs });
    const url = `${agent.url}/onchain/registration-collaterals`;
    const { status } = await post(url, { report_type: 2, ...anchorFields, zk_config: {} });
    assert.deepEqual([status, bought()], [200, 1]);
    assert.ok(wire.sent.every((sent) => sent.url.startsWith(sp1.url)));
    assert.ok(wire.sent.every(({ headers }) => headers["authorization"] === "Bearer configured"));
    // It is on the list without being named there.
    const zk_config = { url: sp1.url, version: "v5.0.0", api_key: "other" };
    assert.equal((await post(url, { report_type: 2, ...anchorFields, zk_config })).status, 200);
    assert.equal(wire.sent.at(-1)!.headers["authorization"], "Bearer other");
    await agent.close();
  });

  it("may take ten minutes: no time limit of the server cuts an answer", async () => {
    const prover = newProver();
    const running = { kind: "replace", body: '{"status":"RUNNING"}' } as const;
    prover.wire.fault("GET /sessions/status", ...Array.from({ length: 60 }, () => running));
    const agent = await mustStart("gcp-tdx", { proofs: prover.settings });
    const url = `${agent.url}/onchain/registration-collaterals`;
    const { status } = await post(url, { report_type: 3, ...anchorFields, zk_config: zkConfigs.risc0 });
    assert.equal(status, 200);
    assert.ok(prover.timer.now() - start > 600_000);
    await agent.close();
    // The timer is not the server's. Of the server's limits requestTimeout is about receiving alone; these are about answers.
    const agentOf = { policy: agentDefaults } as unknown as Agent;
    const { server, initialConfig } = buildServer(agentOf, "workload", pino({ level: "silent" }));
    const limits: Record<string, unknown> = { ...initialConfig };
    assert.deepEqual([server.timeout, limits["connectionTimeout"], limits["handlerTimeout"]], [0, 0, 0]);
  });
});

describe("evidence with a proof: refusals before anything is made", () => {
  let agent: RunningAgent;
  let prover: Prover;
  let statements = 0;
  before(async () => {
    prover = newProver();
    agent = await mustStart("gcp-tdx", { proofs: prover.settings });
    const platform = { ...agent.platform };
    Object.assign(agent.platform, {
      teeStatement: (bytes: Uint8Array) => {
        statements++;
        return platform.teeStatement(bytes);
      },
    });
  });
  after(() => agent.close());

  const snp = "cfd4c8a6812cee31262feceff423ce8e7c1bd3d3ba9b2748b6270af3c3212f09";
  const cases: readonly (readonly [string, number, object, number, string])[] = [
    [
      "a URL that is not on the list",
      3,
      { ...zkConfigs.risc0, url: "http://stranger.example" },
      403,
      "PROVER_FORBIDDEN",
    ],
    [
      "a URL below one of the list",
      3,
      { ...zkConfigs.risc0, url: `${proverUrl}/x` },
      403,
      "PROVER_FORBIDDEN",
    ],
    ["a URL that is none", 3, { ...zkConfigs.risc0, url: "prover" }, 403, "PROVER_FORBIDDEN"],
    ["a key over http", 3, { ...zkConfigs.risc0, url: plainUrl, api_key: "k" }, 403, "PROVER_FORBIDDEN"],
    ["a version that is none", 3, { ...zkConfigs.risc0, version: "latest" }, 400, "PROVING_MALFORMED"],
    ["a URL without a version", 2, { url: proverUrl }, 400, "PROVING_MALFORMED"],
    ["a key without a URL", 2, { api_key: "k" }, 400, "PROVING_MALFORMED"],
    ["a key of other characters", 2, { ...zkConfigs.sp1, api_key: "a b" }, 400, "PROVING_MALFORMED"],
    ["a program that is no id", 3, { ...zkConfigs.risc0, image_id: "0x12" }, 400, "PROVING_MALFORMED"],
    ["a program of another TEE", 3, { ...zkConfigs.risc0, image_id: snp }, 400, "PROVING_MALFORMED"],
    [
      "a program of another system",
      2,
      { ...zkConfigs.sp1, image_id: zkConfigs.risc0.image_id },
      400,
      "PROVING_MALFORMED",
    ],
    ["no URL where none is configured", 3, {}, 422, "REPORT_TYPE_UNAVAILABLE"],
    ["an unknown member", 3, { ...zkConfigs.risc0, price: 1 }, 400, "BODY_MALFORMED"],
    ["a member of another type", 3, { url: 1 }, 400, "BODY_MALFORMED"],
  ];
  for (const [name, report_type, zk_config, status, code] of cases)
    it(`${name}: ${status} CVM_AGENT_${code}`, async () => {
      const url = `${agent.url}/onchain/registration-collaterals`;
      const answer = await post(url, { report_type, ...anchorFields, zk_config });
      assert.deepEqual([answer.status, answer.body.code], [status, `CVM_AGENT_${code}`]);
      assert.equal(answer.body.check, status === 422 ? "tee.report-type-unsupported" : null);
      assert.doesNotMatch(JSON.stringify(answer.body), /stranger/);
      assert.deepEqual([prover.wire.log, statements], [[], 0]);
    });

  it("no source of Intel's documents: 422 CVM_AGENT_REPORT_TYPE_UNAVAILABLE", async () => {
    const other = await mustStart("gcp-tdx", { proofs: { ...prover.settings, documents: null } });
    const url = `${other.url}/onchain/registration-collaterals`;
    const answer = await post(url, { report_type: 3, ...anchorFields, zk_config: zkConfigs.risc0 });
    assert.deepEqual([answer.status, answer.body.code], [422, "CVM_AGENT_REPORT_TYPE_UNAVAILABLE"]);
    assert.deepEqual(prover.wire.log, []);
    await other.close();
  });

  it("a configured prover that is sent its key in clear does not start", async () => {
    const apiKey = { reveal: () => "k", toJSON: () => "", toString: () => "" };
    const paths = { sp1: { url: "http://side-car.example", version: "v5.0.0", apiKey }, risc0: null };
    await assert.rejects(
      mustStart("gcp-tdx", { proofs: { ...prover.settings, paths } }),
      /proving.url-refused/,
    );
  });
});
