// One process has a PGlite folder at a time.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { openStore } from "../../relayer/store/database.ts";
import { lockFolder, StoreLockedError } from "../../relayer/store/lock.ts";

const folder = mkdtempSync(join(tmpdir(), "cvm-lock-"));
after(() => rmSync(folder, { recursive: true, force: true }));

describe("lock of a PGlite folder", () => {
  it("refuses a second opener while the first lives", async () => {
    const store = await openStore({ storeFolder: join(folder, "b") });
    await assert.rejects(openStore({ storeFolder: join(folder, "b") }), { code: "CVM_RELAYER_STORE_LOCKED" });
    await store.close();
    await (await openStore({ storeFolder: join(folder, "b") })).close();
  });

  it("refuses while another process lives, and takes over when it was killed", async (t) => {
    const shared = join(folder, "c");
    const url = new URL("../../relayer/store/lock.ts", import.meta.url).href;
    const script = `import { lockFolder } from ${JSON.stringify(url)};
      lockFolder(${JSON.stringify(shared)}); console.log("locked"); setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ["--input-type=module", "--eval", script]);
    t.after(() => child.kill("SIGKILL"));
    await once(child.stdout, "data");
    assert.throws(() => lockFolder(shared), { code: "CVM_RELAYER_STORE_LOCKED" });
    child.kill("SIGKILL");
    await once(child, "exit");
    lockFolder(shared)();
  });

  it("does not take a pid for a sign of life", () => {
    const left = join(folder, "d");
    mkdirSync(left);
    // What an earlier version left when it was killed in a container, whose next process has the same pid.
    writeFileSync(join(left, "relayer.lock"), String(process.pid));
    const unlock = lockFolder(left);
    assert.throws(() => lockFolder(left), StoreLockedError);
    unlock();
    // Giving it back twice takes nobody else's.
    const again = lockFolder(left);
    unlock();
    assert.throws(() => lockFolder(left), StoreLockedError);
    again();
  });
});
