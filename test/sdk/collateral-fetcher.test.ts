// Fetching collateral: exact bytes from a good service, and a named error from every other.
import assert from "node:assert/strict";
import { createPrivateKey, sign } from "node:crypto";
import { readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { CollateralDocument } from "../../sdk/collateral/document.ts";
import { CollateralError } from "../../sdk/collateral/error.ts";
import type { CollateralErrorCode } from "../../sdk/collateral/error.ts";
import { collateralJson } from "../../sdk/verify/input-fields.ts";
import { maxAnswerBytes } from "../../sdk/collateral/request.ts";
import { createCollateralSource } from "../../sdk/collateral/source.ts";
import type { CollateralSourceParameters } from "../../sdk/collateral/source.ts";
import { collateral, fmspc, good, now, startPcs } from "./pcs.ts";
import type { Document, Fault, Pcs, Reply } from "./pcs.ts";

let pcs: Pcs;
let pauses: number[];
beforeEach(async () => {
  pcs = await startPcs();
  pauses = [];
});
afterEach(() => pcs.close());

const sourceOf = (more: Partial<CollateralSourceParameters> = {}) =>
  createCollateralSource({
    baseUrl: pcs.url,
    timeoutMilliseconds: 10_000,
    retries: 2,
    now: () => BigInt(now),
    sleep: async (milliseconds) => void pauses.push(milliseconds),
    ...more,
  });

const query = { fmspc, ca: "platform" } as const;
const fetchAll = (more?: Partial<CollateralSourceParameters>) => sourceOf(more).tdxCollateral(query);

async function mustFail(run: () => Promise<unknown>, code: CollateralErrorCode): Promise<CollateralError> {
  try {
    await run();
  } catch (error) {
    assert.ok(error instanceof CollateralError, String(error));
    assert.equal(error.code, code, error.message);
    return error;
  }
  return assert.fail(`no error where ${code} is due`);
}

const count = (part: string) => pcs.requests.filter((path) => path.includes(part)).length;

describe("a good service", () => {
  it("gives the documents byte for byte", async () => {
    assert.deepEqual(collateralJson(await fetchAll()), collateral);
    assert.deepEqual(pcs.requests.toSorted(), [
      "/sgx/certification/v4/pckcrl?ca=platform&encoding=der",
      "/sgx/certification/v4/rootcacrl",
      "/tdx/certification/v4/qe/identity",
      "/tdx/certification/v4/tcb?fmspc=B0C06F000000",
    ]);
    assert.deepEqual(pauses, []);
  });

  it("takes an FMSPC of either case, and a base URL with a slash at its end", async () => {
    const source = sourceOf({ baseUrl: `${pcs.url}/` });
    assert.deepEqual(
      collateralJson(await source.tdxCollateral({ fmspc: fmspc.toLowerCase(), ca: "platform" })),
      collateral,
    );
  });

  it("may put white space around the signed object, which stays as it was", async () => {
    const body = `{ "tcbInfo": ${collateral.tcb_info},\n "signature": "${collateral.tcb_info_signature}" }\n`;
    pcs.fail("tcb", { ...good.tcb, body });
    assert.deepEqual(collateralJson(await fetchAll()), collateral);
  });

  it("may send CRLs in DER or in hex", async () => {
    pcs.fail("rootcrl", { body: Buffer.from(collateral.root_ca_crl, "hex") });
    pcs.fail("pckcrl", { ...good.pckcrl, body: collateral.pck_crl });
    assert.deepEqual(collateralJson(await fetchAll()), collateral);
  });

  it("may drop the line end behind an issuer chain", async () => {
    const bare = encodeURIComponent(collateral.tcb_info_issuer_chain.trimEnd());
    pcs.fail("tcb", { ...good.tcb, headers: { "TCB-Info-Issuer-Chain": bare } });
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
    const fetch = (url: string, init: { readonly signal: AbortSignal }) => {
      const { protocol, host, pathname, search } = new URL(url);
      hosts.push(`${protocol}//${host}`);
      const path = pathname === "/IntelSGXRootCA.der" ? "/sgx/certification/v4/rootcacrl" : pathname;
      return globalThis.fetch(`${pcs.url}${path}${search}`, init);
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
      assert.deepEqual(pcs.requests, []);
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
    pcs.fail("tcb", broken, () => undefined);
    assert.deepEqual(collateralJson(await fetchAll()), collateral);
    assert.equal(count("/tcb?"), 2);
    assert.deepEqual(pauses, [250]);
  });

  it("that keeps answering 500 is given up after the retries, with growing pauses", async () => {
    pcs.fail("identity", broken);
    const error = await mustFail(fetchAll, "server");
    assert.equal(error.fault, "service");
    assert.equal(count("/identity"), 3);
    assert.deepEqual(pauses, [250, 500]);
  });

  it("that answers nothing misses its deadline", async () => {
    pcs.fail("tcb", silence);
    const error = await mustFail(() => fetchAll({ timeoutMilliseconds: 250, retries: 1 }), "timeout");
    assert.equal(error.fault, "network");
    assert.match(error.asked, /\/tcb\?/);
    assert.equal(count("/tcb?"), 2);
  });

  it("that stops in the middle of a body misses its deadline too", async () => {
    pcs.fail("tcb", (response) => {
      response.writeHead(200, good.tcb.headers).write("{");
      return "answered";
    });
    await mustFail(() => fetchAll({ timeoutMilliseconds: 250, retries: 0 }), "timeout");
  });

  it("that breaks the connection in the middle of a body is asked again", async () => {
    pcs.fail("pckcrl", half(good.pckcrl), () => undefined);
    assert.deepEqual(collateralJson(await fetchAll()), collateral);
    assert.equal(count("/pckcrl"), 2);
  });

  it("that always breaks it is a matter of the network", async () => {
    pcs.fail("pckcrl", half(good.pckcrl));
    const error = await mustFail(fetchAll, "network");
    assert.equal(error.fault, "network");
    assert.notEqual(error.cause, undefined);
  });

  it("that does not exist is a matter of the network", async () => {
    const { url } = pcs;
    await pcs.close();
    await mustFail(() => fetchAll({ baseUrl: url, retries: 0 }), "network");
    pcs = await startPcs();
  });

  it("is left alone once the source's signal says so", async () => {
    const controller = new AbortController();
    pcs.fail("tcb", () => {
      controller.abort(new Error("no longer wanted"));
      return "answered";
    });
    await assert.rejects(fetchAll({ signal: controller.signal }), /no longer wanted/);
    assert.equal(count("/tcb?"), 1);
  });
});

const text = (body: Uint8Array | string) => Buffer.from(body).toString("latin1");
/** The same answer with one byte changed where `before` ends. */
function changed(reply: Reply, before: string): Reply {
  const bytes = Buffer.from(reply.body);
  const at = text(bytes).indexOf(before) + before.length;
  bytes[at] = bytes[at] === 0x31 ? 0x32 : 0x31;
  return { ...reply, body: bytes };
}
const flipped = (hex: string) => {
  const bytes = Buffer.from(hex, "hex");
  bytes[bytes.length - 1]! ^= 1;
  return bytes;
};
const withChain = (reply: Reply, name: string, value: string): Reply => ({
  ...reply,
  headers: { [name]: value },
});
const oneCertificate = encodeURIComponent(
  collateral.tcb_info_issuer_chain.split("-----END CERTIFICATE-----\n")[0]! + "-----END CERTIFICATE-----\n",
);

describe("an answer that is not what was asked for", () => {
  const cases: readonly (readonly [
    name: string,
    document: Document,
    reply: Reply,
    code: CollateralErrorCode,
  ])[] = [
    ["a refusal of the client", "tcb", { status: 401, body: "" }, "status"],
    ["a redirect to nowhere", "tcb", { status: 304, body: "" }, "status"],
    ["a generation no longer served", "tcb", { status: 410, body: "" }, "unknown"],
    ["more than any collateral", "tcb", { ...good.tcb, body: Buffer.alloc(maxAnswerBytes + 1) }, "size"],
    ["an empty body", "tcb", { ...good.tcb, body: "" }, "body"],
    ["a body cut short", "tcb", { ...good.tcb, body: text(good.tcb.body).slice(0, -200) }, "body"],
    ["a signature cut short", "tcb", { ...good.tcb, body: text(good.tcb.body).slice(0, -3) + '"}' }, "body"],
    [
      "another document",
      "tcb",
      {
        ...good.identity,
        ...withChain(
          good.identity,
          "TCB-Info-Issuer-Chain",
          encodeURIComponent(collateral.tcb_info_issuer_chain),
        ),
      },
      "body",
    ],
    ["no issuer chain", "tcb", { body: good.tcb.body }, "issuer-chain"],
    [
      "a chain that is not URL-encoded",
      "tcb",
      withChain(good.tcb, "TCB-Info-Issuer-Chain", "%"),
      "issuer-chain",
    ],
    [
      "a chain that is no PEM",
      "identity",
      withChain(good.identity, "SGX-Enclave-Identity-Issuer-Chain", "PEM"),
      "issuer-chain",
    ],
    [
      "a chain without its root",
      "tcb",
      withChain(good.tcb, "TCB-Info-Issuer-Chain", oneCertificate),
      "issuer-chain",
    ],
    [
      "a chain of the other issuer",
      "tcb",
      withChain(good.tcb, "TCB-Info-Issuer-Chain", encodeURIComponent(collateral.pck_crl_issuer_chain)),
      "signature",
    ],
    ["a changed byte in the TCB info", "tcb", changed(good.tcb, '"isvsvn":'), "signature"],
    ["a changed byte in its signature", "tcb", changed(good.tcb, '"signature":"'), "signature"],
    ["a changed byte in the QE identity", "identity", changed(good.identity, '"isvprodid":'), "signature"],
    [
      "a changed byte in the PCK CRL",
      "pckcrl",
      { ...good.pckcrl, body: flipped(collateral.pck_crl) },
      "signature",
    ],
    ["a changed byte in the root CRL", "rootcrl", { body: flipped(collateral.root_ca_crl) }, "signature"],
    [
      "a CRL cut short",
      "pckcrl",
      { ...good.pckcrl, body: Buffer.from(collateral.pck_crl, "hex").subarray(0, -1) },
      "body",
    ],
    ["a byte behind a CRL", "rootcrl", { body: `${collateral.root_ca_crl}00` }, "body"],
    ["the PCK CRL in place of the root's", "rootcrl", { body: collateral.pck_crl }, "body"],
    ["a page of words", "rootcrl", { body: "<html></html>" }, "body"],
  ];
  for (const [name, document, reply, code] of cases)
    it(`${name} is named ${code} and not asked for again`, async () => {
      pcs.fail(document, reply);
      const error = await mustFail(fetchAll, code);
      assert.equal(pauses.length, 0);
      assert.ok(error.message.startsWith(pcs.url));
      assert.notEqual(error.advice, "");
    });

  it("may be large up to the limit", async () => {
    const padding = " ".repeat(maxAnswerBytes - good.tcb.body.length);
    pcs.fail("tcb", { ...good.tcb, body: `${text(good.tcb.body)}${padding}` });
    assert.deepEqual(collateralJson(await fetchAll()), collateral);
  });

  it("of another platform is found out", async () => {
    pcs.fail("tcb", good.tcb);
    const other = { fmspc: "90C06F000000", ca: "platform" } as const;
    const error = await mustFail(() => sourceOf().tdxCollateral(other), "body");
    assert.match(error.message, /another platform/);
  });
});

const nextUpdateOf = (json: string) => BigInt(Date.parse(/"nextUpdate":"([^"]+)"/.exec(json)![1]!) / 1000);

describe("the cache", () => {
  it("serves until nextUpdate and asks again for what ran out then", async () => {
    let clock = BigInt(now);
    const source = sourceOf({ now: () => clock });
    await source.tdxCollateral(query);
    clock = nextUpdateOf(collateral.tcb_info) - 1n;
    pcs.requests.length = 0;
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
    pcs.fail("tcb", { status: 404, body: "" }, () => undefined);
    const source = sourceOf();
    await mustFail(() => source.tdxCollateral(query), "unknown");
    assert.deepEqual(collateralJson(await source.tdxCollateral(query)), collateral);
  });

  it("may be the caller's, and shared by sources", async () => {
    const cache = new Map<string, CollateralDocument>();
    await fetchAll({ cache });
    assert.deepEqual(collateralJson(await fetchAll({ cache })), collateral);
    assert.equal(pcs.requests.length, 4);
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
    assert.equal(pcs.requests.length, 4);
    for (const answer of answers) assert.deepEqual(collateralJson(answer), collateral);
  });
});

describe("evaluation numbers", () => {
  const pki = new URL("../../agent/platforms/simulated/pki/", import.meta.url);
  const read = (name: string) => readFileSync(new URL(name, pki), "utf8");
  const pem = (name: string) => /-----BEGIN CERT[^]*?-----END CERTIFICATE-----\n/.exec(read(name))![0];
  const issuerChain = pem("intel-platform-ca.crt.pem") + pem("intel-root.crt.pem");
  const key = createPrivateKey(read("intel-platform-ca.public-private-key.pem"));
  const inner =
    '{"id":"TDX","version":1,"issueDate":"2025-07-01T00:00:00Z","nextUpdate":"2025-07-31T00:00:00Z",' +
    '"tcbEvalNumbers":[{"tcbEvaluationDataNumber":18,"tcbRecoveryEventDate":"2025-02-11T00:00:00Z",' +
    '"tcbDate":"2025-02-12T00:00:00Z"},{"tcbEvaluationDataNumber":17,' +
    '"tcbRecoveryEventDate":"2024-03-12T00:00:00Z","tcbDate":"2024-03-13T00:00:00Z"}]}';
  const replyOf = (signed: string): Reply => ({
    headers: { "TCB-Evaluation-Data-Numbers-Issuer-Chain": encodeURIComponent(issuerChain) },
    body: `{"tcbEvaluationDataNumbers":${inner},"signature":"${sign("sha256", Buffer.from(signed), {
      key,
      dsaEncoding: "ieee-p1363",
    }).toString("hex")}"}`,
  });

  it("come with the bytes that were signed", async () => {
    pcs.fail("numbers", replyOf(inner));
    const source = sourceOf();
    const { numbers, document } = await source.evaluationNumbers();
    assert.deepEqual(
      numbers.map(({ number }) => number),
      [18, 17],
    );
    assert.equal(text(document.bytes), inner);
    assert.equal(text(document.issuerChain), issuerChain);
    await source.evaluationNumbers();
    assert.equal(pcs.requests.length, 1);
  });

  it("that are not signed are refused", async () => {
    pcs.fail("numbers", replyOf(`${inner} `));
    await mustFail(() => sourceOf().evaluationNumbers(), "signature");
  });
});
