// Intel's documents read twice: by our readers and by JSON.parse, in one shape that tests compare.
import { toHex } from "../../sdk/evidence/bytes.ts";
import { readEvaluationNumbers } from "../../sdk/evidence/evaluation-numbers.ts";
import { readQeIdentity } from "../../sdk/evidence/qe-identity.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import { readTcbInfo } from "../../sdk/evidence/tcb-info.ts";
import { tcbStatusNames } from "../../sdk/evidence/tcb-levels.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

/* eslint-disable @typescript-eslint/no-explicit-any, @typescript-eslint/no-unsafe-assignment,
   @typescript-eslint/no-unsafe-member-access, @typescript-eslint/no-unsafe-call,
   @typescript-eslint/no-unsafe-return, @typescript-eslint/no-unsafe-argument --
   the plain reading is whatever JSON.parse gives */
const seconds = (date: string) => BigInt(Date.parse(date) / 1000);
const hex = (text: string) => `0x${text.toLowerCase()}`;
const verdict = (level: any) => [
  level.tcbStatus,
  seconds(level.tcbDate),
  level.advisoryIDs ?? [],
  level.tcb.isvsvn ?? null,
];
const plainModule = (module: any) => [
  hex(module.mrsigner),
  hex(module.attributes),
  (module.tcbLevels ?? []).map(verdict),
  module.id === undefined ? 0 : parseInt(module.id.slice(4), 16),
];

/** What JSON.parse reads of TCB info, in the order of `readInfo`. */
export function plainInfo(text: string) {
  const info = JSON.parse(text);
  return [
    [seconds(info.issueDate), seconds(info.nextUpdate), hex(info.fmspc), hex(info.pceId)],
    info.tcbEvaluationDataNumber,
    plainModule(info.tdxModule),
    (info.tdxModuleIdentities ?? []).map(plainModule),
    info.tcbLevels.map((level: any) => [
      level.tcb.sgxtcbcomponents.map(({ svn }: any) => svn),
      level.tcb.pcesvn,
      level.tcb.tdxtcbcomponents.map(({ svn }: any) => svn),
      verdict(level),
    ]),
  ];
}

const readLevel = (level: any) => [
  tcbStatusNames[level.status as number],
  level.tcbDate,
  level.advisoryIds,
  level.isvSvn ?? null,
];
const readModule = (module: any) => [
  toHex(module.mrSigner),
  toHex(module.attributes),
  module.levels.map(readLevel),
  module.version,
];

export function readInfo(text: string) {
  const info = readTcbInfo(bytes(text));
  if (isRefusal(info)) return info.check;
  return [
    [info.issueDate, info.nextUpdate, toHex(info.fmspc), toHex(info.pceId)],
    info.tcbEvaluationDataNumber,
    readModule(info.module),
    info.moduleIdentities.map(readModule),
    info.levels.map((level) => [[...level.sgx], level.pceSvn, [...level.tdx], readLevel(level)]),
  ];
}

export function plainIdentity(text: string) {
  const identity = JSON.parse(text);
  return [
    [seconds(identity.issueDate), seconds(identity.nextUpdate), identity.tcbEvaluationDataNumber],
    [identity.miscselect, identity.miscselectMask, identity.attributes, identity.attributesMask].map(hex),
    [hex(identity.mrsigner), identity.isvprodid],
    identity.tcbLevels.map(verdict),
  ];
}

export function readIdentity(text: string) {
  const identity = readQeIdentity(bytes(text));
  if (isRefusal(identity)) return identity.check;
  const { miscSelect, miscSelectMask, attributes, attributesMask } = identity;
  return [
    [identity.issueDate, identity.nextUpdate, identity.tcbEvaluationDataNumber],
    [miscSelect, miscSelectMask, attributes, attributesMask].map(toHex),
    [toHex(identity.mrSigner), identity.isvProdId],
    identity.levels.map(readLevel),
  ];
}

export function plainNumbers(text: string) {
  const list = JSON.parse(text);
  return [
    [seconds(list.issueDate), seconds(list.nextUpdate)],
    list.tcbEvalNumbers.map((entry: any) => [
      entry.tcbEvaluationDataNumber,
      seconds(entry.tcbRecoveryEventDate),
      seconds(entry.tcbDate),
    ]),
  ];
}

export function readNumbers(text: string) {
  const list = readEvaluationNumbers(bytes(text));
  if (isRefusal(list)) return list.check;
  return [
    [list.issueDate, list.nextUpdate],
    list.numbers.map(({ number, recoveryEventDate, tcbDate }) => [number, recoveryEventDate, tcbDate]),
  ];
}
/* eslint-enable */
