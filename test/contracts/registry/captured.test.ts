// Real evidence through the deployed contracts with the vendors' own roots: what protocol §12 says must happen.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, describe, it } from "node:test";
import { decodeFunctionData, encodeFunctionData, fromHex, parseAbi, toHex } from "viem";
import type { Hex } from "viem";
import { intelSgxRootKey, networks } from "../../../deployments/networks.ts";
import { readArtifact } from "../../../scripts/artifact.ts";
import { deployRegistry } from "../../../scripts/deploy.ts";
import { capturedEvaluation, sendCapturedCollateral } from "../../support/captured-collateral.ts";
import { startChain } from "./chain.ts";
import type { Chain, Contract } from "./chain.ts";
import type { RecordView } from "./record-view.ts";

const fixtures = new URL("../../fixtures/", import.meta.url);
const bytes = (path: string) => new Uint8Array(readFileSync(new URL(path, fixtures)));
const json = (path: string): unknown => JSON.parse(readFileSync(new URL(path, fixtures), "utf8"));
const calldataOf = (path: string): Hex =>
  toHex(new Uint8Array(Buffer.from((json(path) as { calldata: string }).calldata, "base64")));

interface Capture {
  file: string;
  measurementHash: Hex;
  platformId: Hex;
  akId: Hex;
  identityHash64: Hex;
  identityHash65: Hex;
  measuredPcrs: number[];
}
const { captured } = json("protocol/vectors.json") as { captured: Capture[] };
const vectorOf = (part: string) => captured.find(({ file }) => file.includes(part))!;

// Generation 1.0b: the identity stands outside the tuple, as key and signature algorithms.
const laterAbi = parseAbi([
  "struct Pubkey { uint16 algo; uint16 params; bytes data; }",
  "struct Algorithm { uint16 scheme; uint16 hashAlgo; }",
  "struct Identity { Pubkey pubkey; Algorithm sigAlgo; }",
  "struct Pcr { uint256 index; bytes32 pcr; bytes32[] allEvents; uint256[] measureEventsIdx; bool measurePcr; }",
  "struct Workload { bytes tpmQuote; bytes tpmSignature; Pcr[] pcrs; bytes reportId; bytes akPub; bytes[] certs; }",
  "function attestCvm(uint8 cloud, uint8 tee, uint8 reportType, bytes report, Identity cvmIdentity, Workload wc)",
]);

/** The same registration with the identity moved into the tuple. */
function transcode(calldata: Hex, registry: Contract): Hex {
  const { args } = decodeFunctionData({ abi: laterAbi, data: calldata });
  const [cloud, tee, reportType, report, { pubkey, sigAlgo }, wc] = args;
  const cvmIdentity = {
    sigScheme: sigAlgo.scheme,
    curve: pubkey.params,
    hashAlgo: sigAlgo.hashAlgo,
    data: pubkey.data,
  };
  const abi = registry.abi.filter(
    (item) => item.type === "function" && item.name === "attestCvm" && item.inputs.length === 5,
  );
  return encodeFunctionData({
    abi,
    functionName: "attestCvm",
    args: [cloud, tee, reportType, report, { ...wc, cvmIdentity }],
  });
}

describe("captured registrations", () => {
  let chain: Chain;
  let registry: Contract;
  let application: Contract;
  before(async () => {
    chain = await startChain();
    const akRoots = [{ cloud: 1, der: bytes("hardware/cloud-roots/gcp-ek-ak-ca-root.der") }];
    const roots = { intelRoot: fromHex(intelSgxRootKey, "bytes"), akRoots };
    const { contracts } = await deployRegistry({
      ...chain.clients,
      network: { ...networks.local, evaluation: capturedEvaluation },
      roots,
      folder: null,
    });
    await sendCapturedCollateral(
      (to, data) => chain.sendData(to, data),
      contracts["IntelCollateral"]!.address,
    );
    registry = { address: contracts["CVMRegistry"]!.address, abi: readArtifact("CVMRegistry").abi };
    application = { address: contracts["AttestedOracle"]!.address, abi: readArtifact("AttestedOracle").abi };
  });

  async function record(calldata: Hex, identity: Hex) {
    assert.equal(await chain.refusalOf(registry, calldata), null);
    const receipt = await chain.sendData(registry.address, calldata);
    assert.equal(receipt.status, "success");
    return { receipt, record: await chain.read<RecordView>(registry, "getCvm", identity) };
  }
  const bitsOf = (pcrs: number[]) => pcrs.reduce((bits, pcr) => bits | (1 << pcr), 0);
  const floorRefusal = (identity: Hex) =>
    chain.refusal(application, "requireCVMSignature", [identity, "0x", "0x"]);

  it("records Azure TDX of the walkthrough unchanged, unproven and not fresh", async () => {
    const vector = vectorOf("azure/tdx");
    const calldata = calldataOf("hardware/azure-tdx-2025-08-26/registration.json");
    assert.equal(calldata.slice(0, 10), "0xdf42b054");
    const { record: r, receipt } = await record(calldata, vector.identityHash64);
    const { assurance } = r;
    assert.deepEqual(
      [assurance["runtimeClaims"], assurance["pcrTrust"], assurance["keyProtection"]],
      [true, 0, 0],
    );
    assert.deepEqual([assurance["teeFresh"], assurance["tpmFresh"]], [false, false]);
    assert.equal(r.measurementHash, vector.measurementHash);
    assert.equal(r.platformId, vector.platformId);
    assert.equal(r.measuredPcrs, bitsOf(vector.measuredPcrs));
    assert.equal(await chain.read(registry, "identityOf", vector.akId), vector.identityHash64);
    console.log(`attestCvm Azure TDX, first on host: ${receipt.gasUsed} gas`);
    assert.equal(await floorRefusal(vector.identityHash64), "PolicyMeasurement");
  });

  it("records GCP TDX with its identity moved into the tuple, bound by the report id", async () => {
    const vector = vectorOf("v1.0/gcp/tdx");
    const calldata = calldataOf("hardware/gcp-tdx-2025-12-18/registration.json");
    assert.equal(await chain.refusalOf(registry, calldata), "UnknownSelector");
    const { record: r, receipt } = await record(transcode(calldata, registry), vector.identityHash65);
    const { assurance } = r;
    assert.deepEqual(
      [assurance["pcrReportId"], assurance["pcrTrust"], assurance["keyProtection"], assurance["tpmFresh"]],
      [true, 1, 0, false],
    );
    assert.equal(r.measurementHash, vector.measurementHash);
    assert.equal(r.platformId, vector.platformId);
    assert.equal(r.measuredPcrs, bitsOf(vector.measuredPcrs));
    console.log(`attestCvm GCP TDX, nothing cached: ${receipt.gasUsed} gas`);
  });

  it("refuses the same evidence for a recorded AK", async () => {
    const calldata = calldataOf("hardware/azure-tdx-2025-08-26/registration.json");
    assert.equal(await chain.refusalOf(registry, calldata), "UnanchoredForRecordedAK");
  });

  it("refuses a flipped bit anywhere in the Azure calldata, or its encoding", async () => {
    const fresh = await startChain();
    const { contracts } = await deployRegistry({
      ...fresh.clients,
      network: { ...networks.local, evaluation: capturedEvaluation },
      roots: { intelRoot: fromHex(intelSgxRootKey, "bytes"), akRoots: [] },
      folder: null,
    });
    await sendCapturedCollateral(
      (to, data) => fresh.sendData(to, data),
      contracts["IntelCollateral"]!.address,
    );
    const there = { ...registry, address: contracts["CVMRegistry"]!.address };
    const calldata = fromHex(calldataOf("hardware/azure-tdx-2025-08-26/registration.json"), "bytes");
    assert.equal(await fresh.refusalOf(there, toHex(calldata)), null);
    for (let at = 0; at < calldata.length; at += 97) {
      const flipped = Uint8Array.from(calldata);
      flipped[at]! ^= 1;
      const refusal = await fresh.refusalOf(there, toHex(flipped));
      assert.ok(refusal !== null, `byte ${at} flipped and still recorded`);
    }
  });
});
