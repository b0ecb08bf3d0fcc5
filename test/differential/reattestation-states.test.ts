// Contract and SDK refuse a re-attestation by the same check where the record or the registry's state forbids it, whatever
// the evidence (protocol §9, row `reattestCvmWithTpm`).
import { after, before, describe, it } from "node:test";
import { akIdOf } from "../../sdk/evidence/binding.ts";
import { sha256, toHex } from "../../sdk/evidence/bytes.ts";
import { refusalsOf } from "../support/reattestation-refusals.ts";
import { byValue, spelledLong } from "../support/reattestations.ts";
import { startScene } from "../support/reattestation-scene.ts";
import type { Scene } from "../support/reattestation-scene.ts";

const zeros = new Uint8Array(32);

for (const flavour of ["gcp-tdx", "azure-tdx"] as const)
  describe(`re-attestation refused by the record of a ${flavour} machine, contract and SDK`, () => {
    let scene: Scene;
    before(async () => {
      scene = await startScene(flavour);
    });
    after(() => scene.close());
    const { refuses, chosen } = refusalsOf(() => scene);

    describe("TEE half", () => {
      const halves = async () => (await scene.heldRecord(scene.identity.hash))!;
      const suspend = () => scene.act("suspend", [toHex(scene.identity.hash)]);
      const revokePlatform = async () => scene.act("revokePlatform", toHex((await halves()).platformId));
      const reopen = () => scene.act("bumpEpoch", scene.machine.cloud, 1, 1);
      const expire = async () => {
        await scene.setTtl(scene.identity, 3600n, 7200n);
        await scene.pass(3600n);
      };
      const steps = [
        ["reattestation.class-epoch", "a class that was re-opened", reopen],
        ["reattestation.platform-revoked", "a revoked platform", revokePlatform],
        ["reattestation.tee-validity", "a TEE half behind its TTL", expire],
        ["reattestation.suspended", "a suspended record", suspend],
      ] as const;
      for (const [id, what, act] of steps)
        refuses(id, what, async (teeMeasurement) => {
          await act();
          return scene.build({ teeMeasurement });
        });
      it("the first of several counts, before the measurement and after the signature", () =>
        scene.aside(async () => {
          await scene.register();
          for (const [id, , act] of steps) {
            await act();
            await scene.assertVerdict(await scene.build({ teeMeasurement: zeros }), id);
          }
          await scene.assertVerdict(
            await scene.build({ teeMeasurement: zeros, nonce: 9n }),
            "reattestation.signature",
          );
        }));
      it("it counts until the second before its end, by TTL or by what its verdict rests on", () =>
        scene.aside(async () => {
          const teeMeasurement = await scene.register();
          await scene.setTtl(scene.identity, 90n * 86_400n, 86_400n);
          const { validUntil } = await halves();
          const { timestamp } = await scene.chain.publicClient.getBlock();
          await scene.pass(validUntil - timestamp - 1n);
          await scene.assertVerdict(await scene.build({ teeMeasurement }), null);
          await scene.pass(1n);
          await scene.assertVerdict(await scene.build({ teeMeasurement }), "reattestation.tee-validity");
        }));
    });

    describe("measurement", () => {
      chosen("reattestation.measurement", "another selection", { selection: byValue([0, 4, 7]) });
      refuses("reattestation.measurement", "another TEE measurement", async () =>
        scene.build({ teeMeasurement: zeros }),
      );
      refuses("reattestation.measurement", "one PCR more", (teeMeasurement) =>
        scene.build({
          teeMeasurement,
          selection: [
            ...byValue(scene.machine.measuredPcrs.slice(0, -1)),
            { index: 17, mode: 0 },
            ...byValue([23]),
          ],
        }),
      );
      it("another PCR value ends in reattestation.measurement", () =>
        scene.aside(async () => {
          const machine = await scene.newMachine();
          const identity = await scene.newIdentity(machine, [7]);
          const teeMeasurement = await scene.register({ machine, identity });
          const build = () => scene.build({ teeMeasurement, machine, identity, signer: identity });
          await scene.assertVerdict(await build(), null);
          await machine.tpm.pcrExtend(23, sha256(Uint8Array.of(1)));
          await scene.assertVerdict(await build(), "reattestation.measurement");
        }));
    });

    describe("life cycle", () => {
      refuses("ak.revoked", "a revoked AK whose record was resumed", async (teeMeasurement) => {
        await scene.act("revokeAk", toHex(akIdOf(scene.machine.ak.publicKey)));
        await scene.act("resume", [toHex(akIdOf(scene.machine.ak.publicKey))]);
        return scene.build({ teeMeasurement });
      });
      refuses("record.not-newer", "an anchor of before the recording", async (teeMeasurement) => {
        const block = await scene.anchorBlock();
        await scene.record(await scene.build({ teeMeasurement }));
        return scene.build({ teeMeasurement, block });
      });
      refuses("record.identity-taken", "the same key in its other spelling", (teeMeasurement) =>
        scene.build({ teeMeasurement, identity: spelledLong(scene.identity), isCertified: true }),
      );
      for (const isLong of [false, true]) {
        const spell = isLong ? spelledLong : <T>(identity: T) => identity;
        const spelling = isLong ? "the other spelling" : "its spelling";
        refuses("record.identity-retired", `the key before, in ${spelling}`, async (teeMeasurement) => {
          const next = await scene.newIdentity();
          await scene.record(await scene.build({ teeMeasurement, identity: next, isCertified: true }));
          const identity = spell(scene.identity);
          return scene.build({ teeMeasurement, identity, signer: next, isCertified: true });
        });
        refuses(
          "record.identity-retired",
          `another's revoked key, in ${spelling}`,
          async (teeMeasurement) => {
            const machine = await scene.newMachine();
            const other = await scene.newIdentity(machine);
            await scene.register({ machine, identity: other });
            await scene.revoke(other);
            return scene.build({ teeMeasurement, identity: spell(other) });
          },
        );
        refuses("record.identity-taken", `another's live key, in ${spelling}`, async (teeMeasurement) => {
          const machine = await scene.newMachine();
          const other = await scene.newIdentity(machine);
          await scene.register({ machine, identity: other });
          return scene.build({ teeMeasurement, identity: spell(other) });
        });
        refuses(
          "record.identity-taken",
          `a squatted key without proof, in ${spelling}`,
          async (teeMeasurement) => {
            const identity = await scene.newIdentity();
            await scene.register({ machine: await scene.newMachine(), identity, isCertified: false });
            return scene.build({ teeMeasurement, identity: spell(identity) });
          },
        );
      }
    });
  });
