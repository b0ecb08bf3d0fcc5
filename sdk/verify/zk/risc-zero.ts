// RISC Zero's Groth16 receipts: the claim that a program ended well with an output, the public inputs that stand for it, and
// the selector of a release (specs/zk.md §1). A tagged struct is sha256(sha256(tag) ‖ digests below ‖ data ‖ u16LE count).
import { ascii, concat, fromHex, sha256, toBigInt, uint } from "../../evidence/bytes.ts";
import { isGroth16Proof } from "./groth16.ts";
import type { G1, G2, Groth16Key } from "./keys.ts";
import { riscZeroKey } from "./keys.ts";

export interface RiscZeroParameters {
  /** Merkle root over the recursion programs of the release. */
  readonly controlRoot: Uint8Array;
  /** The program that ends in Groth16, as its Solidity verifier stores it. */
  readonly bn254ControlId: Uint8Array;
}

const none = new Uint8Array(32);
const countOf = (digests: readonly Uint8Array[]) => Uint8Array.of(digests.length, 0);

const taggedStruct = (tag: string, digests: readonly Uint8Array[], data = new Uint8Array(0)): Uint8Array =>
  sha256(sha256(ascii(tag)), ...digests, data, countOf(digests));

/** State behind a program that halted: nothing of it is left (risc0-zkp SystemState, merkle root 0, pc 0). */
const haltedState = fromHex("a3acc27117418996340b84e5a90f3ef4c49d22c79e44aad822ec9c313e1eb8e2");

/** Digest of "the program `imageId` halted with exit code 0 and put out a journal of this digest". */
export function riscZeroClaim(imageId: Uint8Array, journalDigest: Uint8Array): Uint8Array {
  const output = taggedStruct("risc0.Output", [journalDigest, none]);
  // System and user exit code, u32 each.
  return taggedStruct("risc0.ReceiptClaim", [none, imageId, haltedState, output], new Uint8Array(8));
}

/** Halves of a digest, each read from its last byte on. */
const split = (digest: Uint8Array): [bigint, bigint] => {
  const reversed = digest.slice().reverse();
  return [toBigInt(reversed.subarray(16)), toBigInt(reversed.subarray(0, 16))];
};

/** @param points A ‖ B ‖ C, the seal without its selector */
export function isRiscZeroProof(
  { controlRoot, bn254ControlId }: RiscZeroParameters,
  imageId: Uint8Array,
  journal: Uint8Array,
  points: Uint8Array,
): boolean {
  const claim = riscZeroClaim(imageId, sha256(journal));
  const inputs = [...split(controlRoot), ...split(claim), toBigInt(bn254ControlId)];
  return isGroth16Proof(riscZeroKey, inputs, points);
}

const pointDigest = ([x, y]: G1) => sha256(uint(x, 32), uint(y, 32));
const twistPointDigest = ([x0, x1, y0, y1]: G2) =>
  sha256(concat(...[x1, x0, y1, y0].map((word) => uint(word, 32))));

/** A list is folded from its end: each element over the digest of the rest. */
const listDigest = (tag: string, digests: readonly Uint8Array[]): Uint8Array =>
  digests.reduceRight((rest, digest) => taggedStruct(tag, [digest, rest]), none);

export const riscZeroKeyDigest = ({ alpha, beta, gamma, delta, ic }: Groth16Key): Uint8Array =>
  taggedStruct("risc0_groth16.VerifyingKey", [
    pointDigest(alpha),
    ...[beta, gamma, delta].map(twistPointDigest),
    listDigest("risc0_groth16.VerifyingKey.IC", ic.map(pointDigest)),
  ]);

/** Verifier parameters, 32 bytes; receipts and seals begin with the first four. */
export const riscZeroParametersDigest = ({ controlRoot, bn254ControlId }: RiscZeroParameters): Uint8Array =>
  taggedStruct("risc0.Groth16ReceiptVerifierParameters", [
    controlRoot,
    bn254ControlId.slice().reverse(),
    riscZeroKeyDigest(riscZeroKey),
  ]);
