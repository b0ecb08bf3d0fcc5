// AK chains of a PKI of our own on chain and in TypeScript, each wrong in one thing, or right by a little.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { gcpAkExtensions } from "../../agent/platforms/simulated/authorities.ts";
import { rawPublicKey } from "../../agent/platforms/simulated/x509.ts";
import { keccak256, toHex } from "../../sdk/evidence/bytes.ts";
import { secondsOf, startAkChain } from "../support/ak-judges.ts";
import type { AkJudges } from "../support/ak-judges.ts";
import { end, issue, newKeys } from "../support/ak-pki.ts";
import type { Issued, Wish } from "../support/ak-pki.ts";

const at = new Date("2026-07-01T00:00:00Z");

/** A certificate of our own PKI by what it is to be; "^" in `by` names the one above. */
type Line = readonly (Omit<Wish, "by"> & { readonly by?: "stranger" })[];

const day = 86_400_000;
const later = (date: Date, days: number) => new Date(date.getTime() + days * day);

/** What stands below the roots "P" (P-256), "R" (RSA-2048) or "Z" (P-256, path length 0), and the check it ends in. */
const own: readonly (readonly [string, "P" | "R" | "Z", Line, string | null])[] = [
  ["a leaf under a P-256 root", "P", [{ name: "leaf" }], null],
  ["an RSA leaf under a P-256 root", "P", [{ name: "leaf", keys: newKeys("rsa") }], null],
  ["a leaf under an RSA root", "R", [{ name: "leaf" }], null],
  ["a P-256 CA under an RSA root", "R", [{ name: "A", ca: true }, { name: "leaf" }], null],
  [
    "an RSA CA under a P-256 root",
    "P",
    [{ name: "A", ca: true, keys: newKeys("rsa") }, { name: "leaf" }],
    null,
  ],
  ["a leaf under a root of path length 0", "Z", [{ name: "leaf" }], null],
  [
    "a CA under a root of path length 0",
    "Z",
    [{ name: "A", ca: true }, { name: "leaf" }],
    "ak.issuer-not-ca",
  ],
  ["a CA of path length 0 and a leaf", "P", [{ name: "A", ca: 0 }, { name: "leaf" }], null],
  [
    "two CAs, the upper of path length 0",
    "P",
    [{ name: "A", ca: 0 }, { name: "B", ca: true }, { name: "leaf" }],
    "ak.issuer-not-ca",
  ],
  [
    "two CAs, the upper of path length 1",
    "P",
    [{ name: "A", ca: 1 }, { name: "B", ca: 0 }, { name: "leaf" }],
    null,
  ],
  [
    "three CAs, the upper of path length 1",
    "P",
    [{ name: "A", ca: 1 }, { name: "B", ca: 5 }, { name: "C", ca: 0 }, { name: "leaf" }],
    "ak.issuer-not-ca",
  ],
  [
    "an issuer that is no CA",
    "P",
    [{ name: "A", usages: ["keyCertSign"] }, { name: "leaf" }],
    "ak.issuer-not-ca",
  ],
  [
    "an issuer that may sign no certificates",
    "P",
    [{ name: "A", ca: true, usages: ["cRLSign", "digitalSignature"] }, { name: "leaf" }],
    "ak.issuer-not-ca",
  ],
  [
    "an issuer without key usage",
    "P",
    [{ name: "A", ca: true, usages: null }, { name: "leaf" }],
    "ak.issuer-not-ca",
  ],
  [
    "a leaf that is a CA",
    "P",
    [{ name: "leaf", ca: 0, usages: ["digitalSignature", "keyCertSign"] }],
    "ak.leaf",
  ],
  ["a leaf that may not sign", "P", [{ name: "leaf", usages: ["keyCertSign"] }], "ak.leaf"],
  ["a leaf without key usage", "P", [{ name: "leaf", usages: null }], "ak.leaf"],
  [
    "a leaf of the right name by another key",
    "P",
    [{ name: "leaf", by: "stranger" }],
    "ak.certificate-signature",
  ],
  [
    "a CA of the right name by another key",
    "P",
    [{ name: "A", ca: true, by: "stranger" }, { name: "leaf" }],
    "ak.certificate-signature",
  ],
  [
    "a P-256 signature under an RSA root",
    "R",
    [{ name: "leaf", by: "stranger" }],
    "ak.certificate-signature",
  ],
  [
    "five certificates below a root",
    "P",
    [..."ABCD"].map((name): Line[number] => ({ name, ca: true })).concat({ name: "leaf" }),
    null,
  ],
  ["a leaf of tomorrow", "P", [{ name: "leaf", from: later(at, 1) }], "ak.certificate-dates"],
  ["a leaf of yesterday", "P", [{ name: "leaf", to: later(at, -1) }], "ak.certificate-dates"],
  [
    "a CA of yesterday",
    "P",
    [{ name: "A", ca: true, to: later(at, -1) }, { name: "leaf" }],
    "ak.certificate-dates",
  ],
];

describe("AK chains", () => {
  let judges: AkJudges;
  let roots: Record<"P" | "R" | "Z", Issued>;
  before(async () => {
    const root = (name: string, ca: true | 0, kind: "p256" | "rsa" = "p256") =>
      issue({ name, ca, keys: newKeys(kind) });
    roots = { P: await root("P", true), R: await root("R", true, "rsa"), Z: await root("Z", 0) };
    judges = await startAkChain(
      Object.values(roots).map(({ der }) => ({ cloud: 4, der })),
      at,
    );
  });
  after(() => judges.close());

  async function chainOf(root: Issued, line: Line): Promise<Issued[]> {
    const chain = [root];
    for (const wish of line) {
      const above = chain[0]!;
      const by = wish.by === "stranger" ? { name: above.name, keys: newKeys() } : above;
      chain.unshift(await issue({ ...wish, by }));
    }
    return chain;
  }

  for (const [what, root, line, expected] of own)
    it(`${what}: ${expected ?? "accepted"}`, async () => {
      const chain = await chainOf(roots[root], line);
      const certs = chain.map(({ der }) => der).slice(0, -1);
      const judged = await judges.compare(certs, expected);
      if (judged === null) return;
      assert.deepEqual([judged.isTrusted, judged.notAfter], [true, BigInt(secondsOf(end))]);
      await judges.compare([...certs, roots[root].der], certs.length < 5 ? null : "ak.chain-length");
      await judges.record(certs);
      await judges.compare(certs, null);
    });

  it("hold from the first second of each certificate to its last, and end with the first that ends", async () => {
    const [first, last] = [later(at, 10), later(at, 20)];
    for (const which of [0, 1]) {
      const dates = { from: first, to: last };
      const line: Line = [
        { name: "A", ca: true, ...(which === 0 ? dates : {}) },
        { name: "leaf", ...(which === 1 ? dates : {}) },
      ];
      const certs = (await chainOf(roots.P, line)).map(({ der }) => der);
      const snapshot = await judges.networkHelpers.takeSnapshot();
      for (const [time, expected] of [
        [secondsOf(first) - 1, "ak.certificate-dates"],
        [secondsOf(first), null],
        [secondsOf(last), null],
        [secondsOf(last) + 1, "ak.certificate-dates"],
      ] as const) {
        await judges.networkHelpers.time.increaseTo(time);
        const judged = await judges.compare(certs, expected);
        if (judged === null) continue;
        assert.equal(judged.notAfter, BigInt(secondsOf(last)));
        // From here on the CA is cached.
        await judges.record(certs);
      }
      await snapshot.restore();
    }
  });

  it("lead up from a cached CA by its own issuer only: ak.certificate-signature", async () => {
    const [leaf, b, a, root] = await chainOf(roots.P, [
      { name: "A", ca: true },
      { name: "B", ca: true },
      { name: "leaf" },
    ]);
    await judges.record([leaf!.der, b!.der, a!.der]);
    const namesake = await issue({ name: "A", ca: true, by: root! });
    await judges.compare([leaf!.der, b!.der, namesake.der], "ak.certificate-signature");
    await judges.compare([leaf!.der, b!.der, a!.der], null);
  });

  it("keep within the path length of a cached CA: ak.issuer-not-ca", async () => {
    const [leaf, a] = await chainOf(roots.P, [{ name: "A", ca: 0 }, { name: "leaf" }]);
    await judges.record([leaf!.der, a!.der]);
    const below = await issue({ name: "B", ca: true, by: a! });
    const lower = await issue({ name: "leaf", by: below });
    await judges.compare([lower.der, below.der, a!.der], "ak.issuer-not-ca");
  });

  it("end with their root, also where an issuer below is cached", async () => {
    const certs = (
      await chainOf(roots.P, [
        { name: "A", ca: true, to: later(end, 5) },
        { name: "leaf", to: later(end, 5) },
      ])
    ).map(({ der }) => der);
    const snapshot = await judges.networkHelpers.takeSnapshot();
    await judges.record(certs);
    await judges.networkHelpers.time.increaseTo(secondsOf(end));
    await judges.compare(certs, null);
    await judges.networkHelpers.time.increaseTo(secondsOf(end) + 1);
    await judges.compare(certs, "ak.certificate-dates");
    await snapshot.restore();
  });

  /** A leaf alone under a root of its own. */
  async function judgeUnder(root: Issued, cloud: number, expected: string | null) {
    const own = await startAkChain([{ cloud, der: root.der }], at);
    try {
      return await own.compare([(await issue({ name: "leaf", by: root })).der], expected);
    } finally {
      await own.close();
    }
  }

  it("without the cloud's mark are known, and not trusted", async () => {
    const judged = await judgeUnder(await issue({ name: "G", ca: true }), 1, null);
    assert.deepEqual([judged!.cloud, judged!.isTrusted], [1, false]);
  });

  it("under a root of tomorrow wait for it: ak.certificate-dates", async () => {
    const root = await issue({ name: "T", ca: true, from: later(at, 1) });
    assert.equal(await judgeUnder(root, 4, "ak.certificate-dates"), null);
  });

  it("of one key end with the latest: last year's certificate takes nothing away", async () => {
    const long = await issue({ name: "leaf", by: roots.P });
    const short = await issue({ name: "leaf", by: roots.P, keys: long.keys, to: later(at, 5) });
    const akId = toHex(keccak256(rawPublicKey(long.keys.publicKey)));
    for (const [{ der }, until] of [
      [short, later(at, 5)],
      [long, end],
      [short, end],
    ] as const) {
      await judges.record([der]);
      const known = { cloud: 4, isTrusted: true, notAfter: secondsOf(until) };
      assert.deepEqual(await judges.trustOf(akId, 4), known);
    }
  });

  it("of one key are trusted until the end of the marked one, and known until that of the other", async () => {
    const root = await issue({ name: "G", ca: true });
    const google = await startAkChain([{ cloud: 1, der: root.der }], at);
    try {
      const instance = { zone: "z", projectNumber: 1n, projectId: "p", instanceId: 2n, instanceName: "i" };
      const more = gcpAkExtensions({ ...instance, isProduction: true }).filter(({ kind }) => kind === "raw");
      const marked = await issue({ name: "leaf", by: root, to: later(at, 5), more });
      const plain = await issue({ name: "leaf", by: root, keys: marked.keys });
      const akId = toHex(keccak256(rawPublicKey(marked.keys.publicKey)));
      for (const { der } of [plain, marked]) await google.record([der]);
      const until = secondsOf(later(at, 5));
      assert.deepEqual(await google.trustOf(akId, 1), { cloud: 1, isTrusted: true, notAfter: until });
      await google.networkHelpers.time.increaseTo(until + 1);
      const known = { cloud: 1, isTrusted: false, notAfter: secondsOf(end) };
      assert.deepEqual(await google.trustOf(akId, 1), known);
    } finally {
      await google.close();
    }
  });

  it("need a root that may issue: AKIssuerNotCA at deployment, by its place", async () => {
    for (const wish of [{ usages: ["keyCertSign"] }, { ca: true, usages: ["digitalSignature"] }] as const) {
      const { der } = await issue({ name: "N", ...wish });
      const good = { cloud: 4, der: roots.P.der };
      await assert.rejects(judges.deploy([good, { cloud: 4, der }]), /AKIssuerNotCA\(1\)/);
    }
  });
});
