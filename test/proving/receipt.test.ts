// Receipts of RISC Zero: what is read of them, and that anything else is refused by name.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import {
  claimDigest,
  haltedState,
  outputDigest,
  successClaim,
  systemStateDigest,
  zeroDigest,
} from "../../proving/claim.ts";
import { ProvingError } from "../../proving/error.ts";
import { onChainSeal, readReceipt, requireClaim } from "../../proving/receipt.ts";
import {
  claimPruned,
  claimValue,
  sized,
  u32,
  verifierParametersOf,
  writeReceipt,
} from "../../scripts/prover/receipt.ts";
import { concat, fromHex, sha256, toHex } from "../../sdk/evidence/bytes.ts";

interface Case {
  readonly seal: string;
  readonly journal: string;
  readonly imageId: string;
}

const mustRead = (name: string): Case =>
  JSON.parse(readFileSync(`test/fixtures/zk/cases/${name}.json`, "utf8")) as Case;

// Claim digests that the reference set names for these proofs (vectors/zk/index.json), made by RISC Zero's own code.
const claims = {
  "risc0-ethereum-v1.0.0": "74d55726543d9520fad88e80a1572e225646c16b3bb2fd00880aeff9b9916b21",
  "risc0-ethereum-v1.1.4": "e58e40abecebcfa4af85692fca5ed77d4ccb4b3f640f5e684e4faf3a36b0c4e0",
  "risc0-ethereum-v1.2.1": "5e742132c8030d1d5f7b77530e6a3f1f1afb11162494048064c41ffbd3ca454a",
  "risc0-ethereum-V2_0": "e28cf057eeacea83ff3c18c041f2073fbebbe41a018731f8bd49d320604c97fc",
  "risc0-ethereum-V2_1": "34a051b352f4db059582b56cea2190db99cbb7bb81061a718cf6f447c6777485",
  "risc0-ethereum-V3_0": "196cb48d86169e90c105e595a02aef4cbc6e2c9e5a9caa1a74c2ebbd29211480",
  "risc0-ethereum-V5_0": "c0644cc41569dc06b6817aefa71ca19ca367cff83879ed434101bf4821fbbe5b",
} as const;

const { seal, journal, imageId } = mustRead("risc0-ethereum-V3_0");
const [sealBytes, journalBytes, image] = [fromHex(seal), fromHex(journal), fromHex(imageId)];
const receipt = writeReceipt(image, journalBytes, sealBytes);

const refusal = (data: Uint8Array): string => {
  try {
    requireClaim(readReceipt(data), image);
    return "read";
  } catch (error) {
    assert.ok(error instanceof ProvingError, String(error));
    return error.code;
  }
};
const mustBeMalformed = (data: Uint8Array, words: RegExp) =>
  assert.throws(
    () => readReceipt(data),
    (error) =>
      error instanceof ProvingError &&
      error.code === "proving.receipt-malformed" &&
      words.test(error.message),
  );

describe("a claim", () => {
  for (const [name, digest] of Object.entries(claims))
    it(`of ${name} has the digest of the reference set`, () => {
      const read = mustRead(name);
      assert.equal(toHex(successClaim(fromHex(read.imageId), fromHex(read.journal))), `0x${digest}`);
    });

  it("ends with program counter and memory zero", () => {
    assert.deepEqual(systemStateDigest(0, zeroDigest), haltedState);
  });
});

describe("a receipt", () => {
  for (const name of [...Object.keys(claims), "automata-snp-azure-risc0-3.0", "automata-dcap-tdx-risc0"])
    it(`of ${name} gives back journal, claim and seal`, () => {
      const read = mustRead(name);
      const [program, output] = [fromHex(read.imageId), fromHex(read.journal)];
      for (const claim of [
        claimValue(program, output),
        claimPruned(program, output),
        concat(u32(1), successClaim(program, output)),
      ]) {
        const found = readReceipt(writeReceipt(program, output, fromHex(read.seal), claim));
        assert.equal(toHex(onChainSeal(found)), read.seal);
        assert.deepEqual(found.journal, output);
        assert.deepEqual(found.claim, successClaim(program, output));
        requireClaim(found, program);
      }
    });

  it("names its release by the digest that begins with the selector", () => {
    assert.deepEqual(readReceipt(receipt).verifierParameters, verifierParametersOf(sealBytes.subarray(0, 4)));
  });

  it("is refused at every length but its own", () => {
    for (let length = 0; length < receipt.length; length++)
      assert.equal(refusal(receipt.subarray(0, length)), "proving.receipt-malformed");
    mustBeMalformed(concat(receipt, new Uint8Array(1)), /1 bytes follow/);
  });

  it("ends in a named error, or in another seal, whichever byte is changed", () => {
    const outcomes = new Set<string>();
    for (let at = 0; at < receipt.length; at++)
      for (const mask of [1, 0x80]) {
        const changed = receipt.map((byte, index) => (index === at ? byte ^ mask : byte));
        const outcome = refusal(changed);
        outcomes.add(outcome);
        // Bytes 12 to 267 are the seal, which only the pairing judges.
        assert.equal(outcome === "read", at >= 12 && at < 268, `byte ${at}: ${outcome}`);
      }
    assert.deepEqual([...outcomes].toSorted(), [
      "proving.receipt-malformed",
      "proving.wrong-program",
      "read",
    ]);
  });

  for (const [form, name] of [
    [0, "composite"],
    [1, "succinct"],
    [3, "fake"],
  ] as const)
    it(`is refused as ${name}`, () => {
      mustBeMalformed(concat(u32(form), receipt.subarray(4)), new RegExp(`form ${form}, Groth16`));
    });

  it("is refused with lengths that it does not have", () => {
    const [head, rest] = [receipt.subarray(0, 4), receipt.subarray(12)];
    mustBeMalformed(
      concat(head, new Uint8Array(8).fill(0xff), rest),
      /18446744073709551615 bytes, at most 256/,
    );
    mustBeMalformed(concat(head, sized(new Uint8Array(255)), rest), /255 bytes, not 256/);
  });

  it("is refused with options and tags that are none", () => {
    const [before, after] = [
      receipt.subarray(0, 268),
      receipt.subarray(268 + claimValue(image, journalBytes).length),
    ];
    const with_ = (claim: Uint8Array) => concat(before, claim, after);
    mustBeMalformed(with_(u32(2)), /claim has tag 2/);
    const value = claimValue(image, journalBytes);
    // Tag 4, state before 36, state after 40, exit code 8, tag of the input 4: the option.
    mustBeMalformed(with_(value.map((byte, at) => (at === 92 ? 2 : byte))), /input is neither absent/);
    mustBeMalformed(with_(value.map((byte, at) => (at === 92 ? 1 : byte))), /the claim has an input/);
    mustBeMalformed(with_(value.map((byte, at) => (at === 80 ? 9 : byte))), /exit code has tag 9/);
  });

  it("proving.wrong-program: of a program that did not end well", () => {
    const claim = {
      input: zeroDigest,
      pre: image,
      post: haltedState,
      systemExit: 0,
      userExit: 0,
      output: outputDigest(sha256(journalBytes), zeroDigest),
    };
    assert.deepEqual(claimDigest(claim), successClaim(image, journalBytes));
    for (const change of [{ userExit: 1 }, { systemExit: 1 }, { systemExit: 2 }, { output: zeroDigest }]) {
      const changed = concat(u32(1), claimDigest({ ...claim, ...change }));
      assert.equal(refusal(writeReceipt(image, journalBytes, sealBytes, changed)), "proving.wrong-program");
    }
  });

  it("proving.wrong-program: that rests on an assumption", () => {
    const output = outputDigest(sha256(journalBytes), sha256(zeroDigest));
    const changed = concat(
      u32(1),
      claimDigest({ input: zeroDigest, pre: image, post: haltedState, systemExit: 0, userExit: 0, output }),
    );
    assert.equal(refusal(writeReceipt(image, journalBytes, sealBytes, changed)), "proving.wrong-program");
  });
});
