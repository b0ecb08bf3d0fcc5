// The local prover server as a process of its own: both clients over real HTTP, and a clean end.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { networkInterfaces } from "node:os";
import { describe, it } from "node:test";
import type { TestContext } from "node:test";
import { defaultWaits, memoryJournal, provingClient, secretOf, systemTimer } from "../../proving/index.ts";
import type { ProofSystem, ProvingClient } from "../../proving/index.ts";
import { isCaptured, mustCapture, mustFail, requestOf } from "../proving/support/scene.ts";

interface Server {
  readonly url: string;
  readonly process: ChildProcess;
}

async function mustServe(t: TestContext, ...args: string[]): Promise<Server> {
  const child = spawn(process.execPath, ["scripts/prover-server.ts", ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.after(() => void child.kill("SIGKILL"));
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  const url = /http:\/\/127\.0\.0\.1:\d+/.exec(line.toString())?.[0];
  assert.ok(url !== undefined, line.toString());
  return { url, process: child };
}

/** A client that pauses for no time at all. */
function clientAt(url: string, system: ProofSystem): ProvingClient {
  const timer = { ...systemTimer, sleep: () => Promise.resolve() };
  const service = { url, version: "2.2.0", apiKey: secretOf("any") };
  return provingClient(
    system,
    {
      allowedUrls: [url],
      paths: {
        risc0: { kind: "bento", storageOrigins: [], ...service },
        sp1: { kind: "sidecar", ...service },
      },
      loadProgram: null,
      waits: defaultWaits,
      fetch,
    },
    { journal: memoryJournal(), timer, verify: isCaptured },
  );
}

const within = (capture: ReturnType<typeof mustCapture>) => ({
  ...requestOf(capture),
  deadline: Date.now() + 60_000,
});

describe("local prover server", () => {
  it("proves to both clients what was captured, and nothing else", async (t) => {
    const { url } = await mustServe(t, "0");
    const names = ["automata-snp-gcp-risc0-2.2", "automata-dcap-tdx-risc0", "automata-snp-gcp-sp1-5.0"];
    for (const capture of names.map(mustCapture)) {
      const proof = await clientAt(url, capture.system).prove(within(capture));
      assert.deepEqual(proof.proof, capture.proof);
    }
    const gcp = within(mustCapture(names[0]!));
    const other = { ...gcp, input: gcp.input.map((byte, at) => (at === 400 ? byte ^ 1 : byte)) };
    const error = await mustFail(clientAt(url, "risc0").prove(other), "proving.failed");
    assert.match(error.message, /no proof of program 0xa474.* over this report is held/);
  });

  it("knows the captured registrations", () => {
    for (const name of ["azure-snp-2026-01-21", "gcp-snp-2026-01-21", "gcp-tdx-2026-01-21"])
      assert.equal(mustCapture(name).proof.length, 260);
  });

  it("says that it is well, and refuses what it does not serve", async (t) => {
    const { url } = await mustServe(t, "0");
    assert.deepEqual(await (await fetch(`${url}/healthz`)).json(), { status: "ok" });
    for (const path of [
      "/",
      "/sessions",
      "/proofs/",
      "/proofs/none",
      "/sessions/status/none",
      "/receipts/groth16/receipt/none",
    ])
      assert.equal((await fetch(`${url}${path}`)).status, 404, path);
    for (const path of ["/prove", "/sessions/create"])
      assert.equal((await fetch(`${url}${path}`, { method: "POST", body: "{" })).status, 400, path);
  });

  it("is reached on loopback alone", async (t) => {
    const { url } = await mustServe(t, "0");
    const outside = Object.values(networkInterfaces())
      .flat()
      .find((each) => each?.family === "IPv4" && !each.internal);
    assert.equal(new URL(url).hostname, "127.0.0.1");
    // A machine without another address has nobody else to be reached by.
    if (outside === undefined) return;
    await assert.rejects(fetch(`http://${outside.address}:${new URL(url).port}/healthz`));
  });

  for (const signal of ["SIGTERM", "SIGINT"] as const)
    it(`ends on ${signal} though a connection is open`, async (t) => {
      const { url, process: child } = await mustServe(t, "0");
      await (await fetch(`${url}/healthz`)).text();
      const ended = once(child, "exit");
      child.kill(signal);
      assert.deepEqual(await ended, [0, null]);
    });

  it("is not started on what is no port", async () => {
    for (const argument of ["x", "65536", "-1"]) {
      const child = spawn(process.execPath, ["scripts/prover-server.ts", argument], { stdio: "ignore" });
      assert.deepEqual(await once(child, "exit"), [2, null]);
    }
  });
});
