// A TDX quote before TDXVerifier, in each of its forms.
import { encodeFunctionData, fromHex, toHex } from "viem";
import type { Hex } from "viem";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import { isTdxCompact, toKnownHost, toNewHost } from "../../sdk/evidence/tdx-compact.ts";
import { tdxVerifierAbi } from "../../sdk/registry/abi/TDXVerifier.ts";
import type { TdxQuoteInput } from "../../sdk/verify/input.ts";
import type { Floor } from "../../sdk/verify/policy.ts";
import type { FrozenChain } from "../local-chain.ts";
import { runCollateral } from "./collateral.ts";
import { attempt, call, sendStep } from "./run.ts";
import type { Run } from "./run.ts";

const verifyCalldata = (report: Uint8Array): Hex =>
  encodeFunctionData({ abi: tdxVerifierAbi, functionName: "verify", args: [toHex(report)] });

/** The quote as it is, then recoded as the first of its host, then as one of a host that the verifier remembers. */
export async function runTdxQuote(
  chain: FrozenChain,
  input: TdxQuoteInput,
  floor: Floor,
  run: Run,
): Promise<void> {
  if (!(await runCollateral(chain, input.collateral, run))) return;
  const to = chain.address("TDXVerifier");
  const args = [toHex(input.quote)];
  const claims = await attempt(run, () => call(chain, to, tdxVerifierAbi, "verify", args));
  if (claims === null) return;
  const recoded = isTdxCompact(input.quote) ? input.quote : toNewHost(input.quote);
  if (isRefusal(recoded)) throw new Error(`a quote that was verified cannot be recoded: ${recoded.check}`);
  if (!(await sendStep(chain, run, "verifyNewHost", to, verifyCalldata(recoded)))) return;
  const known = await knownHostForm(chain, input.quote);
  if (known !== null) await sendStep(chain, run, "verifyKnownHost", to, verifyCalldata(known));
  const { tcbStatus } = claims as { readonly tcbStatus: number };
  if (!floor.tcbStatuses.includes(tcbStatus)) run.check ??= "tdx.tcb-accepted";
}

/** The quote with the attributes that the verifier has remembered its host by, or null when it has not. */
async function knownHostForm(chain: FrozenChain, quote: Uint8Array): Promise<Uint8Array | null> {
  const [event] = await chain.publicClient.getContractEvents({
    address: chain.address("TDXVerifier"),
    abi: tdxVerifierAbi,
    eventName: "HostVerified",
    fromBlock: 0n,
  });
  if (event?.args.attributes === undefined) return null;
  const known = toKnownHost(quote, fromHex(event.args.attributes, "bytes"));
  return isRefusal(known) ? null : known;
}
