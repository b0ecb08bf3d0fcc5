// A prover at the wire that answers whatever it is sent with a made-up proof of it, and the settings of an agent that asks
// it. The simulated platform's evidence has no real proofs, so the pairing check is replaced, unless a test wants it.
import assert from "node:assert/strict";
import { decodeAbiParameters, parseAbiParameters } from "viem";
import { simulatedCollateralSource } from "../../agent/platforms/simulated/collateral.ts";
import type { ProofSettings } from "../../agent/proofs/settings.ts";
import type { VerifyProof } from "../../proving/index.ts";
import { newBonsai } from "../../scripts/prover/bonsai.ts";
import { readCaptures } from "../../scripts/prover/captures.ts";
import type { Capture } from "../../scripts/prover/captures.ts";
import type { Serve } from "../../scripts/prover/http.ts";
import { newSidecar } from "../../scripts/prover/sidecar.ts";
import { concat, fromHex } from "../../sdk/evidence/bytes.ts";
import { encodeDcapJournal } from "../../sdk/evidence/journals/index.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import { readTdxQuote } from "../../sdk/evidence/tdx-quote.ts";
import { fakeTimer } from "../proving/support/fake-timer.ts";
import type { FakeTimer } from "../proving/support/fake-timer.ts";
import { crashingJournal } from "../proving/support/journal.ts";
import { newWire } from "../proving/support/wire.ts";
import type { Wire } from "../proving/support/wire.ts";

export const proverUrl = "https://prover.example:8091";
/** On the list as well; no key may be sent to it. */
export const plainUrl = "http://prover.example";
export const apiKey = "sk-very-secret-0123456789";
/** Those that are chosen where none is named. */
export const programs = {
  sp1: "0x008228a87e56a065fb3ad27026aef08acc97d72d289439e8dab0d53baaea9f26",
  risc0: "0xcc80dc6c1c1f8bc524101b72b3900301dc87887457c8fcaf552e45e2a02b9695",
} as const;

export interface GuestInput {
  readonly collateral: Uint8Array;
  readonly quote: Uint8Array;
  readonly timestamp: bigint;
}

export interface Prover {
  readonly timer: FakeTimer;
  readonly wire: Wire;
  readonly settings: ProofSettings;
  /** What programs were given to read, in the order in which it came. */
  readonly inputs: GuestInput[];
  /** Texts of every step of every journal. */
  readonly journalTexts: () => string[];
  /** Proofs that a service would have charged for. */
  readonly bought: () => number;
  /** Answers nothing until it is let go; `reached` is when the first request has come. */
  readonly hold: () => { readonly reached: Promise<void>; readonly release: () => void };
}

const dcapInput = parseAbiParameters("bytes collateral, bytes quote, uint64 timestamp");
const filling = 7;

function readInput(input: Uint8Array): GuestInput {
  const [collateral, quote, timestamp] = decodeAbiParameters(dcapInput, input);
  return { collateral: fromHex(collateral), quote: fromHex(quote), timestamp };
}

/** A proof of nothing, in the shape of one of this quote. */
function madeUp(model: Capture, { quote, timestamp }: GuestInput): Capture {
  const read = readTdxQuote(quote);
  assert.ok(!isRefusal(read));
  const hash = new Uint8Array(32);
  const documents = {
    tcbInfo: hash,
    qeIdentity: hash,
    root: hash,
    signer: hash,
    rootCrl: hash,
    pckCrl: hash,
  };
  const output = encodeDcapJournal({
    ...{ quoteVersion: 4, tcbStatus: 0, fmspc: new Uint8Array(6), body: read.bodyBytes },
    ...{ advisoryIds: [], time: timestamp, documents },
  });
  const length = model.proof.length - 4;
  const proof = concat(model.proof.subarray(0, 4), new Uint8Array(length).fill(filling));
  return { ...model, name: "made up", output, proof };
}

export const isMadeUp: VerifyProof = ({ proof }) => proof.subarray(4).every((byte) => byte === filling);

function newGate() {
  let gate: Promise<void> | null = null;
  let onReached = (): void => undefined;
  return {
    hold: () => {
      let release = (): void => undefined;
      gate = new Promise((resolve) => {
        release = () => {
          gate = null;
          resolve();
        };
      });
      const reached = new Promise<void>((resolve) => (onReached = resolve));
      return { reached, release: () => release() };
    },
    pass: async (signal: AbortSignal): Promise<void> => {
      onReached();
      if (gate === null) return;
      const aborted = new Promise<never>((_, reject) =>
        signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true }),
      );
      await Promise.race([gate, aborted]);
    },
  };
}

/** @param change of the agent's settings */
export function newProver(change: Partial<ProofSettings> = {}): Prover {
  const timer = fakeTimer();
  const captures = [...readCaptures()];
  const models = Object.values(programs).map((id) => captures.find(({ program }) => program === id)!);
  const inputs: GuestInput[] = [];
  const watch: Serve = ({ method, path, body }) => {
    const isInput = method === "PUT" && path.startsWith("/inputs/upload/");
    if (path !== "/prove" && !isInput) return null;
    const { stdin } = isInput ? {} : (JSON.parse(Buffer.from(body).toString()) as { stdin?: [string] });
    const input = readInput(stdin === undefined ? body : fromHex(stdin[0]));
    inputs.push(input);
    captures.push(...models.map((model) => madeUp(model, input)));
    return null;
  };
  let ids = 0;
  const newId = () => `id-${++ids}`;
  const [bonsai, sidecar] = [newBonsai(captures, newId), newSidecar(captures, newId)];
  const wire = newWire(timer, watch, bonsai.serve, sidecar.serve);
  const gate = newGate();
  const journals: ReturnType<typeof crashingJournal>[] = [];
  return {
    ...{ timer, wire, inputs },
    journalTexts: () => journals.flatMap(({ texts }) => texts),
    bought: () => bonsai.created.sessions + sidecar.bought.requests,
    hold: gate.hold,
    settings: {
      allowedUrls: [proverUrl, plainUrl],
      paths: { sp1: null, risc0: null },
      documents: simulatedCollateralSource(() => new Date(timer.now())),
      timeoutMs: 900_000,
      verify: isMadeUp,
      timer,
      fetch: async (url, init) => {
        await gate.pass(init.signal!);
        return wire.fetch(url, init);
      },
      newJournal: () => {
        const journal = crashingJournal();
        journals.push(journal);
        return journal;
      },
      ...change,
    },
  };
}

/** As the walkthrough has it, with and without what may be empty. */
export const zkConfigs = {
  sp1: { image_id: "", url: proverUrl, api_key: "", version: "v5.0.0" },
  risc0: { image_id: programs.risc0.slice(2), url: proverUrl, api_key: "", version: "3.0.5" },
} as const;
