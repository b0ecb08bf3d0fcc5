// Random documents of Intel's forms, within their bounds: same seed, same documents.
import type { seededRandom } from "./mutations.ts";

type Dice = ReturnType<typeof seededRandom>;

/** Of modules and enclaves. */
const svnStatuses = ["UpToDate", "OutOfDate", "Revoked"];
const statuses = [
  "UpToDate",
  "SWHardeningNeeded",
  "ConfigurationNeeded",
  "ConfigurationAndSWHardeningNeeded",
  "OutOfDate",
  "OutOfDateConfigurationNeeded",
  "Revoked",
];

const hex = (dice: Dice, length: number) => {
  const digits = dice(2) === 0 ? "0123456789abcdef" : "0123456789ABCDEF";
  return Array.from({ length: 2 * length }, () => digits[dice(16)]).join("");
};

const date = (dice: Dice) =>
  new Date((dice(2 ** 31) + dice(2 ** 20)) * 1000).toISOString().replace(/\.\d+Z$/, "Z");

const text = (dice: Dice) =>
  Array.from({ length: dice(40) }, () => {
    const character = String.fromCharCode(0x20 + dice(95));
    return character === '"' || character === "\\" ? "/" : character;
  }).join("");

function verdict(dice: Dice, of = statuses) {
  const advisoryIDs = Array.from(
    { length: dice(4) },
    () => `INTEL-SA-${String(dice(0x10000)).padStart(5, "0")}`,
  );
  return {
    tcbDate: date(dice),
    tcbStatus: of[dice(of.length)],
    ...(advisoryIDs.length === 0 ? {} : { advisoryIDs }),
  };
}

/** `count` different numbers up to `limit`, falling. */
function falling(dice: Dice, count: number, limit: number): number[] {
  const numbers = new Set<number>();
  while (numbers.size < count) numbers.add(dice(limit + 1));
  return [...numbers].sort((a, b) => b - a);
}

const svnLevels = (dice: Dice, count: number, limit: number) =>
  falling(dice, count, limit).map((isvsvn) => ({ tcb: { isvsvn }, ...verdict(dice, svnStatuses) }));

const component = (dice: Dice, svn: number) => ({
  svn,
  ...(dice(3) === 0 ? { category: text(dice) } : {}),
  ...(dice(3) === 0 ? { type: text(dice) } : {}),
});

/** The levels fall by their first component, by pcesvn or by the last TDX component. */
function levels(dice: Dice, count: number) {
  const by = dice(3);
  const fixed = Array.from({ length: 32 }, () => dice(256));
  const pcesvn = dice(0x10000);
  return falling(dice, count, 255).map((rank) => ({
    tcb: {
      sgxtcbcomponents: fixed
        .slice(0, 16)
        .map((svn, at) => component(dice, by === 0 && at === 0 ? rank : svn)),
      pcesvn: by === 1 ? rank : pcesvn,
      tdxtcbcomponents: fixed.slice(16).map((svn, at) => component(dice, by === 2 && at === 15 ? rank : svn)),
    },
    ...verdict(dice),
  }));
}

const signer = (dice: Dice) => ({
  mrsigner: hex(dice, 48),
  attributes: hex(dice, 8),
  attributesMask: hex(dice, 8),
});

export function randomTcbInfo(dice: Dice, levelCount = 1 + dice(6)) {
  const versions = falling(dice, dice(4), 254).map((version) => version + 1);
  const tdxModuleIdentities = versions.map((version) => {
    const digits = version.toString(16).padStart(2, "0");
    const id = `TDX_${dice(2) === 0 ? digits : digits.toUpperCase()}`;
    return { id, ...signer(dice), tcbLevels: svnLevels(dice, 1 + dice(3), 255) };
  });
  return {
    id: "TDX",
    version: 3,
    issueDate: date(dice),
    nextUpdate: date(dice),
    fmspc: hex(dice, 6),
    pceId: hex(dice, 2),
    tcbType: 0,
    tcbEvaluationDataNumber: dice(0x10000),
    tdxModule: signer(dice),
    ...(tdxModuleIdentities.length === 0 ? {} : { tdxModuleIdentities }),
    tcbLevels: levels(dice, levelCount),
  };
}

export const randomQeIdentity = (dice: Dice) => ({
  id: "TD_QE",
  version: 2,
  issueDate: date(dice),
  nextUpdate: date(dice),
  tcbEvaluationDataNumber: dice(0x10000),
  miscselect: hex(dice, 4),
  miscselectMask: hex(dice, 4),
  attributes: hex(dice, 16),
  attributesMask: hex(dice, 16),
  mrsigner: hex(dice, 32),
  isvprodid: dice(0x10000),
  tcbLevels: svnLevels(dice, 1 + dice(8), 0xffff),
});

export const randomEvaluationNumbers = (dice: Dice) => ({
  id: "TDX",
  version: 1,
  issueDate: date(dice),
  nextUpdate: date(dice),
  tcbEvalNumbers: falling(dice, 1 + dice(32), 0xffff).map((tcbEvaluationDataNumber) => ({
    tcbEvaluationDataNumber,
    tcbRecoveryEventDate: date(dice),
    tcbDate: date(dice),
  })),
});
