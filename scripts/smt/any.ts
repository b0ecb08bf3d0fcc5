/**
 * What stands for operations that are not followed. `bits`: where numbers are known to be parted, so that what is true
 * of every | at every bit is told at these.
 */
export function libraryAny(bits: readonly number[]): string {
  const told = bits.map((bit) => {
    const power = `(1 << ${bit})`;
    return `
    if (a % ${power} == 0 && b < ${power}) require(r == a + b);
    if (b % ${power} == 0 && a < ${power}) require(r == a + b);
    if (a % ${power} == 0 && b % ${power} == 0) require(r % ${power} == 0);`;
  });
  return `// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

library Any {
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
  }
  function or(uint256 a, uint256 b) internal pure returns (uint256 r) {
    r = word();
    require(r >= a && r >= b && r - a <= b);${told.join("")}
  }
}
`;
}
