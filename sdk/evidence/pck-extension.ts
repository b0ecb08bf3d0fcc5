// Intel's SGX extension of a PCK certificate (Intel SGX PCK Certificate Specification §2.3.4.1):
// 1.2.840.113741.1.13.1, a sequence of {OID, value} pairs with PPID, TCB, PCEID and FMSPC among them.
import { fromHex, isEqual, toBigInt } from "./bytes.ts";
import type { Certificate } from "./certificate.ts";
import { derTags, readDer, readDerNodes, readUnsigned } from "./der.ts";
import type { DerNode } from "./der.ts";
import { isRefusal, refuse } from "./refusal.ts";
import type { Refusal } from "./refusal.ts";

export interface PckExtension {
  /** 16 bytes. */
  readonly ppid: Uint8Array;
  /** Sixteen component SVNs. */
  readonly componentSvns: readonly number[];
  readonly pceSvn: number;
  /** 16 bytes. */
  readonly cpuSvn: Uint8Array;
  /** 2 bytes. */
  readonly pceId: Uint8Array;
  /** 6 bytes. */
  readonly fmspc: Uint8Array;
}

const sgxOid = fromHex("2a864886f84d010d01");

interface Pair {
  readonly oid: Uint8Array;
  readonly value: DerNode;
}

/** A list of {OID, value}, or null when a member is none. */
function readPairs(list: DerNode): Pair[] | null {
  const nodes = readDerNodes(list.content);
  if (isRefusal(nodes)) return null;
  const pairs: Pair[] = [];
  for (const node of nodes) {
    if (node.tag !== derTags.sequence) return null;
    const members = readDerNodes(node.content);
    if (isRefusal(members) || members.length !== 2 || members[0]!.tag !== derTags.oid) return null;
    pairs.push({ oid: members[0]!.content, value: members[1]! });
  }
  return pairs;
}

/** The one value under `oid.suffix` in a list of pairs, or null. */
function findValue(pairs: readonly Pair[], prefix: Uint8Array, suffix: number): DerNode | null {
  const found = pairs.filter(
    ({ oid }) =>
      oid.length === prefix.length + 1 && oid.at(-1) === suffix && isEqual(oid.subarray(0, -1), prefix),
  );
  return found.length === 1 ? found[0]!.value : null;
}

function octets(node: DerNode | null, length: number): Uint8Array | null {
  return node !== null && node.tag === derTags.octetString && node.content.length === length
    ? node.content
    : null;
}

function svn(node: DerNode | null, limit: number): number | null {
  if (node === null || node.tag !== derTags.integer) return null;
  const value = readUnsigned(node);
  if (isRefusal(value) || value.length > 2) return null;
  const number = Number(toBigInt(value));
  return number <= limit ? number : null;
}

type Tcb = Pick<PckExtension, "componentSvns" | "pceSvn" | "cpuSvn">;

function readTcb(node: DerNode | null): Tcb | null {
  if (node === null || node.tag !== derTags.sequence) return null;
  const pairs = readPairs(node);
  if (pairs?.length !== 18) return null;
  const prefix = Uint8Array.of(...sgxOid, 2);
  const componentSvns: number[] = [];
  for (let i = 1; i <= 16; i++) {
    const component = svn(findValue(pairs, prefix, i), 0xff);
    if (component === null) return null;
    componentSvns.push(component);
  }
  const pceSvn = svn(findValue(pairs, prefix, 17), 0xffff);
  const cpuSvn = octets(findValue(pairs, prefix, 18), 16);
  return pceSvn === null || cpuSvn === null ? null : { componentSvns, pceSvn, cpuSvn };
}

export function readPckExtension(certificate: Certificate): PckExtension | Refusal {
  const malformed = refuse("tdx.pck-extension", "SGX extension lacks a field or has one of another form");
  const extension = certificate.extensions.find(({ oid }) => isEqual(oid, sgxOid));
  if (extension === undefined) return refuse("tdx.pck-extension", "SGX extension is missing");
  const list = readDer(extension.value, derTags.sequence);
  const pairs = isRefusal(list) ? null : readPairs(list);
  if (pairs === null) return malformed;
  const ppid = octets(findValue(pairs, sgxOid, 1), 16);
  const tcb = readTcb(findValue(pairs, sgxOid, 2));
  const pceId = octets(findValue(pairs, sgxOid, 3), 2);
  const fmspc = octets(findValue(pairs, sgxOid, 4), 6);
  if (ppid === null || tcb === null || pceId === null || fmspc === null) return malformed;
  return { ppid, ...tcb, pceId, fmspc };
}
