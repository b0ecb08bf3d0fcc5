// Real evidence under test/fixtures, read once, and the settings it is judged with.
import { readFileSync } from "node:fs";
import { decodeAttestCvm } from "../../sdk/evidence/calldata.ts";
import { fromHex } from "../../sdk/evidence/bytes.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import type { Registration } from "../../sdk/evidence/registration.ts";
import { transcodeRegistration } from "../../sdk/evidence/transcode.ts";
import type { RegistrationContext } from "../../sdk/verify/context.ts";
import { capturedCollateral, capturedCollateralFor, mustJudge, realTrust } from "../support/tdx-vectors.ts";
import { defaultTrust } from "../../sdk/verify/roots.ts";

const root = new URL("../fixtures/", import.meta.url);

export const fixtureBytes = (path: string): Uint8Array => new Uint8Array(readFileSync(new URL(path, root)));
export const fixtureText = (path: string): string => readFileSync(new URL(path, root), "utf8");
export const fixturePath = (path: string): string => new URL(path, root).pathname;

/** 2026-02-05T00:00:00Z, inside every certificate of the captures (protocol §12). */
export const capturedAt = 1_770_249_600n;

const azure = mustJudge(capturedCollateral.azure, realTrust(capturedAt));
const gcp = mustJudge(capturedCollateral.gcp, realTrust(capturedAt));

/** With the collateral of Azure's capture. */
export const offline: RegistrationContext = {
  now: capturedAt,
  trust: defaultTrust,
  tdxCollateral: azure,
  chain: null,
};

/** With the collateral of the platform that the quote comes from, as a registry that holds both. */
export function offlineFor({ teeAttestationReport: quote }: Registration): RegistrationContext {
  const isGcp = capturedCollateralFor(quote) === capturedCollateral.gcp;
  return isGcp ? { ...offline, tdxCollateral: gcp } : offline;
}

/** The `calldata` member of a captured file. */
export function mustReadCalldata(capture: string, file = "registration"): Uint8Array {
  const { calldata } = JSON.parse(fixtureText(`hardware/${capture}/${file}.json`)) as { calldata: string };
  return new Uint8Array(Buffer.from(calldata, "base64"));
}

/** A captured registration in our generation's form. */
export function mustReadRegistration(capture: string): Registration {
  const calldata = transcodeRegistration(mustReadCalldata(capture));
  if (isRefusal(calldata)) throw new Error(`${capture}: ${calldata.detail}`);
  const registration = decodeAttestCvm(calldata);
  if ("check" in registration) throw new Error(`${capture}: ${registration.check}`);
  return registration;
}

export interface CapturedVector {
  readonly file: string;
  readonly statementId: string;
  readonly akId: string;
  readonly identityHash64: string;
  readonly identityHash65: string;
  readonly selectionHash: string;
  readonly pcrMeasurement: string;
  readonly vmConfiguration?: string;
  readonly vmConfigurationDigest?: string;
  readonly teeMeasurement: string;
  readonly pcrTrust: number;
  readonly product: number;
  readonly platformId: string;
  readonly measurementHash: string;
  readonly measuredPcrs: readonly number[];
  readonly cloud: number;
  readonly tee: number;
}

interface AnchoredInput {
  readonly chainId: string;
  readonly registry: string;
  readonly blockNumber: string;
  readonly blockHash: string;
  readonly cloud: number;
  readonly tee: number;
  readonly reportType: number;
  readonly akCertified: boolean;
  readonly certifiedName: string;
  readonly selection: readonly { index: number; measurePcr: boolean; measureEventsIdx: number[] }[];
  readonly statement: string;
  readonly akId: string;
  readonly identityHash: string;
}

export interface ProtocolVectors {
  readonly domains: Readonly<Record<string, string>>;
  readonly anchored: Readonly<Record<string, string>> & { readonly input: AnchoredInput };
  readonly messages: Readonly<Record<string, string>>;
  readonly policyPcr: { readonly pcrs: number[]; readonly values: string[]; readonly authPolicy: string };
  readonly captured: readonly CapturedVector[];
}

export const protocolVectors = JSON.parse(fixtureText("protocol/vectors.json")) as ProtocolVectors;

export function mustFindCaptured(file: string): CapturedVector {
  const vector = protocolVectors.captured.find((captured) => captured.file === file);
  if (vector === undefined) throw new Error(`no vector of ${file}`);
  return vector;
}

export interface TpmVector {
  readonly id: string;
  readonly expected: string;
  readonly attest?: string;
  readonly signature?: string;
  readonly akSpki?: string;
  readonly akTpmtPublic?: string;
  readonly akCertChain?: readonly string[];
  readonly pcrs?: { readonly bank: string; readonly values: Readonly<Record<string, string>> };
  readonly nonce?: string;
  readonly eventLog?: string;
  readonly certifyAttest?: string;
  readonly certifySignature?: string;
  readonly keyTpmtPublic?: string;
  readonly signerTpmtPublic?: string;
  readonly runtimeClaims?: string;
}

const tpmVectors = JSON.parse(fixtureText("hardware/tpm-evidence/vectors.json")) as TpmVector[];

export function mustFindTpm(id: string): TpmVector {
  const vector = tpmVectors.find((known) => known.id === id);
  if (vector === undefined) throw new Error(`no TPM vector ${id}`);
  return vector;
}

/** A copy with one bit flipped. */
export function flip(bytes: Uint8Array, at: number, bit = 1): Uint8Array {
  const out = bytes.slice();
  out[at]! ^= bit;
  return out;
}

export const mustHex = (text: string | undefined): Uint8Array => {
  if (text === undefined) throw new Error("fixture lacks a member");
  return fromHex(text);
};
