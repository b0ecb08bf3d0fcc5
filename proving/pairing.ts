// The last word on a proof that a service sent: its pairing, by the SDK. Retired releases hold, too: which ones count is the
// registry's business; unsound ones do not.
import { fromHex } from "../sdk/evidence/bytes.ts";
import { isRefusal } from "../sdk/evidence/refusal.ts";
import { reportTypes } from "../sdk/evidence/registration.ts";
import { checkProof, findRelease, knownReleases } from "../sdk/verify/zk/index.ts";
import type { VerifyProof } from "./client.ts";

const systems = { sp1: reportTypes.sp1, risc0: reportTypes.riscZero } as const;

export const verifyPairing: VerifyProof = ({ system, program, output, proof }) => {
  const claimed = { system: systems[system], program: fromHex(program), output, proof };
  const release = findRelease(claimed, knownReleases);
  return !isRefusal(release) && checkProof(claimed, release) === null;
};
