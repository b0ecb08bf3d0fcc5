// Which of Intel's documents a proof of a quote rests on, by the hashes of its journal, and whether the chain holds the
// same: TDXProofVerifier takes a proof by no other. A list's hash changes with every issue, whatever it revokes.
import type { Address, Hex } from "viem";
import { fromHex, isEqual, keccak256, toHex } from "../../sdk/evidence/bytes.ts";
import { readCertificate } from "../../sdk/evidence/certificate.ts";
import { readCertificateList } from "../../sdk/evidence/certificate-list.ts";
import type { DcapJournal } from "../../sdk/evidence/journals/index.ts";
import { readPemChain } from "../../sdk/evidence/pem.ts";
import { readQeIdentity } from "../../sdk/evidence/qe-identity.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import type { Refusal } from "../../sdk/evidence/refusal.ts";
import { teeTypes } from "../../sdk/evidence/registration.ts";
import { readTcbInfo } from "../../sdk/evidence/tcb-info.ts";
import type { TdxCollateral } from "../../sdk/evidence/tdx-collateral.ts";
import type { TdxPlatform } from "../../sdk/evidence/tdx-platform.ts";
import { cvmRegistryAbi } from "../../sdk/registry/abi/CVMRegistry.ts";
import { intelCollateralAbi } from "../../sdk/registry/abi/IntelCollateral.ts";
import { tdxProofVerifierAbi } from "../../sdk/registry/abi/TDXProofVerifier.ts";
import type { Rpc } from "../../sdk/registry/client.ts";
import { platformCaHash } from "../../sdk/verify/tdx/index.ts";
import type { Chain } from "../chain.ts";
import { askView } from "../registration/view.ts";

export type ProvenHashes = DcapJournal["documents"];
export type ProvenDocument = keyof ProvenHashes;

/** In the order in which the chain looks them up, as messages name them. */
const titles: Readonly<Record<ProvenDocument, string>> = {
  root: "root certificate",
  signer: "TCB signing certificate",
  rootCrl: "root CRL",
  pckCrl: "PCK CRL",
  qeIdentity: "QE identity",
  tcbInfo: "TCB info",
};
const names = Object.keys(titles) as ProvenDocument[];

export const titlesOf = (documents: readonly ProvenDocument[]): string =>
  documents.map((name) => titles[name]).join(", ");

function certificatesOf(pem: Uint8Array) {
  const chain = readPemChain(pem);
  if (isRefusal(chain)) return chain;
  const [signer, root] = chain.map((der) => readCertificate(der));
  if (signer === undefined || root === undefined) return null;
  return isRefusal(signer) ? signer : isRefusal(root) ? root : { signer, root };
}

/** What a proof by these documents will name. */
export function provenHashesOf(collateral: TdxCollateral): ProvenHashes | Refusal | null {
  const certificates = certificatesOf(collateral.tcbInfoIssuerChain);
  if (certificates === null || isRefusal(certificates)) return certificates;
  const rootCrl = readCertificateList(collateral.rootCaCrl);
  if (isRefusal(rootCrl)) return rootCrl;
  const pckCrl = readCertificateList(collateral.pckCrl);
  if (isRefusal(pckCrl)) return pckCrl;
  const tcbInfo = readTcbInfo(collateral.tcbInfo);
  if (isRefusal(tcbInfo)) return tcbInfo;
  const qeIdentity = readQeIdentity(collateral.qeIdentity);
  if (isRefusal(qeIdentity)) return qeIdentity;
  return {
    tcbInfo: tcbInfo.contentHash,
    qeIdentity: qeIdentity.contentHash,
    root: keccak256(certificates.root.tbs),
    signer: keccak256(certificates.signer.tbs),
    rootCrl: keccak256(rootCrl.tbs),
    pckCrl: keccak256(pckCrl.tbs),
  };
}

/** The hash that stands first in what a contract keeps as code (CodeStorage.sol: behind one byte STOP). */
async function contentHashAt(rpc: Rpc, blob: Hex): Promise<Hex | null> {
  const code = (await rpc.request({ method: "eth_getCode", params: [blob, "latest"] })) as Hex;
  return code.length < 2 + 2 + 64 ? null : `0x${code.slice(4, 68)}`;
}

/** By the contract that a verifier of proofs asks, and by the CA that it takes lists of; null for what it does not hold. */
async function readHeldHashes(
  rpc: Rpc,
  contract: Address,
  { fmspc }: TdxPlatform,
): Promise<Readonly<Record<ProvenDocument, Hex | null>> | null> {
  const ask = [rpc, contract, intelCollateralAbi] as const;
  const [certificates, rootCrl, ca] = await Promise.all([
    askView(...ask, "certificateHashes"),
    askView(...ask, "crlOf", 0),
    askView(...ask, "caNamed", toHex(platformCaHash)),
  ]);
  if (certificates === null || rootCrl === null || ca === null) return null;
  const [pckCrl, host] = await Promise.all([
    askView(...ask, "crlOf", ca[0]),
    askView(...ask, "readHost", toHex(fmspc), ca[0]),
  ]);
  if (pckCrl === null || host === null) return null;
  // CollateralWords.sol, DocumentHead: the address of what is kept is in the lowest 160 bits.
  const tcbInfo = `0x${BigInt.asUintN(160, host[1]).toString(16).padStart(40, "0")}` as const;
  const [tcbInfoHash, qeIdentityHash] = await Promise.all(
    [tcbInfo, host[3]].map((blob) => contentHashAt(rpc, blob)),
  );
  return {
    root: certificates[0],
    signer: certificates[1],
    rootCrl: rootCrl[1],
    pckCrl: pckCrl[1],
    qeIdentity: qeIdentityHash!,
    tcbInfo: tcbInfoHash!,
  };
}

/** Those of the hashes that the chain does not hold for the platform; all of them where it does not say. */
export type FindForeign = (
  reportType: number,
  platform: TdxPlatform,
  hashes: ProvenHashes,
) => Promise<readonly ProvenDocument[]>;

/** Asks the contracts that the registry judges by. Throws when the node does not answer. */
export const foreignFinder =
  ({ rpc }: Pick<Chain, "rpc">, registry: Address): FindForeign =>
  async (reportType, platform, hashes) => {
    const types = [teeTypes.intelTdx, reportType] as const;
    const verifier = await askView(rpc, registry, cvmRegistryAbi, "verifierOf", ...types);
    const contract = verifier && (await askView(rpc, verifier, tdxProofVerifierAbi, "COLLATERAL"));
    const held = contract && (await readHeldHashes(rpc, contract, platform));
    return names.filter((name) => {
      const hash = held?.[name] ?? null;
      return hash === null || !isEqual(fromHex(hash), hashes[name]);
    });
  };
