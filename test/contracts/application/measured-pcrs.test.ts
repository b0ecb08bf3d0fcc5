// What a floor wants measured, cloud by cloud.
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { cloudTypes } from "../../../sdk/evidence/registration.ts";
import { toHex } from "../../../sdk/evidence/bytes.ts";
import { defaultFloor } from "../../../sdk/verify/policy.ts";
import { goodRecord, signer, solidityFloor, startStubApplication } from "./stub-application.ts";
import type { StubApplication } from "./stub-application.ts";

// A PCR of its own for each cloud.
const required = [
  ["gcp", 1 << 4],
  ["azure", 1 << 7],
  ["aws", 1 << 11],
  ["bareMetal", 1 << 16],
] as const;
const all = required.reduce((mask, [, bit]) => mask | bit, 0);

describe("policy.measured-pcrs", () => {
  let stub: StubApplication;
  before(async () => {
    stub = await startStubApplication();
    const measuredPcrs = Object.fromEntries(required.map(([name, mask]) => [cloudTypes[name], mask]));
    const clouds = Object.values(cloudTypes);
    const floor = { ...defaultFloor, clouds, measuredPcrs, requireBinding: false };
    await stub.send(stub.app, "setFloor", [solidityFloor(floor)]);
    const { measurementHash } = goodRecord(0n);
    await stub.send(stub.app, "addGoldenMeasurement", [toHex(measurementHash)]);
  });

  for (const [name, mask] of required)
    it(`names what the floor wants in ${name} and what the record has`, async () => {
      const good = goodRecord(await stub.now());
      // Trust enough for Azure as well.
      const assurance = { ...good.assurance, pcrTrust: 2 };
      const record = { ...good, assurance, cloud: cloudTypes[name] };
      const refusal = async (measuredPcrs: number) => {
        await stub.setRecord({ ...record, measuredPcrs }, signer);
        return stub.refusal(stub.app, "requireCVMSignature", [signer.hash, "0x", "0x"]);
      };
      const lacking = await refusal(all & ~mask);
      assert.deepEqual(lacking, { name: "PolicyMeasuredPCRs", args: [mask, all & ~mask] });
      // What other clouds must measure, this one need not; the message beside the record is none.
      assert.equal((await refusal(mask))!.name, "PolicyMessageFormat");
    });
});
