// Digests of RISC Zero claims: what a Groth16 proof of theirs is about. A "tagged struct" is sha256 of sha256(tag), the
// digests of what it holds, its plain data and the number of digests (risc0 binfmt/src/hash.rs).
import { ascii, concat, fromHex, sha256 } from "../sdk/evidence/bytes.ts";

export const zeroDigest = new Uint8Array(32);

const littleEndian = (value: number, length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, at) => Number((BigInt(value) >> BigInt(8 * at)) & 0xffn));

export function taggedStruct(
  tag: string,
  down: readonly Uint8Array[],
  data: readonly number[] = [],
): Uint8Array {
  const words = data.map((value) => littleEndian(value, 4));
  return sha256(concat(sha256(ascii(tag)), ...down, ...words, littleEndian(down.length, 2)));
}

export interface ReceiptClaim {
  readonly input: Uint8Array;
  /** Image id. */
  readonly pre: Uint8Array;
  readonly post: Uint8Array;
  readonly systemExit: number;
  readonly userExit: number;
  readonly output: Uint8Array;
}

export const outputDigest = (journalDigest: Uint8Array, assumptions: Uint8Array): Uint8Array =>
  taggedStruct("risc0.Output", [journalDigest, assumptions]);

export const systemStateDigest = (programCounter: number, memoryRoot: Uint8Array): Uint8Array =>
  taggedStruct("risc0.SystemState", [memoryRoot], [programCounter]);

export const claimDigest = (claim: ReceiptClaim): Uint8Array =>
  taggedStruct(
    "risc0.ReceiptClaim",
    [claim.input, claim.pre, claim.post, claim.output],
    [claim.systemExit, claim.userExit],
  );

/** State of a program that has halted: program counter and memory are zero (specs of risc0-ethereum, ReceiptClaimLib). */
export const haltedState = fromHex("a3acc27117418996340b84e5a90f3ef4c49d22c79e44aad822ec9c313e1eb8e2");

/** The claim that this program ended well, read no assumption and wrote this journal. */
export const successClaim = (imageId: Uint8Array, journal: Uint8Array): Uint8Array =>
  claimDigest({
    input: zeroDigest,
    pre: imageId,
    post: haltedState,
    systemExit: 0,
    userExit: 0,
    output: outputDigest(sha256(journal), zeroDigest),
  });
