// `cvm verify` and simulate answer alike on the same file (specs/evidence-input.md): verdict, check id, exit status.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { startAgent } from "../../agent/agent.ts";
import { simulatedTdxCollateral } from "../../agent/platforms/simulated/collateral.ts";
import { startSimulatedMachine } from "../../agent/platforms/simulated/machine.ts";
import { simulatorTrustRoots } from "../../agent/platforms/simulated/pki.ts";
import { simulatedQuote } from "../../agent/platforms/simulated/simulated-quote.ts";
import { collectRegistration } from "../../agent/registration.ts";
import { toHex } from "../../sdk/evidence/bytes.ts";
import { encodeAttestCvm } from "../../sdk/evidence/calldata.ts";
import { block } from "../agent/chain.ts";
import { collateralJson } from "../../sdk/verify/input-fields.ts";
import { mustReadCalldata } from "../support/captured.ts";
import { capturedCollateral } from "../support/tdx-vectors.ts";
import { flipBit } from "../support/mutations.ts";

const folder = mkdtempSync(join(tmpdir(), "cvm-simulate-"));
after(() => rmSync(folder, { recursive: true }));

interface Answer {
  readonly status: number | null;
  readonly stderr: string;
  readonly output: Record<string, unknown>;
}

function run(script: readonly string[], evidence: unknown): Answer {
  const file = join(folder, "evidence.json");
  writeFileSync(file, JSON.stringify(evidence));
  const flags = [file, "--at", "2026-02-05T00:00:00Z", "--json"];
  const { status, stdout, stderr } = spawnSync(process.execPath, [...script, ...flags], { encoding: "utf8" });
  return { status, stderr, output: stdout === "" ? {} : (JSON.parse(stdout) as Record<string, unknown>) };
}

const verify = (evidence: unknown) => run(["cli/bin.ts", "verify"], evidence);
const simulate = (evidence: unknown) => run(["scripts/simulate.ts"], evidence);

const azure = mustReadCalldata("azure-tdx-2025-08-26/registration.json");
const quote = new Uint8Array(readFileSync("test/fixtures/hardware/tdx-quotes/v4-gcp-cos113.bin"));
const currentQuote = new Uint8Array(readFileSync("test/fixtures/hardware/tdx-quotes/v4-gcp-ata-sdk.bin"));
const debugQuote = new Uint8Array(readFileSync("test/fixtures/hardware/tdx-quotes/v4-trustee.bin"));

const platform = await startSimulatedMachine({ flavour: "gcp-tdx", tpm: "software" });
const agent = await startAgent({ platform, workload: { host: "127.0.0.1", port: 0 } });
const anchored = encodeAttestCvm(
  await collectRegistration(platform, agent.identity, { reportType: 1, block }),
);
await agent.close();

const ofGcp = collateralJson(capturedCollateral.gcp) as Readonly<Record<string, string>>;
const ofAzure = collateralJson(capturedCollateral.azure);
const tdxQuote = (bytes: Uint8Array) => ({ kind: "tdx-quote", quote: toHex(bytes), collateral: ofGcp });
const withDocuments = (documents: Readonly<Record<string, string>>) => ({
  ...tdxQuote(currentQuote),
  collateral: { ...ofGcp, ...documents },
});

/** The last byte of a list is of its signature. */
const flipped = (hex: string): string => `${hex.slice(0, -2)}${hex.endsWith("00") ? "01" : "00"}`;

/** The first certificate with another signature, in whose bytes the last characters of its text lie. */
function withOtherSignature(pem: string): string {
  const at = pem.indexOf("\n-----END CERTIFICATE-----") - 8;
  return pem.slice(0, at) + (pem[at] === "A" ? "B" : "A") + pem.slice(at + 1);
}

const simulated = {
  kind: "tdx-quote",
  quote: toHex(await simulatedQuote({ seed: 1 })),
  collateral: collateralJson(simulatedTdxCollateral({ now: new Date("2026-02-05T00:00:00Z") })),
};
const simulatorRoot = toHex(simulatorTrustRoots().intelRoot);

interface Case {
  readonly name: string;
  readonly evidence: unknown;
  readonly status: number;
  readonly error: string | null;
}

const documentCases: readonly Case[] = (
  [
    [
      "a QE identity",
      { qe_identity: ofGcp["qe_identity"]!.replace('"isvprodid":2', '"isvprodid":3') },
      "tdx.qe-identity-signature",
    ],
    ["a PCK CRL", { pck_crl: flipped(ofGcp["pck_crl"]!) }, "tdx.crl-signature"],
    ["a root CRL", { root_ca_crl: flipped(ofGcp["root_ca_crl"]!) }, "tdx.crl-signature"],
    ["the issuer of a CRL", { root_ca_crl: ofGcp["pck_crl"]! }, "tdx.crl-issuer"],
    [
      "an issuer chain of the PCK CRL",
      { pck_crl_issuer_chain: withOtherSignature(ofGcp["pck_crl_issuer_chain"]!) },
      "tdx.intermediate",
    ],
    [
      "an issuer chain of the TCB info",
      { tcb_info_issuer_chain: withOtherSignature(ofGcp["tcb_info_issuer_chain"]!) },
      "tdx.signer",
    ],
    [
      "an issuer chain of the QE identity",
      { qe_identity_issuer_chain: withOtherSignature(ofGcp["qe_identity_issuer_chain"]!) },
      "tdx.signer",
    ],
  ] as const
).map(([what, documents, error]) => ({
  name: `${what} changed`,
  evidence: withDocuments(documents),
  status: 1,
  error,
}));

const rootCases: readonly Case[] = [
  {
    name: "a simulated quote under the simulator's root",
    evidence: { ...simulated, roots: { intel: simulatorRoot } },
    status: 0,
    error: null,
  },
  { name: "a simulated quote under Intel's root", evidence: simulated, status: 1, error: "tdx.root" },
  {
    name: "a real quote under the simulator's root",
    evidence: { ...tdxQuote(currentQuote), roots: { intel: simulatorRoot } },
    status: 1,
    error: "tdx.root",
  },
  {
    name: "a root of another length",
    evidence: { ...simulated, roots: { intel: simulatorRoot.slice(0, -2) } },
    status: 1,
    error: "input.field",
  },
];

const cases: readonly Case[] = [
  {
    name: "a real TDX quote of an old platform",
    evidence: tdxQuote(quote),
    status: 1,
    error: "tdx.tcb-accepted",
  },
  { name: "a real TDX quote", evidence: tdxQuote(currentQuote), status: 0, error: null },
  { name: "a debug TD", evidence: tdxQuote(debugQuote), status: 1, error: "tdx.debug" },
  {
    name: "a flipped bit of a quote",
    evidence: tdxQuote(flipBit(quote, 1600)),
    status: 1,
    error: "tdx.signature",
  },
  {
    name: "a quote without collateral",
    evidence: { kind: "tdx-quote", quote: toHex(quote) },
    status: 1,
    error: "tdx.root-crl-missing",
  },
  {
    name: "a changed TCB info",
    evidence: {
      ...tdxQuote(quote),
      collateral: { ...ofGcp, tcb_info: ofGcp["tcb_info"]!.replace('"UpToDate"', '"OutOfDate"') },
    },
    status: 1,
    error: "tdx.tcb-info-signature",
  },
  {
    name: "the captured Azure registration, base64",
    evidence: {
      kind: "registration",
      calldata: Buffer.from(azure).toString("base64"),
      collateral: ofAzure,
    },
    status: 0,
    error: null,
  },
  {
    name: "a registration with a foreign selector",
    evidence: { kind: "registration", calldata: toHex(flipBit(azure, 0)) },
    status: 1,
    error: "calldata.selector",
  },
  {
    name: "anchored evidence of a machine under the simulator's roots",
    evidence: {
      kind: "registration",
      calldata: toHex(anchored),
      anchorBlock: {
        chainId: 31337,
        registry: toHex(block.registry),
        number: 100,
        hash: toHex(block.blockHash),
      },
    },
    status: 1,
    error: "tdx.root",
  },
  {
    name: "a quote that is no text",
    evidence: { kind: "tdx-quote", quote: 7 },
    status: 1,
    error: "input.field",
  },
  { name: "an unknown kind", evidence: { kind: "sgx-quote" }, status: 2, error: null },
];

describe("cvm verify and simulate", () => {
  for (const { name, evidence, status, error } of [...cases, ...documentCases, ...rootCases])
    it(`answer alike on ${name}`, () => {
      const [off, on] = [verify(evidence), simulate(evidence)];
      assert.equal(off.status, status, off.stderr);
      assert.equal(on.status, status, on.stderr);
      if (status === 2) {
        assert.deepEqual([off.output, on.output], [{}, {}]);
        assert.notEqual(on.stderr, "");
        return;
      }
      assert.equal(off.output["error"], error);
      for (const member of ["verdict", "error", "acceptance"])
        assert.deepEqual(on.output[member], off.output[member]);
    });

  it("simulate reports gas of every transaction, also of the unchanged captured calldata", () => {
    const { output } = simulate({ kind: "registration", calldata: toHex(azure), collateral: ofAzure });
    const { total, attestCvmRaw, ...steps } = output["gas"] as Record<string, number>;
    assert.ok(attestCvmRaw! > 0);
    const names = ["intelCertificates", "rootCrl", "pckCrl", "tcbInfo", "qeIdentity", "attestCvm"];
    assert.deepEqual(Object.keys(steps), names);
    assert.equal(
      total,
      Object.values(steps).reduce((sum, gas) => sum + gas, 0),
    );
  });

  it("simulate reports gas of a new and of a known host, and both fill in the claims", () => {
    const [off, on] = [verify(tdxQuote(quote)), simulate(tdxQuote(quote))];
    const gas = on.output["gas"] as Record<string, number>;
    assert.ok(gas["verifyKnownHost"]! < 62_000 && gas["verifyNewHost"]! < 200_000);
    assert.deepEqual(on.output["claims"], off.output["claims"]);
    assert.equal((off.output["claims"] as Record<string, unknown>)["tcbStatus"], "OutOfDate");
  });

  it("simulate decodes the revert", () => {
    const { output } = simulate(tdxQuote(debugQuote));
    assert.deepEqual(output["revert"], { name: "TDXDebugEnabled", args: [] });
  });
});
