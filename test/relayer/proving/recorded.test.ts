// No proof is bought for evidence that the registry's record of its AK rules out: anybody can bring what others published,
// without its proof.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { TestContext } from "node:test";
import { encodeAbiParameters, toFunctionSelector, toHex } from "viem";
import type { AbiFunction, AbiParameter, Hex } from "viem";
import type { VerifyEvidence } from "../../../relayer/registration/verification.ts";
import type { RelayerOptions } from "../../../relayer/server.ts";
import { cvmRegistryAbi } from "../../../sdk/registry/abi/CVMRegistry.ts";
import { attestedLog } from "../support/attested.ts";
import type { FakeNode } from "../support/fake-node.ts";
import { provableSample } from "../support/prover.ts";
import { base64, bought, mustSetUpProving, startSnpAgent } from "../support/proving-scene.ts";
import { accepting, finished, identityHash, mustRegister, until } from "../support/relayer.ts";

const akId = `0x${"ab".repeat(32)}` as const;
const verify: VerifyEvidence = async (calldata, facts) => ({ ...(await accepting(calldata, facts)), akId });

const view = (name: string) =>
  cvmRegistryAbi.find((item) => "name" in item && item.name === name) as AbiFunction;

/** Nothing of a type, and `recordedBlock` as it is given. */
function blank({ type, name, ...rest }: AbiParameter, recordedBlock: bigint): unknown {
  if ("components" in rest)
    return Object.fromEntries(rest.components.map((each) => [each.name, blank(each, recordedBlock)]));
  if (name === "recordedBlock") return Number(recordedBlock);
  if (type === "bool") return false;
  if (type.startsWith("bytes")) return toHex(0, { size: Number(type.slice(5)) });
  return Number(type.replace(/\D/g, "")) > 48 ? 0n : 0;
}

/** The registry has recorded this AK at a block. */
function recordAt(node: FakeNode, block: bigint): void {
  const inner = node.onCall!;
  const [identityOf, getCvm] = [view("identityOf"), view("getCvm")];
  const { outputs } = getCvm;
  const record = encodeAbiParameters(
    outputs,
    outputs.map((output) => blank(output, block)),
  );
  const answers = new Map<Hex, Hex>([
    [`${toFunctionSelector(identityOf)}${akId.slice(2)}`, identityHash],
    [`${toFunctionSelector(getCvm)}${identityHash.slice(2)}`, record],
  ]);
  node.onCall = (data) => answers.get(data) ?? inner(data);
}

async function setUp(t: TestContext, recordedBlock: bigint, options: Partial<RelayerOptions> = {}) {
  const scene = await mustSetUpProving(t, { verify, ...options });
  recordAt(scene.node, recordedBlock);
  const { relayer } = scene;
  const conclude = async (wish: object) => until(relayer, await mustRegister(relayer, wish), finished);
  return { ...scene, conclude };
}
const given = (anchor: bigint | null) => ({ calldata: base64(provableSample(anchor)) });

describe("no proof is bought for evidence of a recorded AK", () => {
  it("without an anchor", async (t) => {
    const { conclude, prover } = await setUp(t, 0n);
    const ended = await conclude(given(null));
    assert.deepEqual([ended.state, ended.check], ["refused", "record.unanchored"]);
    assert.deepEqual(prover.sent, []);
  });

  it("anchored below the block of its record", async (t) => {
    const { conclude, prover } = await setUp(t, 100n);
    const ended = await conclude(given(99n));
    assert.deepEqual([ended.state, ended.check], ["refused", "record.not-newer"]);
    assert.match(ended.explanation!, /100/);
    assert.deepEqual(prover.sent, []);
  });

  it("recorded from this very quote: then it is done", async (t) => {
    const { node, conclude, prover } = await setUp(t, 100n);
    node.logs = [attestedLog(provableSample(99n))];
    const ended = await conclude(given(99n));
    assert.deepEqual([ended.state, ended.identityHash], ["confirmed", identityHash]);
    assert.deepEqual([prover.sent, node.received], [[], []]);
  });

  it("but the agent is asked for newer evidence", async (t) => {
    const { node, conclude, prover } = await setUp(t, 100n, { reportTypes: ["sp1"], anchorDepth: 2n });
    const agent = await startSnpAgent(t);
    node.blockNumber = 101n;
    const respond = agent.respond;
    agent.respond = (...request) => {
      node.blockNumber = 110n;
      respond(...request);
    };
    assert.equal((await conclude({ agentUrl: agent.url })).state, "confirmed");
    assert.deepEqual(
      agent.asked.map(({ block_number: block }) => block),
      ["99", "108"],
    );
    assert.equal(bought(prover), 1);
  });
});

describe("a proof is bought for evidence of a recorded AK", () => {
  it("anchored at the block of its record", async (t) => {
    const { conclude, prover } = await setUp(t, 99n);
    assert.equal((await conclude(given(99n))).state, "confirmed");
    assert.equal(bought(prover), 1);
  });
});
