// Intel's revocation lists on chain: refusals, order in time, and what a list does to CAs, signer and hosts.
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { keccak256 } from "viem";
import type { Hex } from "viem";
import { issueCrl } from "../../../agent/platforms/simulated/crl.ts";
import type { CrlContent } from "../../../agent/platforms/simulated/crl.ts";
import type { Authority } from "../../../agent/platforms/simulated/pki.ts";
import { seededAuthorities } from "../../../agent/platforms/simulated/seeded-authorities.ts";
import { fromHex } from "../../../sdk/evidence/bytes.ts";
import { chainOf, newKey, reissue } from "../../support/intel-certificates.ts";
import type { IntelChain } from "../../support/intel-chain.ts";
import { serialOf } from "../../support/random-tdx.ts";
import { day, relisted, seconds, simulatedWorld } from "../../support/simulated-chain.ts";
import { hex } from "./outcome.ts";

const world = await simulatedWorld("lists");
const { root, platformCa, tcbSigning } = world.authorities;
const strangers = await seededAuthorities({ seed: "strangers", ca: "processor" });
const plain = world.collateral();
const quote = await world.quote();
const pckSerial = fromHex("7100000000000000000000000000000000000001");
const revokedQuote = await world.quote({ pck: { serial: pckSerial } });

const listOf = (issuer: Authority, content: Partial<CrlContent> = {}) =>
  issueCrl(issuer, { ...relisted(1), revokedSerials: [], ...content });

let chain: IntelChain;
let goBack: () => Promise<void>;
let goBackToNothing: () => Promise<void>;
before(async () => {
  chain = await world.start();
  goBackToNothing = await chain.mark();
});
after(() => chain.close());

const upsert = (functionName: string, ...args: Uint8Array[]) =>
  chain.send(chain.collateral, functionName, ...args.map(hex));
const verdictOf = async (functionName: string, ...args: Uint8Array[]) =>
  (await upsert(functionName, ...args)).verdict;
const verify = async (bytes = quote) => (await chain.call(chain.verifier, "verify", hex(bytes))).verdict;
const crlOf = async (caId: number) => {
  const [serials, contentHash] = await chain.read<[Hex, Hex]>(chain.collateral, "crlOf", caId);
  return { serials, contentHash };
};
const crlVersion = async () => {
  const { head } = await chain.read<{ head: bigint }>(chain.collateral, "caOf", 1);
  return Number((head >> 160n) & 0xffffn);
};

describe("revocation lists before the certificates", () => {
  beforeEach(() => goBackToNothing());
  it("have unknown issuers", async () => {
    assert.equal(await verdictOf("upsertRootCRL", plain.rootCaCrl), "tdx.crl-issuer");
    assert.equal(await verdictOf("upsertPCKCRL", plain.pckCrl), "tdx.crl-issuer");
  });
  it("are missing to a quote, the root's first", async () => {
    assert.equal(await verify(), "tdx.root-crl-missing");
    await upsert("upsertChain", plain.pckCrlIssuerChain);
    assert.equal(await verdictOf("upsertRootCRL", plain.rootCaCrl), null);
    assert.equal(await verify(), "tdx.pck-crl-missing");
    assert.equal(await verdictOf("upsertPCKCRL", plain.pckCrl), null);
    assert.equal(await verify(), "tdx.qe-identity-missing");
  });
  it("of a root are taken once the signer's chain brought the root", async () => {
    await upsert("upsertSigner", plain.tcbInfoIssuerChain);
    assert.equal(await verdictOf("upsertRootCRL", plain.rootCaCrl), null);
  });
});

/** From here on everything of the simulated platform is held. */
const holdAll = () =>
  before(async () => {
    await goBackToNothing();
    assert.equal(await chain.upsert(plain), null);
    goBack = await chain.mark();
  });

for (const [functionName, issuer, stranger, dates] of [
  ["upsertRootCRL", root, strangers.root, "tdx.root-crl-dates"],
  ["upsertPCKCRL", platformCa, strangers.platformCa, "tdx.pck-crl-dates"],
] as const)
  describe(functionName, () => {
    holdAll();
    beforeEach(() => goBack());

    it("refuses what is no list", async () => {
      assert.equal(await verdictOf(functionName, listOf(issuer).subarray(1)), "x509.der");
    });
    it("refuses a list of another issuer", async () => {
      const other = functionName === "upsertRootCRL" ? platformCa : root;
      assert.equal(await verdictOf(functionName, listOf(other)), "tdx.crl-issuer");
    });
    it("refuses a list that another key of this name signed", async () => {
      const forged = listOf({ ...issuer, privateKey: stranger.privateKey });
      assert.equal(await verdictOf(functionName, forged), "tdx.crl-signature");
    });
    it("refuses a list of the future and of the past", async () => {
      const future = listOf(issuer, { thisUpdate: day("2026-02-06") });
      assert.equal(await verdictOf(functionName, future), dates);
      const past = listOf(issuer, { nextUpdate: day("2026-02-04") });
      assert.equal(await verdictOf(functionName, past), dates);
    });
    it("refuses a list that is older or as old as the one held", async () => {
      assert.equal(await verdictOf(functionName, listOf(issuer, relisted(3))), null);
      for (const by of [2, 3])
        assert.equal(await verdictOf(functionName, listOf(issuer, relisted(by))), "tdx.collateral-newer");
    });
    it("takes a list until its last second", async () => {
      await chain.moveTo(seconds("2026-03-04"));
      assert.equal(await verdictOf(functionName, listOf(issuer)), null);
      await goBack();
      await chain.moveTo(seconds("2026-03-04") + 1);
      assert.equal(await verdictOf(functionName, listOf(issuer)), dates);
    });
    it("writes serials that have not changed only once, and moves the dates", async () => {
      const caId = functionName === "upsertRootCRL" ? 0 : 1;
      const content = { revokedSerials: [pckSerial] };
      const first = await upsert(functionName, listOf(issuer, { ...content, ...relisted(1) }));
      const held = await crlOf(caId);
      const second = await upsert(functionName, listOf(issuer, { ...content, ...relisted(2) }));
      const again = await crlOf(caId);
      assert.equal(again.serials, held.serials);
      assert.notEqual(again.contentHash, held.contentHash);
      assert.ok(second.value!.gasUsed < first.value!.gasUsed - 32_000n);
      assert.equal(await chain.codeAt(held.serials), `0x00${hex(pckSerial).slice(2)}`);
    });
    it("says what it took by the list's hash", async () => {
      const list = listOf(issuer);
      await upsert(functionName, list);
      const { contentHash } = await crlOf(functionName === "upsertRootCRL" ? 0 : 1);
      // TBSCertList: the first element of the list, whose head is two bytes and a length of two bytes.
      const length = 4 + ((list[6]! << 8) | list[7]!);
      const tbs = list[5] === 0x82 ? list.subarray(4, 4 + length) : list.subarray(4, 4 + 3 + list[6]!);
      const short = list[1] === 0x81 ? list.subarray(3, 3 + 3 + list[5]!) : tbs;
      assert.equal(contentHash, keccak256(list[1] === 0x82 ? tbs : short));
    });
  });

describe("a CA of two keys", () => {
  holdAll();
  beforeEach(() => goBack());
  const newer = newKey("second key");
  const bringSecond = async () => {
    const { publicKey, serial } = newer;
    const second = await reissue(world.authorities, "platformCa", {
      publicKey,
      serial,
      notBefore: day("2026-01-01"),
    });
    assert.equal(await verdictOf("upsertChain", chainOf(second, root)), null);
    return { ...second, ...newer };
  };
  const hashOf = async (caId: number) => (await crlOf(caId)).contentHash;

  it("has a list of each, by whose key signed it", async () => {
    const second = await bringSecond();
    const [before, none] = [await hashOf(1), await hashOf(2)];
    assert.equal(none, `0x${"00".repeat(32)}`);
    assert.equal(await verdictOf("upsertPCKCRL", listOf(second)), null);
    assert.equal(await hashOf(1), before);
    const ofSecond = await hashOf(2);
    assert.equal(await verdictOf("upsertPCKCRL", listOf(platformCa, relisted(2))), null);
    assert.notEqual(await hashOf(1), before);
    assert.equal(await hashOf(2), ofSecond);
    assert.equal(await verify(), null);
  });
  it("refuses a list that neither signed: tdx.crl-signature", async () => {
    await bringSecond();
    const third = { ...platformCa, ...newKey("third key") };
    assert.equal(await verdictOf("upsertPCKCRL", listOf(third)), "tdx.crl-signature");
  });
  it("refuses a list in the name of one CA that another of Intel's signed: tdx.crl-signature", async () => {
    const { publicKey, serial, privateKey } = newKey("processor key");
    const { name } = strangers.platformCa;
    const processor = await reissue(world.authorities, "platformCa", { subject: name, publicKey, serial });
    assert.equal(await verdictOf("upsertChain", chainOf(processor, root)), null);
    const before = [await hashOf(1), await hashOf(2)];
    for (const [named, key] of [
      [platformCa, { publicKey, privateKey }],
      [{ ...platformCa, der: processor.der }, {}],
    ] as const)
      assert.equal(await verdictOf("upsertPCKCRL", listOf({ ...named, ...key })), "tdx.crl-signature");
    assert.deepEqual([await hashOf(1), await hashOf(2)], before);
    assert.equal(await verdictOf("upsertPCKCRL", listOf({ ...processor, privateKey })), null);
  });
  it("refuses a list of the one that is revoked, and of nobody's while the newest is", async () => {
    const second = await bringSecond();
    const revoke = (by: number, ...revoked: Authority[]) =>
      verdictOf("upsertRootCRL", listOf(root, { ...relisted(by), revokedSerials: revoked.map(serialOf) }));
    const third = { ...platformCa, ...newKey("third key") };
    assert.equal(await revoke(1, platformCa), null);
    assert.equal(await verdictOf("upsertPCKCRL", listOf(platformCa)), "tdx.intermediate-revoked");
    assert.equal(await verdictOf("upsertPCKCRL", listOf(third)), "tdx.crl-signature");
    assert.equal(await verdictOf("upsertPCKCRL", listOf(second)), null);
    assert.equal(await revoke(2, second), null);
    assert.equal(await verdictOf("upsertPCKCRL", listOf(third)), "tdx.intermediate-revoked");
    assert.equal(await verdictOf("upsertPCKCRL", listOf(platformCa)), null);
  });
});

describe("the root's list", () => {
  holdAll();
  beforeEach(() => goBack());
  const name = (by: number, ...revoked: Authority[]) =>
    upsert("upsertRootCRL", listOf(root, { ...relisted(by), revokedSerials: revoked.map(serialOf) }));

  it("disables a CA it names, and a newer one that does not restores it", async () => {
    assert.equal(await verify(), null);
    await name(1, platformCa);
    assert.equal(await verify(), "tdx.intermediate-revoked");
    assert.equal(await verdictOf("upsertPCKCRL", listOf(platformCa)), "tdx.intermediate-revoked");
    await name(2);
    assert.equal(await verify(), null);
    assert.equal(await verdictOf("upsertPCKCRL", listOf(platformCa)), null);
  });
  it("disables the signer it names with its documents, and a newer one that does not restores it", async () => {
    await name(1, tcbSigning);
    assert.equal(await verify(), "tdx.signer-revoked");
    const { tcbInfo, tcbInfoSignature, qeIdentity, qeIdentitySignature } = plain;
    assert.equal(await verdictOf("upsertTCBInfo", tcbInfo, tcbInfoSignature), "tdx.signer-revoked");
    assert.equal(await verdictOf("upsertQEIdentity", qeIdentity, qeIdentitySignature), "tdx.signer-revoked");
    await name(2);
    assert.equal(await verify(), null);
  });
  it("that names another certificate changes nothing", async () => {
    await name(1, strangers.platformCa, strangers.tcbSigning);
    assert.equal(await verify(), null);
  });
  it("ends, and with it every verdict", async () => {
    await name(1);
    await upsert("upsertPCKCRL", listOf(platformCa, relisted(2)));
    await chain.moveTo(seconds("2026-03-04") + 1);
    assert.equal(await verify(), "tdx.root-crl-dates");
  });
});

describe("a CA's list", () => {
  holdAll();
  beforeEach(() => goBack());

  it("refuses the hosts it names, until a newer one does not", async () => {
    assert.equal(await verify(revokedQuote), null);
    await upsert("upsertPCKCRL", listOf(platformCa, { revokedSerials: [pckSerial] }));
    assert.equal(await verify(revokedQuote), "tdx.pck-revoked");
    assert.equal(await verify(), null);
    await upsert("upsertPCKCRL", listOf(platformCa, relisted(2)));
    assert.equal(await verify(revokedQuote), null);
  });
  it("counts a version for other serials alone", async () => {
    const first = await crlVersion();
    const serials = { revokedSerials: [pckSerial] };
    await upsert("upsertPCKCRL", listOf(platformCa, { ...relisted(1), ...serials }));
    assert.equal(await crlVersion(), first + 1);
    await upsert("upsertPCKCRL", listOf(platformCa, { ...relisted(2), ...serials }));
    assert.equal(await crlVersion(), first + 1);
    await upsert("upsertPCKCRL", listOf(platformCa, relisted(3)));
    assert.equal(await crlVersion(), first + 2);
  });
  it("ends, and with it verdicts on its hosts", async () => {
    await chain.moveTo(seconds("2026-03-02"));
    assert.equal(await verify(), null);
    await chain.moveTo(seconds("2026-03-02") + 1);
    assert.equal(await verify(), "tdx.pck-crl-dates");
  });
});

// Last: going back to nothing forgets where everything was held.
describe("a root list before the signer", () => {
  beforeEach(() => goBackToNothing());
  it("that names a signer holds for a certificate that comes later", async () => {
    await upsert("upsertChain", plain.pckCrlIssuerChain);
    const content = { ...relisted(1), revokedSerials: [serialOf(tcbSigning)] };
    await upsert("upsertRootCRL", listOf(root, content));
    await upsert("upsertSigner", chainOf(tcbSigning, root));
    const { tcbInfo, tcbInfoSignature } = plain;
    assert.equal(await verdictOf("upsertTCBInfo", tcbInfo, tcbInfoSignature), "tdx.signer-revoked");
  });
});
