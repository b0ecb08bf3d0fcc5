// Compact forms of a quote (architecture.md §4, specs/tdx-onchain.md §2), built by the relayer: certification data lies
// outside every signature, so leaving it out changes nothing that is signed. Integers are big-endian.
//
//   ff02 ‖ signed range ‖ signature 64 ‖ AK 64 ‖ QE report 384 ‖ QE signature 64 ‖ auth length u16 ‖ auth ‖ PCK leaf DER
//   ff01 ‖ signed range ‖ signature 64 ‖ AK 64 ‖ host attributes 94
import { ascii, concat, keccak256, toBigInt, uint } from "./bytes.ts";
import { readPemChain } from "./pem.ts";
import { isRefusal, refuse } from "./refusal.ts";
import type { Refusal } from "./refusal.ts";
import { readTdStatement, readTdxQuote } from "./tdx-quote.ts";
import type { TdStatement } from "./tdx-quote.ts";

/** What a registry keeps of a host that it verified once: facts of its PCK certificate and its QE report. */
export interface HostAttributes {
  readonly fmspc: Uint8Array;
  readonly pceId: Uint8Array;
  /** The sixteen SVNs of the PCK certificate. */
  readonly componentSvns: Uint8Array;
  readonly pceSvn: number;
  readonly qeIsvSvn: number;
  /** The registry's number of the CA, and its versions of QE identity and CRL at that time. */
  readonly caId: number;
  readonly qeVersion: number;
  readonly crlVersion: number;
  /** Unix seconds. */
  readonly pckNotBefore: bigint;
  readonly pckNotAfter: bigint;
  /** 20 bytes, big-endian. */
  readonly pckSerial: Uint8Array;
  /** Protocol §6: keccak256(abi.encode(domain, TEE, 0, PPID)). */
  readonly platformId: Uint8Array;
}

interface Signed extends TdStatement {
  readonly signature: Uint8Array;
  readonly attestationKey: Uint8Array;
}

export interface TdxNewHost extends Signed {
  readonly form: "new-host";
  readonly qeReport: Uint8Array;
  readonly qeReportSignature: Uint8Array;
  readonly qeAuthData: Uint8Array;
  /** DER. */
  readonly pckLeaf: Uint8Array;
}

export interface TdxKnownHost extends Signed {
  readonly form: "known-host";
  readonly host: HostAttributes;
  /** What the registry holds of a known host. */
  readonly commitment: Uint8Array;
}

const marker = 0xff;
const knownHost = 1;
const newHost = 2;
const layoutVersion = 1;
export const hostAttributesLength = 94;

const hostDomain = keccak256(ascii("cvm-registry.host.v1"));

const malformed = (length: number) => refuse("tdx.compact-form", `compact quote of ${length} bytes`);

export const isTdxCompact = (bytes: Uint8Array): boolean =>
  bytes[0] === marker && (bytes[1] === knownHost || bytes[1] === newHost);

/** What a registry stores of a host: nobody can swap key or attributes of another's entry. */
export const hostCommitment = (attestationKey: Uint8Array, attributes: Uint8Array): Uint8Array =>
  keccak256(hostDomain, attestationKey, attributes);

export function encodeHostAttributes(host: HostAttributes): Uint8Array {
  return concat(
    uint(layoutVersion, 1),
    host.fmspc,
    host.pceId,
    host.componentSvns,
    uint(host.pceSvn, 2),
    uint(host.qeIsvSvn, 2),
    uint(host.caId, 1),
    uint(host.qeVersion, 2),
    uint(host.crlVersion, 2),
    uint(host.pckNotBefore, 4),
    uint(host.pckNotAfter, 4),
    host.pckSerial,
    host.platformId,
  );
}

function readHostAttributes(bytes: Uint8Array): HostAttributes | null {
  if (bytes.length !== hostAttributesLength || bytes[0] !== layoutVersion) return null;
  const field = (at: number, length: number) => bytes.subarray(at, at + length);
  const number = (at: number, length: number) => toBigInt(field(at, length));
  return {
    fmspc: field(1, 6),
    pceId: field(7, 2),
    componentSvns: field(9, 16),
    pceSvn: Number(number(25, 2)),
    qeIsvSvn: Number(number(27, 2)),
    caId: Number(number(29, 1)),
    qeVersion: Number(number(30, 2)),
    crlVersion: Number(number(32, 2)),
    pckNotBefore: number(34, 4),
    pckNotAfter: number(38, 4),
    pckSerial: field(42, 20),
    platformId: field(62, 32),
  };
}

const prefixed = (form: number, ...parts: Uint8Array[]) => concat(Uint8Array.of(marker, form), ...parts);

/** A raw quote with the leaf of its chain alone, for a verifier that holds the intermediate. */
export function toNewHost(rawQuote: Uint8Array): Uint8Array | Refusal {
  const quote = readTdxQuote(rawQuote);
  if (isRefusal(quote)) return quote;
  const chain = readPemChain(quote.pckChain);
  if (isRefusal(chain)) return chain;
  if (chain.length === 0) return refuse("tdx.pck-chain", "PEM chain has no certificate");
  const { signed, signature, attestationKey, qeReport, qeReportSignature, qeAuthData } = quote;
  const authLength = uint(qeAuthData.length, 2);
  const qe = [qeReport, qeReportSignature, authLength, qeAuthData];
  return prefixed(newHost, signed, signature, attestationKey, ...qe, chain[0]!);
}

/** A raw quote with the attributes of its host, for a verifier that has verified the host before. */
export function toKnownHost(rawQuote: Uint8Array, attributes: Uint8Array): Uint8Array | Refusal {
  const quote = readTdxQuote(rawQuote);
  if (isRefusal(quote)) return quote;
  if (readHostAttributes(attributes) === null) return malformed(attributes.length);
  return prefixed(knownHost, quote.signed, quote.signature, quote.attestationKey, attributes);
}

function readNewHost(statement: TdStatement, rest: Uint8Array): TdxNewHost | null {
  // Signature 64, key 64, QE report 384, its signature 64, length 2, then at least something of a certificate.
  const fixed = 578;
  if (rest.length < fixed) return null;
  const authEnd = fixed + Number(toBigInt(rest.subarray(576, 578)));
  if (rest.length <= authEnd) return null;
  return {
    form: "new-host",
    ...statement,
    signature: rest.subarray(0, 64),
    attestationKey: rest.subarray(64, 128),
    qeReport: rest.subarray(128, 512),
    qeReportSignature: rest.subarray(512, 576),
    qeAuthData: rest.subarray(fixed, authEnd),
    pckLeaf: rest.subarray(authEnd),
  };
}

function readKnownHost(statement: TdStatement, rest: Uint8Array): TdxKnownHost | null {
  const attributes = rest.subarray(128);
  const host = readHostAttributes(attributes);
  if (host === null) return null;
  const attestationKey = rest.subarray(64, 128);
  const commitment = hostCommitment(attestationKey, attributes);
  return {
    form: "known-host",
    ...statement,
    signature: rest.subarray(0, 64),
    attestationKey,
    host,
    commitment,
  };
}

/** Reads either form. The header is judged as in a raw quote, also its length; behind it a wrong length is `tdx.compact-form`. */
export function readTdxCompact(bytes: Uint8Array): TdxNewHost | TdxKnownHost | Refusal {
  if (!isTdxCompact(bytes)) return refuse("tdx.version", "not a compact quote");
  const statement = readTdStatement(bytes.subarray(2), () => malformed(bytes.length));
  if (isRefusal(statement)) return statement;
  const rest = bytes.subarray(2 + statement.signed.length);
  const read = bytes[1] === newHost ? readNewHost : readKnownHost;
  return read(statement, rest) ?? malformed(bytes.length);
}
