import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { decodeFunctionData } from "viem";
import {
  simulatedEvaluationNumbers,
  simulatedTdxCollateral,
} from "../../agent/platforms/simulated/collateral.ts";
import {
  collateralCalldata,
  collateralSteps,
  evaluationNumbersStep,
  intelCollateralUpserts,
  sendCollateral,
} from "../../scripts/collateral.ts";
import { concat, toHex } from "../../sdk/evidence/bytes.ts";

const now = new Date("2026-02-05T13:00:00Z");
const collateral = simulatedTdxCollateral({ now });
const contract = "0x00000000000000000000000000000000000000c0";

describe("collateral steps", () => {
  it("go from certificates over revocation lists to documents", () => {
    assert.deepEqual(
      collateralSteps(collateral).map(({ name, functionName }) => `${name} ${functionName}`),
      [
        "intelCertificates upsertChain",
        "intelCertificates upsertSigner",
        "rootCrl upsertRootCRL",
        "pckCrl upsertPCKCRL",
        "tcbInfo upsertTCBInfo",
        "qeIdentity upsertQEIdentity",
      ],
    );
  });

  it("send an issuer chain twice when the two documents have different ones", () => {
    const qeIdentityIssuerChain = concat(collateral.qeIdentityIssuerChain, Uint8Array.of(10));
    const steps = collateralSteps({ ...collateral, qeIdentityIssuerChain });
    const signers = steps.filter(({ functionName }) => functionName === "upsertSigner");
    assert.deepEqual(
      signers.map(({ args }) => args[0]),
      [toHex(collateral.tcbInfoIssuerChain), toHex(qeIdentityIssuerChain)],
    );
  });

  it("carry the exact bytes of every document and its signature", () => {
    const decoded = collateralSteps(collateral).map((step) =>
      decodeFunctionData({ abi: intelCollateralUpserts, data: collateralCalldata(step) }),
    );
    const hex = (...parts: Uint8Array[]) => parts.map((bytes) => toHex(bytes));
    assert.deepEqual(
      decoded.map(({ args }) => args),
      [
        hex(collateral.pckCrlIssuerChain),
        hex(collateral.tcbInfoIssuerChain),
        hex(collateral.rootCaCrl),
        hex(collateral.pckCrl),
        hex(collateral.tcbInfo, collateral.tcbInfoSignature),
        hex(collateral.qeIdentity, collateral.qeIdentitySignature),
      ],
    );
  });

  it("are sent one after the other, and none after one that is refused", async () => {
    const sent: string[] = [];
    const gas = await sendCollateral(
      async (to, data) => {
        assert.equal(to, contract);
        sent.push(data.slice(0, 10));
        return { gasUsed: BigInt(sent.length) };
      },
      contract,
      collateralSteps(collateral),
    );
    assert.equal(new Set(sent).size, 6);
    assert.deepEqual(
      gas.map(({ gasUsed }) => gasUsed),
      [1n, 2n, 3n, 4n, 5n, 6n],
    );
    let count = 0;
    const failing = async () => {
      if (++count === 3) throw new Error("refused");
      return { gasUsed: 1n };
    };
    await assert.rejects(sendCollateral(failing, contract, collateralSteps(collateral)), /refused/);
    assert.equal(count, 3);
  });

  it("of the evaluation numbers are one call", () => {
    const { text, signature } = simulatedEvaluationNumbers(now);
    const data = collateralCalldata(evaluationNumbersStep(text, signature));
    const { functionName, args } = decodeFunctionData({ abi: intelCollateralUpserts, data });
    assert.equal(functionName, "upsertEvaluationNumbers");
    assert.deepEqual(args, [toHex(text), toHex(signature)]);
  });
});
