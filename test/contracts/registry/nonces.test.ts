// One signature, one action (protocol §9): no action signed by an identity key works twice, whatever became of the
// identity in between, nor elsewhere. The refusal is `reattestation.signature` or `reattestation.registered`.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { encodeFunctionData } from "viem";
import type { Hex } from "viem";
import { p256 } from "@noble/curves/nist.js";
import { fromHex, toHex } from "../../../sdk/evidence/bytes.ts";
import {
  envelopeMessage,
  operatorMessage,
  reattestMessage,
  revokeMessage,
  ttlMessage,
  walkthroughMessage,
} from "../../../sdk/evidence/message.ts";
import { startChain } from "./chain.ts";
import type { Chain, Contract } from "./chain.ts";
import { alice, aliceLong, bob, chainId, withRecords } from "./records.ts";
import { akIdFor, calldataOf, evidence, signWith, stubbedRegistry } from "./stub-evidence.ts";
import type { Key } from "./stub-evidence.ts";

const operator = `0x${"05".repeat(20)}` as const;
const [hour, day] = [3600n, 86_400n];
const curveOrder = p256.Point.Fn.ORDER;

/** r‖(n − s): as valid as r‖s. */
function twin(signature: Hex): Hex {
  const bytes = fromHex(signature);
  const s = BigInt(toHex(bytes.subarray(32)));
  return `${toHex(bytes.subarray(0, 32))}${(curveOrder - s).toString(16).padStart(64, "0")}`;
}

/** Where the record is gone or of another AK the signature is not even looked at. */
function refusalAfter(event: string, action: string): string {
  if (event === "supersession" || event === "rotation") return "CVMNotRegistered";
  const isElsewhere = event.endsWith("by another AK") && action === "re-attestation";
  return isElsewhere ? "ReattestationAKMismatch" : "ActionSignatureWrong";
}

describe("signed actions", () => {
  const records = withRecords();
  const { act, attest, buildRenewal, nonceOf, read, record, reattest, revoke, self, stub } = records;
  const outcome = (data: Hex) => stub().chain.refusalOf(stub().registry, data);
  const call = (name: string, ...args: unknown[]): Hex =>
    encodeFunctionData({ abi: stub().registry.abi, functionName: name, args });
  const setTtl = (key: Key, signature: Hex) => call("setCollateralTTL", key.hash, hour, day, signature);
  const setOperator = (key: Key, signature: Hex) => call("setOperator", key.hash, operator, signature);

  /** What alice signs, each sent and its calldata kept. */
  const actions: Record<string, () => Promise<Hex[]>> = {
    TTL: async () => {
      const signature = signWith(alice, ttlMessage(chainId, self(), await nonceOf(alice), hour, day));
      await record(setTtl(alice, signature));
      return [setTtl(alice, signature), setTtl(alice, twin(signature))];
    },
    operator: async () => {
      const message = operatorMessage(chainId, self(), await nonceOf(alice), fromHex(operator));
      const signature = signWith(alice, message);
      await record(setOperator(alice, signature));
      return [setOperator(alice, signature), setOperator(alice, twin(signature))];
    },
    "re-attestation": async () => {
      const data = await buildRenewal({ current: alice });
      await record(data);
      return [data];
    },
  };

  const unproven = { key: alice, certification: "none" } as const;
  /** What becomes of alice's identity after she has signed. */
  const events: Record<string, () => Promise<unknown>> = {
    nothing: async () => undefined,
    renewal: () => attest({ key: alice }),
    "another action": () => reattest({ current: alice }),
    supersession: () => attest({ key: bob }),
    rotation: () => reattest({ current: alice, key: bob }),
    "suspension and resumption": async () => {
      await act("suspend", [[alice.hash]], 1);
      await act("resume", [[akIdFor(1)]], 0);
    },
    "revocation of the AK and its restoration": async () => {
      await act("revokeAk", [akIdFor(1)], 1);
      await act("restoreAk", [akIdFor(1)], 0);
      await act("resume", [[akIdFor(1)]], 0);
      await attest({ key: alice });
    },
    "deletion and registration by the same AK": async () => {
      await attest(unproven);
      await attest({ key: bob, certification: "none" });
      await attest({ key: alice });
    },
    "deletion and registration by another AK": async () => {
      await attest(unproven);
      await attest({ key: bob });
      await attest({ key: alice, ak: 2 });
    },
    "replacement by another AK": async () => {
      await attest(unproven);
      await attest({ key: alice, ak: 2 });
    },
  };

  for (const [action, send] of Object.entries(actions))
    for (const [event, happen] of Object.entries(events))
      it(`${action} works once, also after ${event}`, async () => {
        await attest({ key: alice });
        const used = await send();
        const spent = await nonceOf(alice);
        await happen();
        assert.ok((await nonceOf(alice)) >= spent);
        const expected = refusalAfter(event, action);
        for (const data of used) assert.equal(await outcome(data), expected);
      });

  it("revocation is final for its key, under either spelling and any AK", async () => {
    await attest({ key: alice });
    const signature = signWith(alice, revokeMessage(chainId, self(), 0n));
    await revoke(alice);
    for (const { hash } of [alice, aliceLong])
      assert.equal(await outcome(call("revokeCvm", hash, signature)), "CVMNotRegistered");
    for (const key of [alice, aliceLong])
      for (const ak of [1, 2]) assert.equal(await records.refused({ key, ak }), "IdentityRetired");
  });

  it("works once for a key whose record was deleted and came back under its other spelling", async () => {
    await attest(unproven);
    const signature = signWith(alice, ttlMessage(chainId, self(), 0n, hour, day));
    await record(setTtl(alice, signature));
    await attest({ key: bob });
    await attest({ key: aliceLong, ak: 2, certification: "none", anchorBlock: null });
    assert.equal(await outcome(setTtl(aliceLong, signature)), "ActionSignatureWrong");
  });

  it("takes no signature made for another action, message, chain, registry or nonce", async () => {
    await attest({ key: alice });
    const here = [chainId, self(), 0n] as const;
    const elsewhere = fromHex(stub().manager.address);
    const messages = {
      ttl: ttlMessage(...here, hour, day),
      operator: operatorMessage(...here, fromHex(operator)),
      revoke: revokeMessage(...here),
      reattest: reattestMessage(...here, new Uint8Array(32)),
      envelope: envelopeMessage(chainId, self(), new Uint8Array(48)),
      walkthrough: walkthroughMessage(chainId, self(), new Uint8Array(48)),
      chain: ttlMessage(chainId + 1n, self(), 0n, hour, day),
      registry: ttlMessage(chainId, elsewhere, 0n, hour, day),
      nonce: ttlMessage(chainId, self(), 1n, hour, day),
      swapped: ttlMessage(...here, day, hour),
    };
    for (const [name, message] of Object.entries(messages)) {
      const signature = signWith(alice, message);
      const calls = {
        ttl: setTtl(alice, signature),
        operator: setOperator(alice, signature),
        revoke: call("revokeCvm", alice.hash, signature),
        reattest: await buildRenewal({ current: alice, signature: fromHex(signature) }),
      };
      for (const [action, data] of Object.entries(calls)) {
        const isRight = action === name && action !== "reattest";
        assert.equal(await outcome(data), isRight ? null : "ActionSignatureWrong", `${name} for ${action}`);
      }
    }
  });

  it("takes none used in another registry, on this chain or at the same address of another", async () => {
    await attest({ key: alice });
    const data = (await actions["TTL"]!())[0]!;
    const { chain } = stub();
    const other = await secondRegistry(chain, stub().registry);
    const far = await stubbedRegistry(await startChain(31338));
    assert.equal(far.registry.address, stub().registry.address);
    for (const [where, registry] of [
      [chain, other],
      [far.chain, far.registry],
    ] as const) {
      const { status } = await where.sendData(
        registry.address,
        calldataOf(evidence({ key: alice, anchorBlock: null })),
      );
      assert.equal(status, "success");
      assert.equal(await where.read(registry, "nonces", alice.hash), 0n);
      assert.equal(await where.refusalOf(registry, data), "ActionSignatureWrong");
    }
    assert.equal(await read("nonces", alice.hash), 1n);
  });
});

/** A registry beside the first, with the same verifiers and another window. */
async function secondRegistry(chain: Chain, first: Contract): Promise<Contract> {
  const [authority, tpm, certificates] = await Promise.all(
    ["authority", "tpmVerifier", "akCertificates"].map((name) => chain.read<Hex>(first, name)),
  );
  const registry = await chain.deploy("CVMRegistry", [authority, tpm, certificates, 1, 255, 1]);
  await chain.send(registry, "setVerifier", [1, 1, await chain.read(first, "verifierOf", 1, 1), false]);
  return registry;
}
