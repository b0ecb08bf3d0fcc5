// `npm run vectors`: what it recognises, what it counts, and its exit status.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash, generateKeyPairSync, sign } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import type { VectorReport } from "../../scripts/vectors/report.ts";

const folder = mkdtempSync(join(tmpdir(), "cvm-vectors-"));
after(() => rmSync(folder, { recursive: true }));

function run(...paths: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["scripts/vectors.ts", ...paths], {
    encoding: "utf8",
  });
  const lines = stdout.split("\n").filter((line) => line !== "");
  return { status, stderr, reports: lines.map((line) => JSON.parse(line) as VectorReport) };
}

let files = 0;
/** The name says nothing: files are told by their content. */
function fileOf(content: unknown): string {
  const path = join(folder, `${files++}.data`);
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}

const vendor = "test/fixtures/vendor";
const p1363 = `${vendor}/wycheproof/ecdsa_secp256r1_sha256_p1363_test.json`;
const pathPrimitive = "contracts/tpm/AKCertificates + sdk/verify/ak-certificates";
const cavp = `${vendor}/nist-cavp/SHA384ShortMsg.rsp`;

interface Test {
  tcId: number;
  msg: string;
  sig: string;
  result: string;
}
type Suite = { numberOfTests: number; testGroups: { tests: Test[] }[] };
const mustRead = (path: string) => JSON.parse(readFileSync(path, "utf8")) as Suite;

describe("vendored vectors", () => {
  it("agree with contract and SDK; what differs on purpose is named", () => {
    const { status, stderr, reports } = run(vendor);
    assert.equal(stderr, "");
    assert.equal(status, 0);
    const [hash, pkits, ecdsa, p384, rsa, ...longRsa] = reports;
    const limbo = longRsa.pop()!;
    assert.equal(reports.length, 8);
    assert.deepEqual([hash!.cases, hash!.agree, hash!.disagree, hash!.skipped], [129, 129, [], {}]);
    assert.deepEqual([ecdsa!.cases, ecdsa!.agree, ecdsa!.disagree, ecdsa!.skipped], [262, 262, [], {}]);
    // The SDK judges them (test/sdk), and no contract: P-384 is for evidence that is judged off chain only.
    assert.deepEqual(p384!.skipped, { "ECDSA on secp384r1: no primitive": 504 });
    assert.deepEqual([rsa!.cases, rsa!.agree, rsa!.disagree], [259, 256, []]);
    assert.deepEqual(rsa!.skipped, {
      'policy: result "acceptable" leaves the verdict to the verifier': 1,
      "policy: RSA keys have e = 65537": 2,
    });
    // RSA-4096 with SHA-384 and SHA-512.
    for (const { primitive, cases, agree, disagree, skipped } of longRsa) {
      assert.equal(primitive, "contracts/crypto/RSA + sdk/verify/signature");
      assert.deepEqual([cases, agree, disagree], [259, 258, []]);
      assert.deepEqual(skipped, { 'policy: result "acceptable" leaves the verdict to the verifier': 1 });
    }
    assert.equal(ecdsa!.primitive, "contracts/crypto/P256 + sdk/verify/signature");
    for (const { primitive, disagree } of [pkits!, limbo])
      assert.deepEqual([primitive, disagree], [pathPrimitive, []]);
    assert.deepEqual([pkits!.cases, pkits!.agree], [22, 16]);
    assert.deepEqual(pkits!.skipped, {
      "policy: names are compared byte by byte": 5,
      "policy: unique identifiers are refused": 1,
    });
    assert.deepEqual([limbo.cases, limbo.agree], [31, 21]);
    assert.equal(Object.keys(limbo.skipped).length, 9);
  });
});

const message = Buffer.from("message");
const p256Group = (type: string, key: KeyObject, tests: Test[], sha = "SHA-256", curve = "secp256r1") => ({
  type,
  sha,
  publicKey: { curve },
  publicKeyDer: key.export({ format: "der", type: "spki" }).toString("hex"),
  tests,
});
const suiteOf = (...testGroups: { tests: Test[] }[]) => ({
  numberOfTests: testGroups.reduce((sum, { tests }) => sum + tests.length, 0),
  testGroups,
});
const testsOf = (sigs: readonly (readonly [Buffer, boolean])[]): Test[] =>
  sigs.map(([sig, isValid], at) => ({
    tcId: at + 1,
    msg: message.toString("hex"),
    sig: sig.toString("hex"),
    result: isValid ? "valid" : "invalid",
  }));

const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
/** INTEGER content of r or s: 32 bytes with a sign byte where it is due. */
const content = (value: Buffer) => {
  const start = value.findIndex((byte) => byte !== 0);
  const bytes = value.subarray(start);
  return bytes[0]! >= 0x80 ? Buffer.concat([Buffer.alloc(1), bytes]) : bytes;
};
const element = (tag: number, body: Buffer) => Buffer.concat([Buffer.from([tag, body.length]), body]);

describe("ECDSA signatures in DER", () => {
  const raw = sign("sha256", message, { key: privateKey, dsaEncoding: "ieee-p1363" });
  const [r, s] = [content(raw.subarray(0, 32)), content(raw.subarray(32))];
  const body = Buffer.concat([element(2, r), element(2, s)]);
  const der = element(0x30, body);

  it("count in their one encoding only", () => {
    const zero = Buffer.alloc(1);
    const tests = testsOf([
      [der, true],
      [Buffer.concat([Buffer.from([0x30, 0x81, body.length]), body]), false], // length not minimal
      [Buffer.concat([Buffer.from([0x30, 0x80]), body, Buffer.alloc(2)]), false], // indefinite length
      [Buffer.concat([der, zero]), false], // bytes behind
      [element(0x30, Buffer.concat([body, element(5, Buffer.alloc(0))])), false], // third member
      [element(0x30, Buffer.concat([element(2, Buffer.concat([zero, r])), element(2, s)])), false], // sign byte to spare
      [element(0x30, element(2, r)), false],
      [element(0x31, body), false],
      [raw, false],
      [Buffer.alloc(0), false],
    ]);
    const { status, reports } = run(fileOf(suiteOf(p256Group("EcdsaVerify", publicKey, tests))));
    assert.deepEqual(reports[0]!.disagree, []);
    assert.equal(reports[0]!.agree, tests.length);
    assert.equal(status, 0);
  });

  it("of a changed message are refused on both sides", () => {
    const tests = testsOf([[der, false]]);
    tests[0]!.msg = "00";
    const { reports } = run(fileOf(suiteOf(p256Group("EcdsaVerify", publicKey, tests))));
    assert.equal(reports[0]!.agree, 1);
  });
});

describe("disagreement", () => {
  it("is named by its id and ends in 1", () => {
    const suite = mustRead(p1363);
    const [valid] = suite.testGroups[0]!.tests;
    valid!.result = "invalid";
    const { status, reports } = run(fileOf(suite), cavp);
    assert.equal(status, 1);
    assert.deepEqual(reports[0]!.disagree, [valid!.tcId]);
    assert.equal(reports[0]!.agree, reports[0]!.cases - 1);
    assert.deepEqual(reports[1]!.disagree, []);
  });

  it("of a digest is named by its Len", () => {
    const text = readFileSync(cavp, "latin1");
    const digest = createHash("sha384").update(Buffer.from("6ece", "hex")).digest("hex");
    const { status, reports } = run(fileOf(text.replace(digest, digest.replace(/^./, "0"))));
    assert.equal(status, 1);
    assert.deepEqual(reports[0]!.disagree, [16]);
  });
});

describe("cases without a primitive", () => {
  it("are skipped with the reason", () => {
    const tests = testsOf([[Buffer.alloc(64), false]]);
    const groups = [
      p256Group("EcdsaVerify", publicKey, tests, "SHA-512"),
      p256Group("EcdsaVerify", publicKey, tests, "SHA-384", "secp384r1"),
      { ...p256Group("RsassaPkcs1Verify", publicKey, tests, "SHA-512/256"), keySize: 2048 },
      { ...p256Group("RsassaPkcs1Verify", publicKey, tests), keySize: 8192 },
      p256Group("RsassaPssVerify", publicKey, tests),
    ];
    const { status, reports } = run(fileOf(suiteOf(...groups)));
    assert.equal(status, 0);
    assert.equal(reports[0]!.agree, 0);
    assert.deepEqual(reports[0]!.skipped, {
      "ECDSA with SHA-512: no primitive": 1,
      "ECDSA on secp384r1: no primitive": 1,
      "RSA PKCS#1 v1.5 with SHA-512/256: no primitive": 1,
      "RSA of 8192 bits: no primitive": 1,
      "RsassaPssVerify: no primitive": 1,
    });
  });
});

/** PKITS with some of its files, each by the name of another where `as` says so. */
function pkitsOf(names: readonly string[], as: Readonly<Record<string, string>> = {}): string {
  const root = join(folder, `pkits-${files++}`);
  mkdirSync(join(root, "certs"), { recursive: true });
  for (const name of names)
    copyFileSync(`${vendor}/nist-pkits/certs/${name}.crt`, join(root, "certs", `${as[name] ?? name}.crt`));
  return root;
}

describe("certificate paths", () => {
  const names = [
    "TrustAnchorRootCertificate",
    "GoodCACert",
    "ValidCertificatePathTest1EE",
    "InvalidEESignatureTest3EE",
  ];

  it("of PKITS are put together from what lies in the folder", () => {
    const { status, reports } = run(pkitsOf(names), pkitsOf(names.filter((name) => name !== "GoodCACert")));
    assert.equal(status, 1);
    assert.deepEqual(reports[0]!.disagree, []);
    assert.equal(reports[0]!.agree, 2);
    assert.deepEqual(reports[1]!.disagree, ["ValidCertificatePathTest1"]);
  });

  it("of another verdict than stated disagree, by the name of the test", () => {
    const [, , valid, invalid] = names as [string, string, string, string];
    const swapped = { [valid]: "InvalidSwappedTest1EE", [invalid]: "ValidSwappedTest3EE" };
    const { status, reports } = run(pkitsOf(names, swapped));
    assert.equal(status, 1);
    assert.deepEqual(reports[0]!.disagree.toSorted(), ["InvalidSwappedTest1", "ValidSwappedTest3"]);
  });

  it("of limbo are judged at their own time, and a difference counts for its own test only", () => {
    const { testcases } = JSON.parse(readFileSync(`${vendor}/x509-limbo/limbo.json`, "utf8")) as {
      testcases: { id: string; validation_time: string | null; expected_result: string }[];
    };
    const find = (id: string) => ({ ...testcases.find((test) => test.id === id)! });
    const leaf = { ...find("rfc5280::validity::expired-leaf"), validation_time: "2019-06-01T00:00:00Z" };
    const anchor = { ...find("rfc5280::serial::zero"), id: "rfc5280::serial::one" };
    const { status, reports } = run(fileOf({ version: 1, testcases: [leaf, anchor] }));
    assert.equal(status, 1);
    assert.deepEqual(reports[0]!.disagree, [leaf.id, anchor.id]);
  });
});

describe("what cannot be judged", () => {
  const shortSuite = mustRead(p1363);
  shortSuite.testGroups.pop();
  const unstated = mustRead(p1363);
  unstated.testGroups[0]!.tests[0]!.result = "perhaps";
  const noHex = mustRead(p1363);
  noHex.testGroups[0]!.tests[0]!.sig = "0g";
  const limboOf = (by: object) => {
    const { testcases } = JSON.parse(readFileSync(`${vendor}/x509-limbo/limbo.json`, "utf8")) as {
      testcases: object[];
    };
    return fileOf({ version: 1, testcases: [{ ...testcases[0], ...by }] });
  };
  const empty = join(folder, "empty");
  mkdirSync(empty);

  for (const [name, paths] of [
    ["no argument", []],
    ["a flag", ["--json"]],
    ["a missing file", [join(folder, "missing")]],
    ["other JSON", [fileOf({ kind: "tdx-quote" })]],
    ["text", [fileOf("Len = 8\n")]],
    ["a suite that lost a group", [fileOf(shortSuite)]],
    ["a result of another word", [fileOf(unstated)]],
    ["a signature that is no hex", [fileOf(noHex)]],
    ["a response file with a digest cut", [fileOf(readFileSync(cavp, "latin1").slice(0, -60))]],
    ["a folder without vectors", [empty]],
    ["a limbo test of another result", [limboOf({ expected_result: "MAYBE" })]],
    ["a limbo test whose certificate is no PEM", [limboOf({ peer_certificate: "MIIB" })]],
    ["a limbo test of no time", [limboOf({ validation_time: "soon" })]],
    ["a PKITS folder without an anchor", [pkitsOf(["GoodCACert", "ValidCertificatePathTest1EE"])]],
    ["a good file beside a bad one", [cavp, fileOf("{}")]],
  ] as const)
    it(`${name} ends in 2 with nothing on stdout`, () => {
      const { status, stderr, reports } = run(...paths);
      assert.equal(status, 2);
      assert.notEqual(stderr, "");
      assert.deepEqual(reports, []);
    });
});
