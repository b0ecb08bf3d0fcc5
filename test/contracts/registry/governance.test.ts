// What only governance may do with the registry, and the classes and records it may do it to.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { toFunctionSelector } from "viem";
import { readArtifact } from "../../../scripts/artifact.ts";
import { alice, withRecords } from "./records.ts";

describe("governance of the registry", () => {
  const { act, attest, read, stub } = withRecords();
  const refusal = (name: string, args: unknown[], from = 0) =>
    stub().chain.refusal(stub().registry, name, args, from);

  it("replaces its verifiers, and neither guardian nor stranger does", async () => {
    for (const [name, getter] of [
      ["setTPMVerifier", "tpmVerifier"],
      ["setAKCertificates", "akCertificates"],
    ] as const) {
      const other = stub().chain.addressOf(7);
      for (const from of [1, 4])
        assert.equal(await refusal(name, [other], from), "AccessManagedUnauthorized");
      await act(name, [other], 0);
      assert.equal(await read(getter), other);
    }
  });

  it("revokes a proven identity, and no unproven one, which may be a victim's", async () => {
    await attest({ key: alice, certification: "none" });
    assert.equal(await refusal("revokeCvmByRole", [alice.hash]), "CVMUnproven");
    await attest({ key: alice });
    await act("revokeCvmByRole", [alice.hash], 0);
    assert.equal(await read("isRetired", alice.hash), true);
    assert.equal(await refusal("revokeCvmByRole", [alice.hash]), "CVMNotRegistered");
  });

  it("type.cloud: re-opens and shows classes of known clouds only", async () => {
    for (const cloud of [0, 5, 255]) {
      assert.equal(await refusal("bumpEpoch", [cloud, 1, 1], 1), "CloudUnknown");
      assert.equal(await refusal("classEpoch", [cloud, 1, 1]), "CloudUnknown");
    }
    await act("bumpEpoch", [4, 1, 1], 1);
    assert.deepEqual([await read("classEpoch", 4, 1, 1), await read("classEpoch", 3, 1, 1)], [1, 0]);
  });

  it("shows that the registry is one, by ERC-165", async () => {
    const functions = readArtifact("ICVMRegistry").abi.filter(({ type }) => type === "function");
    const id = functions
      .map((entry) => BigInt(toFunctionSelector(entry as never)))
      .reduce((all, selector) => all ^ selector, 0n);
    assert.equal(await read("supportsInterface", `0x${id.toString(16).padStart(8, "0")}`), true);
    assert.equal(await read("supportsInterface", "0x01ffc9a7"), true);
    for (const unknown of ["0xffffffff", "0x00000000"])
      assert.equal(await read("supportsInterface", unknown), false);
  });
});
