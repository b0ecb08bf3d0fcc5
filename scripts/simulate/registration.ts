// A registration before CVMRegistry, and what the registry records of it.
import { encodeFunctionData, toHex } from "viem";
import type { Hex } from "viem";
import { isEqual } from "../../sdk/evidence/bytes.ts";
import { attestCvmSelector, decodeAttestCvm } from "../../sdk/evidence/calldata.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import { transcodeRegistration } from "../../sdk/evidence/transcode.ts";
import { akCertificatesAbi } from "../../sdk/registry/abi/AKCertificates.ts";
import { cvmRegistryAbi } from "../../sdk/registry/abi/CVMRegistry.ts";
import type { RegistrationInput } from "../../sdk/verify/input.ts";
import type { FrozenChain } from "../local-chain.ts";
import { runCollateral } from "./collateral.ts";
import { newRun, sendStep } from "./run.ts";
import type { Run } from "./run.ts";

export async function runRegistration(
  chain: FrozenChain,
  input: RegistrationInput,
  run: Run,
): Promise<Hex | null> {
  const calldata = transcodeRegistration(input.calldata);
  if (isRefusal(calldata)) {
    run.check = calldata.check;
    return null;
  }
  if (!(await runCollateral(chain, input.collateral, run))) return null;
  const to = chain.address("CVMRegistry");
  const snapshot = await chain.testClient.snapshot();
  if (toHex(input.calldata.subarray(0, 4)) === attestCvmSelector && isEqual(calldata, input.calldata)) {
    const raw = newRun();
    if (await sendStep(chain, raw, "attestCvmRaw", to, toHex(input.calldata)))
      run.gas["attestCvmRaw"] = raw.gas["attestCvmRaw"]!;
    await chain.testClient.revert({ id: snapshot });
  }
  const registration = decodeAttestCvm(calldata);
  const certs = "check" in registration ? [] : registration.workloadCollaterals.certs;
  if (certs.length > 0) {
    const args = [certs.map((der) => toHex(der))] as const;
    const data = encodeFunctionData({ abi: akCertificatesAbi, functionName: "verifyChain", args });
    // Only to show its cost apart: a chain that fails is named by attestCvm itself, in the order of the checks.
    await sendStep(
      chain,
      { ...newRun(), gas: run.gas },
      "akCertificates",
      chain.address("AKCertificates"),
      data,
    );
  }
  if (!(await sendStep(chain, run, "attestCvm", to, toHex(calldata)))) return null;
  const logs = await chain.publicClient.getContractEvents({
    address: to,
    abi: cvmRegistryAbi,
    eventName: "CVMAttested",
    fromBlock: 0n,
  });
  return logs.at(-1)?.args.cvmIdentityHash ?? null;
}

export async function recordClaims(chain: FrozenChain, identityHash: Hex) {
  const record = await chain.publicClient.readContract({
    address: chain.address("CVMRegistry"),
    abi: cvmRegistryAbi,
    functionName: "getCvm",
    args: [identityHash],
  });
  const { measurementHash, platformId, teeTime, tpmTime, validUntil } = record;
  const times = { teeTime: Number(teeTime), tpmTime: Number(tpmTime), validUntil: Number(validUntil) };
  return { identityHash, measurementHash, platformId, ...times };
}
