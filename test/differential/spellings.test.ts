// Contract and SDK say the same of evidence of a key that is recorded in its other spelling (protocol §2, §9).
import { after, before, describe, it } from "node:test";
import { toHex } from "../../sdk/evidence/bytes.ts";
import { spelledLong } from "../support/reattestations.ts";
import { startScene } from "../support/reattestation-scene.ts";
import type { Scene } from "../support/reattestation-scene.ts";

for (const flavour of ["gcp-tdx", "azure-tdx"] as const)
  describe(`a key recorded in its other spelling by a ${flavour} machine, contract and SDK`, () => {
    let scene: Scene;
    before(async () => {
      scene = await startScene(flavour);
    });
    after(() => scene.close());
    const long = () => spelledLong(scene.identity);

    it("record.identity-taken: is not taken where its evidence is anchored", () =>
      scene.aside(async () => {
        await scene.register({ identity: long() });
        await scene.assertRegistration({}, "record.identity-taken");
      }));

    it("is taken back by anchored evidence of its AK where un-anchored evidence chose the spelling", () =>
      scene.aside(async () => {
        await scene.register({ identity: long(), block: null });
        await scene.assertRegistration({ block: null }, "record.identity-taken");
        const machine = await scene.newMachine();
        await scene.assertRegistration({ machine, isCertified: false }, "record.identity-taken");
        await scene.register();
        await scene.assertRegistration({ identity: long() }, "record.identity-taken");
      }));

    it("record.identity-retired: is not taken back once it was revoked", () =>
      scene.aside(async () => {
        await scene.register({ identity: long(), block: null });
        await scene.act("revokeCvmByRole", toHex(long().hash));
        await scene.assertRegistration({}, "record.identity-retired");
      }));
  });
