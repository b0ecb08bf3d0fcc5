// `cvm verify --explain`: replays the logs against what the evidence quotes and says what they prove; the exit status says
// whether they replay; the verdict is what it is without them.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { openIdentity } from "../../agent/identity/identity.ts";
import { noStore } from "../../agent/identity/store.ts";
import { simulatedTdxCollateral } from "../../agent/platforms/simulated/collateral.ts";
import { startSimulatedMachine } from "../../agent/platforms/simulated/machine.ts";
import { simulatorTrustRoots } from "../../agent/platforms/simulated/pki.ts";
import { simulatedQuote } from "../../agent/platforms/simulated/simulated-quote.ts";
import { collectRegistration } from "../../agent/registration.ts";
import { runTcb } from "../../cli/tcb.ts";
import { runVerify } from "../../cli/verify.ts";
import { ascii, concat, sha256, toHex } from "../../sdk/evidence/bytes.ts";
import { encodeAttestCvm } from "../../sdk/evidence/calldata.ts";
import type { Explanation } from "../../sdk/verify/explanation.ts";
import type { InputVerdict } from "../../sdk/verify/input-verdict.ts";
import { collateralJson } from "../../sdk/verify/input-fields.ts";
import { block } from "../agent/chain.ts";
import { mustFindLog, writtenLog } from "../support/event-logs.ts";
import { fixturePath, mustFindTpm } from "./fixtures.ts";

const folder = mkdtempSync(join(tmpdir(), "cvm-explain-"));
after(() => rmSync(folder, { recursive: true }));

let files = 0;
function fileOf(content: object | Uint8Array): string {
  const path = join(folder, String(files++));
  writeFileSync(path, content instanceof Uint8Array ? content : JSON.stringify(content));
  return path;
}

const logPath = (name: string) => fixturePath(`hardware/event-logs/${name}.bin`);
const clock = () => 1_770_249_600n;

const run = (content: object, ...flags: string[]) => runVerify([fileOf(content), ...flags], clock);

type Explained = InputVerdict & { readonly explanation?: Explanation };

function explain(content: object, ...flags: string[]) {
  const { status, stdout, stderr } = run(content, "--json", "--explain", ...flags);
  assert.equal(stderr, "");
  const { explanation, ...verdict } = JSON.parse(stdout) as Explained;
  assert.ok(explanation !== undefined);
  const words = explanation.statements.map(
    ({ subject, proven, register }) => `${subject}: ${proven} [${register}]`,
  );
  return { status, verdict, explanation, words };
}

const inState = ({ registers }: Explanation, state: string) =>
  registers.filter((each) => each.state === state).map(({ register }) => register);

const gcp = mustFindTpm("gcp-cos85-nonce9009-sha256");
const gcpQuote = {
  kind: "tpm-quote",
  attest: gcp.attest,
  signature: gcp.signature,
  pcrs: gcp.pcrs,
  akPublic: gcp.akTpmtPublic,
};

describe("a real GCP quote with its log", () => {
  it("is explained in words", () => {
    const { status, stdout } = run({ ...gcpQuote, eventLog: gcp.eventLog }, "--explain");
    assert.equal(status, 0);
    for (const line of [
      /^accepted$/m,
      /^event logs: replay$/m,
      /^boot \(a register tells what was extended, not by whom: /m,
      /^ {2}replayed: PCR 0, .*, PCR 9$/m,
      /^ {2}quoted but not in the logs, so not explained: PCR 10$/m,
      /^ {2}firmware version {2,}GCE Virtual Firmware v1 {2}\[PCR 0, event 1\]$/m,
      /^ {2}confidential technology {2,}AMD SEV {2}\[PCR 0, event 2\]$/m,
      /^ {2}Secure Boot {2,}on {2}\[PCR 7, event 3\]$/m,
      /^ {2,}unverified description: .*\\EFI\\BOOT\\BOOTX64\.EFI \(shim or default loader\)$/m,
      /^ {2}kernel command line {2,}\/syslinux\/vmlinuz\.A .* {2}\[PCR 8, event \d+\]$/m,
    ])
      assert.match(stdout, line);
  });

  it("as JSON with registers and events", () => {
    const { status, verdict, explanation, words } = explain({ ...gcpQuote, eventLog: gcp.eventLog });
    assert.equal(status, 0);
    assert.equal(verdict.verdict, "accepted");
    assert.equal(explanation.refusal, null);
    assert.equal(inState(explanation, "replays").length, 10);
    assert.ok(words.includes("image signer: UEFI DB Key v10 (db) [PCR 7]"));
  });

  it("by --log, with the verdict of the file without a log", () => {
    const alone = JSON.parse(run(gcpQuote, "--json").stdout) as Explained;
    assert.equal(alone.explanation, undefined);
    const { status, verdict } = explain(gcpQuote, "--log", logPath("gcp-cos85-nonce9009"));
    assert.equal(status, 0);
    assert.deepEqual(verdict, alone);
  });

  it("log.replay: the log of another machine ends in 1, names the first PCR and says nothing of the boot", () => {
    const flags = ["--log", logPath("eventlog-cos-93-amd-sev")];
    const { status, verdict, explanation } = explain(gcpQuote, ...flags);
    assert.equal(status, 1);
    assert.equal(verdict.verdict, "accepted");
    assert.equal(explanation.refusal?.check, "log.replay");
    assert.match(explanation.refusal.detail, /^PCR 4: the logs give 0x/);
    assert.deepEqual(inState(explanation, "differs"), ["PCR 4", "PCR 5", "PCR 8", "PCR 9"]);
    assert.deepEqual(explanation.statements, []);
    assert.match(
      run(gcpQuote, "--explain", ...flags).stdout,
      /^event logs: refused by log\.replay: PCR 4: /m,
    );
  });

  it("log.structure: a cut log ends in 1", () => {
    const cut = fileOf(mustFindLog("gcp-cos85-nonce9009").bytes.subarray(0, -1));
    const { status, explanation } = explain(gcpQuote, "--log", cut);
    assert.deepEqual([status, explanation.refusal?.check], [1, "log.structure"]);
  });

  it("proves nothing when the quote is not genuine", () => {
    const signature = gcp.signature!.replace(/.$/, (digit) => (digit === "0" ? "1" : "0"));
    const { status, verdict, explanation } = explain({ ...gcpQuote, signature, eventLog: gcp.eventLog });
    assert.deepEqual([status, verdict.error], [1, "tpm.signature"]);
    assert.equal(explanation.refusal?.check, "tpm.signature");
    assert.match(explanation.refusal.detail, /^no register is proven: /);
    assert.deepEqual(explanation.statements, []);
  });
});

describe("Azure", () => {
  it("a real quote with a log of the two PCRs that hold a separator alone", () => {
    const { attest, signature, pcrs, akSpki } = mustFindTpm("azure-tdx-full-2025");
    const log = writtenLog(...[1, 3].map((pcr) => ({ pcr, type: 4, data: new Uint8Array(4) })));
    const content = { kind: "tpm-quote", attest, signature, pcrs, akSpki };
    const { status, explanation } = explain(content, "--log", fileOf(log));
    assert.equal(status, 0);
    assert.deepEqual(inState(explanation, "replays"), ["PCR 1", "PCR 3"]);
    assert.deepEqual(
      inState(explanation, "no events"),
      [0, 2, 4, 5, 6, 7, 9, 11].map((index) => `PCR ${index}`),
    );
    assert.ok(inState(explanation, "not extended").includes("PCR 10"));
    const wrong = writtenLog(
      { pcr: 1, type: 4, data: new Uint8Array(4) },
      { pcr: 2, type: 4, data: new Uint8Array(4) },
    );
    assert.match(explain(content, "--log", fileOf(wrong)).explanation.refusal!.detail, /^PCR 2: /);
  });

  describe("a simulated machine's registration", () => {
    const workload = [
      { type: "compose", name: "docker-compose.yml", content: ascii("services: {}") },
    ] as const;
    const list = workload.map(({ type, name, content }) => ({ type, name, sha256: toHex(sha256(content)) }));
    let content: object = {};
    let log: Uint8Array = new Uint8Array(0);
    before(async () => {
      const machine = await startSimulatedMachine({ flavour: "azure-tdx", tpm: "software", workload });
      const identity = await openIdentity(machine.tpm, machine.measuredPcrs, noStore);
      // The file names no root of a cloud, so the key is vouched for by the runtime claims alone.
      const uncertified = { ...machine, akCertificates: [] };
      const registration = await collectRegistration(uncertified, identity, { reportType: 1, block });
      await machine.close();
      log = machine.bootLog;
      content = {
        kind: "registration",
        calldata: toHex(encodeAttestCvm(registration)),
        collateral: collateralJson(simulatedTdxCollateral({ now: new Date(Number(clock()) * 1000) })),
        roots: { intel: toHex(simulatorTrustRoots().intelRoot) },
        anchorBlock: {
          chainId: String(block.chainId),
          registry: toHex(block.registry),
          number: String(block.blockNumber),
          hash: toHex(block.blockHash),
        },
      };
    });

    it("is explained by its boot log and its workload list", () => {
      const { status, verdict, explanation, words } = explain({
        ...content,
        eventLog: toHex(log),
        workload: list,
      });
      assert.equal(verdict.error, null);
      assert.equal(explanation.refusal, null);
      assert.equal(status, 0);
      assert.ok(words.includes("boot phase: Calling EFI Application from Boot Option [PCR 4]"));
      // PCR 0 is logged but not quoted: the firmware's version is not said.
      assert.ok(inState(explanation, "not quoted").includes("PCR 0"));
      assert.ok(!words.some((each) => each.startsWith("firmware version")));
      assert.ok(words.some((each) => each.startsWith("workload compose: docker-compose.yml, sha256 ")));
      assert.ok(words.includes("workload: closed: nothing was added since [PCR 23]"));
      assert.ok(inState(explanation, "not extended").includes("RTMR 0"));
    });
    it("log.replay: another workload", () => {
      const other = list.map((record) => ({ ...record, name: "compose.yml" }));
      const { status, explanation } = explain({ ...content, workload: other });
      assert.equal(status, 1);
      assert.match(explanation.refusal!.detail, /^PCR 23: /);
    });
    it("input.field: a workload of another form", () => {
      for (const workload of [{}, [{}], [{ type: "image", name: "app", sha256: "00" }]])
        assert.equal(
          (JSON.parse(run({ ...content, workload }, "--json").stdout) as Explained).error,
          "input.field",
        );
    });
  });
});

describe("a TDX quote with a CC event log", () => {
  let quote = "";
  before(async () => {
    const { values } = mustFindLog("ccel-grub-gke").quoted[0]!;
    const rtmrs = ([0, 1, 2, 3] as const).map((index) => values.get(`RTMR ${index}`)!);
    quote = toHex(await simulatedQuote({ seed: 1, report: { rtmrs } }));
  });
  const content = () => ({
    kind: "tdx-quote",
    quote,
    collateral: collateralJson(simulatedTdxCollateral({ now: new Date(Number(clock()) * 1000) })),
    roots: { intel: toHex(simulatorTrustRoots().intelRoot) },
  });

  it("of a GKE node: its unified kernel image, with and without the area's padding", () => {
    const padded = concat(mustFindLog("ccel-grub-gke").bytes, new Uint8Array(262_144 - 21_961).fill(0xff));
    for (const flags of [
      ["--ccel", logPath("ccel-grub-gke")],
      ["--ccel", fileOf(padded)],
    ]) {
      const { status, explanation, words } = explain(content(), ...flags);
      assert.equal(explanation.refusal, null);
      assert.equal(status, 0);
      assert.deepEqual(inState(explanation, "replays"), ["RTMR 0", "RTMR 1", "RTMR 2"]);
      assert.deepEqual(inState(explanation, "not extended"), ["RTMR 3"]);
      assert.ok(words.some((each) => each.startsWith("loader measurement: sha384 df6024107c34")));
      const described = explanation.statements.map(({ unverified }) => unverified);
      assert.ok(described.includes("unified kernel image section .cmdline"));
    }
  });
  it("log.replay: of another TD", () => {
    const { status, explanation } = explain(content(), "--ccel", logPath("ccel-gcp"));
    assert.equal(status, 1);
    assert.match(explanation.refusal!.detail, /^RTMR 0: /);
  });
  it("log.replay: a TPM's log says nothing of a TDX quote", () => {
    const { status, explanation } = explain(content(), "--log", logPath("eventlog-cos-101-amd-sev"));
    assert.equal(status, 1);
    assert.match(explanation.refusal!.detail, /no register that is quoted/);
  });
  it("a canonical log is read with it", () => {
    const { explanation } = explain(
      content(),
      "--ccel",
      logPath("ccel-grub-gke"),
      "--cel",
      logPath("cel-cos"),
    );
    assert.match(explanation.refusal!.detail, /^RTMR 3: /);
  });
});

describe("usage", () => {
  const usage = (content: object, ...flags: string[]) => {
    const { status, stdout, stderr } = run(content, ...flags);
    assert.deepEqual([status, stdout], [2, ""]);
    return stderr;
  };
  it("--explain needs a log", () => assert.match(usage(gcpQuote, "--explain"), /--explain needs a log/));
  it("a log needs --explain", () =>
    assert.match(usage(gcpQuote, "--log", logPath("ccel-gcp")), /need --explain/));
  it("a log that cannot be read", () =>
    assert.match(usage(gcpQuote, "--explain", "--cel", join(folder, "absent")), /cannot read .*absent/));
  it("no other command takes the flags", () => {
    const { status, stderr } = runTcb([fileOf(gcpQuote), "--explain"], clock);
    assert.equal(status, 2);
    assert.match(stderr, /usage: cvm tcb/);
  });
});
