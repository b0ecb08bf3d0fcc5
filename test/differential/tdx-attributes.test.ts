// Hard refusals behind valid signatures: attributes, and dates of the certificates, on both sides. No captured quote
// has them, so the simulated platform signs them.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { encodeFunctionData } from "viem";
import { tdReportBody } from "../../agent/platforms/simulated/quote.ts";
import { platformSvns } from "../../agent/platforms/simulated/tcb.ts";
import { startTdxHost } from "../../agent/platforms/simulated/tdx-host.ts";
import type { TdxHost } from "../../agent/platforms/simulated/tdx-host.ts";
import { toHex } from "../../sdk/evidence/bytes.ts";
import { tdxVerifierAbi } from "../../sdk/registry/abi/TDXVerifier.ts";
import { verifyTdxQuote } from "../../sdk/verify/tdx/index.ts";
import { capturedAt } from "../support/captured.ts";
import { createSimulatorChain } from "../support/chain-collateral.ts";
import { verdictOnChain } from "../support/referee.ts";

type Simulator = Awaited<ReturnType<typeof createSimulatorChain>>;
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
async function judgeBoth({ chain, roots, collateral }: Simulator, quote: Uint8Array, now: bigint): Promise<string | null> {
  const data = encodeFunctionData({ abi: tdxVerifierAbi, functionName: "verify", args: [toHex(quote)] });
  const contract = await verdictOnChain(chain, chain.address("TDXVerifier"), data);
  const sdk = verifyTdxQuote(quote, { intelRoot: roots.intelRoot, now, collateral }).error;
  assert.equal(contract, sdk);
  return sdk;
}

// Intel TDX Module ABI, ATTRIBUTES: TUD 7:0, SEPT_VE_DISABLE 28, MIGRATABLE 29, PKS 30, KL 31, PERFMON 63.
function expectedOf(bit: number): string | null {
  if (bit === 0) return "tdx.debug";
  if (bit < 8) return "tdx.untrusted-attributes";
  if (bit === 29) return "tdx.migratable";
  return [28, 30, 31, 63].includes(bit) ? null : "tdx.reserved-attributes";
}

describe("TD attributes behind valid signatures", () => {
  let simulator: Simulator;
  let host: TdxHost;
  before(async () => {
    simulator = await createSimulatorChain(capturedAt);
    host = await startHost("2025-07-01T00:00:00Z");
  });
  after(() => simulator.chain.close());

  it("judges each of the 64 bits alike", async () => {
    for (let bit = 0; bit < 64; bit++) {
      const quote = host.quoteBody(bodyWithBit(tdAttributesOffset, bit));
      assert.equal(await judgeBoth(simulator, quote, capturedAt), expectedOf(bit), `bit ${bit}`);
    }
  });

  it("refuses module attributes", async () => {
    const quote = host.quoteBody(bodyWithBit(seamAttributesOffset, 3));
    assert.equal(await judgeBoth(simulator, quote, capturedAt), "tdx.seam-attributes");
  });

  it("refuses a PCK certificate of the future and of the past", async () => {
    for (const notBefore of ["2026-02-06T00:00:00Z", "2018-07-01T00:00:00Z"]) {
      const quote = (await startHost(notBefore)).quoteBody(plainBody);
      assert.equal(await judgeBoth(simulator, quote, capturedAt), "tdx.pck-dates");
    }
  });
});

describe("Intel CA dates", () => {
  it("refuses a chain whose CA is out of date", async () => {
    const at = BigInt(Date.parse("2105-01-01T00:00:00Z") / 1000);
    const chain = await createLocalChain({ roots, at });
    try {
      const quote = (await startHost("2104-07-01T00:00:00Z")).quoteBody(plainBody);
      assert.equal(await judgeBoth(chain, quote, at), "tdx.intermediate-dates");
    } finally {
      await chain.close();
    }
  });
});
