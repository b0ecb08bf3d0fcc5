// What a chain's TDXVerifier remembers of the host that made a quote. Asks the contracts that the registry judges by, so
// that nothing is to be configured and no log is searched: key and attributes name the slot.
import type { Address } from "viem";
import { toHex } from "../../sdk/evidence/bytes.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import { reportTypes, teeTypes } from "../../sdk/evidence/registration.ts";
import { hostCommitment } from "../../sdk/evidence/tdx-compact.ts";
import { hostAttributesOf } from "../../sdk/evidence/tdx-recoding.ts";
import type { HostStanding } from "../../sdk/evidence/tdx-recoding.ts";
import { platformOfQuote } from "../../sdk/evidence/tdx-platform.ts";
import { readTdxQuote } from "../../sdk/evidence/tdx-quote.ts";
import { cvmRegistryAbi } from "../../sdk/registry/abi/CVMRegistry.ts";
import { intelCollateralAbi } from "../../sdk/registry/abi/IntelCollateral.ts";
import { tdxVerifierAbi } from "../../sdk/registry/abi/TDXVerifier.ts";
import type { Rpc } from "../../sdk/registry/client.ts";
import type { Chain } from "../chain.ts";
import { askView } from "./view.ts";

/** The 94 bytes by which the chain remembers the host of a raw quote, or null when it does not. */
export type FindKnownHost = (rawQuote: Uint8Array) => Promise<Uint8Array | null>;

// A transaction may wait some minutes for its block; a host that is forgotten by then is not worth the try.
const marginSeconds = 600n;

/** Versions that a host verified now would be remembered with, or null while its CA is unknown. */
async function readStanding(
  client: Rpc,
  collateral: Address,
  rawQuote: Uint8Array,
): Promise<HostStanding | null> {
  const platform = platformOfQuote(rawQuote);
  if (platform === null) return null;
  const ca = await askView(client, collateral, intelCollateralAbi, "caNamed", toHex(platform.caSubjectHash));
  if (ca === null || ca[0] === 0) return null;
  const fmspc = toHex(platform.fmspc);
  const read = await askView(client, collateral, intelCollateralAbi, "readStanding", fmspc, ca[0]);
  if (read === null) return null;
  // CollateralWords.sol, Standing: PCK CRL version at bit 40, QE identity version at bit 56.
  const versionAt = (bit: bigint) => Number((read[0] >> bit) & 0xffffn);
  return { caId: ca[0], crlVersion: versionAt(40n), qeVersion: versionAt(56n) };
}

export function knownHostFinder(
  { rpc, head }: Pick<Chain, "rpc" | "head">,
  registry: Address,
): FindKnownHost {
  const types = [teeTypes.intelTdx, reportTypes.solidity] as const;
  return async (rawQuote) => {
    const quote = readTdxQuote(rawQuote);
    const verifier = await askView(rpc, registry, cvmRegistryAbi, "verifierOf", ...types);
    if (verifier === null || isRefusal(quote)) return null;
    const [collateral, maxAge] = await Promise.all([
      askView(rpc, verifier, tdxVerifierAbi, "intelCollateral"),
      askView(rpc, verifier, tdxVerifierAbi, "hostMaxAge"),
    ]);
    if (collateral === null || maxAge === null) return null;
    const standing = await readStanding(rpc, collateral, rawQuote);
    const attributes = standing && hostAttributesOf(rawQuote, standing);
    if (attributes === null || isRefusal(attributes)) return null;
    const commitment = toHex(hostCommitment(quote.attestationKey, attributes));
    const verifiedAt = await askView(rpc, verifier, tdxVerifierAbi, "hostVerifiedAt", commitment);
    const isRemembered = verifiedAt !== null && verifiedAt !== 0n;
    return isRemembered && (await head()).timestamp + marginSeconds <= verifiedAt + maxAge
      ? attributes
      : null;
  };
}
