// What of an SNP report is refused whatever a policy says (protocol §6), once its signature is believed.
import { isZero, toHex } from "../../evidence/bytes.ts";
import { isRefusal, refuse } from "../../evidence/refusal.ts";
import type { Refusal } from "../../evidence/refusal.ts";
import type { SnpReport } from "../../evidence/snp-report.ts";
import { productOf, snpKeyTypes } from "./products.ts";

/** Which chip line made a report, and whose key signed it. */
export interface SnpOrigin {
  readonly product: number;
  readonly keyType: number;
}

/** KEY_INFO (AMD 56860): 0 AUTHOR_KEY_EN, 1 MASK_CHIP_KEY, 4:2 SIGNING_KEY, the rest reserved. */
const maskChipKey = 2;
const signingKeyOf = (keyInfo: number) => keyInfo >>> 2;

export function originOf({ keyInfo, chipId, cpu }: SnpReport): SnpOrigin | Refusal {
  // Reserved bits make the number too large.
  const keyType = signingKeyOf(keyInfo);
  if (keyType !== snpKeyTypes.vcek && keyType !== snpKeyTypes.vlek)
    return refuse("snp.signing-key", `KEY_INFO is 0x${keyInfo.toString(16)}: neither VCEK nor VLEK signed`);
  if (keyType === snpKeyTypes.vcek && ((keyInfo & maskChipKey) !== 0 || isZero(chipId)))
    return refuse("snp.chip-masked", `KEY_INFO is 0x${keyInfo.toString(16)}, CHIP_ID ${toHex(chipId)}`);
  const product = productOf(cpu);
  return isRefusal(product) ? product : { product, keyType };
}

// POLICY bits (AMD 56860 §4.3).
const mustBeOne = 1n << 17n;
const migrateMa = 1n << 18n;
const debug = 1n << 19n;
const reservedFrom = 26n;

export function checkGuestPolicy({ policy, reportIdMa }: SnpReport): Refusal | null {
  const shown = `policy is 0x${policy.toString(16)}`;
  if ((policy & debug) !== 0n) return refuse("snp.debug", `${shown}: debugging is allowed`);
  if ((policy & migrateMa) !== 0n || reportIdMa.some((byte) => byte !== 0xff))
    return refuse("snp.migratable", `${shown}, REPORT_ID_MA ${toHex(reportIdMa)}: a migration agent`);
  return (policy & mustBeOne) !== 0n && policy >> reservedFrom === 0n
    ? null
    : refuse("snp.policy", `${shown}: bit 17 is clear or one of 63:26 set`);
}

/** The host asks with 0xffffffff, the guest with its level. */
const lastVmpl = 3;

const checkVmpl = ({ vmpl }: SnpReport): Refusal | null =>
  vmpl <= lastVmpl ? null : refuse("snp.vmpl", `VMPL is ${vmpl}, due is 0 to ${lastVmpl}`);

/** What is refused of the guest, in the catalogue's order. */
export const checkGuest = (report: SnpReport): Refusal | null =>
  checkGuestPolicy(report) ?? checkVmpl(report);
