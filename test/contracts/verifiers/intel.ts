// IntelCollateral and TDXVerifier on an in-process chain, with the documents of the committed vectors.
import { network } from "hardhat";
import type { Hex } from "viem";
import type { TdxCollateral } from "../../../sdk/evidence/tdx-collateral.ts";
import { hex } from "./outcome.ts";

export const intelRoot: Hex =
  "0x0ba9c4c0c0c86193a3fe23d6b02cda10a8bbd4e88e48b4458561a36e705525f567918e2edc88e40d860bd0cc4ee26aacc988e505a953558c453f6b0904ae7394";

export const hostMaxAge = 90 * 86_400;
export const transactionGas = 16_777_216n;

type Chain = Awaited<ReturnType<typeof network.create>>;

/** A fresh deployment under `root`, its evaluation numbers at `numbers`; the first account governs it. */
export async function deployIntel(
  { viem }: Chain,
  {
    root = intelRoot,
    tcbInfo = 1,
    qeIdentity = 1,
  }: { root?: Hex; tcbInfo?: number; qeIdentity?: number } = {},
) {
  const [x, y]: [Hex, Hex] = [`0x${root.slice(2, 66)}`, `0x${root.slice(66)}`];
  const [owner] = await viem.getWalletClients();
  const manager = await viem.deployContract("AccessManager", [owner!.account.address]);
  const documents = await viem.deployContract("IntelDocuments");
  const collateral = await viem.deployContract("IntelCollateral", [
    x,
    y,
    manager.address,
    documents.address,
    tcbInfo,
    qeIdentity,
  ]);
  const verifier = await viem.deployContract("TDXVerifier", [x, y, collateral.address, hostMaxAge]);
  return { manager, documents, collateral, verifier };
}

export type Intel = Awaited<ReturnType<typeof deployIntel>>;

/** Upserts in the order of the protocol's steps. */
export function upsertsOf(collateral: TdxCollateral): { step: string; functionName: string; args: Hex[] }[] {
  const steps = [
    { step: "intelCertificates", functionName: "upsertChain", args: [hex(collateral.pckCrlIssuerChain)] },
    { step: "intelCertificates", functionName: "upsertSigner", args: [hex(collateral.tcbInfoIssuerChain)] },
    {
      step: "intelCertificates",
      functionName: "upsertSigner",
      args: [hex(collateral.qeIdentityIssuerChain)],
    },
    { step: "rootCrl", functionName: "upsertRootCRL", args: [hex(collateral.rootCaCrl)] },
    { step: "pckCrl", functionName: "upsertPCKCRL", args: [hex(collateral.pckCrl)] },
    {
      step: "tcbInfo",
      functionName: "upsertTCBInfo",
      args: [hex(collateral.tcbInfo), hex(collateral.tcbInfoSignature)],
    },
    {
      step: "qeIdentity",
      functionName: "upsertQEIdentity",
      args: [hex(collateral.qeIdentity), hex(collateral.qeIdentitySignature)],
    },
  ];
  return steps;
}
