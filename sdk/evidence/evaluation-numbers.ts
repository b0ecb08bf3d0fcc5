// The list of TCB evaluation data numbers that Intel serves (PCS, /tdx/certification/v4/tcbevaluationdatanumbers):
// the object inside the response, exactly as it was signed.
import { jsonCursor } from "./intel-json.ts";
import { refuse } from "./refusal.ts";
import type { Refusal } from "./refusal.ts";

export interface EvaluationNumber {
  readonly number: number;
  /** When Intel published what the number answers; unix seconds. */
  readonly recoveryEventDate: bigint;
  readonly tcbDate: bigint;
}

export interface EvaluationNumbers {
  /** Unix seconds. */
  readonly issueDate: bigint;
  readonly nextUpdate: bigint;
  /** Highest first. */
  readonly numbers: readonly EvaluationNumber[];
}

const maxNumbers = 32;

/** Reads the signed bytes. */
export function readEvaluationNumbers(bytes: Uint8Array): EvaluationNumbers | Refusal {
  const cursor = jsonCursor(bytes);
  cursor.expect('{"id":"TDX","version":1,"issueDate":"');
  const issueDate = cursor.date();
  cursor.expect(',"nextUpdate":"');
  const nextUpdate = cursor.date();
  cursor.expect(',"tcbEvalNumbers":[');
  const numbers: EvaluationNumber[] = [];
  do {
    cursor.expect('{"tcbEvaluationDataNumber":');
    const number = cursor.natural(0xffff);
    const last = numbers.at(-1);
    if (numbers.length === maxNumbers || (last !== undefined && number >= last.number)) cursor.fail();
    cursor.expect(',"tcbRecoveryEventDate":"');
    const recoveryEventDate = cursor.date();
    cursor.expect(',"tcbDate":"');
    const tcbDate = cursor.date();
    cursor.expect("}");
    numbers.push({ number, recoveryEventDate, tcbDate });
  } while (cursor.take(","));
  cursor.expect("]}");
  cursor.end();
  return cursor.failedAt() === null
    ? { issueDate, nextUpdate, numbers }
    : refuse("tdx.evaluation-numbers-form", `list deviates at byte ${cursor.failedAt()}`);
}
