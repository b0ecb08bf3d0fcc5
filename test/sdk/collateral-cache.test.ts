// Fetching collateral: what is kept, for how long, and for whom.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { CollateralDocument } from "../../sdk/collateral/document.ts";
import { collateralJson } from "../../sdk/verify/input-fields.ts";
import { mustFail, query, usePcs } from "./collateral-service.ts";
import { collateral, fmspc, now } from "./pcs.ts";

const { service, sourceOf, fetchAll, count } = usePcs();

const nextUpdateOf = (json: string) => BigInt(Date.parse(/"nextUpdate":"([^"]+)"/.exec(json)![1]!) / 1000);

describe("the cache", () => {
  it("serves until nextUpdate and asks again for what ran out then", async () => {
    let clock = BigInt(now);
    const source = sourceOf({ now: () => clock });
    await source.tdxCollateral(query);
    clock = nextUpdateOf(collateral.tcb_info) - 1n;
    service().requests.length = 0;
    await source.tdxCollateral(query);
    assert.equal(count("/tcb?"), 0);
    clock += 1n;
    await source.tdxCollateral(query);
    assert.equal(count("/tcb?"), 1);
    assert.equal(count("/rootcacrl"), 0);
  });

  it("serves nothing twice that is out of date when it comes", async () => {
    const source = sourceOf({ now: () => nextUpdateOf(collateral.tcb_info) });
    await source.tdxCollateral(query);
    await source.tdxCollateral(query);
    assert.equal(count("/tcb?"), 2);
    assert.equal(count("/rootcacrl"), 1);
  });

  it("keeps no failure", async () => {
    service().fail("tcb", { status: 404, body: "" }, () => undefined);
    const source = sourceOf();
    await mustFail(() => source.tdxCollateral(query), "unknown");
    assert.deepEqual(collateralJson(await source.tdxCollateral(query)), collateral);
  });

  it("may be the caller's, and shared by sources", async () => {
    const cache = new Map<string, CollateralDocument>();
    await fetchAll({ cache });
    assert.deepEqual(collateralJson(await fetchAll({ cache })), collateral);
    assert.equal(service().requests.length, 4);
  });

  it("does not mix platforms, CAs or generations up", async () => {
    const cache = new Map<string, CollateralDocument>();
    await fetchAll({ cache });
    await sourceOf({ cache }).tdxCollateral({ fmspc, ca: "processor" });
    await fetchAll({ cache, update: "early" });
    assert.equal(count("ca=processor"), 1);
    assert.equal(count("update=early"), 2);
  });

  it("asks once for what several callers want at the same time", async () => {
    const source = sourceOf();
    const answers = await Promise.all([1, 2, 3].map(() => source.tdxCollateral(query)));
    assert.equal(service().requests.length, 4);
    for (const answer of answers) assert.deepEqual(collateralJson(answer), collateral);
  });
});
