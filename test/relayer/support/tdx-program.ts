// A registry whose governor takes proofs of TDX quotes: none does by default.
import { chooseProgram } from "../../../proving/index.ts";
import type { ServedChain } from "../../../scripts/local-chain.ts";
import { actOf } from "../../../scripts/roles/act.ts";
import type { ImmediateAct } from "../../../scripts/roles/act.ts";
import { toHex } from "../../../sdk/evidence/bytes.ts";
import { reportTypes, teeTypes } from "../../../sdk/evidence/registration.ts";

/** Admits the program that SP1 is asked for. */
export async function admitTdxProgram(chain: ServedChain): Promise<void> {
  const { tee, system, id, format } = chooseProgram(teeTypes.intelTdx, reportTypes.sp1);
  const words = [tee, system, toHex(id), format].map(String);
  const { call } = actOf(chain.deployment, "ProofVerifier.admitProgram", words) as ImmediateAct;
  const hash = await chain.walletClient.sendTransaction({ to: call.to, data: call.data });
  await chain.publicClient.waitForTransactionReceipt({ hash });
}
