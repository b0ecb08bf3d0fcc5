// Gas of CVMs as signers: the views that other contracts call, without the transaction around them.
import { encodeFunctionData, keccak256, toHex } from "viem";
import type { Hex } from "viem";
import { fromHex } from "../../sdk/evidence/bytes.ts";
import { envelopeMessage, erc1271Hash, onceMessage } from "../../sdk/evidence/message.ts";
import { readArtifact } from "../../scripts/artifact.ts";
import { startSigners } from "../contracts/application/admitted.ts";
import type { Contract } from "../contracts/registry/chain.ts";
import { signWith } from "../contracts/registry/stub-evidence.ts";
import type { GasFigures } from "./measure.ts";

export async function measureSigners(figures: GasFigures): Promise<void> {
  const s = await startSigners();
  const key = s.keys[0]!;
  const hash = keccak256("0x01");

  async function execution(name: string, { address, abi }: Contract, functionName: string, args: unknown[]) {
    const data = encodeFunctionData({ abi, functionName, args });
    const { gasUsed, status } = await s.chain.sendData(address, data);
    if (status !== "success") throw new Error(`${name} reverted`);
    const calldata = fromHex(data).reduce((sum, byte) => sum + (byte === 0 ? 4 : 16), 0);
    figures[`${name} (execution)`] = Number(gasUsed) - 21_000 - calldata;
  }

  const of = toHex(s.keyBytes(key));
  await execution("CVMSignerVerifier.verify", s.verifier, "verify", [of, hash, s.sign(key, hash)]);
  const args = [s.app.address, key.hash];
  const address = await s.chain.read<Hex>(s.factory, "signerOf", ...args);
  const receipt = await s.chain.send(s.factory, "create", args);
  figures["CVMIdentitySigners.create"] = Number(receipt.gasUsed);
  const contract = { address, abi: readArtifact("CVMIdentitySigner").abi };
  const signature = s.sign(key, toHex(erc1271Hash(31337n, fromHex(address), fromHex(hash))));
  await execution("CVMIdentitySigner.isValidSignature", contract, "isValidSignature", [hash, signature]);
  const once = onceMessage(0n, (1n << 64n) - 1n, new TextEncoder().encode("hello chain"));
  const message = envelopeMessage(31337n, fromHex(s.app.address), once);
  const use = [key.hash, toHex(message), signWith(key, message)];
  await execution("useCVMSignature first of a key", s.app, "useCVMSignature", use);
}
