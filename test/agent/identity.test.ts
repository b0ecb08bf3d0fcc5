import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { toHex } from "../../sdk/evidence/bytes.ts";
import { openIdentity } from "../../agent/identity/identity.ts";
import { openKeyring } from "../../agent/identity/keyring.ts";
import { fileStore } from "../../agent/identity/store.ts";
import { softwareTpm } from "../../agent/tpm/software.ts";
import { isSwtpmInstalled, startSwtpm } from "../../agent/tpm/swtpm.ts";
import { TpmError, type Tpm } from "../../agent/tpm/tpm.ts";

const starts: readonly (readonly [string, () => Promise<Tpm>])[] = [
  ["software", () => Promise.resolve(softwareTpm())],
  ...((await isSwtpmInstalled()) ? ([["swtpm", startSwtpm]] as const) : []),
];

for (const [name, start] of starts)
  describe(`identity: ${name}`, () => {
    let tpm: Tpm;
    let folder: string;
    beforeEach(async () => {
      tpm = await start();
      folder = await mkdtemp(join(tmpdir(), "cvm-identity-"));
    });
    afterEach(async () => {
      await tpm.close();
      await rm(folder, { recursive: true });
    });
    const open = () => openIdentity(tpm, [11, 23], fileStore(folder));

    it("is kept over a restart of the agent while the PCRs stay", async () => {
      const first = await open();
      const again = await open();
      assert.equal(toHex(again.hash), toHex(first.hash));
      assert.ok((await again.sign(new Uint8Array(1))) !== null);
    });

    it("is a new one after a measured extend; the old one signs no more", async () => {
      const first = await open();
      await tpm.pcrExtend(23, new Uint8Array(32));
      assert.equal(await first.isUsable(), false);
      assert.equal(await first.sign(new Uint8Array(1)), null);
      const second = await open();
      assert.notEqual(toHex(second.hash), toHex(first.hash));
      assert.equal(await second.isUsable(), true);
    });

    it("is a new one when the measured PCRs of the platform change", async () => {
      const first = await open();
      const second = await openIdentity(tpm, [11], fileStore(folder));
      assert.notEqual(toHex(second.hash), toHex(first.hash));
    });

    it("is a new one when the stored blob is another TPM's", async () => {
      const first = await open();
      await tpm.close();
      tpm = await start();
      const second = await open();
      assert.notEqual(toHex(second.hash), toHex(first.hash));
      assert.ok((await second.sign(new Uint8Array(1))) !== null);
    });

    it("sets a blob of another TPM aside instead of overwriting it, with that of a rotation", async () => {
      const store = fileStore(folder);
      await open();
      await store.saveNext(await tpm.createIdentityKey([11, 23]));
      const texts = await Promise.all(
        ["identity.json", "next-identity.json"].map((name) => readFile(join(folder, name), "utf8")),
      );
      await tpm.close();
      tpm = await start();
      await open();
      const kept = (await readdir(folder)).filter((name) => name !== "identity.json");
      assert.match(kept.join(" "), /^identity.json.unknown-\w{16} next-identity.json.unknown-\w{16}$/);
      assert.deepEqual(await Promise.all(kept.map((name) => readFile(join(folder, name), "utf8"))), texts);
    });

    it("keeps no blob of other PCRs, which can be had again", async () => {
      await open();
      await tpm.pcrExtend(23, new Uint8Array(32));
      await open();
      assert.deepEqual(await readdir(folder), ["identity.json"]);
    });

    // Out of session slots, dictionary attack lockout, failure mode; a session, a handle and a parameter of no key's.
    for (const [command, rc] of [
      ["TPM2_StartAuthSession", 0x903],
      ["TPM2_Load", 0x902],
      ["TPM2_Sign", 0x921],
      ["TPM2_Load", 0x101],
      ["TPM2_Load", 0x98e],
      ["TPM2_Load", 0x18b],
      ["TPM2_CreatePrimary", 0x2d5],
    ] as const)
      it(`survives ${command} refused with 0x${rc.toString(16)}, which says nothing about the key`, async () => {
        const keyring = await openKeyring(tpm, [11, 23], fileStore(folder));
        const next = await keyring.next();
        const refusing: Tpm = { ...tpm, sign: () => Promise.reject(new TpmError(command, rc)) };
        const isThis = (error: unknown) => error instanceof TpmError && error.rc === rc;
        await assert.rejects(openKeyring(refusing, [11, 23], fileStore(folder)), isThis);
        const again = await openKeyring(tpm, [11, 23], fileStore(folder));
        assert.equal(toHex(again.current.hash), toHex(keyring.current.hash));
        assert.equal(toHex(again.pending!.hash), toHex(next.hash));
      });

    it("lies in a file that only its owner reads", async () => {
      await open();
      const file = join(folder, "identity.json");
      assert.equal((await stat(file)).mode & 0o777, 0o600);
      assert.deepEqual(Object.keys(JSON.parse(await readFile(file, "utf8")) as object), [
        "tpmtPublic",
        "privateBlob",
        "policyPcrs",
      ]);
    });
  });
