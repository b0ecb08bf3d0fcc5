// The clouds' AK chains on chain and in TypeScript: whole, with a byte changed, in another order, with one missing.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { derTags, readDer, readDerNodes } from "../../sdk/evidence/der.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import { secondsOf, startAkChain } from "../support/ak-judges.ts";
import type { AkJudges } from "../support/ak-judges.ts";
import { mustFindChain, referenceRoots } from "../support/tpm-vectors.ts";

const azure = mustFindChain("azure-tdx-full-2026");
const at = new Date("2026-07-01T00:00:00Z");

function flip(der: Uint8Array, position: number): Uint8Array {
  const copy = der.slice();
  copy[position]! ^= 1;
  return copy;
}
const withCert = (certs: readonly Uint8Array[], index: number, der: Uint8Array) =>
  certs.map((own, i) => (i === index ? der : own));

/** Where each region of a certificate begins and ends, the serial's INTEGER content among them. */
function regionsOf(der: Uint8Array) {
  const outer = readDer(der, derTags.sequence);
  assert.ok(!isRefusal(outer));
  const parts = readDerNodes(outer.content);
  assert.ok(!isRefusal(parts));
  const [tbs, algorithm, signature] = parts;
  const serial = readDerNodes(tbs!.content);
  assert.ok(!isRefusal(serial));
  const offset = (bytes: Uint8Array) => bytes.byteOffset - der.byteOffset;
  return {
    tbs: offset(serial[1]!.content) + 1,
    algorithm: offset(algorithm!.raw) + 2 + 2 + 8,
    signature: offset(signature!.content) + 100,
  } as const;
}

const permutations = (items: readonly number[]): number[][] =>
  items.length < 2
    ? [[...items]]
    : items.flatMap((item) =>
        permutations(items.filter((one) => one !== item)).map((rest) => [item, ...rest]),
      );

describe("Azure's chain of 2026", () => {
  let cold: AkJudges;
  let warm: AkJudges;
  before(async () => {
    [cold, warm] = [await startAkChain(referenceRoots, at), await startAkChain(referenceRoots, at)];
    await warm.record(azure);
  });
  after(() => Promise.all([cold.close(), warm.close()]));
  const compare = async (certs: readonly Uint8Array[], expected?: string | null) => {
    await cold.compare(certs, expected);
    return warm.compare(certs, expected);
  };

  it("holds with and without its root, as trusted, until its leaf ends", async () => {
    for (const certs of [azure, azure.slice(0, 3)]) {
      const judged = await compare(certs, null);
      assert.deepEqual([judged!.cloud, judged!.isTrusted], [2, true]);
      assert.equal(judged!.notAfter, BigInt(secondsOf("2027-06-07T00:00:00Z")));
    }
  });

  for (const [index, der] of azure.entries())
    for (const [region, position] of Object.entries(regionsOf(der))) {
      const isRoot = index === azure.length - 1;
      const signature = isRoot ? "ak.root" : "ak.certificate-signature";
      const expected = region === "algorithm" ? "x509.signature-algorithm" : signature;
      it(`with a byte of the ${region} of certificate ${index} changed: ${expected}`, async () => {
        await compare(withCert(azure, index, flip(der, position)), expected);
      });
    }

  it("with any byte changed is judged alike, and never believed", async () => {
    for (const [index, der] of azure.entries())
      for (let position = index; position < der.length; position += 101)
        assert.equal(await cold.compare(withCert(azure, index, flip(der, position))), null);
  });

  it("in any other order is judged alike, and never believed", async () => {
    for (const order of permutations([0, 1, 2, 3]))
      if (order.join() !== "0,1,2,3") assert.equal(await compare(order.map((i) => azure[i]!)), null);
    await compare(
      [1, 0, 2, 3].map((i) => azure[i]!),
      "ak.issuer",
    );
  });

  for (const [left, expected] of [
    ["0", "ak.root"],
    ["0,1", "ak.root"],
    ["0,2", "ak.issuer"],
    ["0,2,3", "ak.issuer"],
    ["0,1,3", "ak.issuer"],
    ["0,3", "ak.issuer"],
    ["1,2,3", "ak.leaf"],
    ["3", "ak.leaf"],
    ["0,0,1,2,3", "ak.issuer"],
    // A root is its own issuer, as often as somebody likes.
    ["0,1,2,3,3", null],
  ] as const)
    it(`of certificates ${left}: ${expected ?? "accepted"}`, async () => {
      await compare(
        left.split(",").map((i) => azure[Number(i)]!),
        expected,
      );
    });
});

describe("chains of both generations of Google", () => {
  let judges: AkJudges;
  before(async () => {
    judges = await startAkChain(referenceRoots, at);
  });
  after(() => judges.close());

  for (const [id, until] of [
    ["gcp-cert-pca-tpm-ecc-sign-cert", "2052-11-15T18:33:42Z"],
    ["gcp-cert-uca-tpm-rsa-sign-cert", null],
    ["gcp-cos85", null],
    ["automata-gcp-ecc-quote", "2055-04-29T04:19:37Z"],
  ] as const)
    it(`${id} holds with and without its root`, async () => {
      const chain = mustFindChain(id);
      for (const certs of [chain, chain.slice(0, 2)]) {
        const judged = await judges.compare(certs, null);
        assert.deepEqual([judged!.cloud, judged!.isTrusted], [1, true]);
        if (until !== null) assert.equal(judged!.notAfter, BigInt(secondsOf(until)));
      }
    });

  it("do not vouch for each other", async () => {
    const [old, present] = ["gcp-cert-uca-tpm-ecc-sign-cert", "gcp-cert-pca-tpm-ecc-sign-cert"].map(
      mustFindChain,
    );
    await judges.compare([old![0]!, ...present!.slice(1)], "ak.issuer");
    await judges.compare([present![0]!, ...old!.slice(1)], "ak.issuer");
    // Two intermediates of the older root: names alone tell them apart.
    const cos85 = mustFindChain("gcp-cos85");
    await judges.compare([old![0]!, ...cos85.slice(1)], "ak.issuer");
  });
});
