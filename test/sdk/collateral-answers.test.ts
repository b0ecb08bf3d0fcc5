// Fetching collateral: an answer that is not what was asked for ends in a named error and is not asked for again.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { CollateralErrorCode } from "../../sdk/collateral/error.ts";
import { collateralJson } from "../../sdk/verify/input-fields.ts";
import { maxAnswerBytes } from "../../sdk/collateral/request.ts";
import { mustFail, text, usePcs } from "./collateral-service.ts";
import { collateral, fmspc, good } from "./pcs.ts";
import type { Document, Reply } from "./pcs.ts";

const { service, pauses, sourceOf, fetchAll } = usePcs();

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

const goodAnswer = `/tdx/certification/v4/tcb?fmspc=${fmspc}&again`;

describe("an answer that is not what was asked for", () => {
  const cases: readonly (readonly [
    name: string,
    document: Document,
    reply: Reply,
    code: CollateralErrorCode,
  ])[] = [
    ["a refusal of the client", "tcb", { status: 401, body: "" }, "status"],
    ["a redirect to nowhere", "tcb", { status: 304, body: "" }, "status"],
    [
      "a redirect to a good answer",
      "tcb",
      { status: 302, headers: { location: goodAnswer }, body: "" },
      "status",
    ],
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
      service().fail(document, reply);
      const error = await mustFail(fetchAll, code);
      assert.equal(pauses.length, 0);
      assert.ok(error.message.startsWith(service().url));
      assert.notEqual(error.advice, "");
    });

  it("may be large up to the limit", async () => {
    const padding = " ".repeat(maxAnswerBytes - good.tcb.body.length);
    service().fail("tcb", { ...good.tcb, body: `${text(good.tcb.body)}${padding}` });
    assert.deepEqual(collateralJson(await fetchAll()), collateral);
  });

  it("of another platform is found out", async () => {
    service().fail("tcb", good.tcb);
    const other = { fmspc: "90C06F000000", ca: "platform" } as const;
    const error = await mustFail(() => sourceOf().tdxCollateral(other), "body");
    assert.match(error.message, /another platform/);
  });
});
