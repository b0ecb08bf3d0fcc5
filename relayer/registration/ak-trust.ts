// What AKCertificates on chain knows of a key that comes without certificates.
import { decodeFunctionResult, encodeFunctionData, parseAbi } from "viem";
import type { Address } from "viem";
import { keccak256, toHex } from "../../sdk/evidence/bytes.ts";
import { decodeAttestCvm } from "../../sdk/evidence/calldata.ts";
import { callContract } from "../../sdk/registry/client.ts";
import type { Rpc } from "../../sdk/registry/client.ts";
import type { AkTrust } from "../../sdk/verify/context.ts";

const abi = parseAbi([
  "struct AKTrust { uint8 cloud; bool isTrusted; uint40 notAfter; }",
  "function trustOf(bytes32 akId, uint8 cloud) view returns (AKTrust)",
]);

export interface KnownAk {
  readonly akId: Uint8Array;
  readonly trust: AkTrust | null;
}

/** Null when the calldata brings its own chain or no plain key. */
export type ReadAkTrust = (calldata: Uint8Array) => Promise<KnownAk | null>;

export function akTrustReader(client: Rpc, certificates: Address): ReadAkTrust {
  return async (calldata) => {
    const registration = decodeAttestCvm(calldata);
    if ("check" in registration) return null;
    const { certs, akPub } = registration.workloadCollaterals;
    // P-256 x‖y or RSA-2048 n; Azure's claims JSON is longer and its key is looked up by the registry alone.
    if (certs.length > 0 || (akPub.length !== 64 && akPub.length !== 256)) return null;
    const akId = keccak256(akPub);
    const args = [toHex(akId), registration.cloud] as const;
    const data = encodeFunctionData({ abi, functionName: "trustOf", args });
    const outcome = await callContract(client, certificates, data);
    if (!outcome.ok || outcome.data === "0x") return null;
    const { cloud, isTrusted, notAfter } = decodeFunctionResult({
      abi,
      functionName: "trustOf",
      data: outcome.data,
    });
    return { akId, trust: cloud === 0 ? null : { isTrusted, notAfter: BigInt(notAfter) } };
  };
}
