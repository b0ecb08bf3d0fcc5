// A proving client, a wire and the local prover server with real captured proofs, in memory.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { bentoClient } from "../../../proving/bento.ts";
import type { BentoOptions } from "../../../proving/bento.ts";
import type { Progress, ProvingClient, ProvingContext, ProvingRequest } from "../../../proving/client.ts";
import { ProvingError } from "../../../proving/error.ts";
import type { ProvingErrorCode } from "../../../proving/error.ts";
import { dcapInput, snpV2Input, snpV3Input } from "../../../proving/guest-input.ts";
import { secretOf } from "../../../proving/secret.ts";
import { sidecarClient } from "../../../proving/sidecar.ts";
import { newBonsai } from "../../../scripts/prover/bonsai.ts";
import type { Bonsai } from "../../../scripts/prover/bonsai.ts";
import { readCaptures, reportOfJournal } from "../../../scripts/prover/captures.ts";
import type { Capture } from "../../../scripts/prover/captures.ts";
import { newSidecar } from "../../../scripts/prover/sidecar.ts";
import type { Sidecar } from "../../../scripts/prover/sidecar.ts";
import { teeTypes } from "../../../sdk/evidence/registration.ts";
import { fakeTimer, start } from "./fake-timer.ts";
import type { FakeTimer } from "./fake-timer.ts";
import { crashingJournal } from "./journal.ts";
import type { CrashingJournal } from "./journal.ts";
import { newWire } from "./wire.ts";
import type { Wire } from "./wire.ts";

export const apiKey = "sk-very-secret-0123456789";
export const proverUrl = "http://prover.example:8091";
export const captures = readCaptures();

export function mustCapture(name: string): Capture {
  const found = captures.find((capture) => capture.name === name);
  assert.ok(found !== undefined, name);
  return found;
}

const quote = Uint8Array.from(readFileSync("test/fixtures/hardware/tdx-quotes/v4-gcp-automata.bin"));

/** The input that the captured proof was made of, but for certificates and collateral, which the captures do not hold. */
export function inputOf({ format, output }: Capture): Uint8Array {
  const timestamp = 1n;
  // The GCP report of the v2 journal is that of the v3 capture as well.
  const source = format === "snp-v2" ? output : mustCapture("automata-snp-gcp-risc0-2.2").output;
  if (format === "dcap") return dcapInput({ timestamp, quote, collateral: new Uint8Array(4) });
  const given = { timestamp, report: reportOfJournal(source), chain: [] };
  return format === "snp-v3" ? snpV3Input(given) : snpV2Input({ ...given, trustedCertificates: 2 });
}

export function requestOf(capture: Capture, waitMs = 600_000): ProvingRequest {
  return {
    tee: capture.format === "dcap" ? teeTypes.intelTdx : teeTypes.amdSevSnp,
    program: capture.program,
    input: inputOf(capture),
    deadline: start + waitMs,
  };
}

export interface Scene {
  readonly timer: FakeTimer;
  readonly wire: Wire;
  readonly journal: CrashingJournal;
  readonly bonsai: Bonsai;
  readonly sidecar: Sidecar;
  readonly progress: Progress[];
  readonly context: ProvingContext;
  /** Called with each state that is reported. */
  onState: ((state: string) => unknown) | null;
  /** A client of a process that has just begun. */
  readonly bento: (options?: Partial<BentoOptions>) => ProvingClient;
  readonly succinct: () => ProvingClient;
}

export const waits = {
  tryTimeoutMs: 10_000,
  backoff: { firstMs: 1_000, longestMs: 8_000 },
  polling: { firstMs: 2_000, longestMs: 16_000 },
};

/** `verify` stands for the pairing check: true for exactly what was captured. */
export const isCaptured: ProvingContext["verify"] = ({ system, program, output, proof }) =>
  captures.some(
    (each) =>
      each.system === system &&
      each.program === program &&
      Buffer.compare(each.output, output) === 0 &&
      Buffer.compare(each.proof, proof) === 0,
  );

export function setUp(): Scene {
  const timer = fakeTimer();
  const journal = crashingJournal();
  let ids = 0;
  const newId = () => `id-${++ids}`;
  const bonsai = newBonsai(captures, newId);
  const sidecar = newSidecar(captures, newId);
  const wire = newWire(timer, bonsai.serve, sidecar.serve);
  const progress: Progress[] = [];
  const context = {
    journal,
    timer,
    verify: isCaptured,
    onProgress: (seen: Progress) => {
      progress.push(seen);
      scene.onState?.(seen.state);
    },
  };
  const shared = { url: proverUrl, apiKey: secretOf(apiKey), fetch: wire.fetch, ...waits };
  const scene: Scene = {
    ...{ timer, wire, journal, bonsai, sidecar, progress, context },
    onState: null,
    bento: (options = {}) =>
      bentoClient(
        { ...shared, version: "2.2.0", storageOrigins: [], loadProgram: null, ...options },
        context,
      ),
    succinct: () => sidecarClient({ ...shared, version: "v5.0.0" }, context),
  };
  return scene;
}

/** The error that it must end with. */
export async function mustFail(proving: Promise<unknown>, code: ProvingErrorCode): Promise<ProvingError> {
  const error = await proving.then(
    () => assert.fail(`a proof instead of ${code}`),
    (caught: unknown) => caught,
  );
  assert.ok(error instanceof ProvingError, String(error));
  assert.equal(error.code, code, error.message);
  return error;
}
