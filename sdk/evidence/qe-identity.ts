// Identity of the TD quoting enclave, version 2 (Intel PCS, /tdx/certification/v4/qe/identity): the object inside the
// response, exactly as it was signed.
import { keccak256, uint } from "./bytes.ts";
import { jsonCursor } from "./intel-json.ts";
import type { JsonCursor } from "./intel-json.ts";
import { refuse } from "./refusal.ts";
import type { Refusal } from "./refusal.ts";
import { isDescending, readSvnLevels } from "./tcb-levels.ts";
import type { SvnLevel } from "./tcb-levels.ts";

export interface QeIdentity {
  /** Unix seconds. */
  readonly issueDate: bigint;
  readonly nextUpdate: bigint;
  readonly tcbEvaluationDataNumber: number;
  /** 4 bytes as they stand in a report: the hex is the little-endian image. */
  readonly miscSelect: Uint8Array;
  readonly miscSelectMask: Uint8Array;
  /** 16 bytes. */
  readonly attributes: Uint8Array;
  readonly attributesMask: Uint8Array;
  /** 32 bytes. */
  readonly mrSigner: Uint8Array;
  readonly isvProdId: number;
  /** Highest first. */
  readonly levels: readonly SvnLevel[];
  /** 32 bytes, as that of a TCB info. */
  readonly contentHash: Uint8Array;
}

const maxLevels = 8;
const levelsMember = '"tcbLevels":';

/**
 * As Automata's DCAP guest hashes it: id (TD_QE 2), version u32, number u32, the members as bytes, then the text of the
 * levels.
 */
const contentHashOf = (identity: Omit<QeIdentity, "contentHash">, levels: Uint8Array): Uint8Array =>
  keccak256(
    Uint8Array.of(2),
    uint(2, 4),
    uint(identity.tcbEvaluationDataNumber, 4),
    identity.miscSelect,
    identity.miscSelectMask,
    identity.attributes,
    identity.attributesMask,
    identity.mrSigner,
    uint(identity.isvProdId, 2),
    levels,
  );

const malformed = (cursor: JsonCursor): Refusal =>
  refuse("tdx.qe-identity-form", `QE identity deviates at byte ${cursor.failedAt()}`);

/** Reads the signed bytes. */
export function readQeIdentity(bytes: Uint8Array): QeIdentity | Refusal {
  const cursor = jsonCursor(bytes);
  cursor.expect('{"id":"');
  const id = cursor.text();
  cursor.expect(',"version":');
  const version = cursor.natural(0xffff);
  if (cursor.failedAt() !== null) return malformed(cursor);
  if (id !== "TD_QE" || version !== 2)
    return refuse("tdx.qe-identity-kind", `QE identity is of ${id}, version ${version}`);
  cursor.expect(',"issueDate":"');
  const issueDate = cursor.date();
  cursor.expect(',"nextUpdate":"');
  const nextUpdate = cursor.date();
  cursor.expect(',"tcbEvaluationDataNumber":');
  const tcbEvaluationDataNumber = cursor.natural(0xffff);
  const member = (name: string, length: number) => {
    cursor.expect(`,"${name}":"`);
    return cursor.hex(length);
  };
  const miscSelect = member("miscselect", 4);
  const miscSelectMask = member("miscselectMask", 4);
  const attributes = member("attributes", 16);
  const attributesMask = member("attributesMask", 16);
  const mrSigner = member("mrsigner", 32);
  cursor.expect(',"isvprodid":');
  const isvProdId = cursor.natural(0xffff);
  cursor.expect(",");
  const levelsAt = cursor.offset() + levelsMember.length;
  const levels = readSvnLevels(cursor, 0xffff, maxLevels);
  const levelsText = bytes.subarray(levelsAt, cursor.offset());
  cursor.expect("}");
  cursor.end();
  if (cursor.failedAt() !== null) return malformed(cursor);
  if (!isDescending(levels)) return refuse("tdx.qe-identity-order", "QE levels do not descend strictly");
  const identity = {
    issueDate,
    nextUpdate,
    tcbEvaluationDataNumber,
    miscSelect,
    miscSelectMask,
    attributes,
    attributesMask,
    mrSigner,
    isvProdId,
    levels,
  };
  return { ...identity, contentHash: contentHashOf(identity, levelsText) };
}
