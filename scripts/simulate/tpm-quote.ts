// A TPM quote before TPMVerifier, by a key that AKCertificates judges where it comes with certificates.
import { encodeFunctionData, toHex } from "viem";
import type { Hex } from "viem";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import { akCertificatesAbi } from "../../sdk/registry/abi/AKCertificates.ts";
import { tpmVerifierAbi } from "../../sdk/registry/abi/TPMVerifier.ts";
import { quotingKey } from "../../sdk/verify/input-verdict.ts";
import type { InputSettings } from "../../sdk/verify/input-verdict.ts";
import type { TpmQuoteInput } from "../../sdk/verify/input.ts";
import { newTrail } from "../../sdk/verify/verdict.ts";
import type { FrozenChain } from "../local-chain.ts";
import { call, sendStep } from "./run.ts";
import type { Run } from "./run.ts";

async function quotingKeyOnChain(
  chain: FrozenChain,
  { ak }: TpmQuoteInput,
  settings: InputSettings,
  run: Run,
): Promise<Hex | null> {
  if (ak.form !== "certificates") {
    const key = quotingKey(ak, settings, newTrail());
    if (!isRefusal(key)) return toHex(key.key.bytes);
    run.check = key.check;
    return null;
  }
  const args = [ak.certs.map((der) => toHex(der))] as const;
  const to = chain.address("AKCertificates");
  const data = encodeFunctionData({ abi: akCertificatesAbi, functionName: "verifyChain", args });
  if (!(await sendStep(chain, run, "akCertificates", to, data))) return null;
  const [akPublic] = (await call(chain, to, akCertificatesAbi, "verifyChain", args)) as readonly [
    Hex,
    unknown,
  ];
  return akPublic;
}

export async function runTpmQuote(
  chain: FrozenChain,
  input: TpmQuoteInput,
  settings: InputSettings,
  run: Run,
) {
  const akPublic = await quotingKeyOnChain(chain, input, settings, run);
  if (akPublic === null) return;
  // Banks of other sizes do not fit the contract's bytes32: it refuses the bank before it looks at the values.
  const pcrs = input.pcrs.map((pcr) => ({
    index: BigInt(pcr.index),
    pcr: toHex(pcr.pcr.length === 32 ? pcr.pcr : new Uint8Array(32)),
    allEvents: [],
    measureEventsIdx: [],
    measurePcr: true,
  }));
  const args = [akPublic, toHex(input.attest), toHex(input.signature), pcrs] as const;
  const to = chain.address("TPMVerifier");
  const data = encodeFunctionData({ abi: tpmVerifierAbi, functionName: "verifyQuote", args });
  if (!(await sendStep(chain, run, "verify", to, data)) || input.nonce === null) return;
  const claims = (await call(chain, to, tpmVerifierAbi, "verifyQuote", args)) as { extraData: Hex };
  // The contract hands extraData out; comparing it is its caller's part.
  if (claims.extraData !== toHex(input.nonce)) run.check = "tpm.nonce";
}
