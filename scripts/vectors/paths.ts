// Vectors of certificate paths: NIST PKITS (a folder of certificates) and x509-limbo (one JSON file). What they call a
// path goes before the judges of AK chains: the end-entity is the AK's leaf, the trust anchor the pinned root. They take
// a path in order, so the ones that the names allow are put together here, and any that is accepted counts.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isEqual } from "../../sdk/evidence/bytes.ts";
import { derTags, readDer, readDerNodes } from "../../sdk/evidence/der.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import { isPathBySdk } from "./path-judges.ts";
import type { CertificatePath } from "./path-judges.ts";
import type { VectorCase, VectorSet } from "./set.ts";
import { UnreadableVectors } from "./set.ts";

const primitive = "contracts/tpm/AKCertificates + sdk/verify/ak-certificates";

interface Named {
  readonly der: Uint8Array;
  /** Name fields as they stand; null where even these cannot be found. */
  readonly issuer: Uint8Array | null;
  readonly subject: Uint8Array | null;
}

/** Names of a certificate that may well be refused: whoever judges it says so. */
function nameOf(der: Uint8Array): Named {
  const outer = readDer(der, derTags.sequence);
  const parts = isRefusal(outer) ? outer : readDerNodes(outer.content);
  const fields = isRefusal(parts) || parts.length === 0 ? null : readDerNodes(parts[0]!.content);
  if (fields === null || isRefusal(fields)) return { der, issuer: null, subject: null };
  // The version is left out in certificates of version 1.
  const at = fields[0]?.tag === 0xa0 ? 3 : 2;
  return { der, issuer: fields[at]?.raw ?? null, subject: fields[at + 2]?.raw ?? null };
}

const isIssuedBy = ({ issuer }: Named, { subject }: Named): boolean =>
  issuer !== null && subject !== null && isEqual(issuer, subject);

/** Longest path tried; the judges refuse a longer one than five. */
const mostCertificates = 6;

/** Every path from `leaf` to an anchor in which no certificate occurs twice. */
function pathsFrom(leaf: Named, between: readonly Named[], anchors: readonly Named[]): CertificatePath[] {
  const paths: CertificatePath[] = [];
  const extend = (chain: readonly Named[]): void => {
    const last = chain.at(-1)!;
    const ders = chain.map(({ der }) => der);
    for (const anchor of anchors) {
      if (isEqual(anchor.der, last.der)) paths.push({ chain: ders, anchor: anchor.der });
      else if (isIssuedBy(last, anchor)) paths.push({ chain: ders, anchor: anchor.der });
    }
    if (chain.length === mostCertificates) return;
    for (const next of between) if (!chain.includes(next) && isIssuedBy(last, next)) extend([...chain, next]);
  };
  extend([leaf]);
  return paths;
}

interface PathTest {
  readonly id: string;
  readonly expected: boolean;
  readonly now: number;
  readonly leaf: Uint8Array;
  readonly between: readonly Uint8Array[];
  readonly anchors: readonly Uint8Array[];
}

function caseOf({ id, expected, now, leaf, between, anchors }: PathTest): VectorCase {
  const found = pathsFrom(nameOf(leaf), between.map(nameOf), anchors.map(nameOf));
  // Where the names allow none the judges are asked all the same, with all that there is.
  const paths = found.length > 0 ? found : anchors.map((anchor) => ({ chain: [leaf, ...between], anchor }));
  return {
    id,
    expected,
    async judgedByContract(contracts) {
      for (const path of paths) if (await contracts.isPath(path, now)) return true;
      return false;
    },
    judgedBySdk: () => paths.some((path) => isPathBySdk(path, now)),
  };
}

const setOf = (tests: readonly PathTest[]): VectorSet => ({
  primitive,
  cases: tests.map(caseOf),
  skipped: new Map(),
});

/** PKITS names the end certificate of a test after its verdict. */
export const isPkitsTest = (name: string): boolean => /^(Valid|Invalid).*Test\d+EE\.crt$/.test(name);

// The suite's README: nearly all of its certificates end with 2030.
const pkitsTime = Date.parse("2026-01-01T00:00:00Z") / 1000;

/** `names` are the files of the suite's folder of certificates. */
export function readPkits(folder: string, names: readonly string[]): VectorSet {
  const read = (name: string) => new Uint8Array(readFileSync(join(folder, name)));
  const authorities = names.filter((name) => name.endsWith(".crt") && !isPkitsTest(name)).map(read);
  // The anchor is the one that every path ends in: it is its own issuer.
  const isSelfIssued = (der: Uint8Array) => isIssuedBy(nameOf(der), nameOf(der));
  const anchors = authorities.filter(isSelfIssued);
  if (anchors.length === 0) throw new UnreadableVectors("the suite has no trust anchor");
  const between = authorities.filter((der) => !isSelfIssued(der));
  return setOf(
    names.filter(isPkitsTest).map((name) => ({
      id: name.replace(/EE\.crt$/, ""),
      expected: name.startsWith("Valid"),
      now: pkitsTime,
      leaf: read(name),
      between,
      anchors,
    })),
  );
}

interface LimboTest {
  readonly id: string;
  readonly trusted_certs: readonly string[];
  readonly untrusted_intermediates: readonly string[];
  readonly peer_certificate: string;
  readonly validation_time: string | null;
  readonly expected_result: string;
}

// The day of the vendored revision, where a test names no time: its certificates hold from 1970 to 2969.
const limboTime = "2023-12-02T00:00:00Z";

function derOf(pem: unknown, id: string): Uint8Array {
  const match =
    typeof pem === "string" ? /^-+BEGIN CERTIFICATE-+\s([^-]+)-+END CERTIFICATE-+\s*$/.exec(pem) : null;
  if (match === null) throw new UnreadableVectors(`test ${id} has a certificate that is no PEM`);
  return new Uint8Array(Buffer.from(match[1]!, "base64"));
}

function limboTest(test: unknown): PathTest {
  const { id, ...parts } = test as LimboTest;
  const { expected_result: result, trusted_certs: trusted, untrusted_intermediates: untrusted } = parts;
  if (typeof id !== "string" || !Array.isArray(trusted) || !Array.isArray(untrusted))
    throw new UnreadableVectors("a test has no id or no lists of certificates");
  if (result !== "SUCCESS" && result !== "FAILURE")
    throw new UnreadableVectors(`test ${id} has the result ${String(result)}`);
  const now = Date.parse(parts.validation_time ?? limboTime) / 1000;
  if (!Number.isSafeInteger(now)) throw new UnreadableVectors(`test ${id} has no time`);
  return {
    id,
    expected: result === "SUCCESS",
    now,
    leaf: derOf(parts.peer_certificate, id),
    between: untrusted.map((pem) => derOf(pem, id)),
    anchors: trusted.map((pem) => derOf(pem, id)),
  };
}

export const readLimbo = (testcases: readonly unknown[]): VectorSet => setOf(testcases.map(limboTest));
