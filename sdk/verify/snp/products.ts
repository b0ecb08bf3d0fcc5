// AMD's product lines, and who certifies their keys (specs/snp.md §3, §4).
import { concat, fromHex, isEqual, sha256, toHex } from "../../evidence/bytes.ts";
import { refuse } from "../../evidence/refusal.ts";
import type { Refusal } from "../../evidence/refusal.ts";

/** Numbers of protocol §13; 0 is no product of AMD's. */
export const snpProducts = { milan: 1, genoa: 2, turin: 3 } as const;
/** VCEK: of one chip. VLEK: of a provider, for all its chips. */
export const snpKeyTypes = { vcek: 0, vlek: 1 } as const;

const { milan, genoa, turin } = snpProducts;

/** CPUID family, first and last model. Bergamo and Siena are certified as Genoa. */
const ranges = [
  [milan, 0x19, 0x00, 0x0f],
  [genoa, 0x19, 0x10, 0x1f],
  [genoa, 0x19, 0xa0, 0xaf],
  [turin, 0x1a, 0x00, 0x11],
] as const;

/** @param cpu family, model, stepping */
export function productOf(cpu: Uint8Array): number | Refusal {
  const [family, model] = [cpu[0]!, cpu[1]!];
  const range = ranges.find(([, due, first, last]) => family === due && model >= first && model <= last);
  return range?.[0] ?? refuse("snp.product", `CPU ${toHex(cpu)} is none of Milan, Genoa and Turin`);
}

/** Processor models of journals, Milan, Genoa, Bergamo, Siena: what certifies each. */
const productsOfModels: readonly number[] = [milan, genoa, genoa, genoa];

export function checkProcessorModel(model: number, product: number): Refusal | null {
  return productsOfModels[model] === product
    ? null
    : refuse(
        "snp.proof-product",
        `processor model of the proof is ${model}, the report's product ${product}`,
      );
}

interface Authorities {
  /** SHA-256 of the certificate's DER, 32 bytes. */
  readonly root: Uint8Array;
  /** By key type. */
  readonly issuers: readonly [vcek: Uint8Array, vlek: Uint8Array];
}

const authorities = (root: string, vcek: string, vlek: string): Authorities => ({
  root: fromHex(root),
  issuers: [fromHex(vcek), fromHex(vlek)],
});

/**
 * ARK, ASK and ASVK as https://kdsintf.amd.com/{vcek,vlek}/v1/{product}/cert_chain serves them, each in the one DER that is
 * known of it; test/sdk/snp-report.test.ts computes these from the certificates.
 */
const authoritiesOf: Readonly<Record<number, Authorities>> = {
  [milan]: authorities(
    "69d063b45344d26a2e94e1f4210de49ef555308287d4c174445c95639a540bcd",
    "67d303bd3905fd38db8b20e0793699870e7fa612eaad5dec358293fd8c0bac1b",
    "c5e081f59b7efab1fe2f8b505e159704e72f29cab7ef7cf628a05a42439082f5",
  ),
  [genoa]: authorities(
    "4c6598d19c18719c5dfd4a7d335f674e5bfe1d8f800cea2cf270c10d103db2f1",
    "5464738c1546aed5f2cecf1dc98c5c960a92e8913238a61711bc90ec6e828521",
    "197e610743a917d6b9bb982a5a9226ccc0a15b611be0619e626aca9151457372",
  ),
  [turin]: authorities(
    "1f084161a44bb6d93778a904877d4819cafa5d05ef4193b2ded9dd9c73dd3f6a",
    "5b77ef5fe7a7a004fd9032668fba9d0fda22f88c4442069a479636a6ae3b3185",
    "104e10a8bd060a3c20a434261a57d0588fd65a88915b4f65b08bdecaf8df1a3c",
  ),
};

/** What a journal's first two words must be for a product and a key type (sdk/evidence/journals/snp.ts, `certs`). */
export function pinnedCerts(product: number, keyType: number): readonly [Uint8Array, Uint8Array] {
  const { root, issuers } = authoritiesOf[product]!;
  return [root, sha256(concat(root, issuers[keyType]!))];
}

/** By product and key type as the signed report says them, whatever chain the prover chose. */
export function checkCerts(certs: readonly Uint8Array[], product: number, keyType: number): Refusal | null {
  const [root, issuer] = pinnedCerts(product, keyType);
  const [first, second] = certs as readonly [Uint8Array, Uint8Array];
  if (!isEqual(first, root))
    return refuse("snp.root", `chain begins with ${toHex(first)}, AMD's root is ${toHex(root)}`);
  return isEqual(second, issuer)
    ? null
    : refuse("snp.issuer", `second certificate gives ${toHex(second)}, AMD's ${toHex(issuer)}`);
}
