// A side-car with the captured SP1 proofs behind a relayer's policy, in memory, and evidence that it has a proof of.
import { readFileSync } from "node:fs";
import type { ProvingPolicy } from "../../../proving/index.ts";
import { secretOf } from "../../../proving/index.ts";
import type { ProvingOptions } from "../../../relayer/proving/parts.ts";
import { readCaptures } from "../../../scripts/prover/captures.ts";
import { jsonAnswer } from "../../../scripts/prover/http.ts";
import type { ServedAnswer } from "../../../scripts/prover/http.ts";
import { newSidecar } from "../../../scripts/prover/sidecar.ts";
import { concat, toHex, uint } from "../../../sdk/evidence/bytes.ts";
import { decodeAttestCvm, encodeAttestCvm } from "../../../sdk/evidence/calldata.ts";
import { journalFormats } from "../../../sdk/evidence/journals/index.ts";
import { recordedPrograms } from "../../../sdk/evidence/proof-recoding.ts";
import { encodeProvableSnpReport } from "../../../sdk/evidence/provable-report.ts";
import { reportTypes, teeTypes } from "../../../sdk/evidence/registration.ts";
import type { Registration } from "../../../sdk/evidence/registration.ts";
import { transcodeRegistration } from "../../../sdk/evidence/transcode.ts";
import { mustReadCalldata } from "../../support/captured.ts";
import { snpReport } from "../../support/captured-reports.ts";
import { isCaptured } from "../../proving/support/scene.ts";
import { sampleCalldata } from "./evidence.ts";
import type { FakeNode } from "./fake-node.ts";

export const apiKey = "sk-of-the-relayer-0123456789";
export const snpProgram = toHex(recordedPrograms[teeTypes.amdSevSnp]);

function mustDecode(calldata: Uint8Array): Registration {
  const registration = decodeAttestCvm(calldata);
  if ("check" in registration) throw new Error(registration.check);
  return registration;
}

/** The registration of GCP's SNP machine of 2026-01-21, by the proof that was made of it. */
export function provenCapture(): Registration {
  const calldata = transcodeRegistration(mustReadCalldata("gcp-snp-2026-01-21/registration.json"));
  if ("check" in calldata) throw new Error(calldata.detail);
  return mustDecode(calldata);
}

// The machine's own VEK was not captured; this is another's, of the same product.
const vek = Uint8Array.from(readFileSync("test/fixtures/hardware/snp-gcp-vmpl0-2025-12/vek.der"));

/** The same registration as its agent would have given it to a relayer, without the proof. */
export function provableCapture(): Uint8Array {
  const registration = provenCapture();
  const report = snpReport(registration.teeAttestationReport);
  return encodeAttestCvm({ ...registration, teeAttestationReport: encodeProvableSnpReport({ report, vek }) });
}

/**
 * Evidence for a block, of the SNP report that there is a proof of; nothing in it is signed. `salt` changes what lies
 * around the report, its certificate and the quote included, `change` the report.
 */
export function provableSample(anchorBlock: bigint | null, salt = 0, change = 0): Uint8Array {
  const sample = mustDecode(sampleCalldata(anchorBlock, salt));
  const report = snpReport(provenCapture().teeAttestationReport).slice();
  // HOST_DATA.
  report[0xc0]! ^= change;
  const salted = salt === 0 ? vek : concat(vek, Uint8Array.of(salt));
  const teeAttestationReport = encodeProvableSnpReport({ report, vek: salted });
  const workloadCollaterals = { ...sample.workloadCollaterals, akPub: Uint8Array.of(salt) };
  return encodeAttestCvm({
    ...sample,
    ...{ tee: teeTypes.amdSevSnp, reportType: reportTypes.sp1 },
    ...{ teeAttestationReport, workloadCollaterals },
  });
}

/** The same of a TDX machine. */
export function provableQuoteSample(anchorBlock: bigint | null): Uint8Array {
  const quote = Uint8Array.from(readFileSync("test/fixtures/hardware/tdx-quotes/v4-gcp-automata.bin"));
  const sample = mustDecode(sampleCalldata(anchorBlock, 0, quote));
  return encodeAttestCvm({ ...sample, reportType: reportTypes.sp1 });
}

export interface RelayersProver {
  readonly options: ProvingOptions;
  /** Proofs bought, were there a network. */
  readonly bought: { requests: number };
  /** Method and path of each request, in order. */
  readonly sent: string[];
  /** While true no proof comes forward. */
  isSlow: boolean;
  /** Instead of the side-car's answer to a creation. */
  onCreation: (() => ServedAnswer) | null;
}

const waits = {
  tryTimeoutMs: 2_000,
  backoff: { firstMs: 1, longestMs: 5 },
  polling: { firstMs: 1, longestMs: 5 },
};

export function newProver(change: Partial<ProvingPolicy> = {}): RelayersProver {
  const url = "https://sidecar.example";
  const sidecar = newSidecar(readCaptures());
  const fetch: ProvingPolicy["fetch"] = (text, { method = "GET", headers, body }) => {
    const path = new URL(text).pathname;
    prover.sent.push(`${method} ${path}`);
    const answer = answerOf({ method, path, headers: headers as Record<string, string>, body });
    return Promise.resolve(new Response(Buffer.from(answer.body), { status: answer.status }));
  };
  function answerOf(request: {
    readonly method: string;
    readonly path: string;
    readonly headers: Record<string, string>;
    readonly body: unknown;
  }): ServedAnswer {
    const { method } = request;
    if (method === "POST" && prover.onCreation !== null) return prover.onCreation();
    if (method === "GET" && prover.isSlow) return jsonAnswer(200, { status: "requested" });
    const body = Buffer.from((request.body as string | undefined) ?? "");
    return sidecar.serve({ ...request, origin: url, body })!;
  }
  const policy: ProvingPolicy = {
    allowedUrls: [url],
    paths: {
      sp1: { kind: "sidecar", url, version: "v5.0.0", apiKey: secretOf(apiKey) },
      risc0: null,
    },
    loadProgram: null,
    waits,
    fetch,
    ...change,
  };
  const prover: RelayersProver = {
    options: { policy, verifyProof: isCaptured },
    bought: sidecar.bought,
    sent: [],
    isSlow: false,
    onCreation: null,
  };
  return prover;
}

// First bytes of formatOf, and of verifierOf and PROOFS, which come before it.
const formatOf = "0xf9aac683";
const verifierOf = "0x5d9ada43";
const proofs = "0x814f46e4";

/** Makes the node's registry admit programs of the captured journal's format, and no other. */
export function admitPrograms(node: FakeNode, format: number = journalFormats.snpV2): void {
  const answers = new Map([
    [formatOf, format],
    [verifierOf, 0xab],
    [proofs, 0xac],
  ]);
  node.onCall = (data) => {
    const answer = answers.get(data.slice(0, 10));
    return answer === undefined ? node.callResult : toHex(uint(answer, 32));
  };
}
