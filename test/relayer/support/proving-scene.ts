// A relayer with a prover and programs that the node's registry takes, and agents of SNP machines.
import type { TestContext } from "node:test";
import type { RelayerOptions } from "../../../relayer/server.ts";
import { sampleCalldata } from "./evidence.ts";
import { json, startAgent } from "./fake-agent.ts";
import { admitPrograms, newProver, provableSample, snpProgram } from "./prover.ts";
import type { RelayersProver } from "./prover.ts";
import { mustSetUp } from "./relayer.ts";

export const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");

export async function mustSetUpProving(t: TestContext, options: Partial<RelayerOptions> = {}) {
  const prover = newProver();
  const scene = await mustSetUp(t, {
    ...{ proving: prover.options, provingPrograms: [snpProgram] },
    ...options,
  });
  admitPrograms(scene.node);
  return { ...scene, prover };
}

/** An agent of an SNP machine that makes evidence of some report types. */
export async function startSnpAgent(t: TestContext, types: readonly number[] = [2]) {
  const agent = await startAgent((body, response) => {
    if (!types.includes(body.report_type))
      return json(response, 422, { detail: "not made", check: "tee.report-type-unsupported" });
    const evidence = provableSample(BigInt(body.block_number));
    const sample = sampleCalldata(BigInt(body.block_number));
    json(response, 200, { calldata: base64(body.report_type === 1 ? sample : evidence) });
  });
  t.after(() => agent.close());
  return agent;
}

/** Proofs that were asked for. */
export const bought = ({ bought }: RelayersProver): number => bought.requests;
