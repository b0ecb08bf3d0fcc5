// A real SNP report of VMPL 0 and the key that signed it.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { fromHex, isEqual } from "../../sdk/evidence/bytes.ts";
import { readP384Key } from "../../sdk/evidence/p384-certificate.ts";

const folder = "test/fixtures/hardware/snp-gcp-vmpl0-2025-12";
const spkiStart = fromHex("3076301006072a8648ce3d020106052b81040022");
const spkiLength = 120;

/** Of the VCEK's certificate, RSA-PSS by AMD, the SubjectPublicKeyInfo alone is read. */
export function capturedSnpReport(): { readonly bytes: Uint8Array; readonly key: Uint8Array } {
  const der = Uint8Array.from(readFileSync(`${folder}/vek.der`));
  const at = der.findIndex((_, start) => isEqual(der.subarray(start, start + spkiStart.length), spkiStart));
  const key = readP384Key(der.subarray(at, at + spkiLength));
  assert.ok(key !== null);
  return { bytes: Uint8Array.from(readFileSync(`${folder}/report.bin`)), key };
}
