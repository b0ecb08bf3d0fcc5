// What IntelCollateral keeps of Intel's documents: hashes that proofs name, unchanged content, dates, and what a change
// of the signing key forgets.
import assert from "node:assert/strict";
import { after, beforeEach, describe, it } from "node:test";
import type { Address, Hex } from "viem";
import { simulatedFmspc } from "../../../agent/platforms/simulated/tcb.ts";
import { eventsOf, startHeldCollateral } from "../../support/held-collateral.ts";
import { chainOf, keyWithNeighbours, newKey, reissue } from "../../support/intel-certificates.ts";
import { startIntelChain } from "../../support/intel-chain.ts";
import { documentKinds, documentSigner } from "../../support/signed-documents.ts";
import { day, reissued, seconds } from "../../support/simulated-chain.ts";
import { collateralFrom } from "../../support/tdx-vectors.ts";
import { journalHashes } from "./intel-documents.ts";
import { hex } from "./outcome.ts";

const held = await startHeldCollateral("kept");
const { authorities, chain, documents, fmspc, goBack, number } = held;
const { bring, mustBring, qeIdentityOf, read, send, standing, tcbInfoOf, usableUntil, verify } = held;
const nobody: Address = "0x0000000000000000000000000000000000000000";

beforeEach(() => goBack());
after(() => chain.close());

describe("content hashes", () => {
  it("of everything held are the six that a real proof names", async () => {
    const ids = {
      tcbInfo: "tdx-00806f050000-e17-2025-06-04",
      qeIdentity: "tdqe-e17-2025-06-04",
      rootCrl: "root-2025-03-20",
      pckCrl: "platform-2025-06-04",
    };
    const at = seconds(new Date("2025-06-05T03:45:00Z"));
    const real = await startIntelChain({ at, tcbInfo: 17, qeIdentity: 17 });
    assert.equal(await real.upsert(collateralFrom(ids)), null);
    const get = <T>(functionName: string, ...args: unknown[]) =>
      real.read<T>(real.collateral, functionName, ...args);
    // Code begins with STOP, then the hash.
    const hashAt = async (blob: Address) => `0x${(await real.codeAt(blob)).slice(4, 68)}`;
    const [tcbInfo] = await get<[Address]>("tcbInfoOf", "0x00806f050000", 17);
    const [qeIdentity] = await get<[Address]>("qeIdentityOf", 17);
    const lists = [await get<[Address, Hex]>("crlOf", 0), await get<[Address, Hex]>("crlOf", 1)];
    assert.deepEqual(
      [
        await hashAt(tcbInfo),
        await hashAt(qeIdentity),
        ...(await get<[Hex, Hex]>("certificateHashes")),
        ...lists.map(([, contentHash]) => contentHash),
      ],
      journalHashes(),
    );
    await real.close();
  });
});

describe("a TCB info", () => {
  it("that says the same moves only the dates", async () => {
    const [blob] = await tcbInfoOf();
    const { issueDate, nextUpdate } = reissued(2);
    const same = await mustBring("TCBInfo", documents.tcbInfo({ issueDate, nextUpdate }));
    assert.deepEqual(await tcbInfoOf(), [blob, BigInt(seconds(issueDate)), BigInt(seconds(nextUpdate))]);
    const other = await mustBring(
      "TCBInfo",
      documents.tcbInfo({ ...reissued(3), pceId: Uint8Array.of(0, 1) }),
    );
    assert.notEqual((await tcbInfoOf())[0], blob);
    assert.ok(same.gasUsed < other.gasUsed - 32_000n);
  });

  it("is announced with number, dates and advisories", async () => {
    const { issueDate, nextUpdate } = reissued(2);
    const receipt = await mustBring("TCBInfo", documents.tcbInfo({ issueDate, nextUpdate }));
    const [[name, args]] = eventsOf(receipt) as [[string, { advisories: Hex }]];
    assert.equal(name, "TCBInfoUpdated");
    const { advisories, ...rest } = args;
    assert.deepEqual(rest, {
      fmspc,
      number: BigInt(number),
      issueDate: BigInt(seconds(issueDate)),
      nextUpdate: BigInt(seconds(nextUpdate)),
    });
    // Of three levels, one module level, then three: counts and numbers (agent/platforms/simulated/tcb.ts).
    const ids = (...numbers: number[]) => [
      numbers.length.toString(16).padStart(2, "0"),
      ...numbers.map((id) => id.toString(16).padStart(4, "0")),
    ];
    const levels = [[], [615], [1036, 1079, 1099, 1103, 1111], [], [], [1036, 1099], [1036, 1099]];
    assert.equal(advisories, `0x${levels.flatMap((level) => ids(...level)).join("")}`);
  });

  it("of another platform or evaluation number is another document, older or not", async () => {
    const older = { issueDate: day("2026-01-15") };
    const otherFmspc = Uint8Array.of(...simulatedFmspc.subarray(0, 5), 1);
    const before = await tcbInfoOf();
    await mustBring("TCBInfo", documents.tcbInfo({ ...older, fmspc: otherFmspc }));
    await mustBring("TCBInfo", documents.tcbInfo({ ...older, tcbEvaluationDataNumber: number - 1 }));
    assert.deepEqual(await tcbInfoOf(), before);
    assert.equal((await tcbInfoOf(number - 1))[1], BigInt(seconds("2026-01-15")));
    assert.equal(await verify(), null);
  });

  it("ends, and with it verdicts on its platforms: TDXTCBInfoOutOfDate", async () => {
    const [issueDate, nextUpdate] = [day("2026-02-01"), day("2026-02-10")];
    await mustBring("TCBInfo", documents.tcbInfo({ issueDate, nextUpdate }));
    await chain.moveTo(seconds(nextUpdate));
    assert.equal(await verify(), null);
    await chain.moveTo(seconds(nextUpdate) + 1);
    assert.equal(await verify(), `TDXTCBInfoOutOfDate(${seconds(issueDate)}, ${seconds(nextUpdate)})`);
  });
});

describe("a QE identity", () => {
  it("that says the same moves only the dates, and keeps its version", async () => {
    const [blob, , , version] = await qeIdentityOf();
    const { issueDate, nextUpdate } = reissued(1);
    const receipt = await mustBring("QEIdentity", documents.qeIdentity({ issueDate, nextUpdate }));
    const dates = [BigInt(seconds(issueDate)), BigInt(seconds(nextUpdate))];
    assert.deepEqual(await qeIdentityOf(), [blob, ...dates, version]);
    assert.deepEqual(eventsOf(receipt), [
      ["QEIdentityUpdated", { number: BigInt(number), issueDate: dates[0], nextUpdate: dates[1] }],
    ]);
  });

  it("that says something else has another version, one for all evaluation numbers", async () => {
    const [blob, , , version] = await qeIdentityOf();
    await mustBring("QEIdentity", documents.qeIdentity({ tcbEvaluationDataNumber: number + 1 }));
    await mustBring("QEIdentity", documents.qeIdentity({ ...reissued(2), isvProdId: 3 }));
    const [otherBlob, , , otherVersion] = await qeIdentityOf();
    assert.notEqual(otherBlob, blob);
    assert.deepEqual([(await qeIdentityOf(number + 1))[3], otherVersion], [version + 1n, version + 2n]);
    assert.equal(await verify(), "TDXQEProductMismatch(2)");
  });

  it("ends, and with it every verdict: TDXQEIdentityOutOfDate", async () => {
    const [issueDate, nextUpdate] = [day("2026-02-01"), day("2026-02-10")];
    await mustBring("QEIdentity", documents.qeIdentity({ issueDate, nextUpdate }));
    assert.equal(await usableUntil(), seconds(nextUpdate));
    await chain.moveTo(seconds(nextUpdate));
    assert.equal(await verify(), null);
    await chain.moveTo(seconds(nextUpdate) + 1);
    assert.equal(await verify(), `TDXQEIdentityOutOfDate(${seconds(issueDate)}, ${seconds(nextUpdate)})`);
  });

  it("and the levels that it brings are judged at once", async () => {
    const level = { tcbDate: "2026-01-01T00:00:00Z", tcbStatus: "Revoked" };
    await mustBring(
      "QEIdentity",
      documents.qeIdentity({ ...reissued(2), tcbLevels: [{ isvSvn: 6, ...level }] }),
    );
    assert.equal(await verify(), "TDXTCBRevoked(1, 1, 9)");
    await mustBring(
      "QEIdentity",
      documents.qeIdentity({ ...reissued(3), tcbLevels: [{ isvSvn: 7, ...level }] }),
    );
    assert.equal(await verify(), "TDXTCBLevelUnmatched()");
    await mustBring("QEIdentity", documents.qeIdentity(reissued(4)));
    assert.equal(await verify(), null);
  });
});

describe("a CA", () => {
  it("that has ended is named before its lists: TDXIntermediateOutOfDate", async () => {
    const [from, end] = [day("2025-06-01"), day("2026-02-10")];
    const short = await reissue(authorities, "platformCa", { notBefore: from, notAfter: end });
    assert.equal((await send("upsertChain", hex(chainOf(short, authorities.root)))).error, null);
    const lists = async () => (await chain.call(chain.collateral, "requireLists", 1)).error;
    assert.equal(await usableUntil(), seconds(end));
    await chain.moveTo(seconds(end));
    assert.equal(await lists(), null);
    await chain.moveTo(seconds(end) + 1);
    assert.equal(await lists(), `TDXIntermediateOutOfDate(${seconds(from)}, ${seconds(end)})`);
  });
});

describe("a document", () => {
  it("holds no longer than its signer", async () => {
    const end = day("2026-02-20");
    const short = await reissue(authorities, "tcbSigning", { notBefore: day("2025-06-01"), notAfter: end });
    const { error } = await send("upsertSigner", hex(chainOf(short, authorities.root)));
    assert.equal(error, null);
    await mustBring("TCBInfo", documents.tcbInfo(reissued(2)));
    await mustBring("QEIdentity", documents.qeIdentity(reissued(2)));
    const due = BigInt(seconds(end));
    assert.deepEqual([(await tcbInfoOf())[2], (await qeIdentityOf())[2]], [due, due]);
    assert.equal(await usableUntil(), seconds(end));
  });
});

describe("a new signing key", () => {
  const replace = async () => {
    const key = newKey("second signing key");
    const next = {
      ...(await reissue(authorities, "tcbSigning", { ...key, notBefore: day("2025-06-01") })),
      ...key,
    };
    const { error } = await send("upsertSigner", hex(chainOf(next, authorities.root)));
    assert.equal(error, null);
    return documentSigner({ ...authorities, tcbSigning: next });
  };

  it("forgets every document that the one before it signed", async () => {
    await mustBring("EvaluationNumbers", documents.evaluationNumbers());
    assert.equal(await read<bigint>("standardEvaluation"), BigInt(number - 1));
    await replace();
    assert.deepEqual(await tcbInfoOf(), [nobody, 0n, 0n]);
    assert.deepEqual(await qeIdentityOf(), [nobody, 0n, 0n, 0n]);
    assert.equal(await read<bigint>("standardEvaluation"), 0n);
    assert.equal(await usableUntil(), 0);
    assert.equal((await standing()) >> 96n, 0n);
    assert.equal(await verify(), `TDXQEIdentityMissing(${number})`);
  });

  const { ofSameX, ofSameY, ...key } = keyWithNeighbours;
  for (const [what, publicKey] of Object.entries({ x: ofSameX, y: ofSameY }))
    it(`is another though it has the same ${what}`, async () => {
      const changes = [
        { ...key, serial: Uint8Array.of(1), notBefore: day("2025-06-01") },
        { publicKey, serial: Uint8Array.of(2), notBefore: day("2025-06-02") },
      ];
      for (const change of changes) {
        const next = { ...(await reissue(authorities, "tcbSigning", change)), ...key };
        const { error } = await send("upsertSigner", hex(chainOf(next, authorities.root)));
        assert.equal(error, null);
        if (change === changes[0])
          await mustBring("TCBInfo", documentSigner({ ...authorities, tcbSigning: next }).tcbInfo());
      }
      assert.deepEqual(await tcbInfoOf(), [nobody, 0n, 0n]);
    });

  it("signs from then on alone, and its documents may be older than those forgotten", async () => {
    for (const kind of documentKinds) await bring(kind, documents.make(kind, reissued(3)));
    const successor = await replace();
    for (const kind of documentKinds) {
      const old = await bring(kind, documents.make(kind, reissued(4)));
      assert.equal(old.error, `TDX${kind}SignatureWrong()`);
      await mustBring(kind, successor.make(kind));
    }
    assert.equal(await verify(), null);
    assert.equal((await qeIdentityOf())[3], 2n);
  });

  it("is none when the certificate alone is new", async () => {
    await mustBring("EvaluationNumbers", documents.evaluationNumbers());
    const before = [await tcbInfoOf(), await qeIdentityOf(), await standing()];
    const newer = await reissue(authorities, "tcbSigning", { notBefore: day("2025-06-01") });
    const { error } = await send("upsertSigner", hex(chainOf(newer, authorities.root)));
    assert.equal(error, null);
    assert.deepEqual([await tcbInfoOf(), await qeIdentityOf(), await standing()], before);
    assert.equal(await read<bigint>("standardEvaluation"), BigInt(number - 1));
    assert.equal(await verify(), null);
  });
});
