// Wraps a captured seal in the bincode receipt that a prover would have handed out (proving/receipt.ts reads it).
import { concat, fromHex, isEqual, sha256, toHex } from "../../sdk/evidence/bytes.ts";
import { haltedState, outputDigest, taggedStruct, zeroDigest } from "../../proving/claim.ts";

// Of the verifying key of every release, and control root and BN254 control id of each (zk.md §1).
const verifyingKey = fromHex("21c5fdd9b4d576b17581f50b755482ba7a2134a3b5186e8e454acfa1f69511ab");
const controlId = "04446e66d300eb7fb45c9726bb53c793dda407a62e9601618bb43c5c14657ac0";
const releases = [
  [
    "a516a057c9fbf5629106300934d48e0e775d4230e41e503347cad96fcbde7e2e",
    "0eb6febcf06c5df079111be116f79bd8c7e85dc9448776ef9a59aaf2624ab551",
  ],
  [
    "8b6dcf11d463ac455361b41fb3ed053febb817491bdea00fdb340e45013b852e",
    "05a022e1db38457fb510bc347b30eb8f8cf3eda95587653d0eac19e1f10d164e",
  ],
  ["8cdad9242664be3112aba377c5425a4df735eb1c6966472b561d2855932c0469", controlId],
  ["539032186827b06719244873b17b2d4c122e2d02cfb1994fe958b2523b844576", controlId],
  ["884389273e128b32475b334dec75ee619b77cb33d41c332021fe7e44c746ee60", controlId],
  ["ce52bf56033842021af3cf6db8a50d1b7535c125a34f1a22c6fdcf002c5a1529", controlId],
  ["a54dc85ac99f851c92d7c96d7318af41dbe7c0194edfcc37eb4d422a998c1f56", controlId],
  ["b1f64013f70bbb386a8b3a3d63552c5cb5ea4a549ec7fb1ecc2a031dbf488167", controlId],
] as const;

const parametersOf = ([root, id]: (typeof releases)[number]): Uint8Array =>
  taggedStruct("risc0.Groth16ReceiptVerifierParameters", [
    fromHex(root),
    fromHex(id).reverse(),
    verifyingKey,
  ]);

/** Digest of the release's verifier parameters, whose first four bytes the seal begins with. */
export function verifierParametersOf(selector: Uint8Array): Uint8Array {
  const found = releases.map(parametersOf).find((digest) => isEqual(digest.subarray(0, 4), selector));
  if (found === undefined) throw new Error(`no release has the selector ${toHex(selector)}`);
  return found;
}

export function u32(value: number): Uint8Array {
  const out = new Uint8Array(4);
  new DataView(out.buffer).setUint32(0, value, true);
  return out;
}

/** A u64 length and the bytes. */
export const sized = (bytes: Uint8Array): Uint8Array => concat(u32(bytes.length), u32(0), bytes);

/** A claim in full as provers write it: state before pruned, state after and output as values. */
export const claimValue = (imageId: Uint8Array, journal: Uint8Array): Uint8Array =>
  concat(
    u32(0),
    concat(u32(1), imageId),
    // Program counter and root of memory of a halted program.
    concat(u32(0), u32(0), zeroDigest),
    // Halted(0).
    concat(u32(0), u32(0)),
    // No input.
    concat(u32(0), Uint8Array.of(0)),
    // Some output: the journal, and no assumptions.
    concat(u32(0), Uint8Array.of(1), u32(0), sized(journal), u32(0), sized(new Uint8Array(0))),
  );

/** The same claim with everything pruned that can be. */
export const claimPruned = (imageId: Uint8Array, journal: Uint8Array): Uint8Array =>
  concat(
    u32(0),
    concat(u32(1), imageId),
    concat(u32(1), haltedState),
    concat(u32(0), u32(0)),
    concat(u32(1), zeroDigest),
    concat(u32(1), outputDigest(sha256(journal), zeroDigest)),
  );

export function writeReceipt(
  imageId: Uint8Array,
  journal: Uint8Array,
  onChainSeal: Uint8Array,
  claim: Uint8Array = claimValue(imageId, journal),
): Uint8Array {
  const parameters = verifierParametersOf(onChainSeal.subarray(0, 4));
  const seal = onChainSeal.subarray(4);
  return concat(u32(2), sized(seal), claim, parameters, sized(journal), parameters);
}
