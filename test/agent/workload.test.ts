import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ascii, sha256, toHex } from "../../sdk/evidence/bytes.ts";
import { softwareTpm } from "../../agent/tpm/software.ts";
import { measureWorkload, workloadEvents, type WorkloadItem } from "../../agent/workload/measurement.ts";

const item = (name: string, content: string, type: WorkloadItem["type"] = "config"): WorkloadItem => ({
  type,
  name,
  content: ascii(content),
});
const digests = (...items: WorkloadItem[]): string => workloadEvents(items).map(toHex).join();

describe("workload measurement", () => {
  it("extends one event per item and a closing separator into PCR 23", async () => {
    const tpm = softwareTpm();
    const events = await measureWorkload(tpm, [item("a", "1"), item("b", "2")]);
    assert.equal(events.length, 3);
    const expected = events.reduce((pcr, event) => sha256(pcr, event), new Uint8Array(32));
    assert.equal(toHex((await tpm.pcrRead([23])).get(23)!), toHex(expected));
  });

  it("tells apart order, names, types and where a name ends", () => {
    const all = [
      digests(item("a", "1"), item("b", "2")),
      digests(item("b", "2"), item("a", "1")),
      digests(item("ab", "1"), item("", "2")),
      digests(item("a", "1", "image"), item("b", "2")),
      digests(item("a", "12")),
    ];
    assert.equal(new Set(all).size, all.length);
  });

  it("closes an empty workload too", () => {
    assert.equal(workloadEvents([]).length, 1);
  });
});
