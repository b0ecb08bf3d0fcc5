// TCB info of a TDX platform, version 3 (Intel PCS, /tdx/certification/v4/tcb): the object inside the response,
// exactly as it was signed. Whether it is signed, in date or of the right platform is decided in sdk/verify.
import { keccak256, toHex, uint } from "./bytes.ts";
import { jsonCursor } from "./intel-json.ts";
import type { JsonCursor } from "./intel-json.ts";
import { refuse } from "./refusal.ts";
import type { Refusal } from "./refusal.ts";
import { isDescending, readLevelVerdict, readSvnLevels } from "./tcb-levels.ts";
import type { LevelVerdict, SvnLevel } from "./tcb-levels.ts";

/** Who signs the TDX module of a version, and its levels. */
export interface TdxModule {
  /** teeTcbSvn[1]; 0 for `tdxModule`, which has no levels. */
  readonly version: number;
  /** 48 bytes. */
  readonly mrSigner: Uint8Array;
  /** 8 bytes. */
  readonly attributes: Uint8Array;
  readonly levels: readonly SvnLevel[];
}

export interface TcbLevel extends LevelVerdict {
  /** 16 bytes each. */
  readonly sgx: Uint8Array;
  readonly tdx: Uint8Array;
  readonly pceSvn: number;
  /** What Intel calls each component, where it does: for people only. */
  readonly sgxNames: readonly string[];
  readonly tdxNames: readonly string[];
}

export interface TcbInfo {
  /** Unix seconds. */
  readonly issueDate: bigint;
  readonly nextUpdate: bigint;
  /** 6 bytes. */
  readonly fmspc: Uint8Array;
  /** 2 bytes. */
  readonly pceId: Uint8Array;
  readonly tcbEvaluationDataNumber: number;
  readonly module: TdxModule;
  readonly moduleIdentities: readonly TdxModule[];
  /** Highest first. */
  readonly levels: readonly TcbLevel[];
  /** 32 bytes: what proofs name a document by. Dates are not in it: issued again with the same content, it stays. */
  readonly contentHash: Uint8Array;
}

const componentCount = 16;
const maxLevels = 32;
const maxModules = 16;
const identitiesMember = ',"tdxModuleIdentities":';
const levelsMember = ',"tcbLevels":';
const moduleId = /^TDX_([0-9a-fA-F]{2})$/;

function readComponents(cursor: JsonCursor): { svns: Uint8Array; names: string[] } {
  const svns = new Uint8Array(componentCount);
  const names: string[] = [];
  for (let i = 0; i < componentCount; i++) {
    cursor.expect(i === 0 ? '[{"svn":' : ',{"svn":');
    svns[i] = cursor.natural(0xff);
    const category = cursor.take(',"category":"') ? cursor.text() : "";
    const type = cursor.take(',"type":"') ? cursor.text() : "";
    cursor.expect("}");
    names.push([category, type].filter((name) => name !== "").join(" "));
  }
  cursor.expect("]");
  return { svns, names };
}

function readLevel(cursor: JsonCursor): TcbLevel {
  cursor.expect('{"tcb":{"sgxtcbcomponents":');
  const { svns: sgx, names: sgxNames } = readComponents(cursor);
  cursor.expect(',"pcesvn":');
  const pceSvn = cursor.natural(0xffff);
  cursor.expect(',"tdxtcbcomponents":');
  const { svns: tdx, names: tdxNames } = readComponents(cursor);
  cursor.expect("},");
  return { sgx, sgxNames, pceSvn, tdx, tdxNames, ...readLevelVerdict(cursor) };
}

function readModuleSigner(cursor: JsonCursor): Pick<TdxModule, "mrSigner" | "attributes"> {
  cursor.expect('"mrsigner":"');
  const mrSigner = cursor.hex(48);
  cursor.expect(',"attributes":"');
  const attributes = cursor.hex(8);
  // Attributes other than zero match no quote, so what the mask would select does not matter.
  cursor.expect(',"attributesMask":"');
  cursor.hex(8);
  return { mrSigner, attributes };
}

function readModuleIdentities(cursor: JsonCursor): TdxModule[] {
  const modules: TdxModule[] = [];
  if (!cursor.take(`${identitiesMember}[`)) return modules;
  do {
    if (modules.length === maxModules) cursor.fail();
    cursor.expect('{"id":"');
    const digits = moduleId.exec(cursor.text())?.[1] ?? "00";
    const version = parseInt(digits, 16);
    if (version === 0 || modules.some((known) => known.version === version)) cursor.fail();
    cursor.expect(",");
    const signer = readModuleSigner(cursor);
    cursor.expect(",");
    const levels = readSvnLevels(cursor, 0xff, maxLevels);
    cursor.expect("}");
    modules.push({ version, ...signer, levels });
  } while (cursor.take(","));
  cursor.expect("]");
  return modules;
}

function readLevels(cursor: JsonCursor): TcbLevel[] {
  const levels: TcbLevel[] = [];
  cursor.expect(`${levelsMember}[`);
  do {
    if (levels.length === maxLevels) cursor.fail();
    levels.push(readLevel(cursor));
  } while (cursor.take(","));
  cursor.expect("]");
  return levels;
}

/** Levels compare as (sgx, pcesvn, tdx), most significant byte first. */
const rankOf = ({ sgx, pceSvn, tdx }: TcbLevel): string =>
  toHex(sgx) + pceSvn.toString(16).padStart(4, "0") + toHex(tdx);

function isOrdered({ levels, moduleIdentities }: Pick<TcbInfo, "levels" | "moduleIdentities">): boolean {
  const ranks = levels.map(rankOf);
  return (
    ranks.every((rank, at) => at === 0 || rank < ranks[at - 1]!) &&
    moduleIdentities.every((module) => isDescending(module.levels))
  );
}

/**
 * As Automata's DCAP guest hashes it, recomputed on a real journal (test/sdk/tdx-proof.test.ts): TCB type, id (TDX 1), version
 * u32, number u32, FMSPC and PCEID, then the texts of the three values.
 */
const contentHashOf = (
  { fmspc, pceId, tcbEvaluationDataNumber }: Pick<TcbInfo, "fmspc" | "pceId" | "tcbEvaluationDataNumber">,
  texts: readonly Uint8Array[],
): Uint8Array =>
  keccak256(Uint8Array.of(0, 1), uint(3, 4), uint(tcbEvaluationDataNumber, 4), fmspc, pceId, ...texts);

const malformed = (cursor: JsonCursor): Refusal =>
  refuse("tdx.tcb-info-form", `TCB info deviates at byte ${cursor.failedAt()}`);

/** Reads the signed bytes. */
export function readTcbInfo(bytes: Uint8Array): TcbInfo | Refusal {
  const cursor = jsonCursor(bytes);
  cursor.expect('{"id":"');
  const id = cursor.text();
  cursor.expect(',"version":');
  const version = cursor.natural(0xffff);
  if (cursor.failedAt() !== null) return malformed(cursor);
  if (id !== "TDX" || version !== 3)
    return refuse("tdx.tcb-info-kind", `TCB info is of ${id}, version ${version}`);
  cursor.expect(',"issueDate":"');
  const issueDate = cursor.date();
  cursor.expect(',"nextUpdate":"');
  const nextUpdate = cursor.date();
  cursor.expect(',"fmspc":"');
  const fmspc = cursor.hex(6);
  cursor.expect(',"pceId":"');
  const pceId = cursor.hex(2);
  cursor.expect(',"tcbType":');
  const tcbType = cursor.natural(0xffff);
  if (cursor.failedAt() !== null) return malformed(cursor);
  if (tcbType !== 0) return refuse("tdx.tcb-info-kind", `TCB type is ${tcbType}`);
  cursor.expect(',"tcbEvaluationDataNumber":');
  const tcbEvaluationDataNumber = cursor.natural(0xffff);
  cursor.expect(',"tdxModule":');
  const moduleAt = cursor.offset();
  cursor.expect("{");
  const module: TdxModule = { version: 0, ...readModuleSigner(cursor), levels: [] };
  cursor.expect("}");
  const moduleEnd = cursor.offset();
  const moduleIdentities = readModuleIdentities(cursor);
  const identitiesEnd = cursor.offset();
  const levels = readLevels(cursor);
  const levelsEnd = cursor.offset();
  cursor.expect("}");
  cursor.end();
  if (cursor.failedAt() !== null) return malformed(cursor);
  const dates = { issueDate, nextUpdate };
  const texts = [
    bytes.subarray(identitiesEnd + levelsMember.length, levelsEnd),
    bytes.subarray(moduleAt, moduleEnd),
    // Nothing where there are no identities.
    bytes.subarray(moduleEnd, identitiesEnd).subarray(identitiesMember.length),
  ];
  const named = { fmspc, pceId, tcbEvaluationDataNumber };
  const contentHash = contentHashOf(named, texts);
  const info = { ...dates, ...named, module, moduleIdentities, levels, contentHash };
  return isOrdered(info) ? info : refuse("tdx.tcb-info-order", "levels do not descend strictly");
}
