// The simulator's Intel collateral, checked without our own verifier: node:crypto and JSON alone.
import assert from "node:assert/strict";
import { createHash, verify, X509Certificate } from "node:crypto";
import { describe, it } from "node:test";
import {
  simulatedCollateralSource,
  simulatedEvaluationNumbers,
  simulatedTdxCollateral,
} from "../../agent/platforms/simulated/collateral.ts";
import { intelAuthorities } from "../../agent/platforms/simulated/pki.ts";
import { seededAuthorities } from "../../agent/platforms/simulated/seeded-authorities.ts";
import { revokedPckSerials } from "../../agent/platforms/simulated/tcb.ts";
import { toHex } from "../../sdk/evidence/bytes.ts";
import { derTags, readDer, readDerNodes } from "../../sdk/evidence/der.ts";
import type { DerNode } from "../../sdk/evidence/der.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import { readTime } from "../../sdk/evidence/time.ts";

const now = new Date("2026-02-05T13:14:15Z");
const collateral = simulatedTdxCollateral({ now });
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1");

const certificatesOf = (pem: Uint8Array): X509Certificate[] => {
  const parts = text(pem).match(/-----BEGIN[^-]+-----[^-]+-----END[^-]+-----\n/g)!;
  assert.equal(parts.join(""), text(pem));
  return parts.map((part) => new X509Certificate(part));
};
const [signer, root] = certificatesOf(collateral.tcbInfoIssuerChain);
const [platformCa] = certificatesOf(collateral.pckCrlIssuerChain);

function mustRead(bytes: Uint8Array, tag: number): DerNode[] {
  const node = readDer(bytes, tag);
  assert.ok(!isRefusal(node));
  const members = readDerNodes(node.content);
  assert.ok(!isRefusal(members));
  return members;
}

/** Members of a CRL by their place (RFC 5280 §5.1); entries are optional. */
function crlOf(der: Uint8Array) {
  const [list, , seal] = mustRead(der, derTags.sequence);
  const members = mustRead(list!.raw, derTags.sequence);
  const entries = members.length === 7 ? mustRead(members[5]!.raw, derTags.sequence) : null;
  const date = (node: DerNode | undefined) => {
    const seconds = readTime(node!);
    assert.ok(!isRefusal(seconds));
    return new Date(Number(seconds) * 1000).toISOString();
  };
  return {
    tbs: list!.raw,
    signature: seal!.content.subarray(1),
    version: toHex(members[0]!.raw),
    issuer: toHex(members[2]!.raw),
    thisUpdate: date(members[3]),
    nextUpdate: date(members[4]),
    entries:
      entries?.map((entry) => mustRead(entry.raw, derTags.sequence).map(({ raw }) => toHex(raw))) ?? null,
    extensions: toHex(members.at(-1)!.raw),
  };
}

const keyIdentifier = (certificate: X509Certificate): string => {
  const spki = certificate.publicKey.export({ format: "der", type: "spki" });
  return createHash("sha1").update(spki.subarray(-65)).digest("hex");
};

interface Level {
  readonly tcbStatus: string;
  readonly tcbDate: string;
  readonly advisoryIDs?: string[];
  readonly tcb: Record<string, { svn: number }[]> & { pcesvn: number; isvsvn: number };
}
interface Document extends Record<string, unknown> {
  readonly tcbLevels: Level[];
  readonly tdxModuleIdentities: { id: string; tcbLevels: Level[] }[];
}
const jsonOf = (bytes: Uint8Array) => JSON.parse(text(bytes)) as Document;
describe("simulated collateral: certificates", () => {
  it("brings the TCB signing certificate, which is no CA and signs for nobody but itself", () => {
    assert.ok(signer!.verify(root!.publicKey) && root!.verify(root!.publicKey));
    assert.equal(signer!.ca, false);
    assert.match(signer!.subject, /^CN=Intel SGX TCB Signing\n/);
    assert.equal(signer!.issuer, root!.subject);
    // keyUsage: critical, BIT STRING of digitalSignature and nonRepudiation.
    assert.ok(toHex(signer!.raw).includes("0603551d0f0101ff0404030206c0"));
  });

  it("brings the PCK CRL's issuer with the same root, and one signer for both documents", () => {
    assert.ok(platformCa!.verify(root!.publicKey) && platformCa!.ca);
    assert.equal(certificatesOf(collateral.pckCrlIssuerChain)[1]!.fingerprint256, root!.fingerprint256);
    assert.deepEqual(collateral.qeIdentityIssuerChain, collateral.tcbInfoIssuerChain);
  });
});

describe("simulated collateral: revocation lists", () => {
  for (const [name, der, issuer, days] of [
    ["root", collateral.rootCaCrl, root!, 365],
    ["PCK", collateral.pckCrl, platformCa!, 30],
  ] as const) {
    it(`${name} CRL is version 2, signed by its issuer, dated by the day`, () => {
      const crl = crlOf(der);
      assert.ok(verify("sha256", crl.tbs, issuer.publicKey, crl.signature));
      assert.equal(crl.version, "0x020101");
      assert.ok(toHex(issuer.raw).includes(crl.issuer.slice(2)));
      assert.equal(crl.thisUpdate, "2026-01-31T00:00:00.000Z");
      assert.equal(Date.parse(crl.nextUpdate) - Date.parse(crl.thisUpdate), days * 86_400_000);
      const authority = `0603551d23041830168014${keyIdentifier(issuer)}`;
      assert.ok(crl.extensions.includes("0603551d140403020101") && crl.extensions.includes(authority));
    });
  }

  it("have no entries at the root, and the revoked serials with reason at the CA", () => {
    assert.equal(crlOf(collateral.rootCaCrl).entries, null);
    const entries = crlOf(collateral.pckCrl).entries!;
    assert.deepEqual(
      entries.map(([serial]) => BigInt(`0x${serial!.slice(6)}`)),
      revokedPckSerials.map((serial) => BigInt(toHex(serial))),
    );
    for (const [, , extensions] of entries) assert.equal(extensions, "0x300c300a0603551d1504030a0101");
    // The high bit takes a sign byte.
    assert.ok(entries[1]![0]!.startsWith("0x021500ef"));
  });
});

describe("simulated collateral: documents", () => {
  for (const [name, bytes, signature] of [
    ["TCB info", collateral.tcbInfo, collateral.tcbInfoSignature],
    ["QE identity", collateral.qeIdentity, collateral.qeIdentitySignature],
  ] as const) {
    it(`${name} is signed over its exact bytes and compact`, () => {
      assert.equal(signature.length, 64);
      const key = { key: signer!.publicKey, dsaEncoding: "ieee-p1363" } as const;
      assert.ok(verify("sha256", bytes, key, signature));
      assert.equal(JSON.stringify(jsonOf(bytes)), text(bytes));
      assert.equal(jsonOf(bytes)["issueDate"], "2026-01-31T00:00:00Z");
      assert.equal(jsonOf(bytes)["nextUpdate"], "2026-03-02T00:00:00Z");
    });
  }

  it("TCB info has Intel's members in Intel's order", () => {
    const info = jsonOf(collateral.tcbInfo);
    const head = "id version issueDate nextUpdate fmspc pceId tcbType tcbEvaluationDataNumber";
    assert.deepEqual(Object.keys(info), [
      ...head.split(" "),
      "tdxModule",
      "tdxModuleIdentities",
      "tcbLevels",
    ]);
    assert.deepEqual([info["id"], info["version"], info["tcbType"], info["pceId"]], ["TDX", 3, 0, "0000"]);
    assert.deepEqual(Object.keys(info.tcbLevels[2]!), ["tcb", "tcbDate", "tcbStatus", "advisoryIDs"]);
    assert.deepEqual(Object.keys(info.tcbLevels[0]!.tcb), ["sgxtcbcomponents", "pcesvn", "tdxtcbcomponents"]);
    assert.deepEqual(
      info.tdxModuleIdentities.map(({ id }) => id),
      ["TDX_03", "TDX_01"],
    );
    const [first, , , bios, , , none] = info.tcbLevels[0]!.tcb["sgxtcbcomponents"]!;
    assert.deepEqual(first, { svn: 3, category: "BIOS", type: "Early Microcode Update" });
    assert.deepEqual([bios, none], [{ svn: 2, category: "BIOS" }, { svn: 0 }]);
    for (const { tcb } of info.tcbLevels)
      for (const name of ["sgxtcbcomponents", "tdxtcbcomponents"]) assert.equal(tcb[name]!.length, 16);
  });

  it("levels are UpToDate, SWHardeningNeeded and OutOfDate, and descend strictly", () => {
    const { tcbLevels } = jsonOf(collateral.tcbInfo);
    assert.deepEqual(
      tcbLevels.map(({ tcbStatus, advisoryIDs }) => [tcbStatus, advisoryIDs !== undefined]),
      [
        ["UpToDate", false],
        ["SWHardeningNeeded", true],
        ["OutOfDate", true],
      ],
    );
    const keys = tcbLevels.map(({ tcb }) => {
      const svns = [...tcb["sgxtcbcomponents"]!, { svn: tcb.pcesvn }, ...tcb["tdxtcbcomponents"]!];
      return svns.map(({ svn }) => String(svn).padStart(5, "0")).join();
    });
    assert.deepEqual(keys, [...new Set(keys)].sort().reverse());
  });

  it("QE identity has Intel's members and values of the TD quoting enclave", () => {
    const identity = jsonOf(collateral.qeIdentity);
    assert.deepEqual(
      Object.keys(identity).join(" "),
      [
        "id version issueDate nextUpdate tcbEvaluationDataNumber miscselect miscselectMask",
        "attributes attributesMask mrsigner isvprodid tcbLevels",
      ].join(" "),
    );
    assert.equal(identity["attributesMask"], "FBFFFFFFFFFFFFFF0000000000000000");
    // The length of Intel's own since 2025.
    assert.equal(collateral.qeIdentity.length, 461);
  });

  it("the list of evaluation numbers is signed and starts with the documents' own", () => {
    const { text: bytes, signature } = simulatedEvaluationNumbers(now);
    const key = { key: signer!.publicKey, dsaEncoding: "ieee-p1363" } as const;
    assert.ok(verify("sha256", bytes, key, signature));
    const { tcbEvalNumbers, ...head } = jsonOf(bytes);
    assert.deepEqual(Object.keys(head), ["id", "version", "issueDate", "nextUpdate"]);
    const [first] = tcbEvalNumbers as Record<string, unknown>[];
    assert.equal(first!["tcbEvaluationDataNumber"], jsonOf(collateral.tcbInfo)["tcbEvaluationDataNumber"]);
  });
});

describe("simulated collateral: days and deviations", () => {
  it("is the same for a whole day, and another the next", () => {
    const late = simulatedTdxCollateral({ now: new Date("2026-02-05T23:59:59Z") });
    assert.deepEqual(late, collateral);
    const next = simulatedTdxCollateral({ now: new Date("2026-02-06T00:00:00Z") });
    assert.notDeepEqual(next.tcbInfo, collateral.tcbInfo);
    assert.notDeepEqual(next.rootCaCrl, collateral.rootCaCrl);
  });

  it("takes levels, serials, dates and texts that a test gives, and signs them", () => {
    const tcbInfo = { tcbEvaluationDataNumber: 7, tdxModuleIdentities: null };
    const other = simulatedTdxCollateral({
      now,
      tcbInfo,
      rewriteTcbInfo: (original) => `${original} `,
      rootCrl: { revokedSerials: [Uint8Array.of(5)], nextUpdate: new Date("2051-01-01T00:00:00Z") },
    });
    assert.ok(text(other.tcbInfo).endsWith(" "));
    assert.equal(jsonOf(other.tcbInfo)["tcbEvaluationDataNumber"], 7);
    assert.ok(!("tdxModuleIdentities" in jsonOf(other.tcbInfo)));
    const key = { key: signer!.publicKey, dsaEncoding: "ieee-p1363" } as const;
    assert.ok(verify("sha256", other.tcbInfo, key, other.tcbInfoSignature));
    const crl = crlOf(other.rootCaCrl);
    assert.equal(crl.entries![0]![0], "0x020105");
    assert.equal(crl.nextUpdate, "2051-01-01T00:00:00.000Z");
  });

  it("is made once a day by its source, which knows the simulated platform alone", async () => {
    let at = now;
    const source = simulatedCollateralSource(() => at);
    const first = await source.tdxCollateral({ fmspc: "90C06F000000", ca: "platform" });
    at = new Date("2026-02-05T20:00:00Z");
    assert.equal(await source.tdxCollateral({ fmspc: "90c06f000000", ca: "platform" }), first);
    at = new Date("2026-02-06T20:00:00Z");
    assert.notEqual(await source.tdxCollateral({ fmspc: "90c06f000000", ca: "platform" }), first);
    await assert.rejects(source.tdxCollateral({ fmspc: "90c06f000000", ca: "processor" }), /no platform/);
    await assert.rejects(source.tdxCollateral({ fmspc: "00806f050000", ca: "platform" }), /no platform/);
  });

  it("comes from authorities of a seed as well, the same for the same seed", async () => {
    const authorities = await seededAuthorities({ seed: 1, ca: "processor" });
    assert.deepEqual((await seededAuthorities({ seed: 1, ca: "processor" })).root.der, authorities.root.der);
    const [ca, injected] = certificatesOf(simulatedTdxCollateral({ now, authorities }).pckCrlIssuerChain);
    assert.ok(ca!.verify(injected!.publicKey));
    assert.match(ca!.subject, /^CN=Intel SGX PCK Processor CA\n/);
    assert.notDeepEqual(authorities.root.der, intelAuthorities().root.der);
  });
});
