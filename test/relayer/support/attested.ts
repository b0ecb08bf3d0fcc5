// The event of a registry that has recorded evidence.
import assert from "node:assert/strict";
import { encodeAbiParameters, encodeEventTopics, toHex } from "viem";
import { tpmQuoteOf } from "../../../relayer/registration/anchor.ts";
import { sha256 } from "../../../sdk/evidence/bytes.ts";
import { cvmRegistryAbi } from "../../../sdk/registry/abi/CVMRegistry.ts";
import { identityHash, registry } from "./relayer.ts";

const zero = `0x${"00".repeat(32)}` as const;
const event = cvmRegistryAbi.find((item) => item.type === "event" && item.name === "CVMAttested");
assert.ok(event?.type === "event");
const [, , , attestation] = event.inputs;

/** Of the quote in this calldata, at block 100. */
export const attestedLog = (calldata: Uint8Array): object => ({
  address: registry,
  topics: encodeEventTopics({
    abi: cvmRegistryAbi,
    eventName: "CVMAttested",
    args: { cvmIdentityHash: identityHash, akId: zero, measurementHash: zero },
  }),
  data: encodeAbiParameters(
    [attestation],
    [
      {
        ...{ status: 0n, keyX: zero, keyY: zero, platformId: zero, statementId: zero, teeMeasurement: zero },
        ...{ pcrMeasurement: zero, selectionHash: zero, certifiedName: zero },
        ...{ anchorBlock: 99n, recordedBlock: 100n, quoteSha256: toHex(sha256(tpmQuoteOf(calldata)!)) },
      },
    ],
  ),
  blockNumber: "0x64",
  logIndex: "0x0",
  transactionHash: zero,
});
