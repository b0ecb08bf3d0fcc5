import { createRequire } from "node:module";
import { defineConfig } from "hardhat/config";
import hardhatViem from "@nomicfoundation/hardhat-viem";
import hardhatViemAssertions from "@nomicfoundation/hardhat-viem-assertions";
import hardhatNetworkHelpers from "@nomicfoundation/hardhat-network-helpers";
import hardhatNodeTestRunner from "@nomicfoundation/hardhat-node-test-runner";

// The compiler is the emscripten build inside npm's `solc`: nothing is downloaded.
const require = createRequire(import.meta.url);
const { version } = require("solc/package.json") as { version: string };
const compiler = { version, path: require.resolve("solc/soljson.js") };

// One pipeline for both profiles, so that tests, gas figures and deployments run the same bytecode.
const settings = { evmVersion: "osaka", viaIR: true, optimizer: { enabled: true, runs: 800 } };

export default defineConfig({
  plugins: [hardhatViem, hardhatViemAssertions, hardhatNetworkHelpers, hardhatNodeTestRunner],
  paths: { tests: { nodejs: "./test", solidity: "./test" } },
  test: {
    solidity: {
      fsPermissions: { readDirectory: ["./test/fixtures"] },
      fuzz: { runs: 256, seed: "0x1234" },
      invariant: {
        runs: Number(process.env["FUZZ_RUNS"] ?? 32),
        depth: 30,
        failOnRevert: true,
        shrinkRunLimit: 0,
      },
    },
  },
  solidity: {
    // The deployment needs its artifact; nothing of ours inherits it.
    npmFilesToBuild: ["@openzeppelin/contracts/access/manager/AccessManager.sol"],
    splitTestsCompilation: true,
    profiles: {
      default: { ...compiler, settings },
      production: { isolated: false, ...compiler, settings },
    },
  },
  networks: {
    default: {
      type: "edr-simulated",
      chainType: "l1",
      hardfork: "osaka",
      gas: 16_777_216,
      transactionGasCap: 16_777_216,
      initialDate: new Date("2026-02-05T00:00:00Z"),
    },
    local: { type: "http", chainType: "l1", url: "http://127.0.0.1:8545" },
  },
});
