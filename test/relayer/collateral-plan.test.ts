import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { decideUpserts, dueDocuments, missingCertificates } from "../../relayer/collateral/plan.ts";
import type { DocumentName, HeldCollateral, OfferedCollateral } from "../../relayer/collateral/plan.ts";
import { platformOf } from "../../relayer/collateral/platform.ts";
import { platformOfQuote } from "../../sdk/evidence/tdx-platform.ts";
import { readOffered } from "../../relayer/collateral/offered.ts";
import { simulatedTdxCollateral } from "../../agent/platforms/simulated/collateral.ts";
import { simulatedQuote } from "../../agent/platforms/simulated/simulated-quote.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import { defaultSettings } from "../../relayer/settings.ts";
import { sampleCalldata } from "./support/evidence.ts";

const now = 1_000_000n;
const margin = 1000n;
const every = (until: bigint) => ({ rootCrl: until, pckCrl: until, tcbInfo: until, qeIdentity: until });

const held = (change: Partial<HeldCollateral["nextUpdate"]> = {}, evaluation = 0): HeldCollateral => ({
  nextUpdate: { ...every(now + 5000n), ...change },
  evaluationNumber: { tcbInfo: evaluation, qeIdentity: evaluation },
});

function offered(
  change: { issueDate?: bigint; nextUpdate?: bigint; evaluation?: number } = {},
): OfferedCollateral {
  const dates = { issueDate: change.issueDate ?? now - 10n, nextUpdate: change.nextUpdate ?? now + 9000n };
  const list = { ...dates, evaluationNumber: null };
  const document = { ...dates, evaluationNumber: change.evaluation ?? 19 };
  return { rootCrl: list, pckCrl: list, tcbInfo: document, qeIdentity: document };
}

describe("collateral: what is due", () => {
  for (const [what, until, due] of [
    ["is not held", 0n, "missing"],
    ["expired a second ago", now - 1n, "expired"],
    ["holds for this second", now, "expiring"],
    ["holds for the margin", now + margin, "expiring"],
    ["holds for a second longer than the margin", now + margin + 1n, undefined],
  ] as const)
    for (const name of ["rootCrl", "pckCrl", "tcbInfo", "qeIdentity"] as const)
      it(`${name} that ${what} is ${due ?? "not due"}`, () => {
        const found = dueDocuments(held({ [name]: until }), now, margin);
        assert.deepEqual([...found], due === undefined ? [] : [[name, due]]);
      });

  it("is what has under ten days left, unless the settings say otherwise (protocol §8)", () => {
    assert.equal(defaultSettings.collateralMarginSeconds, 10n * 86_400n);
  });

  it("comes in the order in which the chain takes it", () => {
    const names: DocumentName[] = ["rootCrl", "pckCrl", "tcbInfo", "qeIdentity"];
    assert.deepEqual([...dueDocuments(held(every(0n)), now, margin).keys()], names);
  });
});

describe("collateral: what is brought", () => {
  const idleOf = (known: HeldCollateral, offer: OfferedCollateral) =>
    decideUpserts(known, offer, now, margin).map(({ idle }) => idle);

  it("is what is due and newer on offer", () => {
    assert.deepEqual(decideUpserts(held({ tcbInfo: now - 5n }), offered(), now, margin), [
      { document: "tcbInfo", due: "expired", idle: null },
    ]);
    assert.deepEqual(decideUpserts(held(), offered(), now, margin), []);
  });

  for (const [why, until, offer, idle] of [
    ["as old as what is held", now + 500n, { nextUpdate: now + 500n }, "not-newer"],
    ["older than what is held", now + 500n, { nextUpdate: now + 499n }, "not-newer"],
    ["newer by a second", now + 500n, { nextUpdate: now + 501n }, null],
    ["expired itself", 0n, { nextUpdate: now - 1n }, "offered-expired"],
    ["in its last second", 0n, { nextUpdate: now }, null],
    ["issued in the chain's future", 0n, { issueDate: now + 1n }, "offered-from-future"],
    ["issued this second", 0n, { issueDate: now }, null],
  ] as const)
    it(`is${idle === null ? "" : " not"} a document ${why}`, () => {
      for (const name of ["rootCrl", "pckCrl", "tcbInfo", "qeIdentity"] as const)
        assert.deepEqual(idleOf(held({ [name]: until }), offered(offer)), [idle]);
    });

  it("is another than the chain's where a proof rests on it, unless the chain could not use it", () => {
    const others = new Set(["pckCrl"]);
    const decide = (known: HeldCollateral, offer: OfferedCollateral) =>
      decideUpserts(known, offer, now, margin, others);
    const other = (idle: string | null) => [{ document: "pckCrl", due: "other", idle }];
    assert.deepEqual(decide(held(), offered()), other(null));
    // It may be the newer one and end no later: the chain says, by its date of issue.
    assert.deepEqual(decide(held(), offered({ nextUpdate: now + 5000n })), other(null));
    assert.deepEqual(decide(held(), offered({ nextUpdate: now - 1n })), other("offered-expired"));
    assert.deepEqual(decide(held(), offered({ issueDate: now + 1n })), other("offered-from-future"));
  });

  it("is of the TCB evaluation that the chain goes by, if it goes by one", () => {
    for (const name of ["tcbInfo", "qeIdentity"] as const) {
      assert.deepEqual(idleOf(held({ [name]: 0n }, 20), offered()), ["other-evaluation"]);
      assert.deepEqual(idleOf(held({ [name]: 0n }, 19), offered()), [null]);
      assert.deepEqual(idleOf(held({ [name]: 0n }, 18), offered()), ["other-evaluation"]);
      assert.deepEqual(idleOf(held({ [name]: 0n }, 0), offered()), [null]);
    }
    assert.deepEqual(idleOf(held({ rootCrl: 0n, pckCrl: 0n }, 20), offered()), [null, null]);
  });

  it("has certificates with it where the chain holds nothing they sign", () => {
    assert.deepEqual(missingCertificates(held(every(0n))), { chain: true, signer: true });
    assert.deepEqual(missingCertificates(held({ rootCrl: 0n, tcbInfo: 0n })), {
      chain: false,
      signer: false,
    });
    assert.deepEqual(missingCertificates(held({ rootCrl: 0n, pckCrl: 0n })), { chain: true, signer: false });
    assert.deepEqual(missingCertificates(held({ tcbInfo: 0n, qeIdentity: 0n })), {
      chain: false,
      signer: true,
    });
  });
});

describe("collateral: what is on offer", () => {
  const collateral = simulatedTdxCollateral({ now: new Date("2026-02-05T00:00:00Z") });
  const seconds = (date: string) => BigInt(Date.parse(date) / 1000);
  const issueDate = seconds("2026-01-31T00:00:00Z");

  it("is read from the documents themselves", () => {
    const list = { issueDate, nextUpdate: seconds("2026-03-02T00:00:00Z"), evaluationNumber: null };
    const document = { ...list, evaluationNumber: 19 };
    assert.deepEqual(readOffered(collateral), {
      rootCrl: { ...list, nextUpdate: seconds("2027-01-31T00:00:00Z") },
      pckCrl: list,
      tcbInfo: document,
      qeIdentity: document,
    });
  });

  for (const name of ["rootCaCrl", "pckCrl", "tcbInfo", "qeIdentity"] as const)
    it(`is nothing when ${name} cannot be read`, () => {
      assert.ok(isRefusal(readOffered({ ...collateral, [name]: collateral[name].slice(1) })));
    });
});

describe("collateral: whose", () => {
  it("is told by the quote in calldata", async () => {
    const quote = await simulatedQuote({ seed: 1 });
    assert.notEqual(platformOfQuote(quote), null);
    assert.deepEqual(platformOf(sampleCalldata(99n, 0, quote)), platformOfQuote(quote));
  });

  it("is nobody's for what holds no quote", () => {
    assert.equal(platformOf(sampleCalldata(99n, 1)), null);
    assert.equal(platformOf(new Uint8Array(4)), null);
  });
});
