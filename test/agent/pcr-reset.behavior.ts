// What TPM2_PCR_Reset gives to whoever reaches the TPM from inside the guest, and what it does not (docs/threat-model.md,
// "PCR 16 and 23 can be reset"). The workload is measured as the agent measures it.
/* eslint-disable @typescript-eslint/no-floating-promises -- node:test awaits its own suites; lint knows that for *.test.ts only */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { ascii, concat, isEqual, sha256, toHex } from "../../sdk/evidence/bytes.ts";
import { workloadPcr } from "../../sdk/evidence/logs/workload-log.ts";
import { TpmError, type AttestationKey, type IdentityKey } from "../../agent/tpm/tpm.ts";
import { measureWorkload, type WorkloadItem } from "../../agent/workload/measurement.ts";
import type { GuestTpm } from "../support/guest-tpm.ts";
import { isSignedBy, parseAttest } from "./tpm.behavior.ts";

const workload: readonly WorkloadItem[] = [
  { type: "compose", name: "docker-compose.yml", content: ascii("services: {}") },
  { type: "image", name: "service", content: ascii("sha256:golden") },
];
const other = sha256(ascii("another workload"));
const message = sha256(ascii("message"));
/** TPM_RC_LOCALITY */
const localityRefused = 0x907;
/** Quoted everywhere (protocol §10), resettable by nobody in the guest. */
const bootPcr = 11;
const zero = new Uint8Array(32);

const isRefusedWith = (rc: number) => (error: unknown) => error instanceof TpmError && error.rc === rc;

export function describePcrReset(name: string, start: () => Promise<GuestTpm>): void {
  describe(`PCR reset from the guest: ${name}`, () => {
    let tpm: GuestTpm;
    let ak: AttestationKey;
    let events: Uint8Array[];
    let golden: string;
    const valueOf = async (index: number) => toHex((await tpm.pcrRead([index])).get(index)!);
    const replay = async () => {
      await tpm.pcrReset(workloadPcr);
      for (const digest of events) await tpm.pcrExtend(workloadPcr, digest);
    };
    const quoted = async (pcrs: readonly number[]) => {
      const quote = await tpm.quote(ak, message, pcrs);
      assert.ok(isSignedBy(ak, quote));
      const { body, resetCount } = parseAttest(quote.attest);
      return { body: toHex(body), resetCount };
    };
    beforeEach(async () => {
      tpm = await start();
      ak = await tpm.createAttestationKey("p256");
      events = await measureWorkload(tpm, workload);
      golden = await valueOf(workloadPcr);
    });
    afterEach(() => tpm.close());

    it("brings a golden PCR 23 back: the key bound to it alone signs again", async () => {
      const key = await tpm.createIdentityKey([workloadPcr]);
      assert.ok((await tpm.sign(key, message)) !== null);
      await tpm.pcrExtend(workloadPcr, other);
      assert.notEqual(await valueOf(workloadPcr), golden);
      assert.equal(await tpm.sign(key, message), null);
      await replay();
      assert.equal(await valueOf(workloadPcr), golden);
      assert.ok((await tpm.sign(key, message)) !== null);
    });

    it("leaves no trace in a quote, resetCount included", async () => {
      const before = await quoted([workloadPcr]);
      await tpm.pcrExtend(workloadPcr, other);
      assert.notEqual((await quoted([workloadPcr])).body, before.body);
      await replay();
      assert.deepEqual(await quoted([workloadPcr]), before);
    });

    it("gives the intruder a key of his own under the golden policy, certified by the AK", async () => {
      const key = await tpm.createIdentityKey([workloadPcr]);
      await tpm.pcrExtend(workloadPcr, other);
      await replay();
      const own = await tpm.createIdentityKey([workloadPcr]);
      const policyOf = ({ tpmtPublic }: IdentityKey) => toHex(tpmtPublic.subarray(10, 42));
      assert.equal(policyOf(own), policyOf(key));
      assert.ok(!isEqual(own.publicKey, key.publicKey));
      assert.ok(isSignedBy(ak, await tpm.certify(ak, own, message)));
    });

    it("does not bring back a key bound also to a PCR that cannot be reset and was extended", async () => {
      const key = await tpm.createIdentityKey([bootPcr, workloadPcr]);
      const before = await quoted([bootPcr, workloadPcr]);
      await tpm.pcrExtend(bootPcr, other);
      await tpm.pcrExtend(workloadPcr, other);
      assert.equal(await tpm.sign(key, message), null);
      await assert.rejects(tpm.pcrReset(bootPcr), isRefusedWith(localityRefused));
      await replay();
      assert.equal(await valueOf(workloadPcr), golden);
      assert.equal(await tpm.sign(key, message), null);
      assert.notEqual((await quoted([bootPcr, workloadPcr])).body, before.body);
    });

    it("does bring it back while that other PCR still has its value: it tells boots apart, not intruders", async () => {
      const key = await tpm.createIdentityKey([bootPcr, workloadPcr]);
      await tpm.pcrExtend(workloadPcr, other);
      assert.equal(await tpm.sign(key, message), null);
      await replay();
      assert.ok((await tpm.sign(key, message)) !== null);
    });

    it("is not stopped by an evict, since the blob loads again; a destroyed blob never does", async () => {
      const key = await tpm.createIdentityKey([workloadPcr]);
      await tpm.evict(key);
      await tpm.pcrExtend(workloadPcr, other);
      await replay();
      assert.ok((await tpm.sign(key, message)) !== null);
      await tpm.evict(key);
      const destroyed = { ...key, privateBlob: new Uint8Array(key.privateBlob.length) };
      await assert.rejects(tpm.sign(destroyed, message), TpmError);
      const successor = await tpm.createIdentityKey([workloadPcr]);
      assert.ok(!isEqual(successor.publicKey, key.publicKey));
    });

    it("cannot reach a value whose events the intruder does not repeat to the last, separator included", async () => {
      await tpm.pcrReset(workloadPcr);
      for (const digest of events.slice(0, -1)) await tpm.pcrExtend(workloadPcr, digest);
      assert.notEqual(await valueOf(workloadPcr), golden);
    });

    it("takes PCR 16 and 23 alone: 0 to 15 and 17 to 22 refuse locality 0 with TPM_RC_LOCALITY", async () => {
      for (let index = 0; index < 24; index++) {
        const before = await valueOf(index);
        if (index === 16 || index === 23) {
          await tpm.pcrExtend(index, other);
          await tpm.pcrReset(index);
          assert.equal(await valueOf(index), toHex(zero), `PCR ${index}`);
          continue;
        }
        await assert.rejects(tpm.pcrReset(index), isRefusedWith(localityRefused), `PCR ${index}`);
        assert.equal(await valueOf(index), before, `PCR ${index}`);
      }
    });

    it("starts a reset PCR at zero, as a boot does", async () => {
      await tpm.pcrReset(workloadPcr);
      await tpm.pcrExtend(workloadPcr, other);
      assert.equal(await valueOf(workloadPcr), toHex(sha256(concat(zero, other))));
    });
  });
}
