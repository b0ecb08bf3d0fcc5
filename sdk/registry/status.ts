// The status word of a record, as contracts/registration/Record.sol packs it.
import type { CvmRecord } from "./client.ts";

export const registeredBit = 1n;
export const suspendedBit = 2n;
/** What stands in other slots, said again where it spares a read: the AK is revoked, the record has an operator. */
export const akRevokedBit = 1n << 29n;
export const operatorBit = 1n << 30n;

/** The fields of a record that its status word holds. */
export type RecordStatus = Omit<
  CvmRecord,
  "keyX" | "keyY" | "measurementHash" | "platformId" | "akKey" | "recordedBlock" | "nonce"
>;

// Place and width of the TTLs: two fields of 24 bits, the TEE's first.
const ttlsAt = 152n;
const ttlBits = 24n;

export function unpackStatus(status: bigint): RecordStatus {
  const field = (at: number, bits: number): number => Number(BigInt.asUintN(bits, status >> BigInt(at)));
  const bit = (at: number): boolean => field(at, 1) === 1;
  return {
    registered: bit(0),
    suspended: bit(1),
    cloud: field(2, 3),
    tee: field(5, 2),
    reportType: field(7, 2),
    assurance: {
      teeFresh: bit(9),
      tpmFresh: bit(10),
      teeNamesAk: bit(11),
      quoteNamesTee: bit(12),
      runtimeClaims: bit(13),
      pcrReportId: bit(14),
      pcrTrust: field(16, 2),
      keyProtection: field(18, 2),
      akCertified: bit(15),
      tcbStatus: field(20, 4),
      keyType: field(24, 2),
      product: field(26, 3),
    },
    teeTime: field(32, 40),
    tpmTime: field(72, 40),
    validUntil: field(112, 40),
    teeTTL: field(152, 24),
    tpmTTL: field(176, 24),
    measuredPcrs: field(200, 24),
    classEpoch: field(224, 16),
  };
}

export function withTtls(status: bigint, teeTtl: bigint, tpmTtl: bigint): bigint {
  const mask = ((1n << (2n * ttlBits)) - 1n) << ttlsAt;
  return (status & ~mask) | (teeTtl << ttlsAt) | (tpmTtl << (ttlsAt + ttlBits));
}
