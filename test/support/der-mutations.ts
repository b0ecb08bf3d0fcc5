// Seeded changes of DER: bytes, and elements of its structure with all lengths around them made right again. The same
// seed gives the same bytes.
import { concat } from "../../sdk/evidence/bytes.ts";
import { derTags, readDerNodes } from "../../sdk/evidence/der.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import { flipBit } from "./mutations.ts";
import type { seededRandom } from "./mutations.ts";

type Random = ReturnType<typeof seededRandom>;

interface Tree {
  tag: number;
  /** Bytes of a primitive element, or the elements of a constructed one. */
  content: Uint8Array | Tree[];
  /** Bytes put in the place of the length. */
  length?: Uint8Array;
}

const one = <T>(random: Random, values: readonly T[]): T => values[random(values.length)]!;

function treesOf(bytes: Uint8Array): Tree[] | null {
  const nodes = readDerNodes(bytes);
  if (isRefusal(nodes)) return null;
  return nodes.map(({ tag, content }) => {
    const isOpen = (tag & 0x20) !== 0 || tag === derTags.octetString;
    const inner = isOpen && content.length > 0 ? treesOf(content) : null;
    return { tag, content: inner ?? content };
  });
}

function lengthBytes(length: number): Uint8Array {
  if (length < 0x80) return Uint8Array.of(length);
  return length < 0x100 ? Uint8Array.of(0x81, length) : Uint8Array.of(0x82, length >> 8, length & 0xff);
}

function write({ tag, content, length }: Tree): Uint8Array {
  const inner = content instanceof Uint8Array ? content : concat(...content.map(write));
  return concat(Uint8Array.of(tag), length ?? lengthBytes(inner.length), inner);
}

const sizeOf = (tree: Tree): number => {
  const { content } = tree;
  return content instanceof Uint8Array ? content.length : concat(...content.map(write)).length;
};

/** Every element with the list that it stands in. */
function placesOf(list: Tree[], found: { list: Tree[]; at: number }[] = []) {
  for (const [at, { content }] of list.entries()) {
    found.push({ list, at });
    if (!(content instanceof Uint8Array)) placesOf(content, found);
  }
  return found;
}

// Lengths in other forms than the shortest, and the indefinite one.
const spareLengths = (length: number): Uint8Array[] => [
  Uint8Array.of(0x80),
  Uint8Array.of(0x81, length & 0xff),
  Uint8Array.of(0x82, length >> 8, length & 0xff),
  Uint8Array.of(0x83, 0, length >> 8, length & 0xff),
  Uint8Array.of(0x84, 0, 0, length >> 8, length & 0xff),
  lengthBytes(length + 1),
  lengthBytes(Math.max(0, length - 1)),
];
const tags = [...Object.values(derTags), 0x80, 0x81, 0xa0, 0xa1, 0xa3, 0x1f, 0xbf];
const contents = [
  new Uint8Array(0),
  ...[0, 1, 2, 3, 7, 0x7f, 0x80, 0xff].map((byte) => Uint8Array.of(byte)),
  Uint8Array.of(0, 0x7f),
  Uint8Array.of(0, 0x80),
  Uint8Array.of(0xff, 0x80),
  Uint8Array.of(1, 0, 1),
  new Uint8Array(20).fill(0x5a),
  Uint8Array.of(0, ...new Uint8Array(20).fill(0xa5)),
  new Uint8Array(21).fill(0x5a),
  new Uint8Array(32).fill(0x5a),
  Uint8Array.of(0, ...new Uint8Array(32).fill(0xa5)),
  new Uint8Array(33).fill(0x5a),
  Buffer.from("991231235959Z"),
  Buffer.from("500101000000Z"),
  Buffer.from("490229000000Z"),
  Buffer.from("260230000000Z"),
  Buffer.from("20240229235959Z"),
  Buffer.from("19491231235959Z"),
  Buffer.from("2602052400000"),
  // 2.5.4.3, 2.5.29.15, 2.5.29.19, 2.5.29.37, and OIDs that begin alike.
  Uint8Array.of(0x55, 4, 3),
  ...[15, 19, 37, 14].map((last) => Uint8Array.of(0x55, 0x1d, last)),
  Uint8Array.of(0x55, 0x1d),
  Uint8Array.of(0x55, 0x1d, 15, 0),
];

function changeElement(bytes: Uint8Array, random: Random): Uint8Array {
  const trees = treesOf(bytes);
  if (trees === null || trees.length === 0) return flipBit(bytes, random(8 * bytes.length));
  const { list, at } = one(random, placesOf(trees));
  const tree = list[at]!;
  one(random, [
    () => void list.splice(at, 0, structuredClone(tree)),
    () => void list.splice(at, 1),
    () => void list.splice(at, 2, ...list.slice(at, at + 2).reverse()),
    () => (tree.tag = one(random, tags)),
    () => (tree.content = one(random, contents)),
    () => (tree.length = one(random, spareLengths(sizeOf(tree)))),
    () => {
      if (tree.content instanceof Uint8Array && tree.content.length > 0)
        tree.content = flipBit(tree.content, random(8 * tree.content.length));
    },
    () => {
      if (tree.content instanceof Uint8Array)
        tree.content = concat(one(random, [Uint8Array.of(0), Uint8Array.of(0xff)]), tree.content);
    },
    () => void list.push({ tag: one(random, tags), content: one(random, contents) }),
    () => void list.push(structuredClone(one(random, placesOf(trees)).list[0]!)),
  ])();
  return concat(...trees.map(write));
}

function changeByte(bytes: Uint8Array, random: Random): Uint8Array {
  const at = random(bytes.length);
  return one(random, [
    () => flipBit(bytes, random(8 * bytes.length)),
    () => bytes.with(at, random(256)),
    () => bytes.slice(0, at),
    () => concat(bytes.subarray(0, at), Uint8Array.of(random(256)), bytes.subarray(at)),
    () => concat(bytes.subarray(0, at), bytes.subarray(at + 1)),
    () => concat(bytes, Uint8Array.of(random(2) * random(256))),
  ])();
}

/** Bytes with one change, now and then two. */
export function mutateDer(bytes: Uint8Array, random: Random): Uint8Array {
  const change = (from: Uint8Array) =>
    from.length === 0 ? from : (random(3) === 0 ? changeByte : changeElement)(from, random);
  const changed = change(bytes);
  return random(4) === 0 ? change(changed) : changed;
}
