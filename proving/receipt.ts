// Reads a RISC Zero receipt as provers hand it out: bincode (little-endian, u64 lengths, u32 enum tags) of risc0-zkvm's
// `Receipt`. Of its forms only Groth16 is taken, the one that a contract verifies. Nothing here believes the receipt.
import { concat, isEqual, sha256, toHex } from "../sdk/evidence/bytes.ts";
import { claimDigest, outputDigest, successClaim, systemStateDigest, zeroDigest } from "./claim.ts";
import { ProvingError } from "./error.ts";

export interface ReadReceipt {
  readonly journal: Uint8Array;
  /** What the receipt says that it claims. */
  readonly claim: Uint8Array;
  /** Its first four bytes are the selector. */
  readonly verifierParameters: Uint8Array;
  /** 256 bytes: A, B and C of the proof. */
  readonly seal: Uint8Array;
}

// risc0/zkvm/src/receipt.rs: Composite 0, Succinct 1, Groth16 2, Fake 3.
const groth16Tag = 2;
const sealLength = 256;
/** Largest journal of a program of zk.md §4 is 1,728 bytes with three certificates. */
const maxJournal = 65_536;

const malformed = (what: string): ProvingError => new ProvingError("proving.receipt-malformed", what);

interface Cursor {
  take(length: number, what: string): Uint8Array;
  u32(what: string): number;
  /** A u64 length and that many bytes. */
  bytes(longest: number, what: string): Uint8Array;
  tag(highest: number, what: string): number;
  option(what: string): boolean;
  end(): void;
}

function cursorOf(data: Uint8Array): Cursor {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  let at = 0;
  const take = (length: number, what: string): Uint8Array => {
    if (length > data.length - at) throw malformed(`receipt ends within ${what}`);
    at += length;
    return data.slice(at - length, at);
  };
  const u32 = (what: string): number => {
    take(4, what);
    return view.getUint32(at - 4, true);
  };
  const tag = (highest: number, what: string): number => {
    const value = u32(what);
    if (value > highest) throw malformed(`${what} has tag ${value}, at most ${highest} is known`);
    return value;
  };
  return {
    take,
    u32,
    tag,
    bytes: (longest, what) => {
      take(8, what);
      const length = view.getBigUint64(at - 8, true);
      if (length > BigInt(longest))
        throw malformed(`${what} has ${length} bytes, at most ${longest} are taken`);
      return take(Number(length), what);
    },
    option: (what) => {
      const [value] = take(1, what);
      if (value! > 1) throw malformed(`${what} is neither absent (0) nor present (1) but ${value}`);
      return value === 1;
    },
    end: () => {
      if (at !== data.length) throw malformed(`${data.length - at} bytes follow the receipt`);
    },
  };
}

/** MaybePruned: 0 and the value, or 1 and its digest. */
function maybePruned(cursor: Cursor, what: string, read: () => Uint8Array): Uint8Array {
  return cursor.tag(1, what) === 1 ? cursor.take(32, what) : read();
}

const systemState = (cursor: Cursor, what: string): Uint8Array =>
  maybePruned(cursor, what, () => {
    const programCounter = cursor.u32(what);
    return systemStateDigest(programCounter, cursor.take(32, what));
  });

/** Assumptions: a sequence, which of a finished proof is empty. */
function assumptions(cursor: Cursor): Uint8Array {
  cursor.bytes(0, "assumptions");
  return zeroDigest;
}

function output(cursor: Cursor): Uint8Array {
  return maybePruned(cursor, "output", () => {
    if (!cursor.option("output")) return zeroDigest;
    const journal = maybePruned(cursor, "journal of the claim", () =>
      sha256(cursor.bytes(maxJournal, "journal of the claim")),
    );
    return outputDigest(
      journal,
      maybePruned(cursor, "assumptions", () => assumptions(cursor)),
    );
  });
}

function input(cursor: Cursor): Uint8Array {
  return maybePruned(cursor, "input", () => {
    if (cursor.option("input")) throw malformed("the claim has an input, which no release of the zkVM gives");
    return zeroDigest;
  });
}

/** ExitCode: Halted(u32) 0, Paused(u32) 1, SystemSplit 2, SessionLimit 3. */
function exitCode(cursor: Cursor): readonly [system: number, user: number] {
  const system = cursor.tag(3, "exit code");
  return [system, system <= 1 ? cursor.u32("exit code") : 0];
}

function claim(cursor: Cursor): Uint8Array {
  return maybePruned(cursor, "claim", () => {
    const pre = systemState(cursor, "state before");
    const post = systemState(cursor, "state after");
    const [systemExit, userExit] = exitCode(cursor);
    return claimDigest({
      pre,
      post,
      systemExit,
      userExit,
      input: input(cursor),
      output: output(cursor),
    });
  });
}

/** Throws ProvingError. */
export function readReceipt(data: Uint8Array): ReadReceipt {
  const cursor = cursorOf(data);
  const form = cursor.tag(3, "receipt");
  if (form !== groth16Tag) throw malformed(`receipt has form ${form}, Groth16 (${groth16Tag}) is needed`);
  const seal = cursor.bytes(sealLength, "seal");
  if (seal.length !== sealLength) throw malformed(`seal has ${seal.length} bytes, not ${sealLength}`);
  const claimed = claim(cursor);
  const verifierParameters = cursor.take(32, "verifier parameters");
  const journal = cursor.bytes(maxJournal, "journal");
  const metadata = cursor.take(32, "metadata");
  cursor.end();
  if (!isEqual(metadata, verifierParameters))
    throw malformed(
      `metadata names the verifier ${toHex(metadata)}, the receipt ${toHex(verifierParameters)}`,
    );
  return { journal, claim: claimed, verifierParameters, seal };
}

/** What a contract takes: selector of the release, then the proof. */
export const onChainSeal = ({ verifierParameters, seal }: ReadReceipt): Uint8Array =>
  concat(verifierParameters.subarray(0, 4), seal);

/** Throws ProvingError unless the receipt claims that this program ended well with this journal. */
export function requireClaim(receipt: ReadReceipt, imageId: Uint8Array): void {
  const expected = successClaim(imageId, receipt.journal);
  if (!isEqual(receipt.claim, expected))
    throw new ProvingError(
      "proving.wrong-program",
      `the receipt claims ${toHex(receipt.claim)}, ${toHex(imageId)} with its journal would be ${toHex(expected)}`,
    );
}
