import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { artifacts } from "hardhat";

describe("code size", () => {
  // EIP-170
  for (const name of ["TDXVerifier", "IntelCollateral", "TPMVerifier", "AKCertificates", "AttestedOracle"])
    it(`${name} is below 24,576 bytes`, async () => {
      const { deployedBytecode } = await artifacts.readArtifact(name);
      const size = (deployedBytecode.length - 2) / 2;
      console.log(`size, ${name}: ${size}`);
      assert.ok(size < 24_576);
    });
});
