// Evidence by a simulated machine with every part open to choice: what an agent would make, and what it never would.
import type { Identity } from "../../agent/identity/identity.ts";
import type { Platform } from "../../agent/platforms/platform.ts";
import {
  akIdOf,
  anchor,
  extraData,
  identityHash,
  reportData,
  requestHash,
  selectionHash,
} from "../../sdk/evidence/binding.ts";
import { keccak256, sha256 } from "../../sdk/evidence/bytes.ts";
import { reattestMessage } from "../../sdk/evidence/message.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import type {
  AnchorBlock,
  KeyCertification,
  MeasureablePcr,
  Reattestation,
  Registration,
} from "../../sdk/evidence/registration.ts";
import { readTdxQuote } from "../../sdk/evidence/tdx-quote.ts";

export interface Selected {
  readonly index: number;
  /** 1 value, 2 the last event of `events`, 0 quoted only. */
  readonly mode: 0 | 1 | 2;
  readonly events?: readonly Uint8Array[];
}

export const byValue = (indices: readonly number[]): Selected[] =>
  indices.map((index) => ({ index, mode: 1 }));

/** The TPM half of evidence, as far as it does not follow from the rest. */
export interface TpmChoices {
  readonly machine: Platform;
  /** Whom the quote names. */
  readonly identity: Identity;
  readonly selection: readonly Selected[];
  readonly isCertified: boolean;
  /** What the agent holds its AK for. */
  readonly akCertified: boolean;
  readonly reportType: number;
  /** Null: un-anchored. */
  readonly block: AnchorBlock | null;
  /** Instead of the anchored or the 33-byte form. */
  readonly extraData?: Uint8Array;
}

async function readPcrs({ machine, selection }: TpmChoices): Promise<MeasureablePcr[]> {
  const values = await machine.tpm.pcrRead(selection.map(({ index }) => index));
  return selection.map(({ index, mode, events = [] }) => ({
    index,
    pcr: values.get(index)!,
    allEvents: events,
    measureEventsIdx: mode === 2 ? [events.length - 1] : [],
    measurePcr: mode === 1,
  }));
}

async function certify({ machine, identity, isCertified }: TpmChoices): Promise<KeyCertification | null> {
  if (!isCertified) return null;
  const made = await machine.tpm.certify(machine.ak, identity.key, identity.hash);
  return { tpmtPublic: identity.key.tpmtPublic, ...made };
}

function requestOf(choices: TpmChoices, pcrs: readonly MeasureablePcr[]): Uint8Array {
  const { machine, identity, isCertified, akCertified, reportType } = choices;
  return requestHash({
    cloud: machine.cloud,
    tee: machine.tee,
    reportType,
    selectionHash: selectionHash(pcrs),
    certifiedName: isCertified ? identity.key.name.subarray(2) : new Uint8Array(32),
    akCertified,
  });
}

async function tpmHalf(choices: TpmChoices, statementId: Uint8Array) {
  const { machine, identity, block } = choices;
  const pcrs = await readPcrs(choices);
  const anchorBytes = block === null ? null : anchor(block, requestOf(choices, pcrs), statementId);
  const extra = choices.extraData ?? extraData(identity.hash, anchorBytes);
  const quote = await machine.tpm.quote(
    machine.ak,
    extra,
    pcrs.map(({ index }) => index),
  );
  return { pcrs, tpmQuote: quote.attest, tpmSignature: quote.signature, cvmIdentity: identity.cvmIdentity };
}

export interface RegistrationChoices extends TpmChoices {
  readonly sendsChain: boolean;
}

/** A registration that the registry accepts, with a selection of choice. */
export async function makeRegistration(choices: RegistrationChoices): Promise<Registration> {
  const { machine, identity, block, reportType } = choices;
  const akId = akIdOf(machine.ak.publicKey);
  const request = block === null ? null : requestOf(choices, await readPcrs(choices));
  const { report, runtimeClaims } = await machine.teeStatement(
    reportData(akId, identity.hash, block, request),
  );
  const quote = readTdxQuote(report);
  if (isRefusal(quote)) throw new Error(quote.detail);
  const half = await tpmHalf(choices, keccak256(quote.bodyBytes));
  const akPub = choices.sendsChain ? new Uint8Array(0) : machine.ak.publicKey;
  return {
    cloud: machine.cloud,
    tee: machine.tee,
    reportType,
    teeAttestationReport: report,
    workloadCollaterals: {
      ...half,
      reportId: new Uint8Array(0),
      akPub: runtimeClaims ?? akPub,
      certs: choices.sendsChain ? machine.akCertificates : [],
    },
    certification: await certify(choices),
  };
}

export interface ReattestationChoices extends TpmChoices {
  /** Whose record it is. */
  readonly current: Uint8Array;
  /** Whose key signs. */
  readonly signer: Identity;
  readonly nonce: bigint;
  readonly chainId: bigint;
  readonly registry: Uint8Array;
  readonly teeMeasurement: Uint8Array;
  /** The chain, or the public key; `both` is what nobody takes. */
  readonly ak: "chain" | "key" | "both";
  /** 0 by the protocol. */
  readonly statementId: Uint8Array;
}

export async function makeReattestation(choices: ReattestationChoices): Promise<Reattestation> {
  const { machine, current, signer, nonce, chainId, registry, teeMeasurement, ak } = choices;
  const half = await tpmHalf(choices, choices.statementId);
  const message = reattestMessage(chainId, registry, nonce, sha256(half.tpmQuote));
  const signature = await signer.sign(message);
  if (signature === null) throw new Error("the PCRs are no longer those of the signer's key");
  return {
    cvmIdentityHash: current,
    signature,
    workloadCollaterals: {
      ...half,
      reportId: teeMeasurement,
      akPub: ak === "chain" ? new Uint8Array(0) : machine.ak.publicKey,
      certs: ak === "key" ? [] : machine.akCertificates,
    },
    certification: await certify(choices),
  };
}

/** The same key as another identity: 0x04‖x‖y for x‖y. */
export function spelledLong(identity: Identity): Identity {
  const data = Uint8Array.of(0x04, ...identity.key.publicKey);
  const cvmIdentity = { ...identity.cvmIdentity, data };
  return { ...identity, cvmIdentity, hash: identityHash(cvmIdentity) };
}
