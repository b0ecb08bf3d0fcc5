// The contract's readers of Intel's documents, lists and certificates against the SDK's on the same changed bytes: both
// refuse with the same check, or both read the same values. FUZZ_RUNS sets how many changes of each kind run.
import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { network } from "hardhat";
import { simulatedEvaluationNumbers } from "../../agent/platforms/simulated/collateral.ts";
import { readCertificate } from "../../sdk/evidence/certificate.ts";
import { readCertificateList } from "../../sdk/evidence/certificate-list.ts";
import { readEvaluationNumbers } from "../../sdk/evidence/evaluation-numbers.ts";
import { readPemChain } from "../../sdk/evidence/pem.ts";
import { readQeIdentity } from "../../sdk/evidence/qe-identity.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import type { Refusal } from "../../sdk/evidence/refusal.ts";
import { readTcbInfo } from "../../sdk/evidence/tcb-info.ts";
import { readTdxQuote } from "../../sdk/evidence/tdx-quote.ts";
import { azureRegistration, gcpRegistration, hardware, simulated } from "../contracts/verifiers/captured.ts";
import { certificateLists, qeIdentities, tcbInfos } from "../contracts/verifiers/intel-documents.ts";
import { hex } from "../contracts/verifiers/outcome.ts";
import {
  certificateListReading,
  certificateReading,
  evaluationNumbersReading,
  qeIdentityReading,
  serialsOf,
  tcbInfoReading,
} from "../support/contract-readings.ts";
import { mutateDer } from "../support/der-mutations.ts";
import { frozenAccess } from "../support/intel-chain.ts";
import type { Target } from "../support/intel-chain.ts";
import { mutateJson } from "../support/json-mutations.ts";
import { seededRandom } from "../support/mutations.ts";
import { quoteBytes, real } from "../support/tdx-vectors.ts";

const runs = Number(process.env["FUZZ_RUNS"] ?? 250);

const connection = await network.create();
const { call } = await frozenAccess(connection, 0);
const documents: Target = await connection.viem.deployContract("DocumentHarness");
const certificates: Target = await connection.viem.deployContract("CertificateHarness");
after(() => connection.close());

const latin1 = (text: string) => Uint8Array.from(Buffer.from(text, "latin1"));
const fromLatin1 = (bytes: Uint8Array) => Buffer.from(bytes).toString("latin1");
const mutateText = (bytes: Uint8Array, random: ReturnType<typeof seededRandom>) =>
  latin1(mutateJson(fromLatin1(bytes), random));

function mustBe<T>(value: T | Refusal): T {
  if (isRefusal(value)) throw new Error(value.detail);
  return value;
}
const pckChain = (name: string) => mustBe(readPemChain(mustBe(readTdxQuote(quoteBytes(name))).pckChain));
const digits = (texts: readonly string[] = []) =>
  texts.map((text) => Uint8Array.from(Buffer.from(text.replace(/^0x/, ""), "hex")));
const allCertificates = [
  ...digits(Object.values(real.certs)),
  ...["v5-gotdx", "v4-gcp-cos113", "v5-alibaba"].map((name) => pckChain(name)[0]!),
  ...digits([...azureRegistration.certs, ...gcpRegistration.certs]),
  ...digits(simulated["sim-quote-rsa"]!.certs),
  ...digits(hardware["azure-tdx-full-2025"]!.certs),
];
const numbersOf = (count: number) =>
  simulatedEvaluationNumbers(new Date("2026-02-05T00:00:00Z"), {
    tcbEvalNumbers: Array.from({ length: count }, (_, i) => ({
      tcbEvaluationDataNumber: 9 * (count - i),
      tcbRecoveryEventDate: "2025-05-13T00:00:00Z",
      tcbDate: "2025-05-14T00:00:00Z",
    })),
  }).text;

interface Reader {
  readonly originals: readonly Uint8Array[];
  readonly mutate: (bytes: Uint8Array, random: ReturnType<typeof seededRandom>) => Uint8Array;
  readonly target: Target;
  readonly functionName: string;
  /** The SDK's reading in the contract's shape. */
  readonly read: (bytes: Uint8Array) => object;
  /** What of the contract's reading is compared, of what the harness returns. */
  readonly shape: (returned: never) => object;
}

const reading =
  <T>(read: (bytes: Uint8Array) => T | Refusal, write: (value: T) => object) =>
  (bytes: Uint8Array) => {
    const value = read(bytes);
    return isRefusal(value) ? value : write(value);
  };

type Fields = Readonly<Record<string, unknown>>;
const ofFields = ([fields]: [Fields]): Fields => fields;
const ofList = ([fields]: [{ serials: string }]) => ({ ...fields, serials: serialsOf(fields.serials) });
/** Members that are addresses in the contract's memory are reduced to whether they are set; ends are left out. */
function ofCertificate([fields]: [Fields]): Fields {
  const addresses = ["tbs", "commonName", "gceExtension", "sgxExtension"] as const;
  const kept = Object.entries(fields).filter(([name]) => !name.endsWith("End"));
  return {
    ...Object.fromEntries(kept),
    ...Object.fromEntries(addresses.map((name) => [name, fields[name] !== 0n])),
  };
}

const readers: Readonly<Record<string, Reader>> = {
  "TCB info": {
    originals: Object.values(tcbInfos).map(latin1),
    mutate: mutateText,
    target: documents,
    functionName: "tcbInfo",
    read: reading(readTcbInfo, tcbInfoReading),
    shape: ofFields,
  },
  "QE identity": {
    originals: Object.values(qeIdentities).map(latin1),
    mutate: mutateText,
    target: documents,
    functionName: "qeIdentity",
    read: reading(readQeIdentity, qeIdentityReading),
    shape: ofFields,
  },
  "evaluation numbers": {
    originals: [1, 2, 5, 32].map(numbersOf),
    mutate: mutateText,
    target: documents,
    functionName: "evaluationNumbers",
    read: reading(readEvaluationNumbers, evaluationNumbersReading),
    shape: (fields: object) => fields,
  },
  "certificate list": {
    originals: Object.values(certificateLists).map((list) => Uint8Array.from(list)),
    mutate: mutateDer,
    target: documents,
    functionName: "certificateList",
    read: reading(readCertificateList, certificateListReading),
    shape: ofList,
  },
  certificate: {
    originals: allCertificates,
    mutate: mutateDer,
    target: certificates,
    functionName: "parse",
    read: reading(readCertificate, certificateReading),
    shape: ofCertificate,
  },
};

/** Where a document deviates lies in it or behind it: a byte at most, as a cut list of advisories counts its end. */
function assertOffset(error: string, length: number): void {
  const offset = /Malformed\((\d+)\)$/.exec(error)?.[1];
  if (offset !== undefined) assert.ok(Number(offset) <= length + 1, `${error} of ${length} bytes`);
}

for (const [at, [name, reader]] of Object.entries(readers).entries())
  describe(`${name}, contract and SDK`, () => {
    const { originals, mutate, target, functionName, read, shape } = reader;
    const compare = async (bytes: Uint8Array, what: string): Promise<string | null> => {
      const { verdict, value, error } = await call(target, functionName, hex(bytes));
      const sdk = read(bytes);
      assert.equal(verdict, isRefusal(sdk) ? sdk.check : null, what);
      if (error === null) assert.deepEqual(shape(value as never), sdk, what);
      else assertOffset(error, bytes.length);
      return verdict;
    };

    it(`read ${originals.length} originals alike`, async () => {
      for (const [i, bytes] of originals.entries()) assert.equal(await compare(bytes, `original ${i}`), null);
    });

    it(`read or refuse ${runs} changed ones alike`, async () => {
      const random = seededRandom(100 + at);
      const verdicts = new Map<string | null, number>();
      for (let run = 0; run < runs; run++) {
        const bytes = mutate(originals[run % originals.length]!, random);
        const verdict = await compare(bytes, `run ${run}: ${hex(bytes)}`);
        verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1);
      }
      // Both ends are reached, so neither side is compared with nothing.
      assert.ok(verdicts.has(null) && verdicts.size > 1, JSON.stringify([...verdicts]));
    });
  });
