// Raw TPM 2.0 commands (TCG TPM 2.0 Part 3), one function each: marshals, sends, unmarshals. No policy of ours.
import { concat, uint } from "../../sdk/evidence/bytes.ts";
import { algorithms, hierarchies, pcrSelection, reader, tpm2b, type Reader } from "./structures.ts";
import { TpmError, type Attestation } from "./tpm.ts";
import type { Transport } from "./transport.ts";

const codes = {
  CreatePrimary: 0x131,
  Certify: 0x148,
  Create: 0x153,
  Load: 0x157,
  Quote: 0x158,
  Sign: 0x15d,
  FlushContext: 0x165,
  StartAuthSession: 0x176,
  PCR_Read: 0x17e,
  PolicyPCR: 0x17f,
  PCR_Extend: 0x182,
} as const;

const tagNoSessions = 0x8001;
const tagSessions = 0x8002;
const tagHashCheck = 0x8024;
/** TPM_RS_PW: password authorisation, here always the empty one. */
const passwordSession = 0x40000009;
const policySessionType = 0x01;
const hierarchyNull = uint(hierarchies.null, 4);
const schemeFromKey = uint(algorithms.null, 2);

/** TPM_RC_YIELDED, TPM_RC_TESTING, TPM_RC_RETRY: the same command is to be sent again. */
const retryCodes = new Set([0x908, 0x90a, 0x922]);
const maxAttempts = 20;

interface Call {
  readonly handles?: readonly number[];
  /** Authorisation sessions, one for each handle that needs one. */
  readonly sessions?: readonly number[];
  readonly parameters?: Uint8Array;
  readonly hasHandleInResponse?: boolean;
}

const session = (handle: number): Uint8Array => concat(uint(handle, 4), uint(0, 2), uint(0, 1), uint(0, 2));

function marshal(name: keyof typeof codes, call: Call): Uint8Array {
  const authorisations = (call.sessions ?? []).map(session);
  const area = concat(new Uint8Array(0), ...authorisations);
  const body = concat(
    new Uint8Array(0),
    ...(call.handles ?? []).map((handle) => uint(handle, 4)),
    ...(authorisations.length > 0 ? [uint(area.length, 4), area] : []),
    call.parameters ?? new Uint8Array(0),
  );
  const tag = authorisations.length > 0 ? tagSessions : tagNoSessions;
  return concat(uint(tag, 2), uint(10 + body.length, 4), uint(codes[name], 4), body);
}

async function run(transport: Transport, name: keyof typeof codes, call: Call) {
  const command = marshal(name, call);
  for (let attempt = 1; ; attempt++) {
    const response = reader(await transport.send(command));
    response.take(6);
    const rc = response.u32();
    if (retryCodes.has(rc) && attempt < maxAttempts) continue;
    if (rc !== 0) throw new TpmError(`TPM2_${name}`, rc);
    const handle = call.hasHandleInResponse ? response.u32() : 0;
    const hasSessions = (call.sessions ?? []).length > 0;
    return { handle, parameters: hasSessions ? reader(response.take(response.u32())) : response };
  }
}

export interface LoadedKey {
  readonly handle: number;
  readonly tpmtPublic: Uint8Array;
}

/** Empty TPM2B_SENSITIVE_CREATE: no password, no data. */
const emptySensitive = tpm2b(new Uint8Array(4));
/** No outsideInfo, no creation PCRs. */
const creationTail = concat(uint(0, 2), uint(0, 4));

export async function createPrimary(
  transport: Transport,
  hierarchy: number,
  template: Uint8Array,
): Promise<LoadedKey> {
  const { handle, parameters } = await run(transport, "CreatePrimary", {
    handles: [hierarchy],
    sessions: [passwordSession],
    parameters: concat(emptySensitive, tpm2b(template), creationTail),
    hasHandleInResponse: true,
  });
  return { handle, tpmtPublic: parameters.sized() };
}

export async function create(transport: Transport, parent: number, template: Uint8Array) {
  const { parameters } = await run(transport, "Create", {
    handles: [parent],
    sessions: [passwordSession],
    parameters: concat(emptySensitive, tpm2b(template), creationTail),
  });
  const privateBlob = parameters.sized();
  return { privateBlob, tpmtPublic: parameters.sized() };
}

export async function load(
  transport: Transport,
  parent: number,
  privateBlob: Uint8Array,
  tpmtPublic: Uint8Array,
): Promise<number> {
  const { handle } = await run(transport, "Load", {
    handles: [parent],
    sessions: [passwordSession],
    parameters: concat(tpm2b(privateBlob), tpm2b(tpmtPublic)),
    hasHandleInResponse: true,
  });
  return handle;
}

export async function flushContext(transport: Transport, handle: number): Promise<void> {
  await run(transport, "FlushContext", { parameters: uint(handle, 4) });
}

export async function pcrExtend(transport: Transport, index: number, digest: Uint8Array): Promise<void> {
  await run(transport, "PCR_Extend", {
    handles: [index],
    sessions: [passwordSession],
    parameters: concat(uint(1, 4), uint(algorithms.sha256, 2), digest),
  });
}

/** PCRs of the SHA-256 bank; a TPM answers at most eight per command. */
export async function pcrRead(
  transport: Transport,
  indices: readonly number[],
): Promise<Map<number, Uint8Array>> {
  const values = new Map<number, Uint8Array>();
  let wanted = [...indices];
  while (wanted.length > 0) {
    const { parameters } = await run(transport, "PCR_Read", { parameters: pcrSelection(wanted) });
    parameters.u32();
    const returned = selected(parameters);
    const count = parameters.u32();
    if (count === 0 || count !== returned.length) throw new Error("the TPM has no SHA-256 bank");
    for (const index of returned) values.set(index, parameters.sized());
    wanted = wanted.filter((index) => !values.has(index));
  }
  return values;
}

function selected(parameters: Reader): number[] {
  const indices: number[] = [];
  for (let banks = parameters.u32(); banks > 0; banks--) {
    parameters.u16();
    parameters.take(parameters.u8()).forEach((byte, at) => {
      for (let bit = 0; bit < 8; bit++) if (byte & (1 << bit)) indices.push(8 * at + bit);
    });
  }
  return indices;
}

const attestation = (parameters: Reader): Attestation => ({
  attest: parameters.sized(),
  signature: parameters.rest(),
});

export async function quote(
  transport: Transport,
  ak: number,
  extraData: Uint8Array,
  pcrs: readonly number[],
): Promise<Attestation> {
  const { parameters } = await run(transport, "Quote", {
    handles: [ak],
    sessions: [passwordSession],
    parameters: concat(tpm2b(extraData), schemeFromKey, pcrSelection(pcrs)),
  });
  return attestation(parameters);
}

export async function certify(
  transport: Transport,
  object: number,
  ak: number,
  qualifyingData: Uint8Array,
): Promise<Attestation> {
  const { parameters } = await run(transport, "Certify", {
    handles: [object, ak],
    sessions: [passwordSession, passwordSession],
    parameters: concat(tpm2b(qualifyingData), schemeFromKey),
  });
  return attestation(parameters);
}

/** A policy session already extended by the present values of `pcrs`; it ends with the command that uses it. */
export async function startPcrPolicy(
  transport: Transport,
  nonce: Uint8Array,
  pcrs: readonly number[],
): Promise<number> {
  const { handle } = await run(transport, "StartAuthSession", {
    handles: [hierarchies.null, hierarchies.null],
    parameters: concat(
      tpm2b(nonce),
      uint(0, 2),
      uint(policySessionType, 1),
      uint(algorithms.null, 2),
      uint(algorithms.sha256, 2),
    ),
    hasHandleInResponse: true,
  });
  const parameters = concat(uint(0, 2), pcrSelection(pcrs));
  try {
    await run(transport, "PolicyPCR", { handles: [handle], parameters });
    return handle;
  } catch (error) {
    await flushContext(transport, handle);
    throw error;
  }
}

/** TPMT_SIGNATURE by ECDSA with SHA-256 over a digest made outside of the TPM. */
export async function sign(
  transport: Transport,
  key: number,
  policySession: number,
  digest: Uint8Array,
): Promise<Uint8Array> {
  const scheme = concat(uint(algorithms.ecdsa, 2), uint(algorithms.sha256, 2));
  const noTicket = concat(uint(tagHashCheck, 2), hierarchyNull, uint(0, 2));
  const { parameters } = await run(transport, "Sign", {
    handles: [key],
    sessions: [policySession],
    parameters: concat(tpm2b(digest), scheme, noTicket),
  });
  return parameters.rest();
}
