// The `collateral` object of evidence files: the form the dcap-qvl tools use. PEM and JSON as strings, the rest hex.
import { toHex } from "../evidence/bytes.ts";
import type { TdxCollateral } from "../evidence/tdx-collateral.ts";

export interface CollateralJson {
  readonly pck_crl_issuer_chain: string;
  readonly root_ca_crl: string;
  readonly pck_crl: string;
  readonly tcb_info_issuer_chain: string;
  readonly tcb_info: string;
  readonly tcb_info_signature: string;
  readonly qe_identity_issuer_chain: string;
  readonly qe_identity: string;
  readonly qe_identity_signature: string;
}

const hex = (bytes: Uint8Array) => toHex(bytes).slice(2);

export function collateralJson(collateral: TdxCollateral): CollateralJson {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const text = (bytes: Uint8Array) => decoder.decode(bytes);
  return {
    pck_crl_issuer_chain: text(collateral.pckCrlIssuerChain),
    root_ca_crl: hex(collateral.rootCaCrl),
    pck_crl: hex(collateral.pckCrl),
    tcb_info_issuer_chain: text(collateral.tcbInfoIssuerChain),
    tcb_info: text(collateral.tcbInfo),
    tcb_info_signature: hex(collateral.tcbInfoSignature),
    qe_identity_issuer_chain: text(collateral.qeIdentityIssuerChain),
    qe_identity: text(collateral.qeIdentity),
    qe_identity_signature: hex(collateral.qeIdentitySignature),
  };
}
