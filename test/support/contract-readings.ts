// What the contract's readers make of a document or certificate, written from the SDK's reading of the same bytes: one
// shape for both sides.
import { concat, keccak256, sha256, toBigInt, toHex, uint } from "../../sdk/evidence/bytes.ts";
import type { Certificate } from "../../sdk/evidence/certificate.ts";
import type { CertificateList } from "../../sdk/evidence/certificate-list.ts";
import type { EvaluationNumbers } from "../../sdk/evidence/evaluation-numbers.ts";
import type { QeIdentity } from "../../sdk/evidence/qe-identity.ts";
import type { TcbInfo, TdxModule } from "../../sdk/evidence/tcb-info.ts";
import type { LevelVerdict } from "../../sdk/evidence/tcb-levels.ts";

// The contract keeps times before 1970 as 0.
const time = (seconds: bigint) => (seconds < 0n ? 0n : seconds);
const advisoriesOf = ({ advisoryIds }: LevelVerdict) =>
  concat(uint(advisoryIds.length, 1), ...advisoryIds.map((id) => uint(Number(id.slice(9)), 2)));
const isSet = (bytes: Uint8Array) => bytes.some((byte) => byte !== 0);

function moduleOf({ version, mrSigner, attributes, levels }: TdxModule): Uint8Array {
  const hasSigner = isSet(mrSigner);
  const flags = (hasSigner ? 1 : 0) | (isSet(attributes) ? 2 : 0);
  return concat(
    Uint8Array.of(version, flags),
    hasSigner ? mrSigner : new Uint8Array(0),
    uint(levels.length, 1),
    ...levels.map(({ isvSvn, status }) => Uint8Array.of(isvSvn, status)),
  );
}

export function tcbInfoReading(info: TcbInfo) {
  const { levels, module, moduleIdentities } = info;
  const blob = concat(
    info.contentHash,
    info.pceId,
    uint(levels.length, 1),
    ...levels.map(({ sgx, tdx, pceSvn, status }) => concat(sgx, tdx, uint(pceSvn, 2), uint(status, 1))),
    uint(1 + moduleIdentities.length, 1),
    ...[module, ...moduleIdentities].map(moduleOf),
  );
  const advised = [...levels, ...moduleIdentities.flatMap((one) => one.levels)];
  return {
    fmspc: toHex(info.fmspc),
    number: BigInt(info.tcbEvaluationDataNumber),
    issueDate: time(info.issueDate),
    nextUpdate: time(info.nextUpdate),
    blob: toHex(blob),
    advisories: toHex(concat(...advised.map(advisoriesOf))),
  };
}

export function qeIdentityReading(identity: QeIdentity) {
  const { mrSigner, attributes, attributesMask, miscSelect, miscSelectMask, isvProdId, levels } = identity;
  const blob = concat(
    identity.contentHash,
    ...[mrSigner, attributes, attributesMask, miscSelect, miscSelectMask, uint(isvProdId, 2)],
    ...levels.map(advisoriesOf),
  );
  const packed = levels.map(({ isvSvn, status }, at) => BigInt(isvSvn * 256 + status) << BigInt(24 * at));
  return {
    number: BigInt(identity.tcbEvaluationDataNumber),
    issueDate: time(identity.issueDate),
    nextUpdate: time(identity.nextUpdate),
    blob: toHex(blob),
    levels: packed.reduce((all, level) => all | level, 0n),
  };
}

export const evaluationNumbersReading = ({ issueDate, nextUpdate, numbers }: EvaluationNumbers) => ({
  issueDate: time(issueDate),
  nextUpdate: time(nextUpdate),
  numbers: numbers.map(({ number }) => BigInt(number)),
  recoveryDates: numbers.map(({ recoveryEventDate }) => time(recoveryEventDate)),
});

const half = (signature: Uint8Array, at: 0 | 1) => toHex(signature.subarray(32 * at, 32 * at + 32));

export const certificateListReading = (list: CertificateList) => ({
  tbsHash: toHex(sha256(list.tbs)),
  contentHash: toHex(keccak256(list.tbs)),
  issuerHash: toHex(keccak256(list.issuer)),
  r: half(list.signature, 0),
  s: half(list.signature, 1),
  thisUpdate: time(list.thisUpdate),
  nextUpdate: time(list.nextUpdate),
  serials: [...list.serials].map((serial) => toHex(uint(BigInt(serial), 20))).sort(),
});

/** The contract's list of serials, each once. */
export const serialsOf = (packed: string): string[] =>
  [...new Set(packed.slice(2).match(/.{40}/g) ?? [])].map((serial) => `0x${serial}`).sort();

// 2.23.133.8.3, 1.3.6.1.4.1.11129.2.1.21 and 1.2.840.113741.1.13.1
const aikPurpose = "0x6781050803";
const gceOid = "0x2b06010401d679020115";
const sgxOid = "0x2a864886f84d010d01";
const noWord = toHex(new Uint8Array(32));

// The contract's enumeration, whose 0 is none.
const signatureAlgorithms = ["ecdsa-sha256", "rsa-sha256", "rsa-sha384", "rsa-sha512"] as const;

/** Fields of the contract; those that are addresses in its memory say only whether there is one. */
export function certificateReading(certificate: Certificate) {
  const { key, signature, keyUsage, pathLength } = certificate;
  const isP256 = key.type === "p256";
  const isEcdsa = certificate.signatureAlgorithm === "ecdsa-sha256";
  const has = (oid: string) => certificate.extensions.some((extension) => toHex(extension.oid) === oid);
  return {
    tbs: true,
    contentHash: toHex(keccak256(certificate.tbs)),
    serial: toBigInt(certificate.serial),
    issuerHash: toHex(keccak256(certificate.issuer)),
    subjectHash: toHex(keccak256(certificate.subject)),
    notBefore: time(certificate.notBefore),
    notAfter: time(certificate.notAfter),
    keyType: isP256 ? 1 : 2,
    x: isP256 ? half(key.bytes, 0) : noWord,
    y: isP256 ? half(key.bytes, 1) : noWord,
    modulus: isP256 ? "0x" : toHex(key.bytes),
    algorithm: 1 + signatureAlgorithms.indexOf(certificate.signatureAlgorithm),
    r: isEcdsa ? half(signature, 0) : noWord,
    s: isEcdsa ? half(signature, 1) : noWord,
    rsaSignature: isEcdsa ? "0x" : toHex(signature),
    isCA: certificate.isCa,
    pathLength: BigInt(pathLength ?? 255),
    hasKeyUsage: keyUsage !== null,
    keyUsage: BigInt(keyUsage ?? 0),
    hasAikPurpose: certificate.extendedKeyUsage.some((purpose) => toHex(purpose) === aikPurpose),
    commonName: certificate.commonName !== null,
    gceExtension: has(gceOid),
    sgxExtension: has(sgxOid),
  };
}
