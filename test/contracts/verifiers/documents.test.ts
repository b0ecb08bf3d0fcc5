// Every real TCB info against an independent reading, and the bounds of its form.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parse, refusal, refusalAfter, refuseAll } from "./document-door.ts";
import {
  changed,
  journalHashes,
  platformStatuses,
  readTcbInfo,
  statusNames,
  svnLevel,
  tcbInfos,
} from "./intel-documents.ts";
import type { TcbInfo } from "./intel-documents.ts";

const tcbInfo = tcbInfos["tdx-b0c06f000000-e20-2026-08-13"]!;
const largest = tcbInfos["tdx-00806f050000-e18-2026-01-27"]!;

const tcb = (change: (info: TcbInfo) => void) => changed(tcbInfo, change);
describe("TCB info", () => {
  for (const [name, text] of Object.entries(tcbInfos))
    it(`reads ${name} as JSON.parse does`, async () => {
      assert.deepEqual((await parse.tcbInfo(text))[0], readTcbInfo(text));
    });

  it("has the content hash that a real proof names", async () => {
    const [{ blob }] = await parse.tcbInfo(tcbInfos["tdx-00806f050000-e17-2025-06-04"]!);
    assert.equal(blob.slice(0, 66), journalHashes()[0]);
  });

  it("costs at most 115 thousand gas at 6.3 KB", async () => {
    const [, gas] = await parse.tcbInfo(largest);
    assert.ok(gas <= 115_000n, String(gas));
  });

  const fifteenZeros = tcb((x) => {
    x.tcbLevels[0]!.tcb.sgxtcbcomponents = Array.from({ length: 16 }, (_, i) => ({ svn: i === 0 ? 255 : 0 }));
  });
  const identity = (info: TcbInfo) => info.tdxModuleIdentities![0]!;
  for (const [what, text] of [
    ["statuses of every kind", tcb((x) => x.tcbLevels.forEach((l, i) => (l.tcbStatus = statusNames[i]!)))],
    ["the other statuses", tcb((x) => x.tcbLevels.forEach((l, i) => (l.tcbStatus = statusNames[6 - i]!)))],
    ["another signer", tcb((x) => (identity(x).mrsigner = "0".repeat(95) + "1"))],
    ["a signer of another first digit", tcb((x) => (identity(x).mrsigner = "1" + "0".repeat(95)))],
    [
      "a signer of another middle digit",
      tcb((x) => (identity(x).mrsigner = `1${"0".repeat(47)}`.padStart(96, "0"))),
    ],
    ["another signer of the old module", tcb((x) => (x.tdxModule.mrsigner = "aB".repeat(48)))],
    ["attributes", tcb((x) => (identity(x).attributes = "0000000000000001"))],
    ["another mask", tcb((x) => (identity(x).attributesMask = "0123456789abcDEF"))],
    ["a PCEID", tcb((x) => (x.pceId = "a0B1"))],
    ["the largest numbers", tcb((x) => (x.tcbEvaluationDataNumber = x.tcbLevels[0]!.tcb.pcesvn = 65535))],
    [
      "a late and a leap day",
      tcb((x) => ((x.issueDate = "2024-02-29T23:59:59Z"), (x.nextUpdate = "9999-12-31T23:59:59Z"))),
    ],
    [
      "years before 1970",
      tcb((x) => ((x.issueDate = "1950-01-01T00:00:00Z"), (x.nextUpdate = "1969-12-31T23:59:59Z"))),
    ],
    [
      "a type of 100 characters",
      tcb((x) => (x.tcbLevels[0]!.tcb.sgxtcbcomponents[0]!.type = "#!x~".repeat(25))),
    ],
    ["an empty category", tcb((x) => (x.tcbLevels[0]!.tcb.sgxtcbcomponents[15]!.category = ""))],
    ["fifteen components of SVN 0", fifteenZeros],
    ["a type only", tcb((x) => (x.tcbLevels[0]!.tcb.tdxtcbcomponents[3] = { svn: 255, type: "é" }))],
    ["255 advisories", tcb((x) => (x.tcbLevels[0]!.advisoryIDs = Array<string>(255).fill("INTEL-SA-65535")))],
    [
      "32 module levels",
      tcb((x) => (identity(x).tcbLevels = Array.from({ length: 32 }, (_, i) => svnLevel(255 - i)))),
    ],
    [
      "16 identities",
      tcb(
        (x) =>
          (x.tdxModuleIdentities = Array.from({ length: 16 }, (_, i) => ({
            ...identity(x),
            id: `TDX_${i.toString(16)}F`,
          }))),
      ),
    ],
    [
      "32 levels",
      tcb(
        (x) =>
          (x.tcbLevels = Array.from({ length: 32 }, (_, i) => ({
            ...x.tcbLevels[0]!,
            tcb: { ...x.tcbLevels[0]!.tcb, pcesvn: 40 - i },
          }))),
      ),
    ],
  ] as const)
    it(`reads ${what}`, async () => {
      assert.deepEqual((await parse.tcbInfo(text))[0], readTcbInfo(text));
    });

  const components = (count: number) =>
    tcb((x) => {
      const list = x.tcbLevels[1]!.tcb.tdxtcbcomponents;
      x.tcbLevels[1]!.tcb.tdxtcbcomponents = Array.from({ length: count }, (_, i) => list[i] ?? { svn: 0 });
    });
  refuseAll("tcbInfo", "TDXTCBInfoMalformed", [
    ["nothing", ""],
    ["15 components", components(15)],
    ["17 components", components(17)],
    [
      "13 components, all of SVN 0",
      tcb((x) => (x.tcbLevels[0]!.tcb.sgxtcbcomponents = Array.from({ length: 13 }, () => ({ svn: 0 })))),
    ],
    [
      "18 components, all of SVN 0",
      tcb((x) => (x.tcbLevels[0]!.tcb.sgxtcbcomponents = Array.from({ length: 18 }, () => ({ svn: 0 })))),
    ],
    ["an SVN of 256", tcb((x) => (x.tcbLevels[0]!.tcb.sgxtcbcomponents[0]!.svn = 256))],
    ["an SVN of 256 alone", tcb((x) => (x.tcbLevels[0]!.tcb.sgxtcbcomponents[9]!.svn = 256))],
    ["a comma behind the last component", fifteenZeros.replace('{"svn":0}],"pcesvn"', '{"svn":0},,"pcesvn"')],
    ["an SVN of 1000", tcb((x) => (x.tcbLevels[0]!.tcb.sgxtcbcomponents[9]!.svn = 1000))],
    ["an SVN of 07", tcbInfo.replace('{"svn":7', '{"svn":07').replace('{"svn":0}', '{"svn":00}')],
    ["a negative SVN", tcbInfo.replace('{"svn":0}', '{"svn":-1}')],
    ["a fraction", tcbInfo.replace('{"svn":0}', '{"svn":0.0}')],
    ["an exponent", tcbInfo.replace('{"svn":0}', '{"svn":0e1}')],
    ["a PCESVN of 65536", tcb((x) => (x.tcbLevels[0]!.tcb.pcesvn = 65536))],
    ["a number of 65536", tcb((x) => (x.tcbEvaluationDataNumber = 65536))],
    ["a number of 2^64", tcbInfo.replace('Number":20', 'Number":18446744073709551616')],
    ["a number of 2^256", tcbInfo.replace('Number":20', `Number":${2n ** 256n + 20n}`)],
    ["a module SVN of 256", tcb((x) => (identity(x).tcbLevels[0]!.tcb.isvsvn = 256))],
    ...platformStatuses.map(
      (status) =>
        [`${status} of a module`, tcb((x) => (identity(x).tcbLevels[0]!.tcbStatus = status))] as const,
    ),
    ["a status of relaunch", tcb((x) => (x.tcbLevels[0]!.tcbStatus = "TDRelaunchAdvised"))],
    ["no status", tcb((x) => (x.tcbLevels[0]!.tcbStatus = ""))],
    ["a longer status", tcb((x) => (x.tcbLevels[0]!.tcbStatus = "ConfigurationAndSWHardeningNeeded2"))],
    ["a status of other case", tcb((x) => (x.tcbLevels[0]!.tcbStatus = "uptodate"))],
    ["no levels", tcb((x) => (x.tcbLevels = []))],
    [
      "33 levels",
      tcb(
        (x) =>
          (x.tcbLevels = Array.from({ length: 33 }, (_, i) => ({
            ...x.tcbLevels[0]!,
            tcb: { ...x.tcbLevels[0]!.tcb, pcesvn: 40 - i },
          }))),
      ),
    ],
    ["no identities in the list", tcb((x) => (x.tdxModuleIdentities = []))],
    [
      "17 identities",
      tcb(
        (x) =>
          (x.tdxModuleIdentities = Array.from({ length: 17 }, (_, i) => ({
            ...identity(x),
            id: `TDX_${(i + 16).toString(16)}`,
          }))),
      ),
    ],
    ["an identity twice", tcb((x) => (x.tdxModuleIdentities![1]!.id = identity(x).id))],
    [
      "an identity twice in another case",
      tcb((x) => ((x.tdxModuleIdentities![1]!.id = "TDX_0a"), (identity(x).id = "TDX_0A"))),
    ],
    ["an identity of version 0", tcb((x) => (identity(x).id = "TDX_00"))],
    ["an identity of one digit", tcb((x) => (identity(x).id = "TDX_3"))],
    ["no module levels", tcb((x) => (identity(x).tcbLevels = []))],
    [
      "33 module levels",
      tcb((x) => (identity(x).tcbLevels = Array.from({ length: 33 }, (_, i) => svnLevel(255 - i)))),
    ],
    ["no advisories in the list", tcb((x) => (x.tcbLevels[3]!.advisoryIDs = []))],
    ["256 advisories", tcb((x) => (x.tcbLevels[0]!.advisoryIDs = Array<string>(256).fill("INTEL-SA-00001")))],
    ["an advisory above 65535", tcb((x) => (x.tcbLevels[0]!.advisoryIDs = ["INTEL-SA-65536"]))],
    ["an advisory of four digits", tcb((x) => (x.tcbLevels[0]!.advisoryIDs = ["INTEL-SA-0001"]))],
    ["an advisory of a letter", tcb((x) => (x.tcbLevels[0]!.advisoryIDs = ["INTEL-SA-0000:"]))],
    ["another advisory", tcb((x) => (x.tcbLevels[0]!.advisoryIDs = ["CVE-2020-00001"]))],
    ["an FMSPC of 14 digits", tcb((x) => (x.fmspc += "00"))],
    ["an FMSPC of 11 digits", tcb((x) => (x.fmspc = x.fmspc.slice(1)))],
    ["an FMSPC that is no hex", tcb((x) => (x.fmspc = "b0c06g000000"))],
    ["a PCEID of two digits", tcb((x) => (x.pceId = "00"))],
    ["a signer of 94 digits", tcb((x) => (identity(x).mrsigner = "0".repeat(94)))],
    ["a signer that is no hex", tcb((x) => (identity(x).mrsigner = "0".repeat(95) + "x"))],
    ["attributes that are no hex", tcb((x) => (x.tdxModule.attributes = "000000000000000O"))],
    ["a mask of 14 digits", tcb((x) => (x.tdxModule.attributesMask = "FFFFFFFFFFFFFF"))],
    ["a mask that is no hex", tcb((x) => (x.tdxModule.attributesMask = "FFFFFFFFFFFFFFFG"))],
    ["a mask of an identity that is no hex", tcb((x) => (identity(x).attributesMask = "GFFFFFFFFFFFFFFF"))],
    ["an escape in a string", tcbInfo.replace('"BIOS"', String.raw`"\u0042IOS"`)],
    ["an escaped quote", tcbInfo.replace('"BIOS"', String.raw`"BIOS\""`)],
    ["a tab in a string", tcbInfo.replace('"BIOS"', '"BI\tOS"')],
    ["a NUL in a string", tcbInfo.replace('"BIOS"', '"BIOS\0"')],
    ["a NUL behind the end", tcbInfo + "\0"],
    ["a space behind the end", tcbInfo + " "],
    ["the document twice", tcbInfo + tcbInfo],
    ["levels that a brace ends", tcbInfo.replace(/\]\}$/, "}}")],
    ["identities that a brace ends", tcbInfo.replace(/\](?=,"tcbLevels":\[\{"tcb":\{"sgx)/, "}")],
    ["a last comma", tcbInfo.replace(/\]\}$/, ",]}")],
    ["February 30", tcb((x) => (x.tcbLevels[0]!.tcbDate = "2024-02-30T00:00:00Z"))],
    ["February 29 of 2100", tcb((x) => (x.tcbLevels[0]!.tcbDate = "2100-02-29T00:00:00Z"))],
    ["April 31", tcb((x) => (x.issueDate = "2024-04-31T00:00:00Z"))],
    ["month 0", tcb((x) => (x.issueDate = "2024-00-01T00:00:00Z"))],
    ["month 13", tcb((x) => (x.issueDate = "2024-13-01T00:00:00Z"))],
    ["day 0", tcb((x) => (x.issueDate = "2024-01-00T00:00:00Z"))],
    ["hour 24", tcb((x) => (x.nextUpdate = "2024-01-01T24:00:00Z"))],
    ["minute 60", tcb((x) => (x.nextUpdate = "2024-01-01T00:60:00Z"))],
    ["second 60", tcb((x) => (x.nextUpdate = "2024-01-01T00:00:60Z"))],
    ["year 1949", tcb((x) => (x.nextUpdate = "1949-12-31T00:00:00Z"))],
    ["a date with an offset", tcb((x) => (x.nextUpdate = "2024-01-01T00:00:00+00:00"))],
    ["a colon for a digit", tcb((x) => (x.nextUpdate = "2024-01-01T00:00:0:Z"))],
    ["a version that is a string", tcbInfo.replace('"version":3', '"version":"3"')],
    ["another first member", tcbInfo.replace('"id"', '"ID"')],
  ]);
  refuseAll("tcbInfo", "TDXTCBInfoUnsupported", [
    ["SGX", tcb((x) => (x.id = "SGX"))],
    ["an id that begins alike", tcb((x) => (x.id = "TDXX"))],
    ["version 2", tcb((x) => (x.version = 2))],
    ["version 4 of another form", '{"id":"TDX","version":4,"levels":[]}'],
    ["TCB type 1", tcb((x) => (x.tcbType = 1))],
  ]);
  refuseAll("tcbInfo", "TDXTCBInfoUnordered", [
    ["levels that ascend", tcb((x) => x.tcbLevels.reverse())],
    ["a level twice", tcb((x) => x.tcbLevels.push(x.tcbLevels.at(-1)!))],
    [
      "levels that ascend in TDX components only",
      tcb((x) => {
        x.tcbLevels = [0, 1].map((svn) => ({
          ...x.tcbLevels[0]!,
          tcb: {
            ...x.tcbLevels[0]!.tcb,
            tdxtcbcomponents: x.tcbLevels[0]!.tcb.tdxtcbcomponents.map((c, i) => (i === 15 ? { svn } : c)),
          },
        }));
      }),
    ],
    [
      "levels that ascend in PCESVN only",
      tcb((x) => {
        x.tcbLevels = [5, 256].map((pcesvn) => ({
          ...x.tcbLevels[0]!,
          tcb: { ...x.tcbLevels[0]!.tcb, pcesvn },
        }));
      }),
    ],
    ["module levels that ascend", tcb((x) => identity(x).tcbLevels.reverse())],
    ["a module level twice", tcb((x) => (identity(x).tcbLevels = [svnLevel(3), svnLevel(3)]))],
  ]);

  it("reads nothing that an earlier document left behind this one", async () => {
    // A version that goes on in the memory behind would be another kind.
    for (let length = 1; length <= 64; length++) {
      const cut = `{"id":"${"X".repeat(length)}","version":`;
      assert.equal(await refusalAfter(tcbInfo, cut), "TDXTCBInfoMalformed", `${length}`);
    }
    assert.equal(await refusalAfter(tcbInfo, largest), null);
  });

  it("finds what is malformed before what is unordered", async () => {
    const text = tcb((x) => {
      identity(x).tcbLevels.reverse();
      x.tcbLevels.at(-1)!.tcbStatus = "Unknown";
    });
    assert.equal(await refusal("tcbInfo", text), "TDXTCBInfoMalformed");
  });
});
