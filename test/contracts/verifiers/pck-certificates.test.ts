// PCK certificates that the platform CA signed though Intel never would: what contract and SDK refuse each with. The
// quote is of a new host, whose certificate stands last and in DER.
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { names } from "../../../agent/platforms/simulated/authorities.ts";
import {
  element,
  enumerated,
  integer,
  objectIdentifier,
  octetString,
  sequence,
} from "../../../agent/platforms/simulated/der.ts";
import { seededKey } from "../../../agent/platforms/simulated/p256.ts";
import { platformSvns, simulatedFmspc, simulatedPceId } from "../../../agent/platforms/simulated/tcb.ts";
import { issueCertificate, rawPublicKey } from "../../../agent/platforms/simulated/x509.ts";
import type { CertificateSpec, ExtensionSpec } from "../../../agent/platforms/simulated/x509.ts";
import { concat } from "../../../sdk/evidence/bytes.ts";
import { readPemChain } from "../../../sdk/evidence/pem.ts";
import { isRefusal } from "../../../sdk/evidence/refusal.ts";
import type { Refusal } from "../../../sdk/evidence/refusal.ts";
import { toNewHost } from "../../../sdk/evidence/tdx-compact.ts";
import { readTdxQuote } from "../../../sdk/evidence/tdx-quote.ts";
import { judgeTdxQuote } from "../../../sdk/verify/tdx/index.ts";
import type { IntelChain } from "../../support/intel-chain.ts";
import { day, simulatedNow, simulatedWorld } from "../../support/simulated-chain.ts";
import { mustJudge, pemOf } from "../../support/tdx-vectors.ts";
import { hex } from "./outcome.ts";

function must<T>(value: T | Refusal): T {
  if (isRefusal(value)) throw new Error(value.detail);
  return value;
}

const seed = "pck certificates";
const world = await simulatedWorld(seed);
const strangers = (await simulatedWorld("strangers")).authorities;
const { platformCa, root } = world.authorities;
const quote = await world.quote();
const [leaf, ...chainAbove] = must(readPemChain(must(readTdxQuote(quote)).pckChain));
const compact = must(toNewHost(quote));
const withoutLeaf = compact.subarray(0, compact.length - leaf!.length);

const sgx = "1.2.840.113741.1.13.1";
const pair = (suffix: string, ...values: Uint8Array[]) =>
  sequence(objectIdentifier(`${sgx}.${suffix}`), ...values);
const { cpuSvn, pceSvn } = platformSvns("UpToDate");
/** Members of the TCB by their number: sixteen components, PCESVN, CPUSVN. */
const tcbPairs: readonly Uint8Array[] = [
  ...[...cpuSvn].map((svn, at) => pair(`2.${at + 1}`, integer(svn))),
  pair("2.17", integer(pceSvn)),
  pair("2.18", octetString(cpuSvn)),
];
const tcbOf = (pairs: readonly Uint8Array[]) => pair("2", sequence(...pairs));
const ppid = pair("1", octetString(new Uint8Array(16).fill(7)));
const tcb = tcbOf(tcbPairs);
const pceId = pair("3", octetString(simulatedPceId));
const fmspc = pair("4", octetString(simulatedFmspc));
const others = [pair("5", enumerated(1)), pair("6", octetString(new Uint8Array(16)))];
const members = [ppid, tcb, pceId, fmspc];

const usage: ExtensionSpec[] = [{ kind: "keyUsage", usages: ["digitalSignature"] }, { kind: "notCa" }];
const sgxExtension = (value: Uint8Array): ExtensionSpec => ({ kind: "raw", oid: sgx, value });
const plain = [...usage, sgxExtension(sequence(...members, ...others))];

const leafWith = (deviation: Partial<CertificateSpec>): Promise<Uint8Array> =>
  issueCertificate({
    subject: names.pck,
    issuer: platformCa.name,
    serial: Uint8Array.of(0x41, 7),
    notBefore: day("2025-07-01"),
    notAfter: day("2032-07-01"),
    publicKey: seededKey(seed, "pck").publicKey,
    issuerPublicKey: platformCa.publicKey,
    issuerPrivateKey: platformCa.privateKey,
    extensions: plain,
    ...deviation,
  });

/** The raw form, whose certificates stand last and in PEM. */
function rawWith(der: Uint8Array): Uint8Array {
  const at = { outer: 636, auth: 636 + 582 };
  const inner = at.outer + 584 + new DataView(quote.buffer, quote.byteOffset).getUint16(at.auth, true);
  const raw = concat(quote.subarray(0, inner + 6), pemOf(der, ...chainAbove));
  const view = new DataView(raw.buffer);
  view.setUint32(at.outer - 4, raw.length - at.outer, true);
  view.setUint32(at.outer + 130, raw.length - at.outer - 134, true);
  view.setUint32(inner + 2, raw.length - inner - 6, true);
  return raw;
}

const base = { intelRoot: rawPublicKey(root.publicKey), now: BigInt(simulatedNow) };
const trust = { ...base, collateral: mustJudge(world.collateral(), base) };
let chain: IntelChain;
before(async () => {
  chain = await world.start();
  assert.equal(await chain.upsert(world.collateral()), null);
});
after(() => chain.close());

/** The check that both sides end in. */
async function checkOfQuote(bytes: Uint8Array): Promise<string | null> {
  const { verdict } = await chain.call(chain.verifier, "verify", hex(bytes));
  const judged = judgeTdxQuote(bytes, trust);
  assert.equal(verdict, isRefusal(judged) ? judged.check : null);
  return verdict;
}
const checkOf = async (deviation: Partial<CertificateSpec>) =>
  checkOfQuote(concat(withoutLeaf, await leafWith(deviation)));
const checkOfMembers = (...list: Uint8Array[]) =>
  checkOf({ extensions: [...usage, sgxExtension(sequence(...list))] });
const checkOfTcb = (pairs: readonly Uint8Array[]) => checkOfMembers(ppid, tcbOf(pairs), pceId, fmspc);

describe("a PCK certificate", () => {
  it("of Intel's form is accepted", async () => assert.equal(await checkOf({}), null));

  it("names the intermediate that stands behind it in the raw form", async () => {
    assert.equal(await checkOfQuote(rawWith(await leafWith({}))), null);
    const other = await leafWith({ issuer: names.intelProcessorCa });
    assert.equal(await checkOfQuote(rawWith(other)), "tdx.pck-issuer");
  });

  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
  for (const [what, deviation, check] of [
    ["of another issuer", { issuer: names.intelProcessorCa }, "tdx.pck-issuer"],
    ["of another name", { subject: names.intelTcbSigning }, "tdx.pck-subject"],
    ["without a common name", { subject: [{ O: ["Intel Corporation"] }] }, "tdx.pck-subject"],
    ["with its name twice", { subject: [...names.pck, ...names.pck] }, "tdx.pck-subject"],
    ["that is a CA", { extensions: [...plain.slice(0, 1), { kind: "ca" }, plain[2]!] }, "tdx.pck-subject"],
    ["that another key signed", { issuerPrivateKey: strangers.platformCa.privateKey }, "tdx.pck-signature"],
    ["of the future", { notBefore: day("2026-02-06") }, "tdx.pck-dates"],
    ["of the past", { notAfter: day("2026-02-04") }, "tdx.pck-dates"],
    ["without the SGX extension", { extensions: usage }, "tdx.pck-extension"],
    ["of another key than signed the QE report", { publicKey: root.publicKey }, "tdx.qe-signature"],
    ["of an RSA key", { publicKey: rsa.publicKey }, "tdx.qe-signature"],
  ] as const satisfies readonly (readonly [string, Partial<CertificateSpec>, string])[])
    it(`${what} ends in ${check}`, async () => assert.equal(await checkOf(deviation), check));
});

describe("the SGX extension", () => {
  for (const [what, list] of [
    ["in another order", [fmspc, ...others, tcb, ppid, pceId]],
    ["with its four members alone", members],
    ["with members that are not read", [...members, pair("8", octetString(cpuSvn)), pair("0", integer(1))]],
    ["with a member of another OID", [...members, sequence(objectIdentifier("1.2.3"), integer(1))]],
  ] as const)
    it(`${what} is read`, async () => assert.equal(await checkOfMembers(...list), null));

  // 30 81 06 is a length of six bytes in too many; read as 129, everything behind it fits.
  const lookAlike = concat(
    Uint8Array.of(0x30, 0x81),
    objectIdentifier(`${sgx}.8`),
    octetString(new Uint8Array(115)),
  );
  const without = (member: Uint8Array) => members.filter((one) => one !== member);
  const instead = (member: Uint8Array, other: Uint8Array) =>
    members.map((one) => (one === member ? other : one));
  const bytes = (length: number) => octetString(new Uint8Array(length));
  for (const [what, list] of [
    ["that is empty", []],
    ["without PPID", without(ppid)],
    ["without TCB", without(tcb)],
    ["without PCEID", without(pceId)],
    ["without FMSPC", without(fmspc)],
    ["with PPID twice", [...members, ppid]],
    ["with TCB twice", [...members, tcb]],
    ["with PCEID twice", [...members, pceId]],
    ["with FMSPC twice", [...members, fmspc]],
    ["with a PPID of 15 bytes", instead(ppid, pair("1", bytes(15)))],
    ["with a PPID of 17 bytes", instead(ppid, pair("1", bytes(17)))],
    ["with a PPID that is an integer", instead(ppid, pair("1", integer(2n ** 120n)))],
    ["with a PCEID of three bytes", instead(pceId, pair("3", bytes(3)))],
    ["with a PCEID that is an integer", instead(pceId, pair("3", integer(300)))],
    ["with an FMSPC of five bytes", instead(fmspc, pair("4", bytes(5)))],
    ["with an FMSPC that is a bit string", instead(fmspc, pair("4", element(3, simulatedFmspc)))],
    ["with a TCB that is a string", instead(tcb, pair("2", octetString(concat(...tcbPairs))))],
    ["with a member that is a set", [...members, element(0x31, objectIdentifier(`${sgx}.8`), integer(1))]],
    ["with a member that is empty", [...members, sequence()]],
    ["with a member without value", [...members, pair("8")]],
    ["with a member of two values", [...members, pair("8", integer(1), integer(1))]],
    ["with a member inside a member", [...members, pair("8", integer(1), pair("9", integer(1)))]],
    ["with a member without OID", [...members, sequence(integer(1), integer(1))]],
    ["with a member that is cut", [...members, Uint8Array.of(0x30, 5, 6)]],
    ["with a member that the list cuts", [...members, pair("8", integer(1)).subarray(0, -1)]],
    ["with a value of a tag of several bytes", [...members, pair("8", element(0x1f, Uint8Array.of(1)))]],
    ["with a long length that reads as a short one", [...members, lookAlike]],
  ] as const satisfies readonly (readonly [string, readonly Uint8Array[]])[])
    it(`${what} ends in tdx.pck-extension`, async () =>
      assert.equal(await checkOfMembers(...list), "tdx.pck-extension"));

  for (const [what, value] of [
    ["that is a set", element(0x31, ...members)],
    ["with something behind it", concat(sequence(...members), integer(0))],
    ["that is nothing", new Uint8Array(0)],
  ] as const)
    it(`${what} ends in tdx.pck-extension`, async () => {
      const check = await checkOf({ extensions: [...usage, sgxExtension(value)] });
      assert.equal(check, "tdx.pck-extension");
    });
});

describe("the TCB of the SGX extension", () => {
  const withPair = (number: number, other: Uint8Array) => tcbPairs.with(number - 1, other);
  const component = (number: number, ...value: Uint8Array[]) =>
    withPair(number, pair(`2.${number}`, ...value));
  const digits = (...content: number[]) => element(2, Uint8Array.from(content));

  for (const [what, pairs] of [
    ["in another order", tcbPairs.toReversed()],
    [
      "with PCESVN among the components",
      [...tcbPairs.slice(0, 3), tcbPairs[16]!, ...tcbPairs.slice(3, 16), tcbPairs[17]!],
    ],
    ["with an SVN of 128", component(1, integer(128))],
    ["with an SVN of 255", component(16, integer(255))],
    ["with a PCESVN of 65535", component(17, integer(65535))],
    ["with a CPUSVN that says something else", component(18, octetString(new Uint8Array(16)))],
  ] as const satisfies readonly (readonly [string, readonly Uint8Array[]])[])
    it(`${what} is read`, async () => assert.equal(await checkOfTcb(pairs), null));

  for (const [what, pairs] of [
    ["that is empty", []],
    ["without its first component", tcbPairs.slice(1)],
    ["without its last component", tcbPairs.toSpliced(15, 1)],
    ["without PCESVN", tcbPairs.toSpliced(16, 1)],
    ["without CPUSVN", tcbPairs.slice(0, 17)],
    ["with a component twice", [...tcbPairs, tcbPairs[0]!]],
    ["with a component in the place of another", withPair(2, tcbPairs[0]!)],
    ["with a late component in the place of another", withPair(15, tcbPairs[15]!)],
    ["with PCESVN twice", [...tcbPairs, tcbPairs[16]!]],
    ["with CPUSVN twice", [...tcbPairs, tcbPairs[17]!]],
    ["with a member of number 0", [...tcbPairs, pair("2.0", integer(1))]],
    ["with a member of number 19", [...tcbPairs, pair("2.19", integer(1))]],
    ["with a member of another OID", [...tcbPairs, pair("3", integer(1))]],
    ["with an SVN of 256", component(5, integer(256))],
    ["with an SVN of 65536", component(5, integer(65536))],
    ["with an SVN below zero", component(5, digits(0x80))],
    ["with an SVN of two bytes below zero", component(5, digits(0xff, 0x7f))],
    ["with an SVN with a spare byte", component(5, digits(0, 5))],
    ["with an SVN with two spare bytes", component(5, digits(0, 0, 5))],
    ["with an SVN of four bytes", component(5, digits(0, 0, 0, 5))],
    ["with an SVN of no byte", component(5, digits())],
    ["with an SVN that is a string", component(5, octetString(Uint8Array.of(5)))],
    ["with an SVN and something behind it", component(5, integer(5), integer(5))],
    ["with a PCESVN of 65536", component(17, integer(65536))],
    ["with a PCESVN below zero", component(17, digits(0x80, 0))],
    ["with a PCESVN with a spare byte", component(17, digits(0, 13))],
    ["with a CPUSVN of 15 bytes", component(18, octetString(cpuSvn.subarray(1)))],
    ["with a CPUSVN that is an integer", component(18, integer(3))],
    [
      "with a component that is a set",
      withPair(5, element(0x31, objectIdentifier(`${sgx}.2.5`), integer(5))),
    ],
    ["with something behind it", [...tcbPairs, Uint8Array.of(0x05)]],
  ] as const satisfies readonly (readonly [string, readonly Uint8Array[]])[])
    it(`${what} ends in tdx.pck-extension`, async () =>
      assert.equal(await checkOfTcb(pairs), "tdx.pck-extension"));
});
