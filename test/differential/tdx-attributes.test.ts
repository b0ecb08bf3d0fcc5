// Hard refusals behind valid signatures: attributes, and dates of the certificates, on both sides. No captured quote
// has them, so the simulated platform signs them.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { simulatedTdxCollateral } from "../../agent/platforms/simulated/collateral.ts";
import { simulatorTrustRoots } from "../../agent/platforms/simulated/pki.ts";
import { tdReportBody } from "../../agent/platforms/simulated/quote.ts";
import { platformSvns, tcbEvaluationDataNumber } from "../../agent/platforms/simulated/tcb.ts";
import { startTdxHost } from "../../agent/platforms/simulated/tdx-host.ts";
import type { TdxHost } from "../../agent/platforms/simulated/tdx-host.ts";
import { toHex } from "../../sdk/evidence/bytes.ts";
import { judgeTdxQuote } from "../../sdk/verify/tdx/index.ts";
import type { TdxTrust } from "../../sdk/verify/tdx/index.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import { capturedAt } from "../support/captured.ts";
import { startIntelChain } from "../support/intel-chain.ts";
import type { IntelChain } from "../support/intel-chain.ts";
import { mustJudge } from "../support/tdx-vectors.ts";

const { intelRoot } = simulatorTrustRoots();
const seamAttributesOffset = 112;
const tdAttributesOffset = 120;

const plainBody = tdReportBody({
  teeTcbSvn: platformSvns("UpToDate").teeTcbSvn,
  mrSeam: new Uint8Array(48),
  tdAttributes: new Uint8Array(8),
  xfam: new Uint8Array(8),
  mrTd: new Uint8Array(48),
  rtmrs: Array.from({ length: 4 }, () => new Uint8Array(48)),
  reportData: new Uint8Array(64),
});

function bodyWithBit(offset: number, bit: number): Uint8Array {
  const body = Uint8Array.from(plainBody);
  body[offset + (bit >> 3)]! |= 1 << (bit & 7);
  return body;
}

const startHost = (notBefore: string): Promise<TdxHost> =>
  startTdxHost({
    ppid: new Uint8Array(16).fill(9),
    authData: new Uint8Array(32),
    notBefore: new Date(notBefore),
  });

/** The check both sides end in; fails the test when they differ. */
async function judgeBoth(chain: IntelChain, quote: Uint8Array, trust: TdxTrust): Promise<string | null> {
  const { verdict } = await chain.call(chain.verifier, "verify", toHex(quote));
  const outcome = judgeTdxQuote(quote, trust);
  const check = isRefusal(outcome) ? outcome.check : null;
  assert.equal(verdict, check);
  return check;
}

// Intel TDX Module ABI, ATTRIBUTES: TUD 7:0, SEPT_VE_DISABLE 28, MIGRATABLE 29, PKS 30, KL 31, PERFMON 63.
function expectedOf(bit: number): string | null {
  if (bit === 0) return "tdx.debug";
  if (bit < 8) return "tdx.untrusted-attributes";
  if (bit === 29) return "tdx.migratable";
  return [28, 30, 31, 63].includes(bit) ? null : "tdx.reserved-attributes";
}

describe("TD attributes behind valid signatures", () => {
  const numbers = { tcbInfo: tcbEvaluationDataNumber, qeIdentity: tcbEvaluationDataNumber };
  const collateral = simulatedTdxCollateral({ now: new Date(Number(capturedAt) * 1000) });
  const base = { intelRoot, now: capturedAt };
  const trust = { ...base, collateral: mustJudge(collateral, base) };
  let chain: IntelChain;
  let host: TdxHost;
  before(async () => {
    chain = await startIntelChain({ root: toHex(intelRoot), at: Number(capturedAt), ...numbers });
    assert.equal(await chain.upsert(collateral), null);
    host = await startHost("2025-07-01T00:00:00Z");
  });
  after(() => chain.close());

  it("judges each of the 64 bits alike", async () => {
    for (let bit = 0; bit < 64; bit++) {
      const quote = host.quoteBody(bodyWithBit(tdAttributesOffset, bit));
      assert.equal(await judgeBoth(chain, quote, trust), expectedOf(bit), `bit ${bit}`);
    }
  });

  it("refuses module attributes", async () => {
    const quote = host.quoteBody(bodyWithBit(seamAttributesOffset, 3));
    assert.equal(await judgeBoth(chain, quote, trust), "tdx.seam-attributes");
  });

  it("refuses a PCK certificate of the future and of the past", async () => {
    for (const notBefore of ["2026-02-06T00:00:00Z", "2018-07-01T00:00:00Z"]) {
      const quote = (await startHost(notBefore)).quoteBody(plainBody);
      assert.equal(await judgeBoth(chain, quote, trust), "tdx.pck-dates");
    }
  });
});

describe("Intel CA dates", () => {
  it("refuses a chain whose CA is out of date", async () => {
    const at = BigInt(Date.parse("2105-01-01T00:00:00Z") / 1000);
    const chain = await startIntelChain({ root: toHex(intelRoot), at: Number(at) });
    try {
      const quote = (await startHost("2104-07-01T00:00:00Z")).quoteBody(plainBody);
      assert.equal(
        await judgeBoth(chain, quote, { intelRoot, now: at, collateral: null }),
        "tdx.intermediate-dates",
      );
    } finally {
      await chain.close();
    }
  });
});
