// Evidence of both flavours before the SDK's verifier, which judges in the registry's order.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { decodeAttestCvm, encodeAttestCvm } from "../../sdk/evidence/calldata.ts";
import { toHex } from "../../sdk/evidence/bytes.ts";
import type { Registration } from "../../sdk/evidence/registration.ts";
import type { RegistrationContext } from "../../sdk/verify/context.ts";
import { verifyCalldata, verifyRegistration } from "../../sdk/verify/registration.ts";
import { openIdentity, type Identity } from "../../agent/identity/identity.ts";
import { noStore } from "../../agent/identity/store.ts";
import type { Platform } from "../../agent/platforms/platform.ts";
import { startSimulatedMachine } from "../../agent/platforms/simulated/machine.ts";
import { collectRegistration, goldenMeasurement } from "../../agent/registration.ts";
import { isSwtpmInstalled } from "../../agent/tpm/swtpm.ts";
import { block, context, contextOf, otherRegistry } from "./chain.ts";

const tpms = (await isSwtpmInstalled()) ? (["swtpm", "software"] as const) : (["software"] as const);

for (const flavour of ["gcp-tdx", "azure-tdx"] as const)
  for (const tpm of tpms)
    describe(`registration evidence: ${flavour} on ${tpm}`, () => {
      let machine: Platform;
      let identity: Identity;
      let anchored: Registration;
      before(async () => {
        machine = await startSimulatedMachine({ flavour, tpm });
        identity = await openIdentity(machine.tpm, machine.measuredPcrs, noStore);
        anchored = await collectRegistration(machine, identity, { reportType: 1, block });
      });
      after(() => machine.close());

      const refusalOf = (change: RegistrationContext): string | null =>
        verifyRegistration(anchored, change).error;

      it("is accepted with full assurance, its TCB up to date", () => {
        const report = verifyCalldata(encodeAttestCvm(anchored), context);
        assert.equal(report.error, null);
        assert.deepEqual(report.acceptance?.failed, []);
        assert.deepEqual(report.claims?.assurance, {
          teeFresh: true,
          tpmFresh: true,
          teeNamesAk: true,
          quoteNamesTee: true,
          runtimeClaims: flavour === "azure-tdx",
          pcrReportId: false,
          pcrTrust: flavour === "azure-tdx" ? 2 : 1,
          keyProtection: 2,
          akCertified: true,
          tcbStatus: 1,
          keyType: 0,
          product: 0,
        });
        assert.equal(report.claims?.anchorBlock, block.blockNumber);
        assert.equal(toHex(report.claims.identityHash), toHex(identity.hash));
      });

      it("survives its calldata", () => {
        assert.deepEqual(decodeAttestCvm(encodeAttestCvm(anchored)), anchored);
      });

      it("has the measurement hash that the agent announces as golden", async () => {
        const { claims } = verifyRegistration(anchored, context);
        assert.equal(toHex(claims!.measurementHash), toHex(await goldenMeasurement(machine)));
      });

      it("holds on its own chain, registry and block alone", () => {
        assert.equal(refusalOf(contextOf({ registry: otherRegistry })), "anchor.mismatch");
        assert.equal(refusalOf(contextOf({ chainId: 1n })), "anchor.mismatch");
        assert.equal(
          refusalOf(contextOf({ blockHash: () => new Uint8Array(32).fill(1) })),
          "anchor.mismatch",
        );
        assert.equal(refusalOf(contextOf({ head: block.blockNumber })), "anchor.block");
        assert.equal(refusalOf(contextOf({ head: block.blockNumber + 301n })), "anchor.age");
      });

      it("is refused without the simulator's roots", () => {
        const foreign = { ...context.trust, intelRoot: new Uint8Array(64).fill(1) };
        assert.equal(refusalOf({ ...context, trust: foreign }), "tdx.root");
        assert.equal(refusalOf({ ...context, trust: { ...context.trust, akRoots: [] } }), "ak.root");
      });

      it("is refused with a PCR less, with another TEE statement and with another AK's quote", async () => {
        const wc = anchored.workloadCollaterals;
        const fewer = { ...anchored, workloadCollaterals: { ...wc, pcrs: wc.pcrs.slice(1) } };
        assert.equal(verifyRegistration(fewer, context).error, "tpm.pcr-selection");
        const other = await collectRegistration(machine, identity, {
          reportType: 1,
          block: { ...block, registry: otherRegistry },
        });
        const spliced = {
          ...anchored,
          teeAttestationReport: other.teeAttestationReport,
          workloadCollaterals: { ...wc, akPub: other.workloadCollaterals.akPub },
        };
        assert.equal(verifyRegistration(spliced, context).error, "anchor.mismatch");
      });

      it("un-anchored: is accepted, not fresh, and binds through the zero form", async () => {
        const plain = await collectRegistration(machine, identity, { reportType: 1, block: null });
        const report = verifyRegistration(plain, context);
        assert.equal(report.error, null);
        const { teeFresh, tpmFresh, teeNamesAk, quoteNamesTee } = report.claims!.assurance;
        assert.deepEqual([teeFresh, tpmFresh, teeNamesAk, quoteNamesTee], [false, false, true, false]);
        assert.deepEqual(report.acceptance?.failed, ["policy.tee-fresh", "policy.tpm-fresh"]);
      });
    });

describe("registration evidence: platforms that do less", () => {
  it("without AK certificates says so in the request, sends the AK and is unproven", async () => {
    const machine = await startSimulatedMachine({ flavour: "gcp-tdx", tpm: "software" });
    const bare: Platform = { ...machine, akCertificates: [] };
    const identity = await openIdentity(bare.tpm, bare.measuredPcrs, noStore);
    const registration = await collectRegistration(bare, identity, { reportType: 1, block });
    assert.deepEqual(registration.workloadCollaterals.akPub, bare.ak.publicKey);
    const report = verifyRegistration(registration, context);
    assert.equal(report.error, null);
    assert.deepEqual([report.claims?.assurance.keyProtection, report.claims?.assurance.pcrTrust], [0, 0]);
    await machine.close();
  });

  it("sends the quote without the zero padding of its host's buffer", async () => {
    const machine = await startSimulatedMachine({ flavour: "gcp-tdx", tpm: "software" });
    const padded: Platform = {
      ...machine,
      async teeStatement(bytes) {
        const { report, runtimeClaims } = await machine.teeStatement(bytes);
        const buffer = new Uint8Array(8000);
        buffer.set(report);
        return { report: buffer, runtimeClaims };
      },
    };
    const identity = await openIdentity(padded.tpm, padded.measuredPcrs, noStore);
    const registration = await collectRegistration(padded, identity, { reportType: 1, block });
    assert.ok(registration.teeAttestationReport.length < 5000);
    assert.equal(verifyRegistration(registration, context).error, null);
    await machine.close();
  });

  it("quotes again when a PCR is extended between reading and quoting", async () => {
    const machine = await startSimulatedMachine({ flavour: "gcp-tdx", tpm: "software" });
    const identity = await openIdentity(machine.tpm, machine.measuredPcrs, noStore);
    let quotes = 0;
    const racing: Platform = {
      ...machine,
      tpm: {
        ...machine.tpm,
        async quote(ak, extraData, pcrs) {
          if (quotes++ === 0) await machine.tpm.pcrExtend(16, new Uint8Array(32));
          return machine.tpm.quote(ak, extraData, pcrs);
        },
      },
    };
    const registration = await collectRegistration(racing, identity, { reportType: 1, block });
    assert.equal(quotes, 2);
    const report = verifyRegistration(registration, context);
    // The key was made before that extend: it is no longer bound to what is quoted, and the evidence says so.
    assert.deepEqual([report.error, report.claims?.assurance.keyProtection], [null, 1]);
    await machine.close();
  });
});
