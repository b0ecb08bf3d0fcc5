// What a proof says of a TDX quote: real proofs with the documents of Intel's that they rest on (zk.md §4, 2025-06-05), and what
// each changed part of the journal or the collateral ends in.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { simulatedTdxCollateral } from "../../agent/platforms/simulated/collateral.ts";
import { seededAuthorities } from "../../agent/platforms/simulated/seeded-authorities.ts";
import { rawPublicKey } from "../../agent/platforms/simulated/x509.ts";
import type { CheckId } from "../../sdk/checks.ts";
import { keccak256, toHex } from "../../sdk/evidence/bytes.ts";
import { encodeDcapJournal, journalFormats, readDcapJournal } from "../../sdk/evidence/journals/index.ts";
import type { DcapJournal } from "../../sdk/evidence/journals/index.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import { teeTypes } from "../../sdk/evidence/registration.ts";
import { readTcbInfo } from "../../sdk/evidence/tcb-info.ts";
import { readTdBody } from "../../sdk/evidence/tdx-quote.ts";
import { judgeTdxOutput, tdxProofScope, tdxMeasurement } from "../../sdk/verify/tdx/index.ts";
import type { JudgedTdxCollateral, TdxTrust } from "../../sdk/verify/tdx/index.ts";
import { intelRoot } from "../../sdk/verify/roots.ts";
import { knownPrograms, knownReleases, judgeProof } from "../../sdk/verify/zk/index.ts";
import { proofCase } from "../support/proofs.ts";
import { collateralFrom, documentBytes, mustJudge, realTrust } from "../support/tdx-vectors.ts";
import { edited } from "../support/snp-reports.ts";

const time = 1_749_095_100n;
const ids = {
  tcbInfo: "tdx-00806f050000-e17-2025-06-04",
  qeIdentity: "tdqe-e17-2025-06-04",
  rootCrl: "root-2025-03-20",
  pckCrl: "platform-2025-06-04",
};
const collateral = mustJudge(collateralFrom(ids), realTrust(time));
const trust: TdxTrust = { intelRoot, now: time, collateral };
const { dcap } = journalFormats;

const none = new Uint8Array(0);
const proofOf = (output: Uint8Array, statement: Uint8Array = none) => ({
  program: new Uint8Array(32),
  output,
  proof: none,
  statement,
});
const judge = (output: Uint8Array, by: Partial<TdxTrust> = {}) =>
  judgeTdxOutput(proofOf(output), dcap, { ...trust, ...by });
function errorOf(...args: Parameters<typeof judge>): CheckId | null {
  const judged = judge(...args);
  return isRefusal(judged) ? judged.check : null;
}
function must(...args: Parameters<typeof judge>) {
  const judged = judge(...args);
  if (isRefusal(judged)) throw new Error(`${judged.check}: ${judged.detail}`);
  return judged;
}

const { output } = proofCase("automata-dcap-tdx-risc0");
const journal = (() => {
  const read = readDcapJournal(output);
  if (isRefusal(read)) throw new Error(read.detail);
  return read;
})();
const changed = (by: Partial<DcapJournal>) => encodeDcapJournal({ ...journal, ...by });
const withHeld = (by: Partial<JudgedTdxCollateral>) => ({ collateral: { ...collateral, ...by } });

describe("real proofs of TDX quotes", () => {
  for (const name of ["automata-dcap-tdx-risc0", "automata-dcap-tdx-sp1-groth16"])
    it(`${name} holds, with the documents that it rests on`, () => {
      const proof = proofCase(name);
      const programs = { programs: knownPrograms, releases: knownReleases };
      assert.equal(judgeProof(teeTypes.intelTdx, proof, programs), dcap);
      const claims = must(proof.output);
      const body = readTdBody(journal.body);
      assert.deepEqual(claims, {
        statementId: keccak256(journal.body),
        teeMeasurement: tdxMeasurement(body, body.rtmr3),
        legacyTeeMeasurement: tdxMeasurement(body, new Uint8Array(48)),
        platformId: new Uint8Array(32),
        reportData: journal.body.subarray(520),
        legacyRegister: journal.body.subarray(472, 520),
        // The TCB info ends before thirty days have passed.
        validUntil: collateral.validUntil,
        tcbStatus: 5,
        keyType: 0,
        product: 0,
      });
    });

  it("end thirty days after their time where all documents last longer", () => {
    const validUntil = time + 10n ** 9n;
    assert.equal(must(output, withHeld({ validUntil })).validUntil, time + 30n * 86_400n);
    assert.equal(must(output, withHeld({ validUntil: time + 1n })).validUntil, time + 1n);
  });

  it("name documents by contents: TCB info and QE identity without dates, the others by their TBS", () => {
    assert.equal(toHex(journal.documents.tcbInfo), toHex(collateral.tcbInfo.contentHash));
    assert.equal(toHex(journal.documents.qeIdentity), toHex(collateral.qeIdentity.contentHash));
    // Issued again a day, or a month, later with the same levels.
    const later = ["tdx-00806f050000-e17-2025-07-07", "tdx-00806f050000-e17-2025-10-19"];
    const hashes = [...later, ids.tcbInfo].map((id) => {
      const info = readTcbInfo(documentBytes(id));
      return isRefusal(info) ? info.check : toHex(info.contentHash);
    });
    assert.equal(new Set(hashes).size, 1);
  });
});

describe("the proof's own words", () => {
  it("proof.journal: another format, or a byte too many", () => {
    for (const format of [journalFormats.snpV1, journalFormats.snpV2, journalFormats.snpV3]) {
      const judged = judgeTdxOutput(proofOf(output), format, trust);
      assert.ok(isRefusal(judged) && judged.check === "proof.journal");
    }
    assert.equal(errorOf(Uint8Array.of(...output, 0)), "proof.journal");
  });
  it("proof.time: from a day before now to now", () => {
    assert.equal(errorOf(output, { now: time + 86_400n }), null);
    assert.equal(errorOf(output, { now: time + 86_401n }), "proof.time");
    assert.equal(errorOf(output, { now: time - 1n }), "proof.time");
    assert.equal(errorOf(changed({ time: 0n })), "proof.time");
  });
  it("proof.statement: nothing stands beside a DCAP journal", () => {
    const judged = judgeTdxOutput(proofOf(output, journal.body), dcap, trust);
    assert.ok(isRefusal(judged) && judged.check === "proof.statement");
  });
});

const documentChecks = {
  root: "tdx.proof-root",
  signer: "tdx.proof-signer",
  rootCrl: "tdx.proof-root-crl",
  pckCrl: "tdx.proof-pck-crl",
  qeIdentity: "tdx.proof-qe-identity",
  tcbInfo: "tdx.proof-tcb-info",
} as const;
type Document = keyof typeof documentChecks;

/** Collateral of the simulator's, of one of Intel's two CAs. */
async function simulatedCollateral(ca: "platform" | "processor") {
  const now = new Date("2026-02-05T00:00:00Z");
  const authorities = await seededAuthorities({ seed: `proofs of ${ca}`, ca });
  return {
    collateral: simulatedTdxCollateral({ now, authorities }),
    intelRoot: rawPublicKey(authorities.root.publicKey),
    now: BigInt(now.getTime() / 1000),
  };
}

describe("the documents a proof rests on", () => {
  for (const [name, check] of Object.entries(documentChecks) as [Document, CheckId][])
    it(`${check}: another hash, zero or one bit, and hashes in another order`, () => {
      const hash = journal.documents[name];
      const others: Uint8Array[] = [
        new Uint8Array(32),
        edited(hash, 31, hash[31]! ^ 1),
        edited(hash, 0, hash[0]! ^ 0x80),
      ];
      for (const other of others)
        assert.equal(errorOf(changed({ documents: { ...journal.documents, [name]: other } })), check);
      const rest = Object.keys(documentChecks).filter((other) => other !== name) as Document[];
      for (const other of rest) {
        const documents = { ...journal.documents, [name]: journal.documents[other], [other]: hash };
        const first = Object.keys(documentChecks).find((key) => key === name || key === other) as Document;
        assert.equal(errorOf(changed({ documents })), documentChecks[first]);
      }
    });

  it("are looked up root, signer, CRLs, QE identity, TCB info, status: the first that is missing is named", () => {
    let documents: DcapJournal["documents"] = {
      root: new Uint8Array(32),
      signer: new Uint8Array(32),
      rootCrl: new Uint8Array(32),
      pckCrl: new Uint8Array(32),
      qeIdentity: new Uint8Array(32),
      tcbInfo: new Uint8Array(32),
    };
    const errorNow = () => errorOf(changed({ documents, tcbStatus: 6 }));
    for (const [name, check] of Object.entries(documentChecks) as [Document, CheckId][]) {
      assert.equal(errorNow(), check);
      documents = { ...documents, [name]: journal.documents[name] };
    }
    assert.equal(errorNow(), "tdx.proof-tcb-status");
  });

  it("tdx.proof-root: nothing is held, all of it under another root, or hashes of nothing are named", () => {
    assert.equal(errorOf(output, { collateral: null }), "tdx.proof-root");
    assert.equal(errorOf(output, { intelRoot: new Uint8Array(64) }), "tdx.proof-root");
    const zero = new Uint8Array(32);
    const documents = Object.fromEntries(Object.keys(documentChecks).map((name) => [name, zero]));
    const naming = changed({ documents: documents as unknown as DcapJournal["documents"] });
    assert.equal(errorOf(naming, { collateral: null }), "tdx.proof-root");
  });

  it("are told from other real ones: another week's CRL, another number, another FMSPC", () => {
    const other = (by: Partial<typeof ids>, now: bigint) =>
      errorOf(changed({ time: now }), {
        now,
        collateral: mustJudge(collateralFrom({ ...ids, ...by }), realTrust(now)),
      });
    const june20 = BigInt(Date.parse("2025-06-20T00:00:00Z") / 1000);
    assert.equal(other({}, june20), null);
    assert.equal(other({ pckCrl: "platform-2025-06-19" }, june20), "tdx.proof-pck-crl");
    const otherPlatform = { tcbInfo: "tdx-90c06f000000-e17-2025-06-05" };
    const june6 = BigInt(Date.parse("2025-06-06T00:00:00Z") / 1000);
    assert.equal(other(otherPlatform, june6), "tdx.proof-tcb-info");
  });

  // With the list of another CA than its host's a program finds nothing revoked.
  it("tdx.proof-pck-crl: the list held is of another CA than Intel's Platform CA", async () => {
    for (const [ca, due] of [
      ["platform", null],
      ["processor", "tdx.proof-pck-crl"],
    ] as const) {
      const { collateral, intelRoot, now } = await simulatedCollateral(ca);
      const held = mustJudge(collateral, { intelRoot, now });
      const documents = {
        root: keccak256(held.root.tbs),
        signer: keccak256(held.tcbInfoSigner.tbs),
        rootCrl: keccak256(held.rootCrl.tbs),
        pckCrl: keccak256(held.pckCrl.tbs),
        qeIdentity: held.qeIdentity.contentHash,
        tcbInfo: held.tcbInfo.contentHash,
      };
      const proof = changed({ documents, time: now, fmspc: held.tcbInfo.fmspc });
      assert.equal(errorOf(proof, { collateral: held, intelRoot, now }), due);
      const none = changed({ documents: { ...documents, pckCrl: new Uint8Array(32) }, time: now });
      assert.equal(errorOf(none, { collateral: held, intelRoot, now }), "tdx.proof-pck-crl");
    }
  });

  it("tdx.proof-tcb-info: the TCB info of another FMSPC than the proof's", () => {
    const fmspc = edited(journal.fmspc, 5, 1);
    assert.equal(errorOf(changed({ fmspc })), "tdx.proof-tcb-info");
  });
});

describe("what the program found", () => {
  it("is a TCB status in the guest's numbers; tdx.proof-tcb-status: Revoked and numbers of nothing", () => {
    const statuses = [1, 2, 4, 3, 5, 6, null, null, 7, 8];
    for (let status = 0; status < 256; status++) {
      const judged = judge(changed({ tcbStatus: status }));
      const due = statuses[status] ?? null;
      assert.equal(isRefusal(judged) ? judged.check : judged.tcbStatus, due ?? "tdx.proof-tcb-status");
    }
  });

  const bodyWith = (at: number, ...bytes: number[]) => changed({ body: edited(journal.body, at, ...bytes) });
  it("is not what a TD may be: attributes are judged as those of a quote", () => {
    assert.equal(errorOf(bodyWith(120, 1)), "tdx.debug");
    assert.equal(errorOf(bodyWith(120, 2)), "tdx.untrusted-attributes");
    assert.equal(errorOf(bodyWith(123, 0x30)), "tdx.migratable");
    assert.equal(errorOf(bodyWith(124, 1)), "tdx.reserved-attributes");
    assert.equal(errorOf(bodyWith(112, 1)), "tdx.seam-attributes");
  });
  it("is measured with mrServiceTd where the body is a TD report 1.5", () => {
    const serviceTd = Uint8Array.from({ length: 64 }, (_, at) => at);
    const body = Uint8Array.of(...journal.body, ...serviceTd);
    const { teeMeasurement, statementId } = must(changed({ quoteVersion: 5, body }));
    assert.equal(toHex(statementId), toHex(keccak256(body)));
    assert.equal(
      toHex(teeMeasurement),
      toHex(tdxMeasurement(readTdBody(body), journal.body.subarray(472, 520))),
    );
    assert.notEqual(toHex(teeMeasurement), toHex(must(output).teeMeasurement));
  });
  it("needs no advisories", () => assert.equal(errorOf(changed({ advisoryIds: [] })), null));
});

describe("collateral of a proof", () => {
  const ended = time - 1n;
  const { intermediate, rootCrl, pckCrl, qeIdentity, tcbInfo, tcbInfoSigner } = collateral;
  const revoking = (serial: Uint8Array) => new Set([toHex(serial[0] === 0 ? serial.subarray(1) : serial)]);
  const expired: [CheckId, Partial<JudgedTdxCollateral>][] = [
    ["tdx.intermediate-dates", { intermediate: { ...intermediate, notAfter: ended } }],
    ["tdx.root-crl-dates", { rootCrl: { ...rootCrl, nextUpdate: ended } }],
    ["tdx.intermediate-revoked", { rootCrl: { ...rootCrl, serials: revoking(intermediate.serial) } }],
    ["tdx.pck-crl-dates", { pckCrl: { ...pckCrl, nextUpdate: ended } }],
    ["tdx.signer-revoked", { rootCrl: { ...rootCrl, serials: revoking(tcbInfoSigner.serial) } }],
    ["tdx.qe-identity-dates", { qeIdentity: { ...qeIdentity, nextUpdate: ended } }],
    ["tdx.tcb-info-dates", { tcbInfo: { ...tcbInfo, nextUpdate: ended } }],
  ];
  for (const [check, by] of expired)
    it(`${check}: out of date or revoked though it is what the proof rests on`, () =>
      assert.equal(errorOf(output, withHeld(by)), check));

  it("is judged in the order of the scope", () => {
    const order = expired.map(([check]) => check);
    assert.deepEqual(
      tdxProofScope.filter((id) => order.includes(id)),
      order,
    );
  });
});
