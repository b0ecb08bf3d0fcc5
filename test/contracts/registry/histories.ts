// Random histories of a registry: honest and hostile actors, by evidence, by the keys' signatures, by the roles and
// by sending again what was sent before. An act that the registry refuses changes nothing and is passed over.
import fc from "fast-check";
import { encodeFunctionData } from "viem";
import type { Hex } from "viem";
import { fromHex } from "../../../sdk/evidence/bytes.ts";
import { operatorMessage, revokeMessage, ttlMessage } from "../../../sdk/evidence/message.ts";
import { chainId } from "./records.ts";
import type { withRecords } from "./records.ts";
import { akIdFor, keyOf, signWith } from "./stub-evidence.ts";

const seeds = [11, 12, 13, 14];
/** Four keys, each in both spellings. */
export const keys = seeds.flatMap((seed) => [keyOf(seed), keyOf(seed, true)]);
export const aks = [1, 2, 3];
export const platforms = [0x56, 0x57].map((fill): Hex => `0x${fill.toString(16).repeat(32)}`);
export const classes = [
  [1, 1, 1],
  [1, 2, 1],
  [4, 1, 1],
] as const;

const key = fc.constantFrom(...keys);
const ak = fc.constantFrom(...aks);
const certification = fc.constantFrom("none" as const, "tpm" as const, "tpmPcrBound" as const);
/** Now and then somebody else signs, or a stranger plays a role. */
const isForged = fc.integer({ max: 9, min: 0 }).map((n) => n === 0);
const kind = <K extends string>(name: K) => fc.constant(name);

const action = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: kind("attest"),
      key,
      ak,
      certification,
      isAnchored: fc.boolean(),
      namesAk: fc.boolean(),
      isTrusted: fc.boolean(),
      class: fc.constantFrom(...classes),
      platformId: fc.constantFrom(...platforms),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: kind("reattest"),
      isRotation: fc.boolean(),
      key,
      ak,
      certification,
      isTrusted: fc.boolean(),
      isForged,
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: kind("sign"),
      name: fc.constantFrom(
        "setCollateralTTL",
        "setOperator",
        "setCollateralTTL",
        "setOperator",
        "revokeCvm",
      ),
      ak,
      isForged,
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: kind("role"),
      name: fc.constantFrom("suspend", "resume", "revokeAk", "restoreAk", "restoreAk", "revokeCvmByRole"),
      key,
      ak,
      isForged,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: kind("scope"),
      name: fc.constantFrom(
        "revokePlatform",
        "restorePlatform",
        "restorePlatform",
        "bumpEpoch",
        "setVerifier",
      ),
      platformId: fc.constantFrom(...platforms),
      class: fc.constantFrom(...classes),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: kind("operator"), ak }) },
  { weight: 2, arbitrary: fc.record({ kind: kind("pass"), hours: fc.constantFrom(1, 1, 24 * 31) }) },
  { weight: 3, arbitrary: fc.record({ kind: kind("again"), at: fc.nat() }) },
);
export type Action = typeof action extends fc.Arbitrary<infer T> ? T : never;

/** Always of the same length: fast-check's own lengths are mostly short. */
export const history = fc.array(action, { minLength: 25, maxLength: 25 });

const guards = ["suspend", "revokeAk", "revokePlatform", "bumpEpoch"];
const accountOf = (name: string, isForged = false): number => (isForged ? 6 : guards.includes(name) ? 1 : 0);
const operatorAccount = 5;

interface Call {
  readonly data: Hex;
  readonly from: number;
}

type Records = ReturnType<typeof withRecords>;

/** What an action sends, null where there is nobody to do it. */
async function callOf(records: Records, step: Action, sent: readonly Call[]): Promise<Call | null> {
  const { build, buildRenewal, read, stub } = records;
  const served = async (seed: number) => {
    const id = await read<Hex>("identityOf", akIdFor(seed));
    return keys.find(({ hash }) => hash === id);
  };
  const encode = (name: string, ...args: unknown[]): Hex =>
    encodeFunctionData({ abi: stub().registry.abi, functionName: name, args });
  switch (step.kind) {
    case "attest": {
      const [cloud, tee, reportType] = step.class;
      const { isAnchored, platformId, ...options } = step;
      const anchor = isAnchored ? {} : { anchorBlock: null };
      const claims = { platformId };
      return { data: await build({ ...options, ...anchor, cloud, tee, reportType, claims }), from: 3 };
    }
    case "reattest": {
      const current = await served(step.ak);
      if (current === undefined) return null;
      const { cloud, tee } = await records.get(current);
      const { isRotation, isForged: isWrong, key: next, ...options } = step;
      const signer = isWrong ? { signer: keyOf(60) } : {};
      const renewal = { ...options, ...signer, current, cloud, tee, key: isRotation ? next : current };
      return { data: await buildRenewal(renewal), from: 3 };
    }
    case "sign":
      return { data: await signedCall(records, step.name, await served(step.ak), step.isForged), from: 4 };
    case "role": {
      const argument = {
        suspend: [step.key.hash],
        resume: [akIdFor(step.ak)],
        revokeAk: akIdFor(step.ak),
        restoreAk: akIdFor(step.ak),
        revokeCvmByRole: step.key.hash,
      }[step.name];
      return { data: encode(step.name, argument), from: accountOf(step.name, step.isForged) };
    }
    case "scope":
      return { data: await scopeCall(records, step), from: accountOf(step.name) };
    case "operator": {
      const current = await served(step.ak);
      return current === undefined
        ? null
        : { data: encode("revokeCvm", current.hash), from: operatorAccount };
    }
    case "again":
      return sent.length === 0 ? null : sent[step.at % sent.length]!;
    case "pass":
      return null;
  }
}

async function scopeCall({ read, stub }: Records, step: Extract<Action, { kind: "scope" }>): Promise<Hex> {
  const [, tee, reportType] = step.class;
  const args =
    step.name === "bumpEpoch"
      ? step.class
      : step.name === "setVerifier"
        ? [tee, reportType, await read("verifierOf", tee, reportType), true]
        : [step.platformId];
  return encodeFunctionData({ abi: stub().registry.abi, functionName: step.name, args });
}

async function signedCall(
  { nonceOf, self, stub }: Records,
  name: string,
  served = keys[0]!,
  isForged: boolean,
): Promise<Hex> {
  const here = [chainId, self(), await nonceOf(served)] as const;
  const operator = stub().chain.addressOf(operatorAccount);
  const [message, args] = {
    setCollateralTTL: [ttlMessage(...here, 7200n, 86_400n), [7200n, 86_400n]],
    setOperator: [operatorMessage(...here, fromHex(operator)), [operator]],
    revokeCvm: [revokeMessage(...here), []],
  }[name] as [Uint8Array, unknown[]];
  const signature = signWith(isForged ? keyOf(60) : served, message);
  const { abi } = stub().registry;
  return encodeFunctionData({ abi, functionName: name, args: [served.hash, ...args, signature] });
}

/** What was recorded, in order, repetitions included. */
export async function perform(records: Records, steps: readonly Action[]): Promise<Call[]> {
  const { chain, registry } = records.stub();
  const sent: Call[] = [];
  for (const step of steps) {
    if (step.kind === "pass") {
      await records.pass(3600 * step.hours);
      continue;
    }
    const call = await callOf(records, step, sent);
    if (call === null) continue;
    if ((await chain.refusalOf(registry, call.data, call.from)) !== null) continue;
    const { status } = await chain.sendData(registry.address, call.data, call.from);
    if (status !== "success") throw new Error(`${step.kind} reverted after its call succeeded`);
    sent.push(call);
  }
  return sent;
}
