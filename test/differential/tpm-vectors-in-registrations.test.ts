// The parts of the reference set's TPM vectors that only a TD quote or a whole registration can judge: runtime claims
// that no TEE reported, halves of two machines, a TD quote that somebody wrote into.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { encodeFunctionData } from "viem";
import type { FrozenChain } from "../../scripts/local-chain.ts";
import { encodeAttestCvm } from "../../sdk/evidence/calldata.ts";
import { toCompactClaims } from "../../sdk/evidence/compact-claims.ts";
import { fromHex, toHex } from "../../sdk/evidence/bytes.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import type { Registration, WorkloadCollaterals } from "../../sdk/evidence/registration.ts";
import { tdxVerifierAbi } from "../../sdk/registry/abi/TDXVerifier.ts";
import { verifyCalldata } from "../../sdk/verify/registration.ts";
import { defaultTrust } from "../../sdk/verify/roots.ts";
import { judgeTdxQuote } from "../../sdk/verify/tdx/index.ts";
import { runtimeClaims, selectedPcrs } from "../contracts/verifiers/captured.ts";
import { mustReadRegistration } from "../sdk/fixtures.ts";
import { capturedAt } from "../support/captured.ts";
import { createCapturedChain } from "../support/chain-collateral.ts";
import { verdictOnChain } from "../support/referee.ts";
import { capturedCollateral, mustJudge, quoteBytes, realTrust } from "../support/tdx-vectors.ts";
import { atakitQuote, atakitQuoteRestored, due, mustFindCase } from "../support/tpm-vectors.ts";

const captured = mustReadRegistration("azure-tdx-2025-08-26");
const quotes = {
  "azure-tdx-full-2025": "v4-azure-tdx-176466225138046427",
  "azure-tdx-full-2026": "v4-azure-tdx-with-ak-intermedia",
} as const;
type Machine = keyof typeof quotes;

/** The machine's evidence as a registration; its AK certificates are not in date when Intel's documents are. */
function registrationOf(machine: Machine, by: Partial<WorkloadCollaterals> = {}): Registration {
  const { attest, signature, pcrs } = mustFindCase(machine);
  const workloadCollaterals = {
    ...captured.workloadCollaterals,
    akPub: Buffer.from(runtimeClaims[machine]!),
    certs: [],
    tpmQuote: fromHex(attest),
    tpmSignature: fromHex(signature),
    pcrs: selectedPcrs(attest).map((index) => ({
      ...{ index, pcr: fromHex(pcrs![String(index)]!), allEvents: [], measureEventsIdx: [] },
      measurePcr: true,
    })),
    ...by,
  };
  return { ...captured, teeAttestationReport: quoteBytes(quotes[machine]), workloadCollaterals };
}

const claims = (text: string) => ({ akPub: Buffer.from(text) });
const own = runtimeClaims["azure-tdx-full-2026"]!;
const halves = registrationOf("azure-tdx-full-2025");
const compact = toCompactClaims(Buffer.from(own))!;

describe("TPM vectors in registrations, contract and SDK", () => {
  let chain: FrozenChain;
  before(async () => {
    chain = await createCapturedChain();
  });
  after(() => chain.close());

  const azure = mustJudge(capturedCollateral.azure, realTrust(capturedAt));
  const gcp = mustJudge(capturedCollateral.gcp, realTrust(capturedAt));

  const cases: readonly (readonly [string, Registration, string])[] = [
    // Quoted for no registry: all of the evidence holds, and its binding is judged last.
    ["azure-tdx-full-2026 for nobody", registrationOf("azure-tdx-full-2026"), "quote.extra-data-length"],
    ["azure-tdx-full-2025 for nobody", halves, "quote.extra-data-length"],
    [
      "neg-azure-claims-tampered",
      registrationOf("azure-tdx-full-2026", claims(own.replace('"secure-boot":true', '"secure-boot":false'))),
      due.get("neg-azure-claims-tampered")!.registration!,
    ],
    [
      "neg-azure-version2-relabel",
      registrationOf("azure-tdx-full-2026", claims(`\0\0\0\0${own}`)),
      due.get("neg-azure-version2-relabel")!.runtimeClaims!,
    ],
    [
      "compact claims for nobody",
      registrationOf("azure-tdx-full-2026", { akPub: compact }),
      "quote.extra-data-length",
    ],
    [
      "compact claims of another machine",
      registrationOf("azure-tdx-full-2026", {
        akPub: toCompactClaims(Buffer.from(runtimeClaims["azure-tdx-full-2025"]!))!,
      }),
      "azure.claims-hash",
    ],
    [
      "compact claims cut",
      registrationOf("azure-tdx-full-2026", { akPub: compact.subarray(1) }),
      "azure.claims-layout",
    ],
    [
      "the TD quote of one machine with the claims of another",
      { ...halves, teeAttestationReport: quoteBytes(quotes["azure-tdx-full-2026"]) },
      "azure.claims-hash",
    ],
    [
      "the TEE half of one machine with the TPM half of another",
      registrationOf("azure-tdx-full-2026", {
        tpmQuote: halves.workloadCollaterals.tpmQuote,
        tpmSignature: halves.workloadCollaterals.tpmSignature,
        pcrs: halves.workloadCollaterals.pcrs,
      }),
      "tpm.signature",
    ],
    [
      "a quote by PSS, which is for off chain only",
      registrationOf("azure-tdx-full-2026", {
        tpmSignature: Uint8Array.of(
          0,
          0x16,
          ...fromHex(mustFindCase("azure-tdx-full-2026").signature).slice(2),
        ),
      }),
      "tpm.signature-scheme",
    ],
  ];
  for (const [what, registration, expected] of cases)
    it(`${what}: ${expected}`, async () => {
      const calldata = encodeAttestCvm(registration);
      const context = { now: capturedAt, trust: defaultTrust, tdxCollateral: azure, chain: null };
      const contract = await verdictOnChain(chain, chain.address("CVMRegistry"), calldata);
      assert.deepEqual([contract, verifyCalldata(calldata, context).error], [expected, expected]);
    });

  for (const [id, quote] of [
    ["atakit-gcp-tdx", atakitQuote],
    ["atakit-gcp-tdx-restored", atakitQuoteRestored],
  ] as const)
    it(`${id}: ${due.get(id)!.tdQuote ?? "accepted"}`, async () => {
      const data = encodeFunctionData({ abi: tdxVerifierAbi, functionName: "verify", args: [toHex(quote)] });
      const contract = await verdictOnChain(chain, chain.address("TDXVerifier"), data);
      const judged = judgeTdxQuote(quote, { ...realTrust(capturedAt), collateral: gcp });
      assert.deepEqual(
        [contract, isRefusal(judged) ? judged.check : null],
        [due.get(id)!.tdQuote, due.get(id)!.tdQuote],
      );
    });
});
