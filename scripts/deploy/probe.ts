// Asks a chain what deployments/networks.ts says of it, before anything is sent.
import { concatHex, hexToBigInt, numberToHex, sha256, toHex } from "viem";
import type { Address, Hex, PublicClient } from "viem";
import { isDevelopment, mayTakeProofs } from "../../deployments/networks.ts";
import type { Network } from "../../deployments/networks.ts";

// EIP-7951 and RIP-7212.
export const p256Precompile: Address = "0x0000000000000000000000000000000000000100";
// EIP-2935, HISTORY_STORAGE_ADDRESS; ArbOS 40 has its own contract there.
export const historyContract: Address = "0x0000F90827F1C53a10cb7A02335B175320002935";
// Arbitrum precompile ArbSys; `arbBlockNumber()`.
export const arbSys: Address = "0x0000000000000000000000000000000000000064";
const arbBlockNumber: Hex = "0xa3b1b31d";

// RFC 6979 A.2.5, SHA-256 of "sample": the signature that P256.requireAvailable asks for.
const goodSignature = concatHex([
  sha256(toHex("sample")),
  "0xefd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716",
  "0xf7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8",
  "0x60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6",
  "0x7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299",
]);

/** Answer of a call; null when it reverts or answers nothing. A node that does not answer throws. */
async function ask(client: PublicClient, to: Address, data: Hex): Promise<Hex | null> {
  try {
    return (await client.call({ to, data })).data ?? null;
  } catch (error) {
    if (error instanceof Error && /revert|invalid opcode|execution/i.test(error.message)) return null;
    throw error;
  }
}

export interface Probed {
  readonly p256Precompile: boolean;
  readonly eip2935: boolean;
  readonly arbSys: boolean;
}

export async function probe(client: PublicClient): Promise<Probed> {
  const p256 = await ask(client, p256Precompile, goodSignature);
  const latest = await client.getBlock();
  // A call at the latest block sees the hashes of those below it.
  const below = latest.number === 0n ? 0n : latest.number - 1n;
  const stored = await ask(client, historyContract, numberToHex(below, { size: 32 }));
  const head = await ask(client, arbSys, arbBlockNumber);
  return {
    p256Precompile: p256 !== null && hexToBigInt(p256) === 1n,
    eip2935: latest.number > 0n && stored === latest.parentHash,
    arbSys: head !== null && head.length === 66 && hexToBigInt(head) >= latest.number,
  };
}

/** Throws where the chain is not what the data say. A development chain may have more. */
export function requireAsProbed(network: Network, probed: Probed): void {
  const facts = [
    ["P256VERIFY at 0x100", network.p256Precompile, probed.p256Precompile],
    ["EIP-2935", network.eip2935, probed.eip2935],
    ["ArbSys", network.anchor.source === "ARBSYS", probed.arbSys],
  ] as const;
  for (const [what, said, isThere] of facts)
    if (said !== isThere && (said || !isDevelopment(network.chainId)))
      throw new Error(
        `${what} is ${isThere ? "there" : "not there"} on ${network.name}, but deployments/networks.ts says it ` +
          `${said ? "is" : "is not"}: correct the data before deploying`,
      );
}

/** What is worth knowing of a network before one deploys there. */
export function notesOn(network: Network): string[] {
  const notes: string[] = [];
  if (!network.p256Precompile)
    notes.push("no P256VERIFY: P256Fallback is deployed first, a signature costs about 240,000 gas");
  if (network.anchor.source === "BLOCKHASH") {
    const minutes = (network.anchor.maxBlocks * network.blockMilliseconds) / 60_000;
    notes.push(`no EIP-2935: anchors fall back to BLOCKHASH and hold for ${minutes.toFixed(1)} minutes`);
  }
  if (!mayTakeProofs(network)) notes.push("its report types of proofs must stay off (protocol §3)");
  return notes;
}
