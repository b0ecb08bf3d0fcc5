// Independent TDX vectors (test/fixtures/tdx/PROVENANCE.md): real quotes with real collateral of Intel, what Intel's
// library says about them, and synthetic quotes under a root of their own.
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { fromHex, toHex } from "../../sdk/evidence/bytes.ts";
import { readCertificate } from "../../sdk/evidence/certificate.ts";
import { readPckExtension } from "../../sdk/evidence/pck-extension.ts";
import { readPemChain } from "../../sdk/evidence/pem.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import type { TdxCollateral } from "../../sdk/evidence/tdx-collateral.ts";
import { readTdxQuote } from "../../sdk/evidence/tdx-quote.ts";
import { judgeTdxCollateral } from "../../sdk/verify/tdx/index.ts";
import type { CollateralTrust, JudgedTdxCollateral } from "../../sdk/verify/tdx/index.ts";
import { collateralOf } from "../../sdk/verify/input-fields.ts";
import { intelRoot } from "../../sdk/verify/roots.ts";

const fixtures = new URL("../fixtures/", import.meta.url);
const readPacked = (name: string): unknown =>
  JSON.parse(gunzipSync(readFileSync(new URL(`tdx/${name}.json.gz`, fixtures))).toString("utf8"));

export interface ExpectedTcb {
  readonly status?: string;
  readonly platformStatus?: string;
  readonly moduleStatus?: string;
  readonly qeStatus?: string;
  readonly advisories?: readonly string[];
  readonly tdDebug?: boolean;
  readonly error?: string;
}

interface DocumentIds {
  readonly tcbInfo: string;
  readonly qeIdentity: string;
  readonly rootCrl: string;
  readonly pckCrl: string;
}

export interface RealCase extends DocumentIds {
  readonly quote: string;
  readonly tcbSigning: string;
  readonly now: number;
  readonly expected: ExpectedTcb;
}

export interface RealMutation {
  readonly quote: string;
  readonly case: number;
  readonly what: string;
  readonly expected: string;
  readonly offset?: number;
  readonly xor?: number;
  readonly truncate?: number;
  readonly replace?: "tcb_info" | "qe_identity";
  readonly now?: number;
}

interface RealDocument {
  readonly text?: string;
  readonly hex?: string;
  readonly signature?: string;
}

interface RealVectors {
  readonly certs: Readonly<Record<string, string>>;
  readonly documents: Readonly<Record<string, RealDocument>>;
  readonly cases: readonly RealCase[];
  readonly mutations: readonly RealMutation[];
}

export const real = readPacked("real") as RealVectors;

export const quoteBytes = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(new URL(`hardware/tdx-quotes/${name}.bin`, fixtures)));

export function pemOf(...ders: readonly Uint8Array[]): Uint8Array {
  const texts = ders.map((der) => {
    const lines = Buffer.from(der)
      .toString("base64")
      .match(/.{1,64}/g)!;
    return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
  });
  return new Uint8Array(Buffer.from(texts.join("")));
}

export const certificateOf = (name: string): Uint8Array => fromHex(real.certs[name]!);

export function documentBytes(id: string): Uint8Array {
  const { text, hex } = real.documents[id]!;
  return text === undefined ? fromHex(hex!) : new Uint8Array(Buffer.from(text));
}

const signatureOf = (id: string) => fromHex(real.documents[id]!.signature!);

/** Collateral of the documents named. */
export function collateralFrom(ids: DocumentIds, tcbSigning = "tcbSigning2025"): TdxCollateral {
  const signers = pemOf(certificateOf(tcbSigning), certificateOf("root"));
  return {
    pckCrlIssuerChain: pemOf(certificateOf("platformCa"), certificateOf("root")),
    rootCaCrl: documentBytes(ids.rootCrl),
    pckCrl: documentBytes(ids.pckCrl),
    tcbInfoIssuerChain: signers,
    tcbInfo: documentBytes(ids.tcbInfo),
    tcbInfoSignature: signatureOf(ids.tcbInfo),
    qeIdentityIssuerChain: signers,
    qeIdentity: documentBytes(ids.qeIdentity),
    qeIdentitySignature: signatureOf(ids.qeIdentity),
  };
}

/** Real documents in date at 2026-02-05T00:00:00Z, for the platforms of the captures (protocol §12). */
export const capturedCollateral = {
  azure: collateralFrom({
    tcbInfo: "tdx-90c06f000000-e18-2026-02-01",
    qeIdentity: "tdqe-e18-2026-01-27",
    rootCrl: "root-2025-03-20",
    pckCrl: "platform-2026-01-27",
  }),
  gcp: collateralFrom({
    tcbInfo: "tdx-00806f050000-e18-2026-01-27",
    qeIdentity: "tdqe-e18-2026-01-27",
    rootCrl: "root-2025-03-20",
    pckCrl: "platform-2026-01-27",
  }),
} as const;

/** The one of the two above that is of a quote's platform; Azure's when neither is. */
export function capturedCollateralFor(quote: Uint8Array): TdxCollateral {
  const chain = readTdxQuote(quote);
  const ders = isRefusal(chain) ? chain : readPemChain(chain.pckChain);
  const leaf = isRefusal(ders) || ders.length === 0 ? null : readCertificate(ders[0]!);
  const pck = leaf === null || isRefusal(leaf) ? null : readPckExtension(leaf);
  const isGcp = pck !== null && !isRefusal(pck) && toHex(pck.fmspc) === "0x00806f050000";
  return isGcp ? capturedCollateral.gcp : capturedCollateral.azure;
}

/** Judged collateral that must be accepted. */
export function mustJudge(collateral: TdxCollateral, trust: CollateralTrust): JudgedTdxCollateral {
  const judged = judgeTdxCollateral(collateral, trust);
  if (isRefusal(judged)) throw new Error(`${judged.check}: ${judged.detail}`);
  return judged;
}

export const realTrust = (now: bigint | number) => ({ intelRoot, now: BigInt(now) });

interface SyntheticFile {
  readonly root: string;
  readonly cases: readonly {
    readonly name: string;
    readonly now: number;
    readonly expected: ExpectedTcb;
    readonly quote: string;
    readonly collateral: unknown;
  }[];
}

export interface SyntheticCase {
  readonly name: string;
  readonly now: bigint;
  readonly expected: ExpectedTcb;
  readonly quote: Uint8Array;
  readonly collateral: TdxCollateral;
  /** The file's form. */
  readonly collateralJson: unknown;
}

const syntheticFile = readPacked("synthetic") as SyntheticFile;
export const syntheticRoot = fromHex(syntheticFile.root);

export const synthetic: readonly SyntheticCase[] = syntheticFile.cases.map((vector) => {
  const collateral = collateralOf(vector.collateral);
  if (collateral === null || isRefusal(collateral)) throw new Error(`${vector.name} has no collateral`);
  const { name, now, expected } = vector;
  const quote = fromHex(vector.quote);
  return { name, now: BigInt(now), expected, quote, collateral, collateralJson: vector.collateral };
});

export function mustFindSynthetic(name: string): SyntheticCase {
  const vector = synthetic.find((known) => known.name === name);
  if (vector === undefined) throw new Error(`no synthetic vector ${name}`);
  return vector;
}
