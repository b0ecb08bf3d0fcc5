import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { softwareTpm } from "../../agent/tpm/software.ts";
import { isSwtpmInstalled, startSwtpm } from "../../agent/tpm/swtpm.ts";
import { startGuestSwtpm } from "../support/guest-tpm.ts";
import { describePcrReset } from "./pcr-reset.behavior.ts";
import { describeTpm } from "./tpm.behavior.ts";

const hasSwtpm = await isSwtpmInstalled();

describeTpm("software", () => Promise.resolve(softwareTpm()));
if (hasSwtpm) describeTpm("swtpm", startSwtpm);

describePcrReset("software", () => Promise.resolve(softwareTpm()));
if (hasSwtpm) describePcrReset("swtpm", startGuestSwtpm);

describe("swtpm", { skip: !hasSwtpm }, () => {
  it("answers no command after close()", async () => {
    const tpm = await startSwtpm();
    await tpm.close();
    await assert.rejects(tpm.pcrRead([0]), /closed/);
  });

  it("runs 300 quotes and signatures without exhausting slots or sessions", async () => {
    const tpm = await startSwtpm();
    try {
      const ak = await tpm.createAttestationKey("p256");
      const key = await tpm.createIdentityKey([23]);
      for (let i = 0; i < 300; i++) {
        await tpm.quote(ak, Uint8Array.of(i & 255), [0, 23]);
        assert.ok((await tpm.sign(key, new Uint8Array(32))) !== null);
      }
    } finally {
      await tpm.close();
    }
  });
});
