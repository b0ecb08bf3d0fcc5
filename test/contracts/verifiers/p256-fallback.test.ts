// P-256 on chains that lack the precompile: OpenZeppelin's Solidity at one address everywhere.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { network } from "hardhat";
import { concatHex, getCreate2Address, keccak256, sha256, toHex, zeroAddress, zeroHash } from "viem";
import type { Hex } from "viem";
import { readArtifact } from "../../../scripts/artifact.ts";
import { fromHex } from "../../../sdk/evidence/bytes.ts";

const proxy = "0x4e59b44847b379578588920cA78FbF26c0B4956C";
const { bytecode, deployedBytecode } = readArtifact("P256Fallback") as unknown as Record<string, Hex>;
const address = getCreate2Address({ from: proxy, salt: zeroHash, bytecodeHash: keccak256(bytecode!) });

interface Wycheproof {
  readonly testGroups: readonly {
    readonly publicKey: { readonly uncompressed: string };
    readonly tests: readonly {
      readonly tcId: number;
      readonly msg: string;
      readonly sig: string;
      readonly result: string;
    }[];
  }[];
}
const file = "test/fixtures/vendor/wycheproof/ecdsa_secp256r1_sha256_p1363_test.json";
const { testGroups } = JSON.parse(readFileSync(file, "utf8")) as Wycheproof;

async function chainWithoutPrecompile() {
  const { viem, provider } = await network.create({ override: { hardfork: "prague" } });
  const put = (code = deployedBytecode) =>
    provider.request({ method: "hardhat_setCode", params: [address, code] });
  return { viem, put };
}

type Chain = Awaited<ReturnType<typeof chainWithoutPrecompile>>;

describe("P-256 without the precompile", () => {
  it("has the fallback at the address that P256 knows", () => {
    const source = readFileSync("contracts/crypto/P256.sol", "utf8");
    assert.match(source, new RegExp(`FALLBACK = ${address};`));
  });

  const [x, y] = [zeroHash, zeroHash];
  const somebody = zeroAddress;
  const contracts: Readonly<Record<string, (viem: Chain["viem"]) => Promise<unknown>>> = {
    IntelCollateral: async (viem) => {
      const { address: documents } = await viem.deployContract("IntelDocuments");
      return viem.deployContract("IntelCollateral", [x, y, documents, documents, 1, 1]);
    },
    TPMVerifier: (viem) => viem.deployContract("TPMVerifier"),
    AKCertificates: (viem) => viem.deployContract("AKCertificates", [somebody, []]),
    CVMRegistry: async (viem) => {
      const { address: reportId } = await viem.deployContract("ReportId");
      const { address: azureClaims } = await viem.deployContract("AzureClaims");
      return viem.deployContract("CVMRegistry", [somebody, somebody, somebody, 1, 256n, 1n], {
        libraries: { ReportId: reportId, AzureClaims: azureClaims },
      });
    },
    CVMSignerVerifier: (viem) => viem.deployContract("CVMSignerVerifier"),
    AttestedOracle: (viem) => viem.deployContract("AttestedOracle", [somebody, proxy]),
  };
  for (const [name, deploy] of Object.entries(contracts))
    it(`keeps ${name} from standing where nothing verifies`, async () => {
      const { viem, put } = await chainWithoutPrecompile();
      await assert.rejects(deploy(viem), /P256Unavailable/);
      await put();
      await deploy(viem);
    });

  it("keeps TDXVerifier from standing where nothing verifies any more", async () => {
    const { viem, put } = await chainWithoutPrecompile();
    await put();
    const { address: documents } = await viem.deployContract("IntelDocuments");
    const collateral = await viem.deployContract("IntelCollateral", [x, y, documents, documents, 1, 1]);
    const deploy = () => viem.deployContract("TDXVerifier", [x, y, collateral.address, 1]);
    await put("0x");
    await assert.rejects(deploy(), /P256Unavailable/);
    await put();
    await deploy();
  });

  /** Answers whatever it is asked with `length` bytes, of which the 32nd is `value`. */
  const answering = (value: number, length: number): Hex => {
    const byte = (number: number) => number.toString(16).padStart(2, "0");
    // PUSH1 value PUSH0 MSTORE PUSH1 length PUSH0 RETURN
    return `0x60${byte(value)}5f5260${byte(length)}5ff3`;
  };

  it("keeps a contract from standing where everything verifies", async () => {
    const { viem, put } = await chainWithoutPrecompile();
    await put(answering(1, 32));
    await assert.rejects(viem.deployContract("CVMSignerVerifier"), /P256Unavailable/);
  });

  it("takes no answer but 32 bytes that hold 1", async () => {
    const { viem, put } = await chainWithoutPrecompile();
    const harness = await viem.deployContract("CryptoHarness");
    for (const [value, length, verdict] of [
      [1, 32, true],
      [2, 32, false],
      [0, 32, false],
      [1, 64, false],
      [1, 0, false],
    ] as const) {
      await put(answering(value, length));
      assert.equal(await harness.read.p256([x, x, x, x, y]), verdict, `${value} in ${length} bytes`);
    }
  });

  it("gives Wycheproof's verdicts", async () => {
    const { viem, put } = await chainWithoutPrecompile();
    await put();
    const client = await viem.getPublicClient();
    const one = `0x${"00".repeat(31)}01`;
    for (const { publicKey, tests } of testGroups)
      for (const { tcId, msg, sig, result } of tests.filter(({ tcId: id }) => id % 3 === 1)) {
        if (sig.length !== 128) continue;
        const digest = sha256(fromHex(msg === "" ? "0x" : msg));
        const data = concatHex([digest, `0x${sig}`, `0x${publicKey.uncompressed.slice(2)}`]);
        const { data: answer } = await client.call({ to: address, data });
        assert.equal(answer ?? "0x", result === "valid" ? one : "0x", `test ${tcId}`);
      }
    const { data } = await client.call({ to: address, data: toHex(new Uint8Array(161)) });
    assert.equal(data ?? "0x", "0x");
  });
});
