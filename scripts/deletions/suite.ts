// The test files that a deletion has to make red, in the order in which they probably do.
import { spawn } from "node:child_process";
import { globSync } from "node:fs";

/** Left out: what measures code and gas, which the switches change, and what stands up a whole machine. */
const excluded = [/\/sizes\.test\.ts$/, /\/gas\//];

/** Tests of the same within other files. */
export const skipped = "/gas|EIP-170/";

/** A mutant may loop for ever; the longest file takes a tenth of this. */
const deadline = 180_000;

export function suiteOf(clone: string): string[] {
  const files = globSync("test/{contracts,differential}/**/*.test.ts", { cwd: clone }).sort();
  return files.filter((file) => !excluded.some((pattern) => pattern.test(file)));
}

export interface Outcome {
  readonly isGreen: boolean;
  readonly seconds: number;
  /** First failing test, or what else went wrong. */
  readonly reason: string;
}

/** Runs one file up to its first failing test. */
export function runFile(clone: string, file: string): Promise<Outcome> {
  const began = performance.now();
  const env = { ...process.env, HARDHAT_DISABLE_TELEMETRY: "true", CI: "true" };
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ["--test-reporter=tap", `--test-skip-pattern=${skipped}`, file], {
      cwd: clone,
      env,
      stdio: ["ignore", "pipe", "ignore"],
    });
    let reason = "";
    let rest = "";
    const stop = (why: string): void => {
      reason ||= why;
      child.kill("SIGKILL");
    };
    const timer = setTimeout(() => stop("no end"), deadline);
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      const failed = lines.find((line) => /^\s*not ok /.test(line));
      if (failed !== undefined) stop(failed.trim().replace(/^not ok \d+ - /, ""));
    });
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      // Ended from outside, as by a system without memory for a mutant that takes all of it: red, as one without an end.
      if (code === null) reason ||= `ended by ${signal}`;
      const seconds = (performance.now() - began) / 1000;
      resolve({ isGreen: code === 0 && reason === "", seconds, reason: reason || `exit code ${code}` });
    });
  });
}

/** Sorts the files for a function: those that noticed a deletion there before, those of like name, then the quickest. */
export class Order {
  readonly #files: readonly string[];
  readonly #seconds = new Map<string, number>();
  readonly #notices = new Map<string, number>();

  constructor(files: readonly string[]) {
    this.#files = files;
  }

  of(place: string): string[] {
    const weight = (file: string): number =>
      (this.#notices.get(`${place} ${file}`) ?? 0) * 100 +
      likeness(place, file) * 10 -
      (this.#seconds.get(file) ?? 5);
    return [...this.#files].sort((a, b) => weight(b) - weight(a));
  }

  /** Notes that a test of `file` noticed a deletion at `place`. */
  note(place: string, file: string): void {
    const key = `${place} ${file}`;
    this.#notices.set(key, (this.#notices.get(key) ?? 0) + 1);
  }

  /** Notes how long a file takes when it is green. */
  time(file: string, seconds: number): void {
    this.#seconds.set(file, seconds);
  }
}

// Parts of the paths of the test files that exercise a source or one of its functions, the likeliest first. It is an order and no choice: the
// other files follow.
const likely: readonly (readonly [place: RegExp, files: readonly string[]])[] = [
  [/TDXVerifier\.constructor/, ["verifiers/tdx", "p256-fallback"]],
  [/\.constructor/, ["p256-fallback"]],
  [/storage\//, ["tcb-levels", "intel-upserts", "intel-crls"]],
  [/\.(attestCvm|reattestCvm)/, ["calldata-forms"]],
  [/supportsInterface/, ["registry/governance"]],
  [/tee\/snp|SNPReport/, ["snp-report", "snp-proof"]],
  [/TDXProofVerifier|zk\/(journals|Proof(Reports|Times))/, ["snp-proof", "dcap-journal", "tdx-proof"]],
  [/zk\//, ["contracts/zk"]],
  [/crypto\/P256/, ["p256-fallback", "crypto"]],
  [/crypto\/SHA/, ["sha512"]],
  [/crypto\//, ["crypto", "ak-issuers"]],
  [/evidence\/CompactClaims/, ["compact-claims"]],
  [/evidence\/(Base64|RuntimeClaims)/, ["runtime-claims", "compact-claims", "intel-certificates"]],
  [/evidence\/PEM/, ["intel-certificates", "tdx.test", "tdx-quote"]],
  [/evidence\/PCR(Bank|Values)/, ["pcr-bank", "verifiers/tpm", "tpm-vectors.test"]],
  [/TPMVerifier\.verifyCertifiedQuote/, ["verifiers/tpm", "tpm-vectors-in-registrations"]],
  [/TPMVerifier\.verifyCreation/, ["tpm-creation", "tpm-lengths"]],
  [/TPMVerifier\.(verifyQuotedValues|verifyCertification|_require)/, ["tpm-lengths"]],
  [/evidence\/TPM|tpm\/TPM/, ["verifiers/tpm", "tpm-vectors.test", "tpm-creation", "parity-tpm"]],
  [/evidence\/TD/, ["verifiers/tdx", "tdx-quote", "known-hosts", "tdx-vectors", "tdx-random"]],
  [/tpm\/AKMarks/, ["ak-marks", "ak-cloud", "registry/registration"]],
  [
    /tpm\/AK/,
    [
      "ak-revocations",
      "ak-certificates",
      "ak-issuers",
      "ak-chains",
      "ak-marks",
      "ak-revocations",
      "ak-cloud",
    ],
  ],
  [/x509\/(DERTime|Calendar)/, ["differential/documents", "verifiers/documents.", "crl.test"]],
  [/DER\.peekShort/, ["ak-marks"]],
  [/x509\/CertificateList/, ["crl.test", "intel-crls"]],
  [
    /x509\//,
    [
      "certificate-members",
      "certificate-forms",
      "certificate.test",
      "crl.test",
      "ak-issuers",
      "pck-certificates",
      "ak-chains",
    ],
  ],
  [
    /tdx\/documents\//,
    ["verifiers/documents", "documents-", "tcb-levels", "evaluation", "differential/documents"],
  ],
  [/HostVerifier\._verifyHost|requireUnrevoked/, ["superseded-intermediate", "known-hosts", "verifiers/tdx"]],
  [/HostVerifier\._(readLeaf|readChain|requirePCK)/, ["pck-cert", "verifiers/tdx"]],
  [/HostVerifier\._recallHost|KnownHosts/, ["known-hosts", "intel-collateral"]],
  [
    /tdx\/QuotingEnclave|TDXVerifier\.(verify|_refuse|_judge)/,
    ["tdx-attributes", "known-hosts", "tdx-vectors"],
  ],
  [/IntelCertificates\.upsertSigner/, ["intel-certificates", "intel-collateral"]],
  [/IntelCollateral\.require/, ["intel-crls", "known-hosts"]],
  [/tdx\/IntelCRLs/, ["intel-crls"]],
  [/tdx\/IntelCollateral/, ["intel-upserts", "intel-collateral", "intel-evaluation", "intel-crls"]],
  [/tdx\/TCBLevels/, ["tcb-levels"]],
  [
    /tdx\/(PCK|Known|Deny|TCB)/,
    ["pck-cert", "known-hosts", "deny-list", "tcb-levels", "verifiers/tdx", "tdx-"],
  ],
  [
    /tdx\/Intel/,
    ["intel-certificates", "intel-crls", "intel-upserts", "intel-collateral", "intel-evaluation"],
  ],
  [/tee\//, ["verifiers/tdx", "known-hosts", "pck-cert", "tdx-vectors", "tdx-random", "tdx-quote", "intel-"]],
  [/policy\/PlatformPolicy/, ["application/platforms"]],
  [/policy\/Golden/, ["application/preview", "registry/application"]],
  [/messages\//, ["use-signature"]],
  [
    /CVMApplication|policy|messages|examples/,
    ["registry/application", "use-signature", "application/platforms", "preview", "policy-parity"],
  ],
  [/signers/, ["p256-fallback", "signer-verifier", "identity-signer"]],
  [/freshness/, ["recent-block"]],
  [/registration\/Answers/, ["registry/answers"]],
  [/registration\/CanonicalCalldata/, ["canonical-calldata", "registry/registration."]],
  [/registration\/Governance/, ["registry/roles", "registry/governance"]],
  [/registration\/Identity/, ["protocol-vectors"]],
  [/registration\/KeyActions/, ["registry/key-claims", "registry/key-actions"]],
  [/Reattestation\._require(Valid|Same)/, ["reattestation-states"]],
  [/Reattestation\._rateAnew/, ["differential/reattestation.test"]],
  [
    /registration\/Reattestation/,
    ["reattestation-refusals", "reattestation-states", "differential/reattestation.test"],
  ],
  [/RecordViews\.classEpoch/, ["registry/governance"]],
  [/registration\/RecordViews/, ["registry/roles"]],
  [/Records\._isLive/, ["registry/key-actions"]],
  [/Records\._(requireFreeKey|requireReplaceable|supersede)/, ["registry/spellings", "registry/squatting"]],
  [/Records\._passOperator/, ["registry/rotation"]],
  [/Records\._recordReattestation/, ["reattestation-states"]],
  [/Records\._(kindOf|requireCloud)|CVMRegistry\._requireKnown/, ["registry/registration."]],
  [
    /registration\/Records/,
    ["registry/life-cycle", "registry/key-claims", "registry/roles", "registry/registration."],
  ],
  [/registration\/ReportId/, ["registration-binding"]],
  [/registration\/Record\.|TPMEvidence\._rate/, ["registration-record"]],
  [
    /registration|CVMRegistry/,
    [
      "registry/registration.",
      "key-claims",
      "registration-binding",
      "registration-record",
      "registry/governance",
    ],
  ],
];

/** More for a file that is likelier. */
function likeness(place: string, file: string): number {
  const names = likely.filter(([pattern]) => pattern.test(place)).flatMap(([, files]) => files);
  const rank = names.findIndex((name) => file.includes(name));
  return rank === -1 ? 0 : names.length - rank;
}
