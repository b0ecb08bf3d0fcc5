// TCB info, QE identity and evaluation numbers on chain: each refusal alone, by its error and the error's arguments.
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import type { SignedText } from "../../../agent/platforms/simulated/collateral.ts";
import { issueCrl } from "../../../agent/platforms/simulated/crl.ts";
import { signP256 } from "../../../agent/platforms/simulated/p256.ts";
import { ascii, concat, toBigInt, uint } from "../../../sdk/evidence/bytes.ts";
import { chainOf, reissue, serialNumber } from "../../support/intel-certificates.ts";
import type { IntelChain } from "../../support/intel-chain.ts";
import { serialOf } from "../../support/random-tdx.ts";
import { documentKinds, documentSigner } from "../../support/signed-documents.ts";
import type { DocumentDates, DocumentKind } from "../../support/signed-documents.ts";
import { day, relisted, seconds, simulatedNow, simulatedWorld } from "../../support/simulated-chain.ts";
import { hex } from "./outcome.ts";

const world = await simulatedWorld("upserts");
const { authorities } = world;
const { root, platformCa, tcbSigning } = authorities;
const strangers = (await simulatedWorld("strangers")).authorities;
const documents = documentSigner(authorities);

let chain: IntelChain;
let goBack: () => Promise<void>;
const send = (functionName: string, ...args: Uint8Array[]) =>
  chain.send(chain.collateral, functionName, ...args.map(hex));
const mustSend = async (functionName: string, ...args: Uint8Array[]) =>
  assert.equal((await send(functionName, ...args)).error, null);
const bring = async (kind: DocumentKind, { text, signature }: SignedText) =>
  (await send(`upsert${kind}`, text, signature)).error;

/** Certificates are held, and no document. */
before(async () => {
  chain = await world.start();
  await mustSend("upsertChain", chainOf(platformCa, root));
  await mustSend("upsertSigner", chainOf(tcbSigning, root));
  goBack = await chain.mark();
});
beforeEach(() => goBack());
after(() => chain.close());

// Order of P-256 (FIPS 186-5, SP 800-186 §3.2.1.3).
const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
/** The other signature of the same content: n - s in the place of s. */
const mirrored = (signature: Uint8Array) =>
  concat(signature.subarray(0, 32), uint(order - toBigInt(signature.subarray(32)), 32));
function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[at]! ^= 1;
  return copy;
}
const second = (time: number) => new Date(time * 1000);
const revoke = (by: number, ...revoked: (typeof root)[]) =>
  mustSend("upsertRootCRL", issueCrl(root, { ...relisted(by), revokedSerials: revoked.map(serialOf) }));

for (const kind of documentKinds)
  describe(`upsert${kind}`, () => {
    const make = (dates?: DocumentDates) => documents.make(kind, dates);
    const outOfDate = (issued: Date, next: Date) =>
      `TDX${kind}OutOfDate(${seconds(issued)}, ${seconds(next)})`;

    it("takes what the signer signed", async () => assert.equal(await bring(kind, make()), null));

    describe("of the signer", () => {
      it("refuses while there is none: TDXSignerMissing", async () => {
        const empty = await world.start();
        const { text, signature } = make();
        const bringThere = async () =>
          (await empty.send(empty.collateral, `upsert${kind}`, hex(text), hex(signature))).error;
        assert.equal(await bringThere(), "TDXSignerMissing()");
        await empty.mustSend(empty.collateral, "upsertChain", hex(chainOf(platformCa, root)));
        assert.equal(await bringThere(), "TDXSignerMissing()");
        await empty.close();
      });

      it("refuses once it has ended, not before: TDXSignerOutOfDate", async () => {
        const from = day("2025-06-01");
        const end = day("2026-02-20");
        const short = await reissue(authorities, "tcbSigning", { notBefore: from, notAfter: end });
        await mustSend("upsertSigner", chainOf(short, root));
        await chain.moveTo(seconds(end));
        assert.equal(await bring(kind, make()), null);
        await chain.moveTo(seconds(end) + 1);
        const later = make({ issueDate: day("2026-02-19") });
        assert.equal(await bring(kind, later), `TDXSignerOutOfDate(${seconds(from)}, ${seconds(end)})`);
      });

      it("refuses once its root has ended: TDXSignerOutOfDate", async () => {
        const end = day("2026-02-20");
        const shortRoot = await reissue(authorities, "root", { notAfter: end });
        const newer = await reissue(authorities, "tcbSigning", { notBefore: day("2025-06-01") });
        await mustSend("upsertSigner", chainOf(newer, shortRoot));
        await chain.moveTo(seconds(end) + 1);
        const due = `TDXSignerOutOfDate(${seconds("2025-06-01")}, ${seconds(end)})`;
        assert.equal(await bring(kind, make()), due);
      });

      it("refuses while the root CRL names it: TDXSignerRevoked", async () => {
        await revoke(1, tcbSigning);
        assert.equal(await bring(kind, make()), `TDXSignerRevoked(${serialNumber(tcbSigning)})`);
        await revoke(2);
        assert.equal(await bring(kind, make()), null);
      });

      it("does not ask for the CA of PCK certificates, which signs no documents", async () => {
        await revoke(1, platformCa);
        assert.equal(await bring(kind, make()), null);
      });
    });

    describe("of the signature", () => {
      const wrong = `TDX${kind}SignatureWrong()`;
      for (const [who, privateKey] of [
        ["the root", root.privateKey],
        ["the CA of PCK certificates", platformCa.privateKey],
        ["another TCB signing key of Intel's name", strangers.tcbSigning.privateKey],
      ] as const)
        it(`refuses that of ${who}`, async () => {
          const { text } = make();
          assert.equal(await bring(kind, { text, signature: signP256(privateKey, text) }), wrong);
        });

      it("refuses any other length, zeros and a changed bit", async () => {
        const { text, signature } = make();
        for (const other of [
          new Uint8Array(0),
          signature.subarray(0, 63),
          Uint8Array.of(...signature, 0),
          new Uint8Array(64),
          concat(signature.subarray(32), signature.subarray(0, 32)),
          flipped(signature, 0),
          flipped(signature, 63),
        ])
          assert.equal(await bring(kind, { text, signature: other }), wrong, hex(other));
      });

      it("takes the one whose s is mirrored, which signs the same", async () => {
        const { text, signature } = make();
        assert.equal(await bring(kind, { text, signature: mirrored(signature) }), null);
      });

      it("is over each byte, and looked at before what they say", async () => {
        const { text, signature } = make();
        const before = text.length - 1;
        for (const other of [
          flipped(text, 0),
          flipped(text, before),
          text.subarray(0, before),
          ascii(" "),
          new Uint8Array(0),
          concat(text, ascii("\n")),
        ])
          assert.equal(await bring(kind, { text: other, signature }), wrong);
      });

      it("is that of another document", async () => {
        const { text } = make();
        const { signature } = make({ issueDate: day("2026-02-01") });
        assert.equal(await bring(kind, { text, signature }), wrong);
      });
    });

    describe("of the dates", () => {
      it("refuses a document of the future, by a second", async () => {
        const [issueDate, nextUpdate] = [second(simulatedNow + 1), day("2026-03-02")];
        assert.equal(await bring(kind, make({ issueDate, nextUpdate })), outOfDate(issueDate, nextUpdate));
        assert.equal(await bring(kind, make({ issueDate: second(simulatedNow), nextUpdate })), null);
      });

      it("refuses one whose nextUpdate has passed, by a second", async () => {
        const [issueDate, nextUpdate] = [day("2026-01-31"), second(simulatedNow - 1)];
        assert.equal(await bring(kind, make({ issueDate, nextUpdate })), outOfDate(issueDate, nextUpdate));
        assert.equal(await bring(kind, make({ issueDate, nextUpdate: second(simulatedNow) })), null);
      });

      it("names them before it asks whether the document is newer", async () => {
        assert.equal(await bring(kind, make({ issueDate: day("2026-02-01") })), null);
        const [issueDate, nextUpdate] = [day("2026-01-31"), day("2026-02-04")];
        assert.equal(await bring(kind, make({ issueDate, nextUpdate })), outOfDate(issueDate, nextUpdate));
      });
    });

    describe("of what is held", () => {
      const held = day("2026-02-01");
      const notNewer = (by: Date) => `TDXCollateralNotNewer(${seconds(held)}, ${seconds(by)})`;

      it("refuses an equal or an older issue date, whatever the document says", async () => {
        assert.equal(await bring(kind, make({ issueDate: held })), null);
        assert.equal(await bring(kind, make({ issueDate: held })), notNewer(held));
        const longer = { issueDate: held, nextUpdate: day("2026-03-09") };
        assert.equal(await bring(kind, make(longer)), notNewer(held));
        const older = second(seconds(held) - 1);
        assert.equal(await bring(kind, make({ issueDate: older })), notNewer(older));
      });

      it("takes one that is a second newer, also when it ends sooner", async () => {
        assert.equal(await bring(kind, make({ issueDate: held })), null);
        const newer = { issueDate: second(seconds(held) + 1), nextUpdate: day("2026-02-10") };
        assert.equal(await bring(kind, make(newer)), null);
      });
    });
  });

describe("a document in the place of another", () => {
  const { TCBInfo, QEIdentity, EvaluationNumbers } = {
    TCBInfo: documents.tcbInfo(),
    QEIdentity: documents.qeIdentity(),
    EvaluationNumbers: documents.evaluationNumbers(),
  };
  for (const [kind, what, document, error] of [
    ["TCBInfo", "a QE identity", QEIdentity, "TDXTCBInfoUnsupported()"],
    ["TCBInfo", "evaluation numbers", EvaluationNumbers, "TDXTCBInfoUnsupported()"],
    ["QEIdentity", "a TCB info", TCBInfo, "TDXQEIdentityUnsupported()"],
    ["QEIdentity", "evaluation numbers", EvaluationNumbers, "TDXQEIdentityUnsupported()"],
    ["EvaluationNumbers", "a TCB info", TCBInfo, "TDXEvaluationNumbersMalformed(0)"],
    ["EvaluationNumbers", "a QE identity", QEIdentity, "TDXEvaluationNumbersMalformed(0)"],
  ] as const)
    it(`is refused by its kind: ${what} as ${kind}`, async () =>
      assert.equal(await bring(kind, document), error));

  it("is refused by its form, order and kind before its dates", async () => {
    const future = { issueDate: day("2026-06-01"), nextUpdate: day("2026-07-01") };
    const rows = [
      ["TCBInfo", documents.tcbInfo({ ...future, tcbType: 1 }), "TDXTCBInfoUnsupported()"],
      ["QEIdentity", documents.qeIdentity({ ...future, version: 3 }), "TDXQEIdentityUnsupported()"],
      [
        "QEIdentity",
        documents.qeIdentity({ ...future, isvProdId: 65536 }),
        /^TDXQEIdentityMalformed\(\d+\)$/,
      ],
      [
        "EvaluationNumbers",
        documents.evaluationNumbers({ ...future, tcbEvalNumbers: [] }),
        /^TDXEvaluationNumbersMalformed\(\d+\)$/,
      ],
    ] as const;
    for (const [kind, document, error] of rows) {
      const refused = (await bring(kind, document))!;
      if (typeof error === "string") assert.equal(refused, error);
      else assert.match(refused, error);
    }
  });
});
