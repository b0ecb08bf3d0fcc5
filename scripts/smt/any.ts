// What stands for operations that are not followed: a library of any values within what is always true of them.

/** Functions that a rewritten source calls: its shifts and its ors of numbers whose low bits are zero, by name. */
export type Helpers = Map<string, string>;

const fixed = `
  function word() internal pure returns (uint256 r) {
    assembly ("memory-safe") { r := calldataload(0) }
  }
  function read(uint256) internal pure returns (uint256) { return word(); }
  function byteAt(uint256 length, uint256 index) internal pure returns (uint256) {
    require(index < length);
    return word();
  }
  function part(uint256 length, uint256 from, uint256 until) internal pure returns (uint256) {
    require(from <= until && until <= length);
    return until - from;
  }
  function rest(uint256 length, uint256 from) internal pure returns (uint256) {
    require(from <= length);
    return length - from;
  }
  function upTo(uint256 a) internal pure returns (uint256 r) {
    r = word();
    require(r <= a);
  }
  function and(uint256 a, uint256 b) internal pure returns (uint256 r) {
    r = word();
    require(r <= a && r <= b);
  }`;

/** Text of a call that shifts left. Not where sums wrap: there the checker would look for a wrap. */
export function shiftLeft(helpers: Helpers, value: string, by: number): string {
  const body = `return a % (1 << ${256 - by}) * (1 << ${by});`;
  helpers.set(`shl${by}`, `function shl${by}(uint256 a) internal pure returns (uint256) { ${body} }`);
  return `Any.shl${by}(${value})`;
}

/** Text of a call that joins two numbers, each with how many of its low bits are known to be zero. */
export function join(
  helpers: Helpers,
  [a, zerosOfA]: readonly [string, number],
  [b, zerosOfB]: readonly [string, number],
): string {
  const [low, high] = [Math.min(zerosOfA, zerosOfB), Math.max(zerosOfA, zerosOfB)];
  const name = `or${low}And${high}`;
  // Numbers without common bits add up; others make a number with the zeros that both have.
  const sum = high > 0 ? `if (b < 1 << ${high}) return a + b;` : "";
  const zeros = low > 0 ? `r = r % (1 << ${256 - low}) * (1 << ${low});` : "";
  helpers.set(
    name,
    `function ${name}(uint256 a, uint256 b) internal pure returns (uint256 r) {
    ${sum}
    r = word();
    ${zeros}
    require(r >= a && r >= b && r - a <= b);
  }`,
  );
  return zerosOfA >= zerosOfB ? `Any.${name}(${a}, ${b})` : `Any.${name}(${b}, ${a})`;
}

export const libraryAny = (helpers: Helpers): string => `// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

library Any {${[fixed, ...helpers.values()].join("\n  ")}
}
`;
