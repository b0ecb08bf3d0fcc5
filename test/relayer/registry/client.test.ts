import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { encodeErrorResult } from "viem";
import type { Abi } from "viem";
import { checks, errorsOf } from "../../../sdk/checks.ts";
import { akCertificatesAbi } from "../../../sdk/registry/abi/AKCertificates.ts";
import { cvmApplicationAbi } from "../../../sdk/registry/abi/CVMApplication.ts";
import { cvmRegistryAbi } from "../../../sdk/registry/abi/CVMRegistry.ts";
import { intelCollateralAbi } from "../../../sdk/registry/abi/IntelCollateral.ts";
import { errorsAbi } from "../../../sdk/registry/abi/errors.ts";
import { cvmRegistry } from "../../../sdk/registry/client.ts";
import { addressBook } from "../../../sdk/registry/address-book.ts";
import { decodeRevert, revertDataOf, revertText } from "../../../sdk/registry/revert.ts";

const registry = "0x00000000000000000000000000000000000000aa";

describe("revert decoding", () => {
  it("names every error of the catalogue by its check", () => {
    const sampleOf = (type: string): unknown => {
      if (type === "bool") return true;
      const bytes = /^bytes(\d+)$/.exec(type)?.[1];
      if (bytes !== undefined) return `0x${"ab".repeat(Number(bytes))}`;
      return /^uint(8|16|24|32|40|48)$/.test(type) ? 7 : 7n;
    };
    const errors = checks.flatMap((check) => errorsOf(check).map((error) => ({ check, error })));
    assert.ok(errors.length > checks.filter(({ error }) => error !== null).length, "no second error");
    for (const { check, error } of errors) {
      const abi = errorsAbi.find((item) => item.type === "error" && error.startsWith(`${item.name}(`));
      assert.ok(abi?.type === "error", error);
      const args = abi.inputs.map(({ type }) => sampleOf(type));
      const data = encodeErrorResult({ abi: errorsAbi, errorName: abi.name, args });
      const revert = decodeRevert(data);
      assert.equal(revert.check, check.id);
      assert.deepEqual(revert.args, args);
    }
  });

  it("reads empty error data as calldata.canonical", () => {
    assert.equal(decodeRevert("0x").check, "calldata.canonical");
  });

  it("names what is no verdict, without a check", () => {
    const data = encodeErrorResult({ abi: cvmApplicationAbi, errorName: "MessageNonce", args: [1n, 2n] });
    assert.deepEqual(decodeRevert(data), { check: null, name: "MessageNonce", args: [1n, 2n], data });
    assert.equal(revertText(decodeRevert(data)), "MessageNonce(1, 2)");
    const signaturesOf = (abi: Abi): string[] =>
      abi
        .filter((item) => item.type === "error")
        .map(({ name, inputs }) => `${name}(${inputs.map(({ type }) => type).join()})`);
    const known = signaturesOf(errorsAbi);
    assert.equal(new Set(known).size, known.length);
    for (const abi of [cvmRegistryAbi, cvmApplicationAbi, intelCollateralAbi, akCertificatesAbi] as Abi[])
      for (const signature of signaturesOf(abi)) assert.ok(known.includes(signature), signature);
  });

  it("gives no check to an error that is none of ours", () => {
    assert.deepEqual(decodeRevert("0xdeadbeef"), {
      check: null,
      name: "Unknown",
      args: [],
      data: "0xdeadbeef",
    });
    const panic = decodeRevert(`0x4e487b71${"11".padStart(64, "0")}`);
    assert.equal(panic.check, null);
    assert.equal(panic.name, "Panic");
    assert.equal(revertText(panic), "Panic(17)");
  });

  it("finds the data wherever a node puts it, and none in a dead node's error", () => {
    assert.equal(revertDataOf({ code: 3, data: "0x12345678" }), "0x12345678");
    assert.equal(revertDataOf({ code: -32603, data: { data: "0x12345678", message: "x" } }), "0x12345678");
    assert.equal(revertDataOf({ cause: { cause: { data: "0x" } } }), "0x");
    assert.equal(revertDataOf({ code: -32000, message: "execution reverted" }), "0x");
    assert.equal(revertDataOf(new Error("fetch failed")), null);
    assert.equal(revertDataOf({ code: -32000, message: "out of gas" }), null);
  });
});

describe("registry client", () => {
  it("returns a revert as a value and throws when the node does not answer", async () => {
    const data = encodeErrorResult({ abi: errorsAbi, errorName: "TDXDebugEnabled" });
    const refusing = cvmRegistry({
      address: registry,
      client: {
        request: () => Promise.reject(Object.assign(new Error("execution reverted"), { code: 3, data })),
      },
    });
    const outcome = await refusing.simulateAttest(new Uint8Array(4));
    assert.ok(!outcome.ok);
    assert.equal(outcome.revert.check, "tdx.debug");
    const dead = cvmRegistry({
      address: registry,
      client: { request: () => Promise.reject(new Error("ECONNREFUSED")) },
    });
    await assert.rejects(dead.simulateAttest(new Uint8Array(4)), /ECONNREFUSED/);
  });

  it("does not take an address without code for a refusal", async () => {
    const empty = cvmRegistry({ address: registry, client: { request: () => Promise.resolve("0x") } });
    await assert.rejects(empty.readRecord(`0x${"00".repeat(32)}`), /no contract/);
  });
});

describe("address book", () => {
  const anchor = { source: "BLOCKHASH", maxBlocks: 256, depth: 1, blockSeconds: 1 };

  it("finds a contract by chain and name", () => {
    const book = addressBook([{ chainId: 31337, anchor, contracts: { CVMRegistry: { address: registry } } }]);
    assert.equal(book.addressOf(31337, "CVMRegistry")?.toLowerCase(), registry);
    assert.equal(book.addressOf(1, "CVMRegistry"), undefined);
    assert.equal(book.deployment(31337)?.anchor.depth, 1);
  });

  it("refuses a file that is no deployment", () => {
    assert.throws(
      () => addressBook([{ chainId: 31337, anchor, contracts: { CVMRegistry: { address: "0x12" } } }]),
      /no address/,
    );
    assert.throws(
      () => addressBook([{ chainId: 1, anchor: { ...anchor, depth: 0 }, contracts: {} }]),
      /anchor.depth/,
    );
    assert.throws(() => addressBook(["x"]), /not an object/);
    assert.throws(
      () =>
        addressBook([
          { chainId: 1, anchor, contracts: {} },
          { chainId: 1, anchor, contracts: {} },
        ]),
      /two deployments/,
    );
  });
});
