// Intel's CAs and TCB signing certificate on chain: what is refused, and which of two certificates counts.
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { after, before, beforeEach, describe, it } from "node:test";
import { keccak256 } from "viem";
import type { Hex } from "viem";
import { issueCrl } from "../../../agent/platforms/simulated/crl.ts";
import { seededAuthorities } from "../../../agent/platforms/simulated/seeded-authorities.ts";
import { rawPublicKey } from "../../../agent/platforms/simulated/x509.ts";
import { concat } from "../../../sdk/evidence/bytes.ts";
import { serialOf } from "../../support/random-tdx.ts";
import { startIntelChain } from "../../support/intel-chain.ts";
import type { IntelChain } from "../../support/intel-chain.ts";
import {
  chainOf,
  keyWithNeighbours,
  names,
  newKey,
  reissue,
  serialNumber,
} from "../../support/intel-certificates.ts";
import type { Deviation } from "../../support/intel-certificates.ts";
import { certificateOf, pemOf } from "../../support/tdx-vectors.ts";
import { hex } from "./outcome.ts";

const now = Date.parse("2026-02-05T00:00:00Z") / 1000;
const day = (text: string) => new Date(`${text}T00:00:00Z`);
const authorities = await seededAuthorities({ seed: "certificates" });
const { root, platformCa, tcbSigning } = authorities;
const strangers = await seededAuthorities({ seed: "strangers" });
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });

let chain: IntelChain;
let goBack: () => Promise<void>;
before(async () => {
  chain = await startIntelChain({ root: hex(rawPublicKey(root.publicKey)), at: now });
  goBack = await chain.mark();
});
beforeEach(() => goBack());
after(() => chain.close());

const upsert = async (functionName: "upsertChain" | "upsertSigner", pem: Uint8Array) =>
  (await chain.send(chain.collateral, functionName, hex(pem))).verdict;

const rootDeviations: [string, Deviation][] = [
  ["of another key", { publicKey: strangers.root.publicKey, by: strangers.root }],
  ["of the pinned key that names another issuer", { issuer: names.intelTcbSigning }],
  ["of the pinned key that another key signed", { by: strangers.root }],
  ["of an RSA key", { publicKey: rsa.publicKey }],
];
const outOfDate: [string, Deviation][] = [
  ["of the future", { notBefore: day("2026-02-06") }],
  ["of the past", { notAfter: day("2026-02-04") }],
];

for (const [functionName, role, check, deviations] of [
  [
    "upsertChain",
    "platformCa",
    "tdx.intermediate",
    [
      ["of another issuer", { issuer: names.intelTcbSigning }],
      ["that another key signed", { issuerPrivateKey: strangers.root.privateKey }],
      ["that is no CA", { extensions: [{ kind: "keyUsage", usages: ["keyCertSign"] }, { kind: "notCa" }] }],
      ["without key usage", { extensions: [{ kind: "ca" }] }],
      [
        "that may not sign certificates",
        { extensions: [{ kind: "keyUsage", usages: ["cRLSign"] }, { kind: "ca" }] },
      ],
      ["of an RSA key", { publicKey: rsa.publicKey }],
    ],
  ],
  [
    "upsertSigner",
    "tcbSigning",
    "tdx.signer",
    [
      ["of another issuer", { issuer: names.intelTcbSigning }],
      ["that another key signed", { issuerPrivateKey: strangers.root.privateKey }],
      ["of another name", { subject: names.pck }],
      ["without a name", { subject: [{ O: ["Intel Corporation"] }] }],
      ["that is a CA", { extensions: [{ kind: "keyUsage", usages: ["digitalSignature"] }, { kind: "ca" }] }],
      ["without key usage", { extensions: [{ kind: "notCa" }] }],
      [
        "that may not sign",
        { extensions: [{ kind: "keyUsage", usages: ["nonRepudiation"] }, { kind: "notCa" }] },
      ],
      ["of an RSA key", { publicKey: rsa.publicKey }],
    ],
  ],
] as const satisfies readonly (readonly [
  string,
  string,
  string,
  readonly (readonly [string, Deviation])[],
])[])
  describe(functionName, () => {
    const genuine = authorities[role];
    const due = functionName === "upsertChain" ? "tdx.intermediate-dates" : "tdx.signer-dates";

    for (const [what, pem] of [
      ["of one certificate", chainOf(genuine)],
      ["of three", chainOf(genuine, root, root)],
      ["with a NUL behind it", concat(chainOf(genuine, root), Uint8Array.of(0))],
      ["that is empty", new Uint8Array(0)],
    ] as const)
      it(`refuses a text ${what}`, async () =>
        assert.equal(await upsert(functionName, pem), "tdx.pck-chain"));

    // Two texts of one certificate would be two ids of one CA. The text is read before what it encodes.
    it("refuses a text that encodes the same bytes in other characters", async () => {
      for (const [what, length, from, to] of [
        ["an empty last line", 96, "\n-----END", "\n\n-----END"],
        ["a character that no byte needs", 99, "\n-----END", "A\n-----END"],
        ["a space that ends a line", 99, "A\nA", "A A"],
      ] as const) {
        const text = Buffer.from(pemOf(new Uint8Array(length), root.der)).toString();
        assert.equal(await upsert(functionName, Buffer.from(text)), "x509.der");
        const changed = text.replace(from, to);
        assert.equal(await upsert(functionName, Buffer.from(changed)), "tdx.pck-chain", what);
      }
    });

    it("refuses what is no certificate", async () => {
      const der = Uint8Array.from(genuine.der);
      der[4]! ^= 1;
      assert.equal(await upsert(functionName, pemOf(der, root.der)), "x509.der");
      assert.equal(await upsert(functionName, pemOf(genuine.der, der)), "x509.der");
    });

    for (const [what, deviation] of rootDeviations)
      it(`refuses a root ${what}`, async () => {
        const other = await reissue(authorities, "root", deviation);
        assert.equal(await upsert(functionName, chainOf(genuine, other)), "tdx.root");
      });

    for (const [what, deviation] of deviations)
      it(`refuses one ${what}`, async () => {
        const other = await reissue(authorities, role, deviation);
        assert.equal(await upsert(functionName, chainOf(other, root)), check);
      });

    for (const [what, deviation] of outOfDate) {
      it(`refuses one ${what}`, async () => {
        const other = await reissue(authorities, role, deviation);
        assert.equal(await upsert(functionName, chainOf(other, root)), due);
      });
      it(`refuses a root ${what}`, async () => {
        const other = await reissue(authorities, "root", deviation);
        assert.equal(await upsert(functionName, chainOf(genuine, other)), due);
      });
    }
  });

const caOf = async (caId: number) => {
  const ca = await chain.read<{ x: Hex; subjectHash: Hex; head: bigint; serial: bigint }>(
    chain.collateral,
    "caOf",
    caId,
  );
  return { ...ca, notBefore: Number(ca.head & 0xff_ffff_ffffn), isRevoked: ca.head >> 176n !== 0n };
};
const signer = () =>
  chain.read<{ serial: bigint; notBefore: number; notAfter: number; x: Hex }>(chain.collateral, "signer");
const ofText = (pem: Uint8Array) =>
  chain.read<[number, bigint]>(chain.collateral, "caOfText", keccak256(pem));
const rootCrl = (thisUpdate: string, ...revoked: readonly Uint8Array[]) =>
  issueCrl(root, { thisUpdate: day(thisUpdate), nextUpdate: day("2027-01-01"), revokedSerials: revoked });
const upsertRootCrl = (list: Uint8Array) => chain.mustSend(chain.collateral, "upsertRootCRL", hex(list));

describe("a CA", () => {
  it("is known by number, name and text", async () => {
    const pem = chainOf(platformCa, root);
    assert.equal(await upsert("upsertChain", pem), null);
    assert.deepEqual(await ofText(pem), [1, serialNumber(platformCa)]);
    const { subjectHash, serial, x } = await caOf(1);
    assert.deepEqual(
      [serial, x],
      [serialNumber(platformCa), hex(rawPublicKey(platformCa.publicKey).subarray(0, 32))],
    );
    const [caId] = await chain.read<[number, Hex, Hex]>(chain.collateral, "caNamed", subjectHash);
    assert.equal(caId, 1);
    assert.equal((await caOf(2)).serial, 0n);
    assert.deepEqual(await ofText(chainOf(tcbSigning, root)), [0, 0n]);
  });

  it("keeps its number and takes the dates of a newer certificate, but not of an older one", async () => {
    await upsert("upsertChain", chainOf(platformCa, root));
    const newer = await reissue(authorities, "platformCa", { serial: Uint8Array.of(7) });
    const older = await reissue(authorities, "platformCa", {
      serial: Uint8Array.of(8),
      notBefore: day("2020-01-01"),
    });
    for (const one of [newer, older, newer, platformCa]) {
      assert.equal(await upsert("upsertChain", chainOf(one, root)), null);
      assert.deepEqual(await ofText(chainOf(one, root)), [1, serialNumber(one)]);
      const { serial, notBefore } = await caOf(1);
      assert.deepEqual([serial, notBefore], [7n, Date.parse("2025-05-06T09:25:00Z") / 1000]);
    }
  });

  it("of another key is another, and the newer one is meant by the name", async () => {
    await upsert("upsertChain", chainOf(platformCa, root));
    const { subjectHash } = await caOf(1);
    const idOf = async () =>
      (await chain.read<[number, Hex, Hex]>(chain.collateral, "caNamed", subjectHash))[0];
    const older = await reissue(authorities, "platformCa", {
      ...newKey("older CA"),
      notBefore: day("2010-01-01"),
    });
    await upsert("upsertChain", chainOf(older, root));
    assert.equal(await idOf(), 1);
    const newer = await reissue(authorities, "platformCa", newKey("newer CA"));
    await upsert("upsertChain", chainOf(newer, root));
    assert.equal(await idOf(), 3);
    assert.equal((await ofText(chainOf(older, root)))[0], 2);
  });

  it("is refused while the root CRL names it, and disabled at once by one that does", async () => {
    await upsert("upsertChain", chainOf(platformCa, root));
    await upsertRootCrl(rootCrl("2026-01-01", serialOf(platformCa)));
    assert.equal((await caOf(1)).isRevoked, true);
    assert.equal(await upsert("upsertChain", chainOf(platformCa, root)), "tdx.intermediate-revoked");
    await upsertRootCrl(rootCrl("2026-01-02"));
    assert.equal((await caOf(1)).isRevoked, false);
    assert.equal(await upsert("upsertChain", chainOf(platformCa, root)), null);
  });

  it("is good again under a newer certificate of another serial", async () => {
    await upsert("upsertChain", chainOf(platformCa, root));
    await upsertRootCrl(rootCrl("2026-01-01", serialOf(platformCa)));
    const newer = await reissue(authorities, "platformCa", { serial: Uint8Array.of(7) });
    assert.equal(await upsert("upsertChain", chainOf(newer, root)), null);
    assert.equal((await caOf(1)).isRevoked, false);
  });
});

describe("the pinned root key", () => {
  const { ofSameX, ofSameY, ...key } = keyWithNeighbours;
  const by = { ...root, ...key };
  for (const [what, publicKey] of Object.entries({ x: ofSameX, y: ofSameY }))
    it(`is no other that has the same ${what}, though it signed that`, async () => {
      const pinned = await startIntelChain({ root: hex(rawPublicKey(key.publicKey)), at: now });
      const ca = await reissue(authorities, "platformCa", { by });
      const verdictOf = async (change: Deviation) =>
        (
          await pinned.send(
            pinned.collateral,
            "upsertChain",
            hex(chainOf(ca, await reissue(authorities, "root", { by, ...change }))),
          )
        ).verdict;
      assert.equal(await verdictOf({ publicKey }), "tdx.root");
      assert.equal(await verdictOf({ publicKey: key.publicKey }), null);
      await pinned.close();
    });
});

describe("the TCB signing certificate", () => {
  it("is replaced by one with a later notBefore alone", async () => {
    assert.equal(await upsert("upsertSigner", chainOf(tcbSigning, root)), null);
    const { notBefore } = await signer();
    const older = await reissue(authorities, "tcbSigning", { notBefore: day("2024-01-01") });
    const equal = await reissue(authorities, "tcbSigning", { serial: Uint8Array.of(7) });
    for (const one of [older, equal])
      assert.equal(await upsert("upsertSigner", chainOf(one, root)), "tdx.collateral-newer");
    assert.equal((await signer()).notBefore, notBefore);
    const newer = await reissue(authorities, "tcbSigning", { notBefore: day("2026-01-01") });
    assert.equal(await upsert("upsertSigner", chainOf(newer, root)), null);
    assert.equal((await signer()).notBefore, day("2026-01-01").getTime() / 1000);
  });

  it("may come again and changes nothing", async () => {
    await upsert("upsertSigner", chainOf(tcbSigning, root));
    const { verdict, value } = await chain.send(
      chain.collateral,
      "upsertSigner",
      hex(chainOf(tcbSigning, root)),
    );
    assert.equal(verdict, null);
    assert.deepEqual(value.logs, []);
  });

  it("holds no longer than its root", async () => {
    const short = await reissue(authorities, "root", { notAfter: day("2030-01-01") });
    await upsert("upsertSigner", chainOf(tcbSigning, short));
    assert.equal((await signer()).notAfter, day("2030-01-01").getTime() / 1000);
  });

  it("of Intel has one serial in two certificates, and the second counts", async () => {
    const real = await startIntelChain({ at: Date.parse("2025-05-10T00:00:00Z") / 1000 });
    const pem = (name: string) => hex(pemOf(certificateOf(name), certificateOf("root")));
    const send = async (name: string) =>
      (await real.send(real.collateral, "upsertSigner", pem(name))).verdict;
    assert.equal(await send("tcbSigning2018"), null);
    assert.equal(await send("tcbSigning2025"), null);
    assert.equal(await send("tcbSigning2018"), "tdx.collateral-newer");
    await real.close();
  });
});
