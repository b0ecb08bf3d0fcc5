// The second key of a rotation: one and the same until it takes over, over restarts too, and the first is gone then.
import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { toHex } from "../../sdk/evidence/bytes.ts";
import { openKeyring } from "../../agent/identity/keyring.ts";
import { fileStore, noStore } from "../../agent/identity/store.ts";
import { softwareTpm } from "../../agent/tpm/software.ts";
import { isSwtpmInstalled, startSwtpm } from "../../agent/tpm/swtpm.ts";
import type { Tpm } from "../../agent/tpm/tpm.ts";

const starts: readonly (readonly [string, () => Promise<Tpm>])[] = [
  ["software", () => Promise.resolve(softwareTpm())],
  ...((await isSwtpmInstalled()) ? ([["swtpm", startSwtpm]] as const) : []),
];
const message = Uint8Array.of(1);

for (const [name, start] of starts)
  describe(`keyring: ${name}`, () => {
    let tpm: Tpm;
    let folder: string;
    beforeEach(async () => {
      tpm = await start();
      folder = await mkdtemp(join(tmpdir(), "cvm-keyring-"));
    });
    afterEach(async () => {
      await tpm.close();
      await rm(folder, { recursive: true });
    });
    const open = () => openKeyring(tpm, [11, 23], fileStore(folder));

    it("has one key until a rotation is asked for; then both sign", async () => {
      const keyring = await open();
      assert.equal(keyring.pending, null);
      const first = keyring.current;
      const next = await keyring.next();
      assert.notEqual(toHex(next.hash), toHex(first.hash));
      assert.equal(keyring.current, first);
      for (const key of [first, next]) assert.ok((await key.sign(message)) !== null);
    });

    it("makes one second key, however often and at once it is asked for", async () => {
      const keyring = await open();
      const [one, other] = await Promise.all([keyring.next(), keyring.next()]);
      assert.equal(one, other);
      assert.equal(await keyring.next(), one);
    });

    it("keeps both keys over a restart in the middle of a rotation", async () => {
      const before = await open();
      const next = await before.next();
      const after = await open();
      assert.equal(toHex(after.current.hash), toHex(before.current.hash));
      assert.equal(toHex(after.pending!.hash), toHex(next.hash));
      assert.equal(toHex((await after.next()).hash), toHex(next.hash));
    });

    it("lets the second key take over, and nothing of the first is left on disk", async () => {
      const keyring = await open();
      const old = keyring.current;
      const next = await keyring.next();
      await Promise.all([keyring.promote(next), keyring.promote(next)]);
      assert.deepEqual([keyring.current, keyring.pending], [next, null]);
      assert.ok((await next.sign(message)) !== null);
      assert.deepEqual(await readdir(folder), ["identity.json"]);
      const text = await readFile(join(folder, "identity.json"), "utf8");
      assert.ok(!text.includes(toHex(old.key.privateBlob)));
      const after = await open();
      assert.equal(toHex(after.current.hash), toHex(next.hash));
      assert.notEqual(toHex((await keyring.next()).hash), toHex(old.hash));
    });

    it("promotes nothing but its own second key", async () => {
      const keyring = await open();
      const other = await (await openKeyring(tpm, [11, 23], noStore)).next();
      await assert.rejects(keyring.promote(other), /only the second key/);
      await keyring.next();
      await assert.rejects(keyring.promote(other), /only the second key/);
      assert.notEqual(keyring.pending, null);
    });

    it("forgets a rotation whose keys are bound to PCRs of before", async () => {
      const before = await open();
      const next = await before.next();
      await tpm.pcrExtend(23, new Uint8Array(32));
      assert.equal(await next.sign(message), null);
      const after = await open();
      assert.equal(after.pending, null);
      assert.notEqual(toHex(after.current.hash), toHex(before.current.hash));
      assert.deepEqual(await readdir(folder), ["identity.json"]);
    });
  });
