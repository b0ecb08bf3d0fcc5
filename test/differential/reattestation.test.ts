// Contract and SDK take the same re-attestations, and the record becomes what the SDK said (protocol §9, row
// `reattestCvmWithTpm`).
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Hex } from "viem";
import type { Identity } from "../../agent/identity/identity.ts";
import type { Platform } from "../../agent/platforms/platform.ts";
import { azureAkExtensions, azureAkSubject } from "../../agent/platforms/simulated/authorities.ts";
import { azureIntermediate } from "../../agent/platforms/simulated/pki.ts";
import { issueCertificate, publicKeyObject } from "../../agent/platforms/simulated/x509.ts";
import { akIdOf } from "../../sdk/evidence/binding.ts";
import { fromHex, keccak256, sha256, toHex } from "../../sdk/evidence/bytes.ts";
import { readCertificate } from "../../sdk/evidence/certificate.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import type { Reattestation } from "../../sdk/evidence/registration.ts";
import { verifyReattestation } from "../../sdk/verify/reattestation.ts";
import { byValue, spelledLong } from "../support/reattestations.ts";
import type { Selected } from "../support/reattestations.ts";
import { startScene } from "../support/reattestation-scene.ts";
import type { Scene } from "../support/reattestation-scene.ts";

const operator: Hex = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";

for (const flavour of ["gcp-tdx", "azure-tdx"] as const)
  describe(`re-attestation of a ${flavour} machine, contract and SDK`, () => {
    let scene: Scene;
    before(async () => {
      scene = await startScene(flavour);
    });
    after(() => scene.close());

    /** Both accept, and the record afterwards is what the SDK said. */
    async function accepted(reattestation: Reattestation) {
      await scene.assertVerdict(reattestation, null);
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

    it("makes fresh what was recorded un-anchored, but for the TEE half", () =>
      aside(
        async (teeMeasurement) => {
          const before = (await scene.heldRecord(scene.identity.hash))!;
          assert.equal(before.assurance.tpmFresh, false);
          const { claims } = await accepted(await scene.build({ teeMeasurement }));
          assert.deepEqual(claims!.record.assurance, { ...before.assurance, tpmFresh: true });
        },
        { block: null },
      ));

    it("never lowers the time of the TPM half", () =>
      aside(async (teeMeasurement) => {
        const { tpmTime } = (await scene.heldRecord(scene.identity.hash))!;
        const block = await scene.anchorBlock();
        for (let blocks = 0; blocks < 9; blocks++) await scene.pass();
        const { claims } = await accepted(await scene.build({ teeMeasurement, block }));
        assert.equal(claims!.record.tpmTime, tpmTime);
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

    it("leaves a record unproven whose AK nobody certifies, with a certification of the key too", () =>
      aside(
        async (teeMeasurement) => {
          const uncertified = { teeMeasurement, ak: "key", akCertified: false } as const;
          const next = await scene.newIdentity();
          for (const choices of [{}, { isCertified: true }, { isCertified: true, identity: next }]) {
            const { claims } = await accepted(await scene.build({ ...uncertified, ...choices }));
            const { pcrTrust, keyProtection, akCertified } = claims!.record.assurance;
            assert.deepEqual([pcrTrust, keyProtection, akCertified], [0, 0, false]);
          }
        },
        { sendsChain: false, akCertified: false },
      ));

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

    it("holds the record to its selection of values, events and PCRs that are quoted only", () =>
      scene.aside(async () => {
        const machine = await scene.newMachine();
        // Bound to fewer PCRs than are measured: the key signs on when the others change.
        const identity = await scene.newIdentity(machine, [4, 7]);
        const events = [sha256(Uint8Array.of(1)), sha256(Uint8Array.of(2))];
        for (const event of events) await machine.tpm.pcrExtend(8, event);
        const selection: Selected[] = [
          ...byValue(machine.measuredPcrs.filter((index) => index < 8)),
          { index: 8, mode: 2, events },
          { index: 11, mode: 0 },
        ];
        const registered = { machine, identity, selection };
        const teeMeasurement = await scene.register(registered);
        const build = (selected: readonly Selected[]) =>
          scene.build({ ...registered, signer: identity, teeMeasurement, selection: selected });
        const { record } = (await accepted(await build(selection))).claims!;
        assert.equal(record.measuredPcrs & ((1 << 8) | (1 << 11)), 0);
        assert.equal(record.assurance.keyProtection, 1);
        // The value of a PCR that is quoted only is not part of what was recorded.
        await machine.tpm.pcrExtend(11, sha256(Uint8Array.of(3)));
        await accepted(await build(selection));
        const expected = "reattestation.measurement";
        for (const [at, mode] of [
          [0, 0],
          [selection.length - 2, 0],
          [selection.length - 2, 1],
          [selection.length - 1, 1],
        ] as const) {
          const changed = await build(selection.with(at, { ...selection[at]!, mode }));
          await scene.assertVerdict(changed, expected, `PCR ${at} in mode ${mode}`);
        }
      }));

    it("says of decoded arguments what it says of calldata", () =>
      aside(async (teeMeasurement) => {
        const reattestation = await scene.build({ teeMeasurement });
        const context = await scene.contextOf(0n);
        assert.equal(verifyReattestation(reattestation, { ...context, chain: null }).error, "anchor.hash");
        const report = verifyReattestation(reattestation, context);
        assert.equal(report.error, null);
        assert.deepEqual(report.claims!.quoteSha256, sha256(reattestation.workloadCollaterals.tpmQuote));
        assert.equal(
          report.checks.some(({ status }) => status !== "pass"),
          false,
        );
        assert.deepEqual(fromHex(toHex(report.claims!.teeMeasurement)), teeMeasurement);
      }));
  });

/** A certificate of the machine's AK that ends at `notAfter`, with its issuer. */
async function certificatesUntil({ ak }: Platform, notAfter: Date): Promise<Uint8Array[]> {
  const issuer = azureIntermediate();
  const leaf = await issueCertificate({
    subject: azureAkSubject("short-lived"),
    issuer: issuer.name,
    serial: Uint8Array.of(1),
    notBefore: new Date("2025-07-01T00:00:00Z"),
    notAfter,
    publicKey: publicKeyObject(ak.publicKey),
    issuerPublicKey: issuer.publicKey,
    issuerPrivateKey: issuer.privateKey,
    extensions: azureAkExtensions,
  });
  return [leaf, issuer.der];
}

describe("re-attestation with a short-lived AK certificate", () => {
  it("ends with the certificate from then on", async () => {
    const scene = await startScene("azure-tdx");
    try {
      const teeMeasurement = await scene.register({ sendsChain: false, akCertified: false });
      const { validUntil } = (await scene.heldRecord(scene.identity.hash))!;
      const end = new Date("2026-02-10T00:00:00Z");
      const machine = { ...scene.machine, akCertificates: await certificatesUntil(scene.machine, end) };
      const { claims } = await scene.record(await scene.build({ teeMeasurement, machine }));
      assert.ok(validUntil > claims!.record.validUntil);
      assert.equal(claims!.record.validUntil, BigInt(end.getTime() / 1000));
      assert.deepEqual(await scene.heldRecord(scene.identity.hash), claims!.record);
    } finally {
      await scene.close();
    }
  });
});
