// Contract and SDK refuse a re-attestation by the same check: every rule of the evidence violated once, by evidence that
// is right in everything else (protocol §9, row `reattestCvmWithTpm`).
import { after, before, describe, it } from "node:test";
import type { Platform } from "../../agent/platforms/platform.ts";
import { identityAlgorithm } from "../../sdk/evidence/binding.ts";
import { concat, toBigInt, uint } from "../../sdk/evidence/bytes.ts";
import { flipBit } from "../support/mutations.ts";
import { refusalsOf, withWc } from "../support/reattestation-refusals.ts";
import { startMachine, startScene } from "../support/reattestation-scene.ts";
import type { Scene } from "../support/reattestation-scene.ts";

// SEC 2 v2 §2.4.2, order of secp256r1.
const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

const zeros = (length: number) => new Uint8Array(length);
const filled = (length: number) => new Uint8Array(length).fill(0xff);

for (const flavour of ["gcp-tdx", "azure-tdx"] as const)
  describe(`re-attestation refused of a ${flavour} machine, contract and SDK`, () => {
    let scene: Scene;
    let otherCloud: Platform;
    before(async () => {
      scene = await startScene(flavour);
      otherCloud = await startMachine(flavour === "gcp-tdx" ? "azure-tdx" : "gcp-tdx");
    });
    after(async () => {
      await otherCloud.close();
      await scene.close();
    });

    const { refuses, chosen, edited } = refusalsOf(() => scene);

    describe("record and identity", () => {
      chosen("reattestation.registered", "an identity that nobody recorded", { current: filled(32) });
      refuses("reattestation.registered", "a revoked record", async (teeMeasurement) => {
        await scene.revoke(scene.identity);
        return scene.build({ teeMeasurement });
      });
      refuses("reattestation.registered", "a record that was rotated away", async (teeMeasurement) => {
        const identity = await scene.newIdentity();
        await scene.record(await scene.build({ teeMeasurement, identity, isCertified: true }));
        return scene.build({ teeMeasurement });
      });
      edited("identity.algorithm", "another curve", (r) =>
        withWc(r, { cvmIdentity: { ...r.workloadCollaterals.cvmIdentity, curve: 4 } }),
      );
      edited("identity.encoding", "an identity of 63 bytes", (r) =>
        withWc(r, { cvmIdentity: { ...identityAlgorithm, data: zeros(63) } }),
      );
      edited("identity.point", "an identity off the curve", (r) =>
        withWc(r, { cvmIdentity: { ...identityAlgorithm, data: zeros(64) } }),
      );
    });

    describe("AK and certification", () => {
      chosen("ak.public-unexpected", "a key next to its chain", { ak: "both" });
      edited("ak.public", "an AK of 63 bytes", (r) => withWc(r, { certs: [], akPub: filled(63) }));
      edited("ak.public", "no AK at all", (r) => withWc(r, { certs: [] }));
      edited("ak.point", "an AK off the curve", (r) => withWc(r, { certs: [], akPub: filled(64) }));
      edited(
        flavour === "gcp-tdx" ? "ak.key-type" : "tpm.signature-scheme",
        "an AK of the other cloud's kind",
        (r) => withWc(r, { certs: [], akPub: otherCloud.ak.publicKey }),
      );
      edited("ak.cloud", "a chain of the other cloud", (r) =>
        withWc(r, { certs: otherCloud.akCertificates }),
      );
      edited("ak.root", "a chain that ends nowhere", (r) =>
        withWc(r, { certs: r.workloadCollaterals.certs.slice(0, 1) }),
      );
      refuses("certify.key", "a certification of another key", async (teeMeasurement) => {
        const other = await scene.newIdentity();
        const { certification } = await scene.build({ teeMeasurement, identity: other, isCertified: true });
        return { ...(await scene.build({ teeMeasurement, isCertified: true })), certification };
      });
    });

    describe("what the quote names", () => {
      chosen("quote.extra-data-length", "no extraData", { extraData: zeros(0) });
      chosen("quote.extra-data-length", "extraData of 49 bytes", { extraData: filled(49) });
      chosen("quote.extra-data-prefix", "extraData of attested TLS", {
        extraData: Uint8Array.of(0xfe, ...zeros(32)),
      });
      refuses("quote.identity", "a quote for another key than stated", async (teeMeasurement) => {
        const { cvmIdentity } = await scene.newIdentity();
        return withWc(await scene.build({ teeMeasurement }), { cvmIdentity });
      });
      refuses("anchor.block", "an anchor in the head", async (teeMeasurement) => {
        const block = { ...(await scene.anchorBlock()), blockHash: filled(32) };
        return scene.build({ teeMeasurement, block: { ...block, blockNumber: block.blockNumber + 1n } });
      });
      refuses("anchor.age", "an anchor behind the window", async (teeMeasurement) => {
        const block = await scene.anchorBlock();
        await scene.chain.testClient.mine({ blocks: scene.chain.deployment.anchor.maxBlocks });
        return scene.build({ teeMeasurement, block });
      });
      chosen("anchor.ak-certified", "an agent that holds its AK for uncertified", { akCertified: false });
      chosen("anchor.mismatch", "a statement in the anchor", { statementId: filled(32) });
      chosen("anchor.mismatch", "another report type than recorded", { reportType: 2 });
      refuses("anchor.mismatch", "a certification that the anchor does not name", async (teeMeasurement) => {
        const { certification } = await scene.build({ teeMeasurement, isCertified: true });
        return { ...(await scene.build({ teeMeasurement })), certification };
      });
      for (const [what, by] of [
        ["chain", { chainId: 1n }],
        ["registry", { registry: zeros(20) }],
        ["block hash", { blockHash: filled(32) }],
      ] as const)
        refuses("anchor.mismatch", `an anchor for another ${what}`, async (teeMeasurement) =>
          scene.build({ teeMeasurement, block: { ...(await scene.anchorBlock()), ...by } }),
        );
    });

    describe("origin", () => {
      for (const length of [0, 16, 31, 33])
        edited("binding.report-id", `a reportId of ${length} bytes`, (r) =>
          withWc(r, { reportId: zeros(length) }),
        );
      chosen("reattestation.unanchored", "a quote that names the identity alone", { block: null });
      chosen("reattestation.unanchored", "a quote that names nothing, with a certification", {
        extraData: zeros(0),
        isCertified: true,
      });
      refuses("reattestation.ak", "the AK of another machine", async (teeMeasurement) =>
        scene.build({ teeMeasurement, machine: await scene.newMachine() }),
      );
      for (const by of [1n, 2n ** 48n]) chosen("reattestation.signature", `nonce ${by}`, { nonce: by });
      refuses("reattestation.signature", "a signature that was used", async (teeMeasurement) => {
        const first = await scene.build({ teeMeasurement });
        await scene.record(first);
        return first;
      });
      refuses("reattestation.signature", "another key's signature", async (teeMeasurement) =>
        scene.build({ teeMeasurement, current: scene.identity.hash, signer: await scene.newIdentity() }),
      );
      refuses("reattestation.signature", "the signature for another quote", async (teeMeasurement) => {
        const { signature } = await scene.build({ teeMeasurement });
        return { ...(await scene.build({ teeMeasurement })), signature };
      });
      for (const [what, edit] of [
        ["of 63 bytes", (s: Uint8Array) => s.subarray(1)],
        ["of 65 bytes", (s: Uint8Array) => concat(s, zeros(1))],
        ["of zeros", (s: Uint8Array) => zeros(s.length)],
        ["with a flipped bit", (s: Uint8Array) => flipBit(s, 300)],
        ["with s above n", (s: Uint8Array) => concat(s.subarray(0, 32), filled(32))],
      ] as const)
        edited("reattestation.signature", `a signature ${what}`, (r) => ({
          ...r,
          signature: edit(r.signature),
        }));
      it("the same signature with the other s counts", () =>
        scene.aside(async () => {
          const teeMeasurement = await scene.register();
          const { signature, ...rest } = await scene.build({ teeMeasurement });
          const other = uint(order - toBigInt(signature.subarray(32)), 32);
          await scene.assertVerdict({ ...rest, signature: concat(signature.subarray(0, 32), other) }, null);
        }));
    });
  });
