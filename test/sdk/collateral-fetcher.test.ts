// Fetching collateral: exact bytes from a good service, and a named error from one in trouble.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { collateralJson } from "../../sdk/verify/input-fields.ts";
import { createCollateralSource } from "../../sdk/collateral/source.ts";
import { mustFail, query, usePcs } from "./collateral-service.ts";
import { collateral, fmspc, good, now } from "./pcs.ts";
import type { Fault, Reply } from "./pcs.ts";

const { service, pauses, sourceOf, fetchAll, count, restart } = usePcs();

describe("a good service", () => {
  it("gives the documents byte for byte", async () => {
    assert.deepEqual(collateralJson(await fetchAll()), collateral);
    assert.deepEqual(service().requests.toSorted(), [
      "/sgx/certification/v4/pckcrl?ca=platform&encoding=der",
      "/sgx/certification/v4/rootcacrl",
      "/tdx/certification/v4/qe/identity",
      "/tdx/certification/v4/tcb?fmspc=B0C06F000000",
    ]);
    assert.deepEqual(pauses, []);
  });

  it("takes an FMSPC of either case, and a base URL with a slash at its end", async () => {
    const source = sourceOf({ baseUrl: `${service().url}/` });
    assert.deepEqual(
      collateralJson(await source.tdxCollateral({ fmspc: fmspc.toLowerCase(), ca: "platform" })),
      collateral,
    );
  });

  it("may put white space around the signed object, which stays as it was", async () => {
    const body = `{ "tcbInfo": ${collateral.tcb_info},\n "signature": "${collateral.tcb_info_signature}" }\n`;
    service().fail("tcb", { ...good.tcb, body });
    assert.deepEqual(collateralJson(await fetchAll()), collateral);
  });

  it("may send CRLs in DER or in hex", async () => {
    service().fail("rootcrl", { body: Buffer.from(collateral.root_ca_crl, "hex") });
    service().fail("pckcrl", { ...good.pckcrl, body: collateral.pck_crl });
    assert.deepEqual(collateralJson(await fetchAll()), collateral);
  });

  it("may drop the line end behind an issuer chain", async () => {
    const bare = encodeURIComponent(collateral.tcb_info_issuer_chain.trimEnd());
    service().fail("tcb", { ...good.tcb, headers: { "TCB-Info-Issuer-Chain": bare } });
    assert.deepEqual(collateralJson(await fetchAll()), collateral);
  });

  it("is asked for a generation by number or by kind of update", async () => {
    await fetchAll({ tcbEvaluationDataNumber: 17 });
    await fetchAll({ update: "early" });
    assert.equal(count("fmspc=B0C06F000000&tcbEvaluationDataNumber=17"), 1);
    assert.equal(count("identity?tcbEvaluationDataNumber=17"), 1);
    assert.equal(count("fmspc=B0C06F000000&update=early"), 1);
    assert.equal(count("identity?update=early"), 1);
  });

  it("is Intel's own by default, whose root CRL lies elsewhere", async () => {
    const hosts: string[] = [];
    const fetch = (url: string, init: RequestInit) => {
      const { protocol, host, pathname, search } = new URL(url);
      hosts.push(`${protocol}//${host}`);
      const path = pathname === "/IntelSGXRootCA.der" ? "/sgx/certification/v4/rootcacrl" : pathname;
      return globalThis.fetch(`${service().url}${path}${search}`, init);
    };
    const { timeoutMilliseconds, retries, now: clock } = { timeoutMilliseconds: 10_000, retries: 0, now };
    const source = createCollateralSource({ fetch, timeoutMilliseconds, retries, now: () => BigInt(clock) });
    assert.deepEqual(collateralJson(await source.tdxCollateral(query)), collateral);
    assert.deepEqual(hosts.toSorted(), [
      "https://api.trustedservices.intel.com",
      "https://api.trustedservices.intel.com",
      "https://api.trustedservices.intel.com",
      "https://certificates.trustedservices.intel.com",
    ]);
  });
});

describe("a request that cannot be right", () => {
  for (const [name, more] of [
    ["a base URL of another scheme", { baseUrl: "ftp://pcs" }],
    ["a base URL that is none", { baseUrl: "pcs" }],
    ["a number and an update", { tcbEvaluationDataNumber: 17, update: "early" }],
    ["number 0", { tcbEvaluationDataNumber: 0 }],
    ["a number above 65535", { tcbEvaluationDataNumber: 65_536 }],
  ] as const)
    it(`${name} is refused before anything is asked`, async () => {
      const error = await mustFail(async () => sourceOf(more), "request");
      assert.equal(error.fault, "caller");
    });

  for (const wrong of ["B0C06F00000", "B0C06F0000000", "B0C06F00000G", "0xB0C06F0000"])
    it(`FMSPC ${wrong} is refused before anything is asked`, async () => {
      await mustFail(() => sourceOf().tdxCollateral({ fmspc: wrong, ca: "platform" }), "request");
      assert.deepEqual(service().requests, []);
    });

  it("an unknown FMSPC is the caller's fault and not asked for again", async () => {
    const unknown = { fmspc: "000000000000", ca: "platform" } as const;
    const error = await mustFail(() => sourceOf().tdxCollateral(unknown), "unknown");
    assert.equal(error.fault, "caller");
    assert.equal(error.retryable, false);
    assert.match(error.asked, /\/tcb\?fmspc=000000000000$/);
    assert.match(error.message, /FMSPC/);
    assert.equal(count("/tcb?"), 1);
  });
});

const silence: Fault = () => "answered";
const broken: Reply = { status: 500, body: "" };
const half = ({ headers, body }: Reply): Fault =>
  function breakOff(response) {
    const bytes = Buffer.from(body);
    response.writeHead(200, { ...headers, "content-length": String(bytes.length) });
    response.write(bytes.subarray(0, bytes.length / 2), () => response.destroy());
    return "answered";
  };

describe("a service in trouble", () => {
  it("that answers 500 once is asked again", async () => {
    service().fail("tcb", broken, () => undefined);
    assert.deepEqual(collateralJson(await fetchAll()), collateral);
    assert.equal(count("/tcb?"), 2);
    assert.deepEqual(pauses, [250]);
  });

  it("that keeps answering 500 is given up after the retries, with growing pauses", async () => {
    service().fail("identity", broken);
    const error = await mustFail(fetchAll, "server");
    assert.equal(error.fault, "service");
    assert.equal(count("/identity"), 3);
    assert.deepEqual(pauses, [250, 500]);
  });

  it("that answers nothing misses its deadline", async () => {
    service().fail("tcb", silence);
    const error = await mustFail(() => fetchAll({ timeoutMilliseconds: 250, retries: 1 }), "timeout");
    assert.equal(error.fault, "network");
    assert.match(error.asked, /\/tcb\?/);
    assert.equal(count("/tcb?"), 2);
  });

  it("that stops in the middle of a body misses its deadline too", async () => {
    service().fail("tcb", (response) => {
      response.writeHead(200, good.tcb.headers).write("{");
      return "answered";
    });
    await mustFail(() => fetchAll({ timeoutMilliseconds: 250, retries: 0 }), "timeout");
  });

  it("that breaks the connection in the middle of a body is asked again", async () => {
    service().fail("pckcrl", half(good.pckcrl), () => undefined);
    assert.deepEqual(collateralJson(await fetchAll()), collateral);
    assert.equal(count("/pckcrl"), 2);
  });

  it("that always breaks it is a matter of the network", async () => {
    service().fail("pckcrl", half(good.pckcrl));
    const error = await mustFail(fetchAll, "network");
    assert.equal(error.fault, "network");
    assert.notEqual(error.cause, undefined);
  });

  it("that does not exist is a matter of the network", async () => {
    const { url } = service();
    await service().close();
    await mustFail(() => fetchAll({ baseUrl: url, retries: 0 }), "network");
    await restart();
  });

  it("is left alone once the source's signal says so", async () => {
    const controller = new AbortController();
    service().fail("tcb", () => {
      controller.abort(new Error("no longer wanted"));
      return "answered";
    });
    await assert.rejects(fetchAll({ signal: controller.signal }), /no longer wanted/);
    assert.equal(count("/tcb?"), 1);
  });
});
