// Quotes of any content under the simulator's authorities, for tests that compare verifiers. Everything follows from
// the seed; what is not named is what an up-to-date simulated machine reports.
import { concat, fromHex } from "../../../sdk/evidence/bytes.ts";
import type { SgxPlatform } from "./authorities.ts";
import { seededBytes, seededKey } from "./p256.ts";
import type { IntelAuthorities } from "./pki.ts";
import { tdReportBody, type QeReport, type TdReport } from "./quote.ts";
import { platformSvns, simulatedPlatform, type SimulatedTcb } from "./tcb.ts";
import { pckNotAfter, quotingHost } from "./tdx-host.ts";

export interface SimulatedPck extends SgxPlatform {
  /** Up to 20 bytes, the first not zero; a high bit gets its sign byte. */
  readonly serial: Uint8Array;
  readonly notBefore: Date;
  readonly notAfter: Date;
}

export interface SimulatedQuoteOptions {
  readonly seed: number | string;
  /** Default 4, or 5 where the body asks for it. */
  readonly version?: 4 | 5;
  readonly body?: "1.0" | "1.5";
  /** TCB of the platform before the deviations below. Default UpToDate. */
  readonly tcb?: Exclude<SimulatedTcb, "PckRevoked">;
  readonly report?: Partial<Omit<TdReport, "td15">>;
  /** 16 bytes, for a body 1.5. Default: teeTcbSvn. */
  readonly teeTcbSvn2?: Uint8Array;
  /** 48 bytes, for a body 1.5. Default zero. */
  readonly mrServiceTd?: Uint8Array;
  readonly pck?: Partial<SimulatedPck>;
  readonly qeReport?: Partial<QeReport>;
  /** Default 32 bytes 00 … 1f. */
  readonly authData?: Uint8Array;
  /** Zero bytes behind the signature data. */
  readonly padding?: number;
  readonly authorities?: IntelAuthorities;
}

const notBefore = new Date("2025-07-01T00:00:00Z");

function reportOf(options: SimulatedQuoteOptions, teeTcbSvn: Uint8Array): TdReport {
  const { seed } = options;
  const report: TdReport = {
    teeTcbSvn,
    mrSeam: seededBytes(seed, "mrSeam", 48),
    tdAttributes: fromHex("0000001000000000"), // SEPT_VE_DISABLE
    xfam: fromHex("e718060000000000"),
    mrTd: seededBytes(seed, "mrTd", 48),
    rtmrs: [0, 1, 2, 3].map((at) => seededBytes(seed, `rtmr${at}`, 48)),
    reportData: seededBytes(seed, "reportData", 64),
    ...options.report,
  };
  if (options.body !== "1.5") return report;
  const { teeTcbSvn2 = report.teeTcbSvn, mrServiceTd = new Uint8Array(48) } = options;
  return { ...report, td15: { teeTcbSvn2, mrServiceTd } };
}

/** Serial of 20 bytes without the high bit, as a certificate authority draws it. */
function seededSerial(seed: number | string): Uint8Array {
  const serial = seededBytes(seed, "pck serial", 20);
  serial[0] = (serial[0]! & 0x3f) | 0x40;
  return serial;
}

export async function simulatedQuote(options: SimulatedQuoteOptions): Promise<Uint8Array> {
  const { seed, pck, body = "1.0", version = body === "1.5" ? 5 : 4 } = options;
  const svns = platformSvns(options.tcb ?? "UpToDate");
  const from = pck?.notBefore ?? notBefore;
  const quoteBody = await quotingHost({
    platform: { ...simulatedPlatform(seededBytes(seed, "ppid", 16), svns), ...pck },
    pckSerial: pck?.serial ?? seededSerial(seed),
    notBefore: from,
    notAfter: pck?.notAfter ?? pckNotAfter(from),
    pck: seededKey(seed, "pck"),
    attestation: seededKey(seed, "attestation"),
    authData: options.authData ?? Uint8Array.from({ length: 32 }, (_, at) => at),
    ...(options.qeReport && { qeReport: options.qeReport }),
    ...(options.authorities && { authorities: options.authorities }),
  });
  const quote = quoteBody(tdReportBody(reportOf(options, svns.teeTcbSvn)), version);
  return concat(quote, new Uint8Array(options.padding ?? 0));
}
