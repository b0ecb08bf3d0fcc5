// Hosts that TDXVerifier remembers: nobody forges one, and what changes with time is judged at every use.
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { keccak256, toHex } from "viem";
import type { Hex } from "viem";
import { issueCrl } from "../../../agent/platforms/simulated/crl.ts";
import { concat, fromHex } from "../../../sdk/evidence/bytes.ts";
import { isRefusal } from "../../../sdk/evidence/refusal.ts";
import type { Refusal } from "../../../sdk/evidence/refusal.ts";
import { toKnownHost, toNewHost } from "../../../sdk/evidence/tdx-compact.ts";
import type { IntelChain } from "../../support/intel-chain.ts";
import { hostOf } from "../../support/known-host.ts";
import type { RememberedHost } from "../../support/known-host.ts";
import {
  day,
  reissued,
  relisted,
  seconds,
  simulatedNow,
  simulatedWorld,
} from "../../support/simulated-chain.ts";
import { hex } from "./outcome.ts";

function must(bytes: Uint8Array | Refusal): Uint8Array {
  if (isRefusal(bytes)) throw new Error(bytes.detail);
  return bytes;
}

const world = await simulatedWorld("known hosts");
const quote = await world.quote();
const newHost = must(toNewHost(quote));

let chain: IntelChain;
let host: RememberedHost;
let known: Uint8Array;
let goBack: () => Promise<void>;
before(async () => {
  chain = await world.start();
  assert.equal(await chain.upsert(world.collateral()), null);
  host = hostOf(await chain.mustSend(chain.verifier, "verify", hex(newHost)));
  known = must(toKnownHost(quote, fromHex(host.attributes)));
  goBack = await chain.mark();
});
beforeEach(() => goBack());
after(() => chain.close());

const verdict = async (bytes: Uint8Array) => (await chain.call(chain.verifier, "verify", hex(bytes))).verdict;
function flip(bytes: Uint8Array, at: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy.set([copy.at(at)! ^ 1], at < 0 ? copy.length + at : at);
  return copy;
}

describe("a known host", () => {
  it("gives the claims of the raw quote", async () => {
    const claims = (bytes: Uint8Array) => chain.read(chain.verifier, "verify", hex(bytes));
    assert.deepEqual(await claims(known), await claims(quote));
    assert.deepEqual(await claims(newHost), await claims(quote));
  });

  it("is shown with the time at which it was verified, for ninety days", async () => {
    assert.equal(await chain.read(chain.verifier, "hostMaxAge"), 90n * 86_400n);
    const since = (of: Hex) => chain.read<bigint>(chain.verifier, "hostVerifiedAt", of);
    assert.equal(await since(host.commitment), BigInt(simulatedNow));
    assert.equal(await since(keccak256(known)), 0n);
  });

  it("is none with any other byte of its attributes or its key", async () => {
    for (let at = -93; at < 0; at += 4) assert.equal(await verdict(flip(known, at)), "tdx.host-known");
    for (const at of [-95, -158]) assert.equal(await verdict(flip(known, at)), "tdx.host-known");
    assert.equal(await verdict(flip(known, -94)), "tdx.compact-form");
  });

  it("is exactly as long as its parts", async () => {
    for (const bytes of [known.subarray(0, -1), Uint8Array.of(...known, 0), newHost.subarray(0, 1100)])
      assert.equal(await verdict(bytes), "tdx.compact-form");
  });

  it("has a leaf behind its authentication data when it is new", async () => {
    // Mark 2, header 48, TD report 1.0, then signature, key, QE report and its signature, and a length.
    const leaf = 2 + 48 + 584 + 578 + ((newHost[1210]! << 8) | newHost[1211]!);
    for (const length of [leaf - 1, leaf])
      assert.equal(await verdict(newHost.subarray(0, length)), "tdx.compact-form");
    assert.equal(await verdict(newHost.subarray(0, leaf + 1)), "x509.der");
  });

  it("still signs its quotes", async () => {
    assert.equal(await verdict(flip(known, 200)), "tdx.signature");
  });

  it("is forgotten after ninety days, whatever else holds", async () => {
    const now = new Date((simulatedNow + 90 * 86_400 + 1) * 1000);
    await chain.moveTo(simulatedNow + 90 * 86_400 + 1);
    assert.equal(await chain.upsert(world.collateral({ now })), null);
    assert.equal(await verdict(known), "tdx.host-current");
    assert.equal(await verdict(newHost), null);
  });

  it("is refused when the lists have ended, its enclave's identity or its TCB info", async () => {
    await chain.moveTo(seconds("2026-03-03"));
    for (const form of [known, newHost]) assert.equal(await verdict(form), "tdx.pck-crl-dates");
    const { pckCrl, ...later } = world.collateral({ now: day("2026-03-03") });
    await chain.mustSend(chain.collateral, "upsertPCKCRL", hex(pckCrl));
    for (const form of [known, newHost]) assert.equal(await verdict(form), "tdx.qe-identity-dates");
    const { qeIdentity, qeIdentitySignature } = later;
    await chain.mustSend(chain.collateral, "upsertQEIdentity", hex(qeIdentity), hex(qeIdentitySignature));
    for (const form of [known, newHost]) assert.equal(await verdict(form), "tdx.tcb-info-dates");
  });

  it("is refused when its CA has ended, in the raw form as well", async () => {
    await chain.mustSend(chain.verifier, "verify", hex(quote));
    await chain.moveTo(seconds("2050-01-01"));
    assert.equal(await verdict(quote), "tdx.intermediate-dates");
    for (const form of [known, newHost]) assert.equal(await verdict(form), "tdx.pck-dates");
  });

  it("proves again that it is not in a list of other serials", async () => {
    const { platformCa } = world.authorities;
    const list = issueCrl(platformCa, { ...relisted(2), revokedSerials: [fromHex("0x51")] });
    await chain.mustSend(chain.collateral, "upsertPCKCRL", hex(list));
    assert.equal(await verdict(known), "tdx.host-current");
    assert.equal(await verdict(newHost), null);
  });

  const anyAttributes = { attributes: new Uint8Array(16), attributesMask: new Uint8Array(16).fill(0xff) };
  for (const [what, change, check] of [
    ["product", { isvProdId: 3 }, "tdx.qe-product"],
    ["signer", { mrSigner: new Uint8Array(32) }, "tdx.qe-mrsigner"],
    ["attributes", anyAttributes, "tdx.qe-attributes"],
    [
      "MISCSELECT",
      { miscSelect: fromHex("01000000"), miscSelectMask: fromHex("01000000") },
      "tdx.qe-miscselect",
    ],
  ] as const)
    it(`proves again that its enclave is the one of an identity of another ${what}`, async () => {
      const { qeIdentity, qeIdentitySignature } = world.collateral({
        qeIdentity: { ...reissued(2), ...change },
      });
      await chain.mustSend(chain.collateral, "upsertQEIdentity", hex(qeIdentity), hex(qeIdentitySignature));
      assert.equal(await verdict(known), "tdx.host-current");
      assert.equal(await verdict(newHost), check);
    });

  it("is none whose enclave reports more than the key", async () => {
    // Header, TD report 1.0, length; signature, key, type and length; the report data is the last of the QE report.
    const at = 48 + 584 + 4 + 134 + 320;
    const named = quote.subarray(at, at + 32);
    const other = await world.quote({ qeReport: { reportData: concat(named, new Uint8Array(32).fill(1)) } });
    const same = await world.quote({ qeReport: { reportData: concat(named, new Uint8Array(32)) } });
    for (const [bytes, check] of [
      [same, null],
      [other, "tdx.qe-report-data"],
    ] as const)
      for (const form of [bytes, must(toNewHost(bytes))]) assert.equal(await verdict(form), check);
  });

  it("is not outdated by documents that say the same", async () => {
    const { qeIdentity, qeIdentitySignature } = world.collateral({ qeIdentity: reissued(2) });
    await chain.mustSend(chain.collateral, "upsertQEIdentity", hex(qeIdentity), hex(qeIdentitySignature));
    assert.equal(await verdict(known), null);
  });

  it("is denied by its key, its platform and its PCK serial, and allowed again", async () => {
    const platform = toHex(known.subarray(-32));
    const serial = `0x${"00".repeat(12)}${toHex(known.subarray(-52, -32)).slice(2)}`;
    for (const subject of [keccak256(known.subarray(-158, -94)), platform, serial]) {
      await chain.mustSend(chain.collateral, "deny", [subject]);
      for (const form of [known, newHost, quote]) assert.equal(await verdict(form), "tdx.denied");
      await chain.mustSend(chain.collateral, "allow", [subject]);
      assert.equal(await verdict(known), null);
    }
  });

  it("is denied by nobody without the role", async () => {
    const [, stranger] = chain.accounts;
    const { verdict: refused } = await chain.sendFrom(stranger!, chain.collateral, "deny", [keccak256("0x")]);
    assert.notEqual(refused, null);
  });
});
