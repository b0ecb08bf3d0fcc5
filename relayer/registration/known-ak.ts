// What a chain's AKCertificates knows of an AK and of the issuers of its certificates. Asks the contract that the
// registry judges by, so that nothing is to be configured and no log is searched.
import type { Address } from "viem";
import { isTrustKept } from "../../sdk/evidence/ak-recoding.ts";
import type { CertifiedAk } from "../../sdk/evidence/ak-recoding.ts";
import { keccak256, toHex } from "../../sdk/evidence/bytes.ts";
import { akCertificatesAbi } from "../../sdk/registry/abi/AKCertificates.ts";
import { cvmRegistryAbi } from "../../sdk/registry/abi/CVMRegistry.ts";
import type { Chain } from "../chain.ts";
import { askView } from "./view.ts";

/** What of an AK's certificates the chain has no need of. */
export type KnownCertificates =
  | { readonly form: "known-ak" }
  /** keccak256 of the DER of each issuer that may be named by it; at least one. */
  | { readonly form: "named-issuers"; readonly issuers: ReadonlySet<string> };

/** Null where the chain needs them all. */
export type FindKnownCertificates = (ak: CertifiedAk) => Promise<KnownCertificates | null>;

export function knownCertificatesFinder(
  { rpc, head }: Pick<Chain, "rpc" | "head">,
  registry: Address,
): FindKnownCertificates {
  return async (ak) => {
    const contract = await askView(rpc, registry, cvmRegistryAbi, "akCertificates");
    if (contract === null) return null;
    const akId = toHex(keccak256(ak.akPublic));
    const trust = await askView(rpc, contract, akCertificatesAbi, "trustOf", akId, ak.cloud);
    if (trust !== null) {
      const known = { isTrusted: trust.isTrusted, notAfter: BigInt(trust.notAfter) };
      if (isTrustKept(ak, known, (await head()).timestamp)) return { form: "known-ak" };
    }
    const issuers = new Set<string>();
    for (const hash of ak.issuers.map(toHex)) {
      const issuer = await askView(rpc, contract, akCertificatesAbi, "knownIssuer", hash);
      if (issuer !== null && issuer[0] !== 0) issuers.add(hash);
    }
    return issuers.size === 0 ? null : { form: "named-issuers", issuers };
  };
}
