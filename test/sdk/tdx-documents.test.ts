// Readers of Intel's signed JSON against JSON.parse: real documents, random ones, and what every deviation ends in.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { seededRandom } from "../support/mutations.ts";
import { documentBytes, real } from "../support/tdx-vectors.ts";
import { randomEvaluationNumbers, randomQeIdentity, randomTcbInfo } from "../support/tdx-documents.ts";

import {
  plainIdentity,
  plainInfo,
  plainNumbers,
  readIdentity,
  readInfo,
  readNumbers,
} from "../support/tdx-readings.ts";

const runs = Number(process.env["FUZZ_RUNS"] ?? 300);

const kinds = [
  { name: "TCB info", prefix: "tdx-", read: readInfo, plain: plainInfo, random: randomTcbInfo },
  {
    name: "QE identity",
    prefix: "tdqe-",
    read: readIdentity,
    plain: plainIdentity,
    random: randomQeIdentity,
  },
  {
    name: "evaluation numbers",
    prefix: "",
    read: readNumbers,
    plain: plainNumbers,
    random: randomEvaluationNumbers,
  },
] as const;

const tcbText = new TextDecoder().decode(documentBytes("tdx-00806f050000-e18-2026-01-27"));
const qeText = new TextDecoder().decode(documentBytes("tdqe-e18-2026-01-27"));
const numbersText = JSON.stringify(randomEvaluationNumbers(seededRandom(9)));

for (const { name, prefix, read, plain, random } of kinds)
  describe(name, () => {
    if (prefix !== "")
      it("of Intel reads as JSON.parse reads it", () => {
        const ids = Object.keys(real.documents).filter((id) => id.startsWith(prefix));
        assert.ok(ids.length >= 14);
        for (const id of ids) {
          const text = new TextDecoder().decode(documentBytes(id));
          assert.deepEqual(read(text), plain(text), id);
        }
      });

    it("made at random reads as JSON.parse reads it", () => {
      const dice = seededRandom(1);
      for (let i = 0; i < runs; i++) {
        const text = JSON.stringify(random(dice));
        assert.deepEqual(read(text), plain(text), text);
      }
    });

    it("with a changed byte is refused or means what JSON.parse reads", () => {
      const dice = seededRandom(2);
      for (let i = 0; i < runs; i++) {
        const text = JSON.stringify(random(dice));
        const at = dice(text.length);
        const changed = text.slice(0, at) + String.fromCharCode(0x20 + dice(95)) + text.slice(at + 1);
        const value = read(changed);
        if (typeof value !== "string") assert.deepEqual(value, plain(changed), changed);
      }
    });

    it("cut anywhere is malformed", () => {
      const text = name === "TCB info" ? tcbText : name === "QE identity" ? qeText : numbersText;
      for (let length = 0; length < text.length; length += 7)
        assert.match(String(read(text.slice(0, length))), /-form$/, `${length}`);
    });
  });

/** A document, what is replaced in it by what, and the check that this ends in. */
type Change = readonly [what: string, from: string | RegExp, to: string, check: string];

const identities = /,"tdxModuleIdentities":\[.*?\}\]\}\]/.exec(tcbText)![0];
const firstLevel =
  /\{"tcb":\{"sgxtcbcomponents".*?"tcbStatus":"[A-Za-z]+"(,"advisoryIDs":\[[^\]]*\])?\}/.exec(tcbText)![0];
const form = "tdx.tcb-info-form";

const tcbChanges: readonly Change[] = [
  ["another id", '"id":"TDX"', '"id":"SGX"', "tdx.tcb-info-kind"],
  ["another version", '"version":3', '"version":2', "tdx.tcb-info-kind"],
  ["another TCB type", '"tcbType":0', '"tcbType":1', "tdx.tcb-info-kind"],
  ["id and version in another order", '"id":"TDX","version":3', '"version":3,"id":"TDX"', form],
  ["an id that is a number", '"id":"TDX"', '"id":5', form],
  ["a version in quotation marks", '"version":3', '"version":"3"', form],
  ["a byte behind it", /$/, " ", form],
  ["white space", '"fmspc":', '"fmspc": ', form],
  ["an escape", '"category":"BIOS"', '"category":"BIO\\u0053"', form],
  ["a control character", '"category":"BIOS"', '"category":"BIO\t"', form],
  ["a member twice", '"tcbType":0', '"tcbType":0,"tcbType":0', form],
  ["a member missing", ',"tcbType":0', "", form],
  ["an unknown member", '"tcbType":0', '"tcbType":0,"x":0', form],
  ["a leading zero", '"tcbType":0', '"tcbType":00', form],
  ["a sign", '"tcbType":0', '"tcbType":-0', form],
  ["a fraction", '"tcbType":0', '"tcbType":0.0', form],
  ["an exponent", '"tcbType":0', '"tcbType":0e0', form],
  ["a short FMSPC", /"fmspc":"../, '"fmspc":"', form],
  ["no hex", /"fmspc":"./, '"fmspc":"g', form],
  ["a short PCEID", '"pceId":"0000"', '"pceId":"00"', form],
  [
    "an evaluation number of three bytes",
    /"tcbEvaluationDataNumber":\d+/,
    '"tcbEvaluationDataNumber":65536',
    form,
  ],
  ["an SVN above 255", '"svn":0', '"svn":256', form],
  ["a PCESVN above 65535", /"pcesvn":\d+/, '"pcesvn":65536', form],
  ["a module ISVSVN above 255", /"isvsvn":\d+/, '"isvsvn":256', form],
  ["a date that does not exist", /"issueDate":"[^"]*"/, '"issueDate":"2026-02-30T00:00:00Z"', form],
  ["a date before 1950", /"issueDate":"[^"]*"/, '"issueDate":"1949-12-31T00:00:00Z"', form],
  ["a date with an offset", /"issueDate":"[^"]*"/, '"issueDate":"2026-01-27T00:00:00+00"', form],
  ["a level date that is none", /"tcbDate":"[^"]*"/, '"tcbDate":"soon"', form],
  ["an unknown status", '"tcbStatus":"OutOfDate"', '"tcbStatus":"Fine"', form],
  ["a status of no level", '"tcbStatus":"OutOfDate"', '"tcbStatus":"TDRelaunchAdvised"', form],
  ["15 components", '{"svn":0},', "", form],
  ["17 components", '{"svn":0},', '{"svn":0},{"svn":0},', form],
  ["an advisory of another form", "INTEL-SA-00", "INTEL-SA-0", form],
  ["an advisory above 65535", /INTEL-SA-\d{5}/, "INTEL-SA-65536", form],
  ["an empty list of advisories", /"advisoryIDs":\[[^\]]*\]/, '"advisoryIDs":[]', form],
  ["an empty list of levels", /"tcbLevels":\[\{"tcb":\{"sgx.*$/, '"tcbLevels":[]}', form],
  ["an empty list of module identities", identities, ',"tdxModuleIdentities":[]', form],
  ["module 00", '"id":"TDX_03"', '"id":"TDX_00"', form],
  ["a module twice", '"id":"TDX_01"', '"id":"TDX_03"', form],
  ["a module of three digits", '"id":"TDX_03"', '"id":"TDX_003"', form],
  ["33 levels", firstLevel, Array(33).fill(firstLevel).join(","), form],
  ["a level twice", firstLevel, `${firstLevel},${firstLevel}`, "tdx.tcb-info-order"],
  ["a form problem behind one of order", firstLevel, `${firstLevel},${firstLevel}x`, form],
];

const qeForm = "tdx.qe-identity-form";
const qeLevel = /\{"tcb":.*?\}(?=\]\}$)/.exec(qeText)![0];
const qeLevels = (...svns: number[]) =>
  svns.map((svn) => qeLevel.replace(/"isvsvn":\d+/, `"isvsvn":${svn}`)).join(",");

/** Of modules and enclaves no document says these: Intel's library ignores or refuses them. */
const platformStatuses = [
  "SWHardeningNeeded",
  "ConfigurationNeeded",
  "ConfigurationAndSWHardeningNeeded",
  "OutOfDateConfigurationNeeded",
];
const firstModule = /"tcbLevels":\[\{"tcb":\{"isvsvn":\d+\},"tcbDate":"[^"]*","tcbStatus":"/.exec(
  tcbText,
)![0];
const moduleChanges: readonly Change[] = platformStatuses.map((status) => [
  `a module that is ${status}`,
  `${firstModule}UpToDate"`,
  `${firstModule}${status}"`,
  form,
]);

const qeChanges: readonly Change[] = [
  ...platformStatuses.map((status): Change => [
    `an enclave that is ${status}`,
    '"tcbStatus":"UpToDate"',
    `"tcbStatus":"${status}"`,
    qeForm,
  ]),
  ["another id", '"TD_QE"', '"QE"', "tdx.qe-identity-kind"],
  ["another version", '"version":2', '"version":3', "tdx.qe-identity-kind"],
  ["white space", '"version":2', '"version": 2', qeForm],
  ["a short mask", '"miscselectMask":"FF', '"miscselectMask":"', qeForm],
  ["a long mrsigner", '"mrsigner":"', '"mrsigner":"00', qeForm],
  ["a product above 65535", /"isvprodid":\d+/, '"isvprodid":65536', qeForm],
  ["an ISVSVN above 65535", /"isvsvn":\d+/, '"isvsvn":65536', qeForm],
  ["nine levels", qeLevel, qeLevels(9, 8, 7, 6, 5, 4, 3, 2, 1), qeForm],
  ["equal levels", qeLevel, qeLevels(4, 4), "tdx.qe-identity-order"],
  ["rising levels", qeLevel, qeLevels(3, 4), "tdx.qe-identity-order"],
  ["a byte behind it", /$/, "}", qeForm],
];

const numbersForm = "tdx.evaluation-numbers-form";
const entry = (number: number) =>
  `{"tcbEvaluationDataNumber":${number},"tcbRecoveryEventDate":"2026-01-01T00:00:00Z","tcbDate":"2026-01-01T00:00:00Z"}`;
const listOf = (...numbers: number[]) =>
  `{"id":"TDX","version":1,"issueDate":"2026-01-01T00:00:00Z","nextUpdate":"2026-02-01T00:00:00Z","tcbEvalNumbers":[${numbers.map(entry).join(",")}]}`;

const numbersChanges: readonly Change[] = [
  ["another id", '"TDX"', '"SGX"', numbersForm],
  ["another version", '"version":1', '"version":2', numbersForm],
  ["white space", "[", "[ ", numbersForm],
  ["another date", "2026-02-01", "2026-02-29", numbersForm],
];

for (const [name, text, read, changes] of [
  ["TCB info", tcbText, readInfo, [...tcbChanges, ...moduleChanges]],
  ["QE identity", qeText, readIdentity, qeChanges],
  ["evaluation numbers", listOf(20, 19), readNumbers, numbersChanges],
] as const)
  describe(`${name} that deviates`, () => {
    for (const [what, from, to, check] of changes)
      it(`by ${what} ends in ${check}`, () => {
        const changed = text.replace(from, () => to);
        assert.notEqual(changed, text);
        assert.equal(read(changed), check);
      });
  });

describe("bounds", () => {
  it("32 levels, 8 QE levels and 32 evaluation numbers are read", () => {
    const dice = seededRandom(3);
    const info = randomTcbInfo(dice, 32);
    assert.notEqual(typeof readInfo(JSON.stringify(info)), "string");
    assert.notEqual(typeof readIdentity(qeText.replace(qeLevel, qeLevels(8, 7, 6, 5, 4, 3, 2, 1))), "string");
    const numbers = Array.from({ length: 32 }, (_, i) => 32 - i);
    assert.notEqual(typeof readNumbers(listOf(...numbers)), "string");
    assert.equal(readNumbers(listOf(33, ...numbers)), numbersForm);
    assert.equal(readNumbers(listOf()), numbersForm);
    assert.equal(readNumbers(listOf(19, 19)), numbersForm);
    assert.equal(readNumbers(listOf(19, 20)), numbersForm);
  });

  it("256 advisories are too many", () => {
    const ids = (count: number) => `"advisoryIDs":[${Array(count).fill('"INTEL-SA-00001"').join(",")}]`;
    const withIds = (count: number) => tcbText.replace(/"advisoryIDs":\[[^\]]*\]/, ids(count));
    assert.notEqual(typeof readInfo(withIds(255)), "string");
    assert.equal(readInfo(withIds(256)), form);
  });
});
