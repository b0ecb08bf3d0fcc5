// Intel's signed documents of the fixtures, and what a reader must make of them: an independent reading by JSON.parse.
// Text is latin1 throughout, one character a byte, so that a changed byte stays one.
import { readFileSync } from "node:fs";
import { keccak256 } from "viem";
import type { Hex } from "viem";
import { documentBytes, real } from "../../support/tdx-vectors.ts";
import { hex } from "./outcome.ts";

const folder = new URL("../../fixtures/tdx/", import.meta.url);
/** Documents of the fixtures whose name begins so, by name. */
const documentsOf = (...prefixes: string[]) =>
  Object.keys(real.documents)
    .filter((id) => prefixes.some((prefix) => id.startsWith(prefix)))
    .sort()
    .map((id) => [id, Buffer.from(documentBytes(id))] as const);
const textsOf = (prefix: string) =>
  Object.fromEntries(documentsOf(prefix).map(([id, bytes]) => [id, bytes.toString("latin1")]));

export const tcbInfos = textsOf("tdx-");
export const qeIdentities = textsOf("tdqe-");
export const certificateLists: Readonly<Record<string, Buffer>> = Object.fromEntries(
  documentsOf("root-", "platform-"),
);

/** Content hashes that a real proof names: TCB info, QE identity, root, signer, root CRL, PCK CRL. */
export function journalHashes(): Hex[] {
  const { journal } = JSON.parse(readFileSync(new URL("dcap-journal.json", folder), "utf8")) as {
    journal: string;
  };
  return journal
    .slice(-6 * 64)
    .match(/.{64}/g)!
    .map((word) => `0x${word}` as const);
}

export interface SvnLevel {
  tcb: { isvsvn: number };
  tcbDate: string;
  tcbStatus: string;
  advisoryIDs?: string[];
}

export interface TcbLevel {
  tcb: {
    sgxtcbcomponents: { svn: number; category?: string; type?: string }[];
    pcesvn: number;
    tdxtcbcomponents: { svn: number; category?: string; type?: string }[];
  };
  tcbDate: string;
  tcbStatus: string;
  advisoryIDs?: string[];
}

interface Module {
  mrsigner: string;
  attributes: string;
  attributesMask: string;
}

export interface TcbInfo {
  id: string;
  version: number;
  issueDate: string;
  nextUpdate: string;
  fmspc: string;
  pceId: string;
  tcbType: number;
  tcbEvaluationDataNumber: number;
  tdxModule: Module;
  tdxModuleIdentities?: ({ id: string } & Module & { tcbLevels: SvnLevel[] })[];
  tcbLevels: TcbLevel[];
}

export interface QeIdentity {
  id: string;
  version: number;
  issueDate: string;
  nextUpdate: string;
  tcbEvaluationDataNumber: number;
  miscselect: string;
  miscselectMask: string;
  attributes: string;
  attributesMask: string;
  mrsigner: string;
  isvprodid: number;
  tcbLevels: SvnLevel[];
}

export interface EvaluationNumbers {
  id: string;
  version: number;
  issueDate: string;
  nextUpdate: string;
  tcbEvalNumbers: { tcbEvaluationDataNumber: number; tcbRecoveryEventDate: string; tcbDate: string }[];
}

const statuses: Readonly<Record<string, number>> = {
  UpToDate: 1,
  SWHardeningNeeded: 2,
  ConfigurationNeeded: 3,
  ConfigurationAndSWHardeningNeeded: 4,
  OutOfDate: 5,
  OutOfDateConfigurationNeeded: 6,
  Revoked: 9,
};
export const statusNames = Object.keys(statuses);
/** What Intel says of modules and enclaves, and what of platforms alone. */
export const svnStatuses = ["UpToDate", "OutOfDate", "Revoked"];
export const platformStatuses = statusNames.filter((name) => !svnStatuses.includes(name));

const uint = (value: number, bytes: number): Buffer => {
  const out = Buffer.alloc(bytes);
  out.writeUIntBE(value, 0, bytes);
  return out;
};
const latin1 = (value: unknown) => Buffer.from(value === undefined ? "" : JSON.stringify(value), "latin1");
const digits = (text: string) => Buffer.from(text, "hex");
// Times before 1970 are read as 0.
const seconds = (date: string) => BigInt(Math.max(0, Date.parse(date) / 1000));
const advisoriesOf = (level: SvnLevel | TcbLevel) => {
  const ids = level.advisoryIDs ?? [];
  return Buffer.concat([uint(ids.length, 1), ...ids.map((id) => uint(Number(id.slice(9)), 2))]);
};
const svns = (components: readonly { svn: number }[]) => Buffer.from(components.map(({ svn }) => svn));

function moduleBlob(id: number, module: Module, levels: readonly SvnLevel[]): Buffer {
  const hasSigner = /[^0]/.test(module.mrsigner);
  const flags = (hasSigner ? 1 : 0) | (/[^0]/.test(module.attributes) ? 2 : 0);
  return Buffer.concat([
    Buffer.from([id, flags]),
    hasSigner ? digits(module.mrsigner) : Buffer.alloc(0),
    uint(levels.length, 1),
    ...levels.map(({ tcb, tcbStatus }) => Buffer.from([tcb.isvsvn, statuses[tcbStatus]!])),
  ]);
}

export function readTcbInfo(text: string) {
  const info = JSON.parse(text) as TcbInfo;
  const identities = info.tdxModuleIdentities ?? [];
  const contentHash = keccak256(
    Buffer.concat([
      uint(info.tcbType, 1),
      uint(1, 1),
      uint(info.version, 4),
      uint(info.tcbEvaluationDataNumber, 4),
      digits(info.fmspc),
      digits(info.pceId),
      latin1(info.tcbLevels),
      latin1(info.tdxModule),
      latin1(info.tdxModuleIdentities),
    ]),
  );
  const blob = Buffer.concat([
    digits(contentHash.slice(2)),
    digits(info.pceId),
    uint(info.tcbLevels.length, 1),
    ...info.tcbLevels.map(({ tcb, tcbStatus }) =>
      Buffer.concat([
        svns(tcb.sgxtcbcomponents),
        svns(tcb.tdxtcbcomponents),
        uint(tcb.pcesvn, 2),
        uint(statuses[tcbStatus]!, 1),
      ]),
    ),
    uint(1 + identities.length, 1),
    moduleBlob(0, info.tdxModule, []),
    ...identities.map((one) => moduleBlob(parseInt(one.id.slice(4), 16), one, one.tcbLevels)),
  ]);
  const lists = [...info.tcbLevels, ...identities.flatMap(({ tcbLevels }) => tcbLevels)];
  return {
    fmspc: `0x${info.fmspc.toLowerCase()}`,
    number: BigInt(info.tcbEvaluationDataNumber),
    issueDate: seconds(info.issueDate),
    nextUpdate: seconds(info.nextUpdate),
    blob: hex(blob),
    advisories: hex(Buffer.concat(lists.map(advisoriesOf))),
  };
}

export function readQeIdentity(text: string) {
  const identity = JSON.parse(text) as QeIdentity;
  const enclave = [
    digits(identity.miscselect),
    digits(identity.miscselectMask),
    digits(identity.attributes),
    digits(identity.attributesMask),
    digits(identity.mrsigner),
    uint(identity.isvprodid, 2),
  ] as const;
  const [miscSelect, miscSelectMask, attributes, attributesMask, mrSigner, product] = enclave;
  const contentHash = keccak256(
    Buffer.concat([
      uint(2, 1),
      uint(identity.version, 4),
      uint(identity.tcbEvaluationDataNumber, 4),
      ...enclave,
      latin1(identity.tcbLevels),
    ]),
  );
  const blob = Buffer.concat([
    digits(contentHash.slice(2)),
    ...[mrSigner, attributes, attributesMask, miscSelect, miscSelectMask, product],
    ...identity.tcbLevels.map(advisoriesOf),
  ]);
  const levels = identity.tcbLevels.map(
    ({ tcb, tcbStatus }, i) => BigInt(tcb.isvsvn * 256 + statuses[tcbStatus]!) << BigInt(24 * i),
  );
  return {
    number: BigInt(identity.tcbEvaluationDataNumber),
    issueDate: seconds(identity.issueDate),
    nextUpdate: seconds(identity.nextUpdate),
    blob: hex(blob),
    levels: levels.reduce((all, level) => all | level),
  };
}

export function readEvaluationNumbers(text: string) {
  const list = JSON.parse(text) as EvaluationNumbers;
  return {
    issueDate: seconds(list.issueDate),
    nextUpdate: seconds(list.nextUpdate),
    numbers: list.tcbEvalNumbers.map(({ tcbEvaluationDataNumber }) => BigInt(tcbEvaluationDataNumber)),
    recoveryDates: list.tcbEvalNumbers.map(({ tcbRecoveryEventDate }) => seconds(tcbRecoveryEventDate)),
  };
}

/** The text of a document with a change. */
export const changed = <T>(text: string, change: (document: T) => void): string => {
  const document = JSON.parse(text) as T;
  change(document);
  return JSON.stringify(document);
};

export const svnLevel = (isvsvn: number, advisoryIDs?: string[]) => ({
  tcb: { isvsvn },
  tcbDate: "2026-01-01T00:00:00Z",
  tcbStatus: "UpToDate",
  ...(advisoryIDs && { advisoryIDs }),
});
