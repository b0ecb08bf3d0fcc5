// The process dies at every step there is, and starts again with its journal: it goes on or says why not, and never buys
// a second time.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Proof, ProvingClient } from "../../proving/client.ts";
import { ProvingError } from "../../proving/error.ts";
import { mustCapture, requestOf, setUp } from "./support/scene.ts";
import type { Scene } from "./support/scene.ts";

const paths = [
  {
    name: "bento",
    capture: mustCapture("automata-snp-gcp-risc0-2.2"),
    start: (scene: Scene): ProvingClient => scene.bento(),
    // Statuses beside those of the protocol's own calls.
    bought: ({ bonsai }: Scene) => [bonsai.created.sessions, bonsai.created.snarks],
    creations: ["POST /sessions/create", "POST /snark/create"],
    saves: 5,
  },
  {
    name: "sidecar",
    capture: mustCapture("gcp-snp-2026-01-21"),
    start: (scene: Scene): ProvingClient => scene.succinct(),
    bought: ({ sidecar }: Scene) => [sidecar.bought.requests],
    creations: [],
    saves: 2,
  },
] as const;

async function outcomeOf(proving: Promise<Proof>): Promise<Proof | string> {
  try {
    return await proving;
  } catch (error) {
    return error instanceof ProvingError ? error.code : (error as Error).name;
  }
}

/** What a run without faults sends: crashes are placed around each. */
async function routesOf({ start, capture }: (typeof paths)[number]): Promise<readonly string[]> {
  const scene = setUp();
  await start(scene).prove(requestOf({ ...capture }));
  return scene.wire.log;
}

for (const path of paths) {
  const { name, capture, start, bought, creations } = path;
  const routes = await routesOf(path);

  describe(`${name}: a process that dies`, () => {
    for (let save = 1; save <= path.saves; save++)
      for (const isWritten of [false, true])
        it(`at save ${save}, ${isWritten ? "after" : "before"} it is written`, async () => {
          const scene = setUp();
          scene.journal.crashAt = { save, isWritten };
          assert.equal(await outcomeOf(start(scene).prove(requestOf(capture))), "Crash");
          const last = scene.journal.steps.at(-1) ?? "new";
          const outcome = await outcomeOf(start(scene).prove(requestOf(capture)));
          // Died between asking and writing the answer down: only a look at the service tells.
          if (last.endsWith("-creating")) assert.equal(outcome, "proving.outcome-unknown");
          else assert.deepEqual((outcome as Proof).proof, capture.proof);
          assert.ok(bought(scene).every((count) => count <= 1));
        });

    for (const [at, route] of routes.entries())
      for (const kind of ["crash-before", "crash-after"] as const)
        it(`${kind === "crash-before" ? "before" : "after"} request ${at + 1}, ${route}`, async () => {
          const scene = setUp();
          const earlier = routes.slice(0, at).filter((each) => each === route).length;
          const pass = { kind: "pass" } as const;
          scene.wire.fault(route, ...Array.from({ length: earlier }, () => pass), { kind });
          // A dead process makes no pauses either.
          scene.timer.onSleep = () => {
            if (scene.wire.isDown) throw new Error("dead");
          };
          assert.equal(typeof (await outcomeOf(start(scene).prove(requestOf(capture)))), "string");
          scene.wire.isDown = false;
          const outcome = await outcomeOf(start(scene).prove(requestOf(capture)));
          if (creations.some((each) => each === route)) assert.equal(outcome, "proving.outcome-unknown");
          else assert.deepEqual((outcome as Proof).proof, capture.proof);
          assert.ok(bought(scene).every((count) => count <= 1));
        });
  });
}
