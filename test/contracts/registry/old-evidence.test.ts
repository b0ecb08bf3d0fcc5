// What an AK was recorded with stays the oldest that counts for it, whoever stands in the place of its record (protocol
// §9: evidence of a recorded AK must be newer).
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Hex } from "viem";
import { alice, bob, carol, withRecords } from "./records.ts";
import { akIdFor } from "./stub-evidence.ts";

const [owner, squatter, third] = [1, 7, 8];
const unproven = { ak: squatter, certification: "none" } as const;

describe("evidence of an AK that lost its record", () => {
  const { act, attest, build, get, read, record, stub } = withRecords();

  /** @returns the squatter's first evidence, behind which stands newer evidence that was replaced, and its AK restored. */
  async function replaceSquatter(): Promise<Hex> {
    const first = await build({ key: carol, ...unproven });
    await record(first);
    await attest({ key: alice, ...unproven });
    await attest({ key: alice, ak: owner });
    await act("restoreAk", [akIdFor(squatter)], 0);
    assert.equal(await read("identityOf", akIdFor(squatter)), alice.hash);
    return first;
  }
  const refused = (data: Hex) => stub().chain.refusalOf(stub().registry, data);

  it("does not count again while who replaced it lives", async () => {
    assert.equal(await refused(await replaceSquatter()), "EvidenceNotNewer");
  });

  it("does not count again when a third AK took its place, un-anchored", async () => {
    const first = await replaceSquatter();
    await attest({ key: alice, ak: owner, certification: "none" });
    await attest({ key: bob, ak: owner });
    const { recordedBlock } = await get(alice);
    await attest({ key: alice, ak: third, certification: "none", anchorBlock: null });
    assert.deepEqual([recordedBlock > 0, (await get(alice)).recordedBlock], [true, recordedBlock]);
    assert.equal(await refused(first), "EvidenceNotNewer");
  });
});
