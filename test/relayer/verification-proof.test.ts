// What the relayer's verifier says of proofs, of which it holds no collateral: the chain's own decides then.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { sdkVerifier } from "../../relayer/registration/verification.ts";
import { concat } from "../../sdk/evidence/bytes.ts";
import { decodeAttestCvm, encodeAttestCvm } from "../../sdk/evidence/calldata.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import { transcodeRegistration } from "../../sdk/evidence/transcode.ts";
import { defaultTrust } from "../../sdk/verify/roots.ts";
import { mustReadCalldata } from "../support/captured.ts";

const verify = sdkVerifier({ trust: defaultTrust, maxAnchorBlocks: 100n, blockSeconds: 12n });
const facts = (timestamp: bigint) => ({
  chainId: 1n,
  registry: "0x0000000000000000000000000000000000000001" as const,
  head: 1n,
  timestamp,
  anchor: null,
});

function calldataOf(capture: string): Uint8Array {
  const calldata = transcodeRegistration(mustReadCalldata(`${capture}/registration.json`));
  if (isRefusal(calldata)) throw new Error(calldata.detail);
  return calldata;
}

describe("the relayer's verdict on proofs", () => {
  it("leaves a TDX proof to the chain, whose documents it does not have", async () => {
    const { verdict, check, explanation } = await verify(
      calldataOf("gcp-tdx-2026-01-21"),
      facts(1_768_975_700n),
    );
    assert.deepEqual([verdict, check], ["accepted", null]);
    assert.match(explanation, /no Intel collateral/);
  });

  it("accepts an SNP proof and refuses a changed one by name", async () => {
    const calldata = calldataOf("gcp-snp-2026-01-21");
    const at = facts(1_768_977_000n);
    assert.equal((await verify(calldata, at)).verdict, "accepted");
    const registration = decodeAttestCvm(calldata);
    assert.ok(!("check" in registration));
    const report = registration.teeAttestationReport;
    const teeAttestationReport = concat(new Uint8Array(32), report.subarray(32));
    const changed = encodeAttestCvm({ ...registration, teeAttestationReport });
    assert.equal((await verify(changed, at)).check, "proof.program");
  });
});
