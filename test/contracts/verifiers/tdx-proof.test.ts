// What TDXProofVerifier checks behind a proof, on a real journal: each test changes one thing and names the refusal. That
// proofs hold is tested in test/contracts/zk.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { concat, numberToHex, size, slice } from "viem";
import type { Hex } from "viem";
import { issueCrl } from "../../../agent/platforms/simulated/crl.ts";
import { seededAuthorities } from "../../../agent/platforms/simulated/seeded-authorities.ts";
import { tcbEvaluationDataNumber } from "../../../agent/platforms/simulated/tcb.ts";
import { readTcbInfo } from "../../../sdk/evidence/tcb-info.ts";
import type { TcbInfo } from "../../../sdk/evidence/tcb-info.ts";
import { chainOf } from "../../support/intel-certificates.ts";
import type { Target } from "../../support/intel-chain.ts";
import { overwrite } from "../../support/proof-reports.ts";
import { relisted, simulatedNow, simulatedWorld } from "../../support/simulated-chain.ts";
import { collateralFrom, documentBytes, quoteBytes } from "../../support/tdx-vectors.ts";
import { hex } from "./outcome.ts";
import { body, bodyEnd, documents, hashes, journal, provenAt } from "./tdx-proofs.ts";
import { reportOf, startTdxProofs, timeAt, withTdxProofs } from "./tdx-proofs.ts";
import type { Claims } from "./tdx-proofs.ts";

const { chain, errorOf, goBack, nameOf, outcome } = withTdxProofs();
const day = 86_400;

describe("TDXProofVerifier on a real journal", () => {
  it("says what TDXVerifier says of the same TD report, but for host, dates and whose word the TCB is", async () => {
    const { value: proven } = await outcome(journal);
    const quote = hex(quoteBytes("v4-gcp-automata"));
    const { value: direct } = await chain().call<Claims>(chain().verifier, "verify", quote);
    assert.ok(proven !== null && direct !== null);
    const unseen = { platformId: `0x${"00".repeat(32)}`, validUntil: proven.validUntil };
    assert.deepEqual(proven, { ...direct, ...unseen });
    assert.notEqual(direct.platformId, unseen.platformId);
    assert.equal(proven.tcbStatus, 5);
  });

  it("ends with the documents it rests on, and 30 days behind its time at the latest", async () => {
    const validUntil = (await outcome(journal)).value!.validUntil;
    const { value: dates } = await chain().call<readonly number[]>(
      chain().collateral,
      "collateralDates",
      "0x00806f050000",
      (await chain().read<{ subjectHash: Hex }>(chain().collateral, "caOf", 1)).subjectHash,
    );
    const ends = dates!.slice(0, 4);
    assert.equal(validUntil, Math.min(...ends, provenAt + 30 * day));
    const earlier = overwrite(journal, timeAt, numberToHex(provenAt - day, { size: 8 }));
    assert.equal((await outcome(earlier)).value!.validUntil, Math.min(...ends, provenAt + 29 * day));
  });

  it("takes the bodies of version 5, TD report 1.0 and 1.5", async () => {
    const later = overwrite(journal, 2, "0x00050002");
    assert.equal(await errorOf(later), null);
    const longer = concat([
      slice(journal, 2, bodyEnd),
      `0x${"11".repeat(64)}`,
      slice(journal, bodyEnd, timeAt),
    ]);
    const framed = concat([numberToHex(size(longer), { size: 2 }), longer, slice(journal, timeAt)]);
    assert.equal(await errorOf(overwrite(framed, 2, "0x00050003")), null);
  });
});

describe("Time of a DCAP proof (proof.time)", () => {
  it("is at most a day ago", async () => {
    const of = (time: number) => nameOf(overwrite(journal, timeAt, numberToHex(time, { size: 8 })));
    assert.equal(await of(provenAt - day), null);
    assert.equal(await of(provenAt - day - 1), "ProofTimeOutOfRange");
    assert.equal(await of(provenAt + 1), "ProofTimeOutOfRange");
  });
});

describe("Collateral of a DCAP proof", () => {
  const errors = [
    "TDXProofTCBInfoUnknown",
    "TDXProofQEIdentityUnknown",
    "TDXProofRootUnknown",
    "TDXProofSignerUnknown",
    "TDXProofRootCRLUnknown",
    "TDXProofPCKCRLUnknown",
  ];
  for (const [position, error] of errors.entries())
    for (const word of [`0x${"00".repeat(32)}`, `0x${"11".repeat(32)}`] as Hex[])
      it(`${error} names what is not held: ${word.slice(0, 6)}`, async () => {
        assert.equal(await errorOf(overwrite(journal, hashes + 32 * position, word)), `${error}(${word})`);
      });

  it("is nothing on a chain that holds nothing, one document after the other", async () => {
    const empty = await startTdxProofs();
    const call = async (output: Hex) => {
      const { error } = await empty.chain.call(empty.verifier, "verify", reportOf(output));
      return error?.replace(/\(.*/, "") ?? null;
    };
    const zeros = overwrite(journal, hashes, `0x${"00".repeat(192)}`);
    assert.equal(await call(zeros), "TDXProofRootUnknown");
    const all = collateralFrom(documents);
    const bring = (functionName: string, ...args: Uint8Array[]) =>
      empty.chain.mustSend(empty.chain.collateral, functionName, ...args.map(hex));
    assert.equal(await call(journal), "TDXProofRootUnknown");
    await bring("upsertChain", all.pckCrlIssuerChain);
    assert.equal(await call(journal), "TDXProofSignerUnknown");
    await bring("upsertSigner", all.tcbInfoIssuerChain);
    assert.equal(await call(journal), "TDXProofRootCRLUnknown");
    await bring("upsertRootCRL", all.rootCaCrl);
    assert.equal(await call(journal), "TDXProofPCKCRLUnknown");
    await bring("upsertPCKCRL", all.pckCrl);
    assert.equal(await call(journal), "TDXProofQEIdentityUnknown");
    await bring("upsertQEIdentity", all.qeIdentity, all.qeIdentitySignature);
    assert.equal(await call(journal), "TDXProofTCBInfoUnknown");
    await bring("upsertTCBInfo", all.tcbInfo, all.tcbInfoSignature);
    assert.equal(await call(journal), null);
    await empty.chain.close();
  });

  it("is no list while the Platform CA is not held, the root's own neither (tdx.proof-pck-crl)", async () => {
    const bare = await startTdxProofs();
    const { tcbInfoIssuerChain, rootCaCrl } = collateralFrom(documents);
    await bare.chain.mustSend(bare.chain.collateral, "upsertSigner", hex(tcbInfoIssuerChain));
    await bare.chain.mustSend(bare.chain.collateral, "upsertRootCRL", hex(rootCaCrl));
    const rootCRL = slice(journal, hashes + 32 * 4, hashes + 32 * 5);
    const output = overwrite(journal, hashes + 32 * 5, rootCRL);
    const { error } = await bare.chain.call(bare.verifier, "verify", reportOf(output));
    assert.equal(error, `TDXProofPCKCRLUnknown(${rootCRL})`);
    await bare.chain.close();
  });

  it("is of the active evaluation number", async () => {
    await chain().mustSend(chain().collateral, "setActiveEvaluation", 17, 18);
    assert.equal(await nameOf(journal), "TDXProofQEIdentityUnknown");
    await goBack();
    await chain().mustSend(chain().collateral, "setActiveEvaluation", 18, 17);
    assert.equal(await nameOf(journal), "TDXProofTCBInfoUnknown");
  });

  it("is of the FMSPC of the proof", async () => {
    assert.equal(await nameOf(overwrite(journal, 7, "0x90c06f000000")), "TDXProofTCBInfoUnknown");
  });

  it("is the list held now: a newer one makes the proof unknown", async () => {
    await chain().moveTo(1_751_000_000);
    await chain().mustSend(chain().collateral, "upsertPCKCRL", hex(documentBytes("platform-2025-06-19")));
    const recent = overwrite(journal, timeAt, numberToHex(1_751_000_000, { size: 8 }));
    assert.equal(await nameOf(recent), "TDXProofPCKCRLUnknown");
  });

  // With the list of another CA than its host's a program finds nothing revoked.
  it("is the list of Intel's Platform CA: another one held is none (tdx.proof-pck-crl)", async () => {
    const world = await simulatedWorld("lists");
    const other = await seededAuthorities({ seed: "lists", ca: "processor" });
    const own = await world.start();
    const held = world.collateral();
    assert.equal(await own.upsert(held), null);
    await own.mustSend(own.collateral, "upsertChain", hex(chainOf(other.platformCa, other.root)));
    const list = issueCrl(other.platformCa, { ...relisted(1), revokedSerials: [] });
    await own.mustSend(own.collateral, "upsertPCKCRL", hex(list));
    const proofs = await own.deploy("StubProofVerifier", [1, 2]);
    const verifier: Target = await own.deploy("TDXProofVerifier", [
      proofs.address,
      own.collateral.address,
      2,
    ]);

    const number = tcbEvaluationDataNumber;
    const fmspc = hex((readTcbInfo(held.tcbInfo) as TcbInfo).fmspc);
    const contentOf = async (name: string, ...args: unknown[]) => {
      const [blob] = await own.read<[Hex]>(own.collateral, name, ...args);
      return slice(await own.codeAt(blob), 1, 33);
    };
    const listOf = async (caId: number) => (await own.read<[Hex, Hex]>(own.collateral, "crlOf", caId))[1];
    const [root, signer] = await own.read<[Hex, Hex]>(own.collateral, "certificateHashes");
    const documents = [
      await contentOf("tcbInfoOf", fmspc, number),
      await contentOf("qeIdentityOf", number),
      ...[root, signer],
      await listOf(0),
    ];
    const proof = overwrite(overwrite(journal, 7, fmspc), timeAt, numberToHex(simulatedNow, { size: 8 }));
    const verdictWith = async (pckCrl: Hex) => {
      const output = overwrite(proof, hashes, concat([...documents, pckCrl]));
      return (await own.call(verifier, "verify", reportOf(output))).error;
    };
    assert.equal(await verdictWith(await listOf(1)), null);
    // Id 0 has the root's.
    for (const caId of [0, 2]) {
      const word = await listOf(caId);
      assert.equal(await verdictWith(word), `TDXProofPCKCRLUnknown(${word})`);
    }
    await own.close();
  });

  it("shows no host, so that it is refused while one is denied (tdx.proof-denials)", async () => {
    await chain().mustSend(chain().collateral, "deny", [`0x${"11".repeat(32)}`]);
    assert.equal(await errorOf(journal), "TDXProofDenials()");
    await chain().mustSend(chain().collateral, "allow", [`0x${"11".repeat(32)}`]);
    assert.equal(await errorOf(journal), null);
  });

  it("is in date: CRL, QE identity and TCB info", async () => {
    const later = (time: number) => overwrite(journal, timeAt, numberToHex(time, { size: 8 }));
    // The PCK CRL ends 2025-07-04T00:54:05Z or so: a month after the journal's day all of them have.
    const end = provenAt + 40 * day;
    await chain().moveTo(end);
    assert.equal(await nameOf(later(end)), "TDXPCKCRLOutOfDate");
    await chain().mustSend(chain().collateral, "upsertPCKCRL", hex(documentBytes("platform-2025-07-07")));
    const [, pckCrl] = await chain().read<[Hex, Hex]>(chain().collateral, "crlOf", 1);
    const newList = overwrite(later(end), hashes + 160, pckCrl);
    assert.equal(await nameOf(newList), "TDXQEIdentityOutOfDate");
  });

  it("is refused by the end of its TCB info", async () => {
    const all = collateralFrom({
      ...documents,
      qeIdentity: "tdqe-e17-2025-07-07",
      pckCrl: "platform-2025-07-07",
    });
    const end = provenAt + 40 * day;
    await chain().moveTo(end);
    await chain().mustSend(chain().collateral, "upsertPCKCRL", hex(all.pckCrl));
    await chain().mustSend(
      chain().collateral,
      "upsertQEIdentity",
      hex(all.qeIdentity),
      hex(all.qeIdentitySignature),
    );
    const [, pckCrl] = await chain().read<[Hex, Hex]>(chain().collateral, "crlOf", 1);
    const current = overwrite(
      overwrite(journal, timeAt, numberToHex(end, { size: 8 })),
      hashes + 160,
      pckCrl,
    );
    assert.equal(await nameOf(current), "TDXTCBInfoOutOfDate");
  });
});

describe("TCB status of a DCAP proof (tdx.proof-tcb-status)", () => {
  for (const [status, ours] of [
    [0, 1],
    [1, 2],
    [2, 4],
    [3, 3],
    [4, 5],
    [5, 6],
    [6, null],
    [7, null],
    [8, 7],
    [9, 8],
    [10, null],
    [255, null],
  ] as const)
    it(`${status} is ${ours ?? "refused"}`, async () => {
      const { value, error } = await outcome(overwrite(journal, 6, numberToHex(status, { size: 1 })));
      assert.equal(value?.tcbStatus ?? null, ours);
      assert.equal(error, ours === null ? `TDXProofTCBStatusRefused(${status})` : null);
    });
});

describe("Order of evaluation", () => {
  it("puts a refused status before what the TD may be", async () => {
    const debug = overwrite(overwrite(journal, 6, "0x06"), body + 120, "0x01");
    assert.equal(await nameOf(debug), "TDXProofTCBStatusRefused");
  });
});

describe("TD attributes of a DCAP proof", () => {
  const attributes = body + 120;
  for (const [value, error] of [
    ["0x0000001000000000", null],
    ["0x0100001000000000", "TDXDebugEnabled"],
    ["0x0200001000000000", "TDXUntrustedAttributes"],
    ["0x0000002000000000", "TDXMigratable"],
    ["0x0001000000000000", "TDXReservedAttributes"],
  ] as const)
    it(`${value} is ${error ?? "taken"}`, async () => {
      assert.equal(await nameOf(overwrite(journal, attributes, value)), error);
    });

  it("must have no attributes of the module", async () => {
    assert.equal(await nameOf(overwrite(journal, body + 112, "0x01")), "TDXSeamAttributes");
  });
});
