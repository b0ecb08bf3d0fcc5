// swtpm as a child process on a state folder of its own. Paths are absolute: with a relative one swtpm puts the TPM
// into failure mode (rc 0x101). The process dies with close(), and with the connection when the parent dies.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { setTimeout as delay } from "node:timers/promises";
import { deviceTpm } from "./device.ts";
import type { Tpm } from "./tpm.ts";
import { connectSocket, type Transport } from "./transport.ts";

const startDeadlineMs = 10_000;
const pollMs = 10;

export async function isSwtpmInstalled(): Promise<boolean> {
  return promisify(execFile)("swtpm", ["--version"]).then(
    () => true,
    () => false,
  );
}

const notReady = new Set(["ENOENT", "ECONNREFUSED"]);

/** The socket's file is there before anybody listens on it, so a connection alone says that swtpm is ready. */
async function connectWhenReady(path: string, hasExited: () => boolean): Promise<Transport> {
  const deadline = performance.now() + startDeadlineMs;
  for (;;) {
    try {
      return await connectSocket({ path });
    } catch (error) {
      if (!notReady.has((error as NodeJS.ErrnoException).code ?? "")) throw error;
    }
    if (hasExited()) throw new Error("swtpm ended before it opened its socket");
    if (performance.now() > deadline) throw new Error(`swtpm did not start within ${startDeadlineMs} ms`);
    await delay(pollMs);
  }
}

/** The wire to a fresh TPM: new seeds, zero PCRs. Process and state are gone after close(). */
export async function connectSwtpm(): Promise<Transport> {
  const folder = await mkdtemp(join(tmpdir(), "cvm-swtpm-"));
  const socket = join(folder, "sock");
  const child = spawn(
    "swtpm",
    [
      "socket",
      "--tpm2",
      "--tpmstate",
      `dir=${folder}`,
      "--server",
      `type=unixio,path=${socket}`,
      // terminate: swtpm ends by itself when its one connection closes, also when this process is killed.
      "--flags",
      "not-need-init,startup-clear",
      "--terminate",
    ],
    { stdio: "ignore" },
  );
  let isGone = false;
  const exited = once(child, "exit").then(
    () => (isGone = true),
    () => (isGone = true),
  );

  async function stop(): Promise<void> {
    if (!isGone) child.kill("SIGTERM");
    await exited;
    await rm(folder, { recursive: true, force: true });
  }

  try {
    const transport = await connectWhenReady(socket, () => isGone);
    return {
      send: (command) => transport.send(command),
      async close() {
        await transport.close();
        await stop();
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

export const startSwtpm = async (): Promise<Tpm> => deviceTpm(await connectSwtpm());
