// Fetching collateral: what is kept, for how long, and for whom.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createLoader } from "../../sdk/collateral/cache.ts";
import type { KeptDocument } from "../../sdk/collateral/cache.ts";
import { collateralJson } from "../../sdk/verify/input-fields.ts";
import { mustFail, query, usePcs } from "./collateral-service.ts";
import { collateral, fmspc, now } from "./pcs.ts";

const { service, sourceOf, fetchAll, count } = usePcs();

const nextUpdateOf = (json: string) => BigInt(Date.parse(/"nextUpdate":"([^"]+)"/.exec(json)![1]!) / 1000);

describe("the cache", () => {
  it("serves for five minutes and then asks again, long before nextUpdate", async () => {
    let clock = BigInt(now);
    const source = sourceOf({ now: () => clock });
    await source.tdxCollateral(query);
    clock += 299n;
    await source.tdxCollateral(query);
    assert.equal(service().requests.length, 4);
    clock += 1n;
    assert.ok(clock < nextUpdateOf(collateral.tcb_info));
    await source.tdxCollateral(query);
    assert.equal(service().requests.length, 8);
  });

  it("serves nothing beyond its nextUpdate", async () => {
    let clock = nextUpdateOf(collateral.tcb_info) - 1n;
    const source = sourceOf({ now: () => clock });
    await source.tdxCollateral(query);
    service().requests.length = 0;
    clock += 1n;
    await source.tdxCollateral(query);
    assert.equal(count("/tcb?"), 1);
    assert.equal(count("/rootcacrl"), 0);
  });

  it("has what the service signed meanwhile, so that what expires can be renewed", async () => {
    const day = 86_400n;
    let clock = 0n;
    const nothing = new Uint8Array(0);
    const load = createLoader(new Map<string, KeptDocument>(), () => clock);
    const service = () =>
      Promise.resolve({
        bytes: nothing,
        signature: nothing,
        issuerChain: nothing,
        nextUpdate: clock + 30n * day,
      });
    await load("tcb", service);
    clock = 21n * day;
    assert.equal((await load("tcb", service)).nextUpdate, 51n * day);
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
    const cache = new Map<string, KeptDocument>();
    await fetchAll({ cache });
    assert.deepEqual(collateralJson(await fetchAll({ cache })), collateral);
    assert.equal(service().requests.length, 4);
  });

  it("does not mix platforms, CAs or generations up", async () => {
    const cache = new Map<string, KeptDocument>();
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
