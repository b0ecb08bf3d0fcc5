// Captured registrations of the walkthrough's generation, as the registry takes them (protocol §12).
import { readFileSync } from "node:fs";
import { fromBase64 } from "../../sdk/evidence/base64.ts";
import { ascii } from "../../sdk/evidence/bytes.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import { transcodeRegistration } from "../../sdk/evidence/transcode.ts";
import { capturedCollateral } from "./tdx-vectors.ts";

/** 2026-02-05T00:00:00Z, the date protocol §12 names for Solidity-verified captures. */
export const capturedAt = 1_770_249_600n;

export function mustReadCalldata(file: string): Uint8Array {
  const { calldata } = JSON.parse(readFileSync(`test/fixtures/hardware/${file}`, "utf8")) as {
    calldata: string;
  };
  const bytes = fromBase64(ascii(calldata));
  if (bytes === null) throw new Error(`${file} is not base64`);
  return bytes;
}

function mustTranscode(calldata: Uint8Array): Uint8Array {
  const transcoded = transcodeRegistration(calldata);
  if (isRefusal(transcoded)) throw new Error(transcoded.detail);
  return transcoded;
}

/** Name, calldata, the platform's documents that are in date at `capturedAt`, and the day of the capture. */
export const captured = [
  {
    name: "Azure TDX",
    calldata: mustReadCalldata("azure-tdx-2025-08-26/registration.json"),
    collateral: capturedCollateral.azure,
    day: "2025-08-26",
  },
  {
    name: "GCP TDX",
    calldata: mustTranscode(mustReadCalldata("gcp-tdx-2025-12-18/registration.json")),
    collateral: capturedCollateral.gcp,
    day: "2025-12-18",
  },
] as const;
