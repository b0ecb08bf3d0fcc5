// Contract and SDK take the same re-attestations, and the record becomes what the SDK said (protocol §9, row
// `reattestCvmWithTpm`).
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Hex } from "viem";
import type { Identity } from "../../agent/identity/identity.ts";
import { akIdOf } from "../../sdk/evidence/binding.ts";
import { fromHex, keccak256, sha256, toHex } from "../../sdk/evidence/bytes.ts";
import { encodeReattestCvm } from "../../sdk/evidence/calldata.ts";
import { readCertificate } from "../../sdk/evidence/certificate.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import type { Reattestation } from "../../sdk/evidence/registration.ts";
import { verifyReattestation } from "../../sdk/verify/reattestation.ts";
import { spelledLong } from "../support/reattestations.ts";
import type { Selected } from "../support/reattestations.ts";
import { startScene } from "../support/reattestation-scene.ts";
import type { Scene } from "../support/reattestation-scene.ts";

const operator: Hex = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";

for (const flavour of ["gcp-tdx", "azure-tdx"] as const)
  describe(`re-attestation of a ${flavour} machine, contract and SDK`, () => {
    let scene: Scene;
    before(async () => {
      scene = await startScene({ flavour });
    });
    after(() => scene.close());

    /** Both accept, and the record afterwards is what the SDK said. */
    async function accepted(reattestation: Reattestation) {
      const calldata = encodeReattestCvm(reattestation);
      assert.deepEqual(await scene.judge(calldata), { contract: null, sdk: null });
      const report = await scene.record(reattestation);
      const claims = report.claims!;
      assert.deepEqual(await scene.heldRecord(claims.identityHash), claims.record);
      assert.equal(await scene.read("identityOf", claims.akId), toHex(claims.identityHash));
      if (claims.retired !== null) assert.equal(await scene.read("isRetired", claims.retired), true);
      return report;
    }
    const aside = (run: (teeMeasurement: Uint8Array) => Promise<void>, registered = {}) =>
      scene.aside(async () => run(await scene.register(registered)));

    it("moves the TPM half of the same key on, and the TEE half not", () =>
      aside(async (teeMeasurement) => {
        const before = (await scene.heldRecord(scene.identity.hash))!;
        await scene.pass(3600n);
        const { claims, acceptance } = await accepted(await scene.build({ teeMeasurement }));
        const { record } = claims!;
        assert.deepEqual([claims!.retired, claims!.keepsOperator], [null, true]);
        assert.equal(record.teeTime, before.teeTime);
        assert.ok(record.tpmTime >= before.tpmTime + 3590n);
        assert.equal(record.nonce, before.nonce + 1n);
        assert.deepEqual(record.assurance, before.assurance);
        assert.deepEqual(acceptance, { accepted: true, failed: [] });
      }));

    it("takes the AK that is known by cache without its chain, certified or not", () =>
      aside(async (teeMeasurement) => {
        for (const isCertified of [false, true]) {
          const { claims } = await accepted(await scene.build({ teeMeasurement, ak: "key", isCertified }));
          assert.equal(claims!.record.assurance.keyProtection, 2);
          assert.equal(claims!.record.assurance.akCertified, true);
        }
      }));

    it("rates the key anew where a certification comes, and keeps what it was where none does", () =>
      aside(
        async (teeMeasurement) => {
          const rated = async (isCertified: boolean) =>
            (await accepted(await scene.build({ teeMeasurement, isCertified }))).claims!.record.assurance;
          assert.equal((await rated(false)).keyProtection, 0);
          assert.equal((await rated(true)).keyProtection, 2);
          assert.equal((await rated(false)).keyProtection, 2);
        },
        { isCertified: false },
      ));

    for (const ak of ["chain", "key"] as const)
      it(`rotates to a certified key with its AK by ${ak}; TTLs and operator go with it`, () =>
        aside(async (teeMeasurement) => {
          await scene.setTtl(scene.identity, 7200n, 86_400n);
          await scene.setOperator(scene.identity, operator);
          const next = await scene.newIdentity();
          const { claims } = await accepted(
            await scene.build({ teeMeasurement, identity: next, isCertified: true, ak }),
          );
          assert.deepEqual(claims!.retired, scene.identity.hash);
          assert.equal(claims!.keepsOperator, true);
          assert.equal(await scene.read("operatorOf", next.hash), operator);
          assert.deepEqual([claims!.record.teeTtl, claims!.record.tpmTtl], [7200n, 86_400n]);
          assert.equal(claims!.record.nonce, 0n);
        }));

    it("rotates to a key without certification, which is unproven and gets no operator", () =>
      aside(async (teeMeasurement) => {
        await scene.setOperator(scene.identity, operator);
        const next = await scene.newIdentity();
        const { claims } = await accepted(await scene.build({ teeMeasurement, identity: next }));
        assert.equal(claims!.record.assurance.keyProtection, 0);
        assert.equal(claims!.keepsOperator, false);
        assert.equal(await scene.read("operatorOf", next.hash), "0x0000000000000000000000000000000000000000");
      }));

    it("rotates to a key in its 65-byte spelling", () =>
      aside(async (teeMeasurement) => {
        const next = spelledLong(await scene.newIdentity());
        const { claims } = await accepted(
          await scene.build({ teeMeasurement, identity: next, isCertified: true }),
        );
        assert.deepEqual(claims!.identityHash, next.hash);
      }));

    it("rotates to a key that another AK squats on, whose nonce goes on", () =>
      aside(async (teeMeasurement) => {
        const next: Identity = await scene.newIdentity();
        const squatter = await scene.newMachine();
        await scene.register({ machine: squatter, identity: next, isCertified: false });
        await scene.setTtl(next, 3600n, 3600n);
        const { claims } = await accepted(
          await scene.build({ teeMeasurement, identity: next, isCertified: true }),
        );
        assert.equal(claims!.record.nonce, 1n);
        assert.equal(await scene.read("akRevoked", akIdOf(squatter.ak.publicKey)), true);
      }));

    it("lowers trust and protection with an AK certificate that was revoked since", () =>
      aside(async (teeMeasurement) => {
        const [leaf, issuer] = scene.machine.akCertificates.map((der) => ({
          der,
          read: readCertificate(der),
        }));
        if (isRefusal(leaf!.read)) throw new Error(leaf!.read.detail);
        await scene.revokeCertificate(toHex(keccak256(issuer!.der)), BigInt(toHex(leaf!.read.serial)));
        for (const isCertified of [false, true]) {
          const { claims, acceptance } = await accepted(
            await scene.build({ teeMeasurement, ak: "key", akCertified: false, isCertified }),
          );
          const { pcrTrust, keyProtection, akCertified } = claims!.record.assurance;
          assert.deepEqual([pcrTrust, keyProtection, akCertified], [0, 0, false]);
          assert.ok(acceptance!.failed.includes("policy.pcr-trust"));
        }
      }));

    it("raises trust with an AK certificate that comes later, and measurement with it", () =>
      aside(
        async (teeMeasurement) => {
          const before = (await scene.heldRecord(scene.identity.hash))!;
          assert.equal(before.assurance.pcrTrust, 0);
          const { claims } = await accepted(await scene.build({ teeMeasurement, isCertified: true }));
          const { assurance, measurementHash } = claims!.record;
          assert.ok(assurance.pcrTrust > 0 && assurance.keyProtection === 2);
          assert.notDeepEqual(measurementHash, before.measurementHash);
        },
        { sendsChain: false, akCertified: false },
      ));

    it("holds the record to its selection of values, events and PCRs that are quoted only", async () => {
      const events = [sha256(Uint8Array.of(1)), sha256(Uint8Array.of(2))];
      for (const event of events) await scene.machine.tpm.pcrExtend(8, event);
      const selection: Selected[] = [
        ...scene.machine.measuredPcrs
          .filter((index) => index < 8)
          .map((index) => ({ index, mode: 1 }) as const),
        { index: 8, mode: 2, events },
        { index: 11, mode: 0 },
      ];
      await aside(
        async (teeMeasurement) => {
          const { claims } = await accepted(await scene.build({ teeMeasurement, selection }));
          assert.equal(claims!.record.measuredPcrs & (1 << 8), 0);
          // The value of a PCR that is quoted only is not part of what was recorded.
          await scene.machine.tpm.pcrExtend(10, sha256(Uint8Array.of(3)));
          for (const [at, mode] of [
            [selection.length - 1, 1],
            [0, 0],
            [selection.length - 2, 0],
          ] as const) {
            const changed = selection.with(at, { ...selection[at]!, mode });
            // GCP's PCR 0 need not be measured again: the record says that it was.
            const calldata = encodeReattestCvm(await scene.build({ teeMeasurement, selection: changed }));
            const expected = "reattestation.measurement";
            assert.deepEqual(await scene.judge(calldata), { contract: expected, sdk: expected });
          }
        },
        { selection },
      );
    });

    it("says of decoded arguments what it says of calldata", () =>
      aside(async (teeMeasurement) => {
        const reattestation = await scene.build({ teeMeasurement });
        const report = verifyReattestation(reattestation, await scene.contextOf(0n));
        assert.equal(report.error, null);
        assert.deepEqual(report.claims!.quoteSha256, sha256(reattestation.workloadCollaterals.tpmQuote));
        assert.equal(
          report.checks.some(({ status }) => status !== "pass"),
          false,
        );
        assert.deepEqual(fromHex(toHex(report.claims!.teeMeasurement)), teeMeasurement);
      }));
  });

describe("re-attestation with a short-lived AK certificate", () => {
  it("ends with the certificate from then on", async () => {
    // Azure's AK certificates live seven years in the simulator: this one ends 2026-02-10.
    const scene = await startScene({ flavour: "azure-tdx", notBefore: new Date("2019-02-10T00:00:00Z") });
    try {
      const teeMeasurement = await scene.register({ sendsChain: false, akCertified: false });
      const { validUntil } = (await scene.heldRecord(scene.identity.hash))!;
      const { claims } = await scene.record(await scene.build({ teeMeasurement, isCertified: true }));
      const end = BigInt(Date.parse("2026-02-10T00:00:00Z") / 1000);
      assert.ok(validUntil > end);
      assert.equal(claims!.record.validUntil, end);
      assert.deepEqual(await scene.heldRecord(scene.identity.hash), claims!.record);
    } finally {
      await scene.close();
    }
  });
});
