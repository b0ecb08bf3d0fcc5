// Structural changes of real documents: each member renamed, removed, repeated or moved, white space, cuts. What is
// still read must be compact JSON that JSON.parse reads alike; everything else is malformed.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parse, refusal, refusalOfLonger } from "./document-door.ts";
import { qeIdentities, readQeIdentity, readTcbInfo, tcbInfos } from "./intel-documents.ts";

const documents = [
  ["tcbInfo", "TDXTCBInfoMalformed", tcbInfos["tdx-b0c06f000000-e20-2026-08-13"]!, readTcbInfo],
  ["qeIdentity", "TDXQEIdentityMalformed", qeIdentities["tdqe-e19-2026-06-30"]!, readQeIdentity],
] as const;

// An object as its members, so that a name can stand twice.
type Tree = string | number | readonly Tree[] | { readonly members: (readonly [string, Tree])[] };

function toTree(value: unknown): Tree {
  if (Array.isArray(value)) return value.map(toTree);
  if (typeof value !== "object") return value as string | number;
  return { members: Object.entries(value!).map(([name, one]) => [name, toTree(one)]) };
}

function write(tree: Tree): string {
  if (typeof tree !== "object") return JSON.stringify(tree);
  if (!("members" in tree)) return `[${tree.map(write).join()}]`;
  return `{${tree.members.map(([name, value]) => `${JSON.stringify(name)}:${write(value)}`).join()}}`;
}

/** Every object of a tree, the first of each path. */
function objectsOf(
  tree: Tree,
  path = "",
  found = new Map<string, { members: (readonly [string, Tree])[] }>(),
) {
  if (typeof tree !== "object") return found;
  if ("members" in tree) {
    if (!found.has(path)) found.set(path, tree);
    for (const [name, value] of tree.members) objectsOf(value, `${path}.${name}`, found);
  } else for (const value of tree) objectsOf(value, path, found);
  return found;
}

const optional = new Set(["category", "type", "advisoryIDs", "tdxModuleIdentities"]);
const changes: Readonly<Record<string, (members: (readonly [string, Tree])[], i: number) => void>> = {
  renamed: (members, i) => (members[i] = [`${members[i]![0]}s`, members[i]![1]]),
  removed: (members, i) => members.splice(i, 1),
  repeated: (members, i) => members.splice(i, 0, members[i]!),
  "moved behind the next": (members, i) => members.splice(i + 1, 0, ...members.splice(i, 1)),
  "followed by another": (members, i) => members.splice(i + 1, 0, ["more", 0]),
};

for (const [kind, malformed, text, read] of documents)
  describe(`${kind}, changed`, () => {
    const paths = [...objectsOf(toTree(JSON.parse(text)))].map(
      ([path, { members }]) => [path, members.map(([name]) => name)] as const,
    );

    for (const [what, change] of Object.entries(changes))
      it(`refuses every member ${what}`, async () => {
        for (const [path, names] of paths)
          for (const [i, name] of names.entries()) {
            const tree = toTree(JSON.parse(text));
            change(objectsOf(tree).get(path)!.members, i);
            const changed = write(tree);
            // The last member has no next.
            if (changed === text) continue;
            if (what === "removed" && optional.has(name))
              assert.deepEqual((await parse[kind](changed))[0], read(changed), `${path}.${name}`);
            else assert.equal(await refusal(kind, changed), malformed, `${path}.${name}`);
          }
      });

    it("refuses white space, outside of strings", async () => {
      let inString = false;
      for (const [at, character] of [...text].entries()) {
        if (character === '"') inString = !inString;
        if (inString || at % 11 !== 0) continue;
        for (const space of [" ", "\n"])
          assert.equal(
            await refusal(kind, text.slice(0, at + 1) + space + text.slice(at + 1)),
            malformed,
            `${at}`,
          );
      }
    });

    it("refuses every cut", async () => {
      const step = kind === "tcbInfo" ? 17 : 3;
      for (let length = 0; length < text.length; length += step)
        assert.equal(await refusal(kind, text.slice(0, length)), malformed, `${length}`);
    });

    it("reads no byte behind the document", async () => {
      // Calldata that goes on as the document would: what is cut off stands behind the length.
      const cut = text.length - 64;
      assert.equal(await refusalOfLonger(kind, text, cut), malformed);
    });
  });

// What keeps the length is the likeliest to be passed over where a text is read by words.
describe("changes of as many characters", () => {
  const text = tcbInfos["tdx-b0c06f000000-e20-2026-08-13"]!;
  const last = (from: string, to: string) => {
    const at = text.lastIndexOf(from);
    assert.ok(at > 0, from);
    return text.slice(0, at) + to + text.slice(at + from.length);
  };
  for (const [what, changed] of [
    ["the name of an SVN", last('{"svn":', '{"svm":')],
    ["an SVN that is a letter", text.replace(/\{"svn":\d([,}])/, '{"svn":a$1')],
    ["an SVN without members that is a letter", last('{"svn":0}', '{"svn":a}')],
    ["the name of a member that the level before has as well", last('"category":', '"categorz":')],
    ["the type of a member that the level before has as well", last('"type":', '"typf":')],
  ] as const)
    it(`of ${what} are refused`, async () => {
      assert.notEqual(changed, text);
      assert.equal(await refusal("tcbInfo", changed), "TDXTCBInfoMalformed");
    });

  it("are no matter of advisories that never end", async () => {
    for (const open of ["[", '["INTEL-SA-00001",', '["INTEL-SA-00001"', '["INTEL-SA-00001";'])
      assert.equal(
        await refusal("tcbInfo", text.replace(/"advisoryIDs":\[[^\]]*\]/, `"advisoryIDs":${open}`)),
        "TDXTCBInfoMalformed",
        open,
      );
  });
});
