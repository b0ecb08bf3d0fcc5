// A source of collateral over a PCCS on loopback, one for each test, and what tests ask of it.
import assert from "node:assert/strict";
import { afterEach, beforeEach } from "node:test";
import { CollateralError } from "../../sdk/collateral/error.ts";
import type { CollateralErrorCode } from "../../sdk/collateral/error.ts";
import { createCollateralSource } from "../../sdk/collateral/source.ts";
import type { CollateralSourceParameters } from "../../sdk/collateral/source.ts";
import { fmspc, now, startPcs } from "./pcs.ts";
import type { Pcs } from "./pcs.ts";

export const query = { fmspc, ca: "platform" } as const;

export const text = (body: Uint8Array | string) => Buffer.from(body).toString("latin1");

/** A service that lives for one test; call it once at the top of a file. */
export function usePcs() {
  let pcs: Pcs;
  const pauses: number[] = [];
  beforeEach(async () => {
    pcs = await startPcs();
    pauses.length = 0;
  });
  afterEach(() => pcs.close());
  const sourceOf = (more: Partial<CollateralSourceParameters> = {}) =>
    createCollateralSource({
      baseUrl: pcs.url,
      timeoutMilliseconds: 10_000,
      retries: 2,
      now: () => BigInt(now),
      sleep: (milliseconds) => {
        pauses.push(milliseconds);
        return Promise.resolve();
      },
      ...more,
    });
  return {
    /** The service of the test that runs. */
    service: () => pcs,
    /** Milliseconds between tries. */
    pauses,
    sourceOf,
    fetchAll: (more?: Partial<CollateralSourceParameters>) => sourceOf(more).tdxCollateral(query),
    /** Requests with this in their path or query. */
    count: (part: string) => pcs.requests.filter((path) => path.includes(part)).length,
    restart: async (): Promise<void> => {
      pcs = await startPcs();
    },
  };
}

export async function mustFail(
  run: () => Promise<unknown>,
  code: CollateralErrorCode,
): Promise<CollateralError> {
  try {
    await run();
  } catch (error) {
    assert.ok(error instanceof CollateralError, String(error));
    assert.equal(error.code, code, error.message);
    return error;
  }
  return assert.fail(`no error where ${code} is due`);
}
