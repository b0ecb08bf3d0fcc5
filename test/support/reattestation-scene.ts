// A machine and its record on a simulated chain, and both verifiers' word on re-attestations of it.
import assert from "node:assert/strict";
import { encodeFunctionData } from "viem";
import type { ContractFunctionName, Hex } from "viem";
import { openIdentity } from "../../agent/identity/identity.ts";
import type { Identity } from "../../agent/identity/identity.ts";
import { noStore } from "../../agent/identity/store.ts";
import type { Platform } from "../../agent/platforms/platform.ts";
import { startSimulatedMachine } from "../../agent/platforms/simulated/machine.ts";
import type { SimulatedMachineOptions } from "../../agent/platforms/simulated/machine.ts";
import { transactionGasCap } from "../../scripts/local-chain.ts";
import { akIdOf } from "../../sdk/evidence/binding.ts";
import { fromHex, toHex } from "../../sdk/evidence/bytes.ts";
import { encodeAttestCvm, encodeReattestCvm } from "../../sdk/evidence/calldata.ts";
import { operatorMessage, revokeMessage, ttlMessage } from "../../sdk/evidence/message.ts";
import type { AnchorBlock, Reattestation } from "../../sdk/evidence/registration.ts";
import { akCertificatesAbi } from "../../sdk/registry/abi/AKCertificates.ts";
import { cvmRegistryAbi } from "../../sdk/registry/abi/CVMRegistry.ts";
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
import { chainViewOf, readAkTrust, readHeldRecord, readRegistryState } from "./registry-state.ts";

export type Scene = Awaited<ReturnType<typeof startScene>>;
type RegistryCall = ContractFunctionName<typeof cvmRegistryAbi, "nonpayable">;

const newIdentity = (machine: Platform, pcrs = machine.measuredPcrs): Promise<Identity> =>
  openIdentity(machine.tpm, pcrs, noStore);

/** `certifiesAk`: whether the machine's cloud gives it AK certificates. */
export async function startMachine(options: SimulatedMachineOptions, certifiesAk = true): Promise<Platform> {
  const machine = await startSimulatedMachine({ ...options, tpm: "software" });
  return certifiesAk ? machine : { ...machine, akCertificates: [] };
}

export async function startScene(options: SimulatedMachineOptions) {
  const { chain, roots, collateral } = await createSimulatorChain(capturedAt);
  const { publicClient, testClient, walletClient } = chain;
  const registry = chain.address("CVMRegistry");
  const self = fromHex(registry);
  const chainId = BigInt(chain.deployment.chainId);
  const machine = await startMachine(options);
  const identity = await newIdentity(machine);
  const [machines, identities] = [new Set([machine]), new Set([identity])];
  const hashes = new Map<bigint, Uint8Array>();

  /** A block at the same second, or `seconds` later. */
  async function pass(seconds = 0n): Promise<void> {
    const { timestamp } = await publicClient.getBlock();
    await testClient.setNextBlockTimestamp({ timestamp: timestamp + seconds });
    await testClient.mine({ blocks: 1 });
  }

  async function send(to: Hex, data: Hex): Promise<void> {
    const { timestamp } = await publicClient.getBlock();
    await testClient.setNextBlockTimestamp({ timestamp });
    const { account } = walletClient;
    const hash = await walletClient.sendTransaction({ account, to, data, gas: transactionGasCap });
    const { status } = await publicClient.getTransactionReceipt({ hash });
    assert.equal(status, "success");
  }

  const act = (functionName: RegistryCall, ...args: readonly unknown[]): Promise<void> => {
    // Of many functions: arguments that are not theirs fail in the encoder.
    const call = { abi: cvmRegistryAbi, functionName, args };
    return send(registry, encodeFunctionData(call as never));
  };

  /** Takes an AK certificate back. */
  const revokeCertificate = (issuerHash: Hex, serial: bigint): Promise<void> => {
    const args = [issuerHash, serial] as const;
    const call = { abi: akCertificatesAbi, functionName: "revokeCertificate", args } as const;
    return send(chain.address("AKCertificates"), encodeFunctionData(call));
  };

  /** The latest block, which is then mined upon. */
  async function anchorBlock(): Promise<AnchorBlock> {
    const { number, hash } = await publicClient.getBlock();
    hashes.set(number, fromHex(hash));
    await pass();
    return { chainId, registry: self, blockNumber: number, blockHash: fromHex(hash) };
  }

  async function contextOf(blocksAhead: bigint): Promise<RegistrationContext> {
    const { number, timestamp } = await publicClient.getBlock();
    const akIds = [...machines].map(({ ak }) => akIdOf(ak.publicKey));
    const keys = [...identities].map(({ key }) => key.publicKey);
    return {
      now: timestamp,
      trust: roots,
      tdxCollateral: collateral,
      chain: chainViewOf(chain, number + blocksAhead, hashes),
      certifiedAk: await readAkTrust(chain, akIds),
      registry: await readRegistryState(chain, { keys, akIds }),
    };
  }

  const common = async (block: AnchorBlock | null | undefined) => ({
    machine,
    identity,
    selection: byValue(machine.measuredPcrs),
    akCertified: true,
    reportType: 1,
    block: block === undefined ? await anchorBlock() : block,
  });

  /** Records a machine, by default the scene's with its identity certified. Returns its teeMeasurement. */
  async function register(choices: Partial<RegistrationChoices> = {}): Promise<Uint8Array> {
    const sendsChain = (choices.machine ?? machine).akCertificates.length > 0;
    const defaults = {
      ...(await common(choices.block)),
      isCertified: true,
      sendsChain,
      akCertified: sendsChain,
    };
    const calldata = encodeAttestCvm(await makeRegistration({ ...defaults, ...choices }));
    const report = verifyCalldata(calldata, await contextOf(1n));
    assert.equal(report.error, null, report.checks.find(({ status }) => status === "fail")?.detail);
    await send(registry, toHex(calldata));
    return report.claims!.teeMeasurement;
  }

  const nonceOf = async ({ hash }: Identity) => (await readHeldRecord(chain, hash))?.nonce ?? 0n;

  /** Of the scene's record by default, with the same key and no certification. */
  async function build(
    choices: Partial<ReattestationChoices> & Pick<ReattestationChoices, "teeMeasurement">,
  ): Promise<Reattestation> {
    const signer = choices.signer ?? identity;
    return makeReattestation({
      ...(await common(choices.block)),
      isCertified: false,
      ak: "chain",
      current: signer.hash,
      signer,
      nonce: await nonceOf(signer),
      chainId,
      registry: self,
      statementId: new Uint8Array(32),
      ...choices,
    });
  }

  /** What both verifiers say of a call now. */
  async function judge(calldata: Uint8Array): Promise<{ contract: Verdict; sdk: Verdict }> {
    const contract = await verdictOnChain(chain, registry, calldata);
    return { contract, sdk: verifyReattestCalldata(calldata, await contextOf(0n)).error };
  }

  /** Sends a re-attestation that both accept, and returns the SDK's word on it from before. */
  async function record(reattestation: Reattestation): Promise<ReattestationReport> {
    const calldata = encodeReattestCvm(reattestation);
    const report = verifyReattestCalldata(calldata, await contextOf(1n));
    await send(registry, toHex(calldata));
    return report;
  }

  async function signed(by: Identity, message: (nonce: bigint) => Uint8Array): Promise<Hex> {
    const signature = await by.sign(message(await nonceOf(by)));
    return toHex(signature!);
  }

  return {
    chain,
    machine,
    identity,
    registry,
    pass,
    act,
    revokeCertificate,
    anchorBlock,
    contextOf,
    register,
    build,
    judge,
    record,
    heldRecord: (hash: Uint8Array) => readHeldRecord(chain, hash),
    read: <T>(functionName: string, id: Uint8Array) =>
      publicClient.readContract({
        address: registry,
        abi: cvmRegistryAbi,
        functionName: functionName as "isRetired",
        args: [toHex(id)],
      }) as Promise<T>,
    /** An identity key of a machine of the scene, bound to the PCRs given. */
    async newIdentity(of: Platform = machine, pcrs?: readonly number[]): Promise<Identity> {
      const made = await newIdentity(of, pcrs);
      identities.add(made);
      return made;
    },
    async newMachine(certifiesAk = true): Promise<Platform> {
      const made = await startMachine(options, certifiesAk);
      machines.add(made);
      return made;
    },
    async setTtl(of: Identity, tee: bigint, tpm: bigint): Promise<void> {
      const signature = await signed(of, (nonce) => ttlMessage(chainId, self, nonce, tee, tpm));
      await act("setCollateralTTL", toHex(of.hash), tee, tpm, signature);
    },
    async setOperator(of: Identity, operator: Hex): Promise<void> {
      const message = (nonce: bigint) => operatorMessage(chainId, self, nonce, fromHex(operator));
      await act("setOperator", toHex(of.hash), operator, await signed(of, message));
    },
    async revoke(of: Identity): Promise<void> {
      const signature = await signed(of, (nonce) => revokeMessage(chainId, self, nonce));
      await act("revokeCvm", toHex(of.hash), signature);
    },
    /** Runs on a state that is thrown away afterwards. */
    async aside(run: () => Promise<void>): Promise<void> {
      const id = await testClient.snapshot();
      try {
        await run();
      } finally {
        await testClient.revert({ id });
      }
    },
    async close(): Promise<void> {
      for (const each of machines) await each.close();
      await chain.close();
    },
  };
}
