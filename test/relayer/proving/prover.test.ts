// Proofs under way in a relayer's process: begun once, told once, given up, kept to so many.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { memoryJournal, systemTimer } from "../../../proving/index.ts";
import { newLog } from "../../../relayer/log.ts";
import { newMetrics } from "../../../relayer/metrics.ts";
import { newProver } from "../../../relayer/proving/prover.ts";
import type { ProofState, Wanted } from "../../../relayer/proving/prover.ts";
import { newProver as newService } from "../support/prover.ts";
import { mustCapture, requestOf } from "../../proving/support/scene.ts";

const capture = mustCapture("gcp-snp-2026-01-21");

function setUp(concurrency = 4) {
  const service = newService();
  const metrics = newMetrics();
  const { policy, verifyProof: verify } = service.options;
  const context = { journal: memoryJournal(), verify: verify!, timer: systemTimer };
  const prover = newProver({ policy, context, concurrency, log: newLog("silent"), metrics });
  const wanted: Wanted = {
    ...requestOf(capture),
    ...{ id: "evidence", system: "sp1", deadline: Date.now() + 20_000 },
  };
  return { service, metrics, prover, wanted };
}

/** Looks until there is more to be seen than that it is under way. */
async function ended(look: () => ProofState): Promise<ProofState> {
  for (;;) {
    const state = look();
    if (state.kind !== "under-way") return state;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

describe("proofs under way", () => {
  it("are begun by the first look, and told once", async () => {
    const { service, prover, wanted } = setUp();
    assert.deepEqual(prover.look(wanted), { kind: "under-way", note: "proof asked for" });
    const state = await ended(() => prover.look(wanted));
    assert.ok(state.kind === "proved" && Buffer.compare(state.proof.proof, capture.proof) === 0);
    // The journal has it: asked again, nothing is bought again.
    assert.equal((await ended(() => prover.look(wanted))).kind, "proved");
    assert.equal(service.bought.requests, 1);
  });

  it("that are abandoned are not kept, whether they have ended or not", async () => {
    const { service, metrics, prover, wanted } = setUp(1);
    service.isSlow = true;
    prover.look(wanted);
    prover.abandon(wanted.id);
    assert.match(prover.look({ ...wanted, id: "other" }).kind, /under-way/);
    service.isSlow = false;
    // Its place is free once it has ended; somebody who looks again after that begins anew, from the journal.
    const other = await ended(() => prover.look({ ...wanted, id: "other" }));
    assert.equal(other.kind, "proved");
    assert.match(metrics.text(), /cvm_relayer_proofs_under_way 0/);
    prover.abandon("nobody's");
    assert.equal(service.bought.requests, 1);
  });

  it("end when the relayer stops, and count for nothing", async () => {
    const { service, metrics, prover, wanted } = setUp();
    service.isSlow = true;
    prover.look(wanted);
    await prover.stop();
    assert.ok(!metrics.text().includes("cvm_relayer_proofs_total{"));
  });

  it("fail with the service's reason", async () => {
    const { service, prover, wanted } = setUp();
    service.onCreation = () => ({ status: 401, body: new Uint8Array(0) });
    const state = await ended(() => prover.look(wanted));
    assert.ok(state.kind === "failed" && state.error.code === "proving.unauthorized");
  });

  it("throw what the journal throws: the store is at fault, not the evidence", async () => {
    const { service, metrics, wanted } = setUp();
    const journal = { ...memoryJournal(), load: () => Promise.reject(new Error("the store is away")) };
    const { policy, verifyProof: verify } = service.options;
    const context = { journal, verify: verify!, timer: systemTimer };
    const prover = newProver({ policy, context, concurrency: 1, log: newLog("silent"), metrics });
    await assert.rejects(
      ended(() => prover.look(wanted)),
      /the store is away/,
    );
  });
});
