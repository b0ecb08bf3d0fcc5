// Calldata of the right shape around a quote that names an anchor block. Nothing in it is signed: the relayer's
// tests replace the verifier, whose own tests judge real bytes.
import { concat, keccak256, uint } from "../../../sdk/evidence/bytes.ts";
import { encodeAttestCvm } from "../../../sdk/evidence/calldata.ts";

function quote(extraData: Uint8Array, teeReport: Uint8Array): Uint8Array {
  const sized = (bytes: Uint8Array) => concat(uint(bytes.length, 2), bytes);
  const head = concat(uint(0xff544347, 4), uint(0x8018, 2), sized(new Uint8Array(34)), sized(extraData));
  return concat(head, keccak256(teeReport), new Uint8Array(31));
}

/** `salt` makes pieces of evidence differ, unless a TEE's quote does; the TPM's quote differs with either. */
export function sampleCalldata(anchorBlock: bigint | null, salt = 0, teeQuote?: Uint8Array): Uint8Array {
  const identity = concat(Uint8Array.of(0xff), new Uint8Array(32));
  const extraData =
    anchorBlock === null ? identity : concat(identity, uint(anchorBlock, 8), new Uint8Array(9));
  const teeAttestationReport = teeQuote ?? uint(salt, 8);
  return encodeAttestCvm({
    cloud: 1,
    tee: 1,
    reportType: 1,
    teeAttestationReport,
    workloadCollaterals: {
      tpmQuote: quote(extraData, teeAttestationReport),
      tpmSignature: new Uint8Array(0),
      pcrs: [],
      reportId: new Uint8Array(0),
      akPub: new Uint8Array(0),
      certs: [],
      cvmIdentity: { sigScheme: 0x18, curve: 3, hashAlgo: 0xb, data: new Uint8Array(64) },
    },
    certification: null,
  });
}
