// A machine and its record on a simulated chain, and both verifiers' word on re-attestations of it.
import assert from "node:assert/strict";
import { openIdentity } from "../../agent/identity/identity.ts";
import type { Identity } from "../../agent/identity/identity.ts";
import { noStore } from "../../agent/identity/store.ts";
import type { Platform } from "../../agent/platforms/platform.ts";
import { startSimulatedMachine } from "../../agent/platforms/simulated/machine.ts";
import type { SimulatedFlavour } from "../../agent/platforms/simulated/machine.ts";
import { akIdOf } from "../../sdk/evidence/binding.ts";
import { fromHex, toHex } from "../../sdk/evidence/bytes.ts";
import { encodeAttestCvm, encodeReattestCvm } from "../../sdk/evidence/calldata.ts";
import type { AnchorBlock, Reattestation } from "../../sdk/evidence/registration.ts";
import type { RegistrationContext } from "../../sdk/verify/context.ts";
import { verifyReattestCalldata } from "../../sdk/verify/reattestation.ts";
import type { ReattestationReport } from "../../sdk/verify/reattestation.ts";
import { verifyCalldata } from "../../sdk/verify/registration.ts";
import { capturedAt } from "./captured.ts";
import { createSimulatorChain } from "./chain-collateral.ts";
import { byValue, makeReattestation, makeRegistration } from "./reattestations.ts";
import type { ReattestationChoices, RegistrationChoices } from "./reattestations.ts";
import { verdictOnChain } from "./referee.ts";
import type { Verdict } from "./referee.ts";
import { driveChain, driveRegistry } from "./registry-driver.ts";
import { chainViewOf, readAkTrust, readRegistryState } from "./registry-state.ts";

export const startMachine = (flavour: SimulatedFlavour): Promise<Platform> =>
  startSimulatedMachine({ flavour, tpm: "software" });

/** Machines and their identity keys: whatever the registry may be asked about. */
async function startMachines(flavour: SimulatedFlavour) {
  const make = (of: Platform, pcrs = of.measuredPcrs) => openIdentity(of.tpm, pcrs, noStore);
  const machine = await startMachine(flavour);
  const identity = await make(machine);
  const [machines, identities] = [new Set([machine]), new Set([identity])];
  return {
    machine,
    identity,
    asked: () => ({
      akIds: [...machines].map(({ ak }) => akIdOf(ak.publicKey)),
      keys: [...identities].map(({ key }) => key.publicKey),
    }),
    /** An identity key of a machine, by default the first, bound to the PCRs given. */
    async newIdentity(of: Platform = machine, pcrs?: readonly number[]): Promise<Identity> {
      const made = await make(of, pcrs);
      identities.add(made);
      return made;
    },
    async newMachine(): Promise<Platform> {
      const made = await startMachine(flavour);
      machines.add(made);
      return made;
    },
    async closeMachines(): Promise<void> {
      for (const each of machines) await each.close();
    },
  };
}

async function startWorld(flavour: SimulatedFlavour) {
  const { chain, roots, collateral } = await createSimulatorChain(capturedAt);
  const machines = await startMachines(flavour);
  const driver = driveChain(chain);
  const registry = chain.address("CVMRegistry");

  /** What the SDK judges by: the chain as a transaction `blocksAhead` of the latest block sees it. */
  async function contextOf(blocksAhead: bigint): Promise<RegistrationContext> {
    const { number, timestamp } = await chain.publicClient.getBlock();
    const asked = machines.asked();
    return {
      now: timestamp,
      trust: roots,
      tdxCollateral: collateral,
      chain: chainViewOf(chain, number + blocksAhead, driver.hashes),
      certifiedAk: await readAkTrust(chain, asked.akIds),
      registry: await readRegistryState(chain, asked),
    };
  }
  return { chain, registry, contextOf, ...machines, ...driver, ...driveRegistry(chain, driver) };
}

type World = Awaited<ReturnType<typeof startWorld>>;
type Choices = Partial<ReattestationChoices> & Pick<ReattestationChoices, "teeMeasurement">;

/** Evidence of the world's machine, unless other choices are made. */
function evidenceOf(world: World) {
  const { chain, registry, machine, identity } = world;
  const common = async (block: AnchorBlock | null | undefined) => ({
    machine,
    identity,
    selection: byValue(machine.measuredPcrs),
    akCertified: true,
    reportType: 1,
    block: block === undefined ? await world.anchorBlock() : block,
  });
  return {
    /** With its identity certified. */
    async registration(choices: Partial<RegistrationChoices>): Promise<Uint8Array> {
      const defaults = { ...(await common(choices.block)), isCertified: true, sendsChain: true };
      return encodeAttestCvm(await makeRegistration({ ...defaults, ...choices }));
    },
    /** With the same key, and no certification. */
    async build(choices: Choices): Promise<Reattestation> {
      const signer = choices.signer ?? identity;
      return makeReattestation({
        ...(await common(choices.block)),
        isCertified: false,
        ak: "chain",
        current: signer.hash,
        signer,
        nonce: await world.nonceOf(signer),
        chainId: BigInt(chain.deployment.chainId),
        registry: fromHex(registry),
        statementId: new Uint8Array(32),
        ...choices,
      });
    },
  };
}

export type Scene = Awaited<ReturnType<typeof startScene>>;

export async function startScene(flavour: SimulatedFlavour) {
  const world = await startWorld(flavour);
  const evidence = evidenceOf(world);
  const { chain, registry, contextOf, send } = world;
  /** What both verifiers say of a call now. */
  const judge = async (calldata: Uint8Array): Promise<{ contract: Verdict; sdk: Verdict }> => {
    const contract = await verdictOnChain(chain, registry, calldata);
    return { contract, sdk: verifyReattestCalldata(calldata, await contextOf(0n)).error };
  };
  return {
    ...world,
    build: (choices: Choices) => evidence.build(choices),
    /** Records a machine, by default the scene's. Returns its teeMeasurement. */
    async register(choices: Partial<RegistrationChoices> = {}): Promise<Uint8Array> {
      const calldata = await evidence.registration(choices);
      const report = verifyCalldata(calldata, await contextOf(1n));
      assert.equal(report.error, null, report.checks.find(({ status }) => status === "fail")?.detail);
      await send(registry, toHex(calldata));
      return report.claims!.teeMeasurement;
    },
    /** Both verifiers say this of a registration. */
    async assertRegistration(choices: Partial<RegistrationChoices>, expected: Verdict): Promise<void> {
      const calldata = await evidence.registration(choices);
      const contract = await verdictOnChain(chain, registry, calldata);
      const sdk = verifyCalldata(calldata, await contextOf(0n)).error;
      assert.deepEqual({ contract, sdk }, { contract: expected, sdk: expected });
    },
    /** Both verifiers say this. */
    async assertVerdict(reattestation: Reattestation, expected: Verdict, what?: string): Promise<void> {
      const verdicts = await judge(encodeReattestCvm(reattestation));
      assert.deepEqual(verdicts, { contract: expected, sdk: expected }, what);
    },
    /** Sends a re-attestation that both accept, and returns the SDK's word on it from before. */
    async record(reattestation: Reattestation): Promise<ReattestationReport> {
      const calldata = encodeReattestCvm(reattestation);
      const report = verifyReattestCalldata(calldata, await contextOf(1n));
      await send(registry, toHex(calldata));
      return report;
    },
    async close(): Promise<void> {
      await world.closeMachines();
      await chain.close();
    },
  };
}
