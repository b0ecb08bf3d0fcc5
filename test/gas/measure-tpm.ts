// Gas of the vTPM half, each step as a transaction of its own to the contract that does it.
import { createHash, createSign, generateKeyPairSync } from "node:crypto";
import { encodeFunctionData, keccak256 } from "viem";
import type { Hex } from "viem";
import { createLocalChain } from "../../scripts/local-chain.ts";
import type { FrozenChain } from "../../scripts/local-chain.ts";
import { readEcdsaSignature } from "../../sdk/evidence/certificate.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import { akCertificatesAbi } from "../../sdk/registry/abi/AKCertificates.ts";
import { tpmVerifierAbi } from "../../sdk/registry/abi/TPMVerifier.ts";
import { defaultTrust } from "../../sdk/verify/roots.ts";
import {
  gcpRegistration,
  hardware,
  pcrsOf,
  selectedPcrs,
  simulated,
} from "../contracts/verifiers/captured.ts";
import type { Pcr, TpmCase } from "../contracts/verifiers/captured.ts";
import { capturedAt } from "../support/captured.ts";
import type { GasFigures } from "./measure.ts";

const x = (digits: string): Hex => `0x${digits}`;
const quotedPcrs = (c: TpmCase) => pcrsOf(c.pcrs!, selectedPcrs(c.attest));

/** A quote of PCR 23 alone after `events`, by a key of node's; its layout is that of a software TPM's. */
function quoteOfEvents(events: readonly Buffer[]) {
  const sha256 = (...parts: Buffer[]) =>
    parts.reduce((hash, part) => hash.update(part), createHash("sha256")).digest();
  const value = events.reduce((pcr, event) => sha256(pcr, event), Buffer.alloc(32));
  const attest = Buffer.from(simulated["sim-quote-ecc"]!.attest, "hex");
  const bitmap = attest.length - 37;
  attest.set([0, 0, 0x80], bitmap);
  attest.set(sha256(value), attest.length - 32);
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const rs = readEcdsaSignature(createSign("sha256").update(attest).sign(privateKey));
  if (isRefusal(rs)) throw new Error(rs.detail);
  const half = (from: number) => Buffer.concat([Buffer.from("0020", "hex"), rs.subarray(from, from + 32)]);
  const signature = Buffer.concat([Buffer.from("0018000b", "hex"), half(0), half(32)]);
  const jwk = publicKey.export({ format: "jwk" });
  const ak = Buffer.concat([Buffer.from(jwk.x!, "base64url"), Buffer.from(jwk.y!, "base64url")]);
  const hex = (bytes: Buffer) => bytes.toString("hex");
  return { ak: hex(ak), attest: hex(attest), signature: hex(signature), value: x(hex(value)) };
}

interface Trace {
  readonly structLogs: readonly { readonly gas: number; readonly gasCost: number }[];
}

/** Gas of the instructions alone: whole transactions this small cost the calldata floor of EIP-7623. */
async function executedGas(chain: FrozenChain, transaction: Hex): Promise<number> {
  const options = { disableMemory: true, disableStack: true, disableStorage: true };
  const request = { method: "debug_traceTransaction", params: [transaction, options] };
  const { structLogs } = await (chain.publicClient.request as (call: unknown) => Promise<Trace>)(request);
  const last = structLogs.at(-1)!;
  return structLogs[0]!.gas - last.gas + last.gasCost;
}

async function measureQuotes(chain: FrozenChain, figures: GasFigures): Promise<void> {
  const verifier = chain.address("TPMVerifier");
  const quote = async (name: string, c: TpmCase, pcrs: readonly Pcr[]) => {
    const args = [x(c.ak!), x(c.attest), x(c.signature), pcrs] as const;
    const data = encodeFunctionData({ abi: tpmVerifierAbi, functionName: "verifyQuote", args });
    const receipt = await chain.send(verifier, data);
    figures[`TPMVerifier.verifyQuote ${name}`] = Number(receipt.gasUsed);
    return receipt.transactionHash;
  };
  for (const [name, id] of [
    ["P-256, 12 PCRs", "sim-quote-ecc"],
    ["RSA-2048, 12 PCRs", "sim-quote-rsa"],
  ] as const) {
    const c = simulated[id]!;
    await quote(name, c, quotedPcrs(c));
    const length = (c.attest.length / 2).toString(16).padStart(4, "0");
    const quoted = x(length + c.attest + c.signature);
    const args = [x(c.ak!), quoted, quotedPcrs(c).map(({ pcr }) => pcr)] as const;
    const data = encodeFunctionData({ abi: tpmVerifierAbi, functionName: "verifyQuotedValues", args });
    const { gasUsed } = await chain.send(verifier, data);
    figures[`TPMVerifier.verifyQuotedValues ${name}`] = Number(gasUsed);
  }
  const executed: number[] = [];
  for (const count of [0, 20]) {
    const events = Array.from({ length: count }, (_, i) => Buffer.alloc(32, i + 1));
    const c = quoteOfEvents(events);
    const allEvents = events.map((event) => x(event.toString("hex")));
    const measureEventsIdx = count === 0 ? [] : [0n];
    const pcr = { index: 23n, pcr: c.value, allEvents, measureEventsIdx, measurePcr: count === 0 };
    executed.push(await executedGas(chain, await quote(`one PCR of ${count} events`, c, [pcr])));
  }
  figures["TPMVerifier.verifyQuote replay of 20 events (execution)"] = executed[1]! - executed[0]!;
}

async function measureCertification(chain: FrozenChain, figures: GasFigures): Promise<void> {
  const { ak, tpmtPublic, attest, signature } = simulated["sim-certify-ecc"]!;
  const certification = { tpmtPublic: x(tpmtPublic!), attest: x(attest), signature: x(signature) };
  const args = [x(ak!), certification] as const;
  const data = encodeFunctionData({ abi: tpmVerifierAbi, functionName: "verifyCertification", args });
  const { gasUsed } = await chain.send(chain.address("TPMVerifier"), data);
  figures["TPMVerifier.verifyCertification P-256"] = Number(gasUsed);
}

/** AK leaves below issuers that somebody has brought before, named by hash: RSA-4096 with SHA-256 at Google, with SHA-512 at Microsoft. */
async function measureAkCertificates(figures: GasFigures): Promise<void> {
  // The Microsoft leaf is of June 2026.
  const chain = await createLocalChain({ roots: defaultTrust, at: 1_781_000_000n });
  const send = async (functionName: "cacheIssuers" | "verifyChain", certs: readonly Hex[]) => {
    const data = encodeFunctionData({ abi: akCertificatesAbi, functionName, args: [certs] });
    return Number((await chain.send(chain.address("AKCertificates"), data)).gasUsed);
  };
  try {
    for (const [name, certs] of [
      ["Google, SHA-256", gcpRegistration.certs.slice(0, 2)],
      ["Microsoft, SHA-512", hardware["azure-tdx-full-2026"]!.certs!.slice(0, 3).map(x)],
    ] as const) {
      figures[`AKCertificates.cacheIssuers ${name}`] = await send("cacheIssuers", certs.slice(1));
      const named = [certs[0]!, ...certs.slice(1).map((der) => keccak256(der))];
      figures[`AKCertificates.verifyChain ${name}, first`] = await send("verifyChain", named);
    }
  } finally {
    await chain.close();
  }
}

export async function measureTpm(figures: GasFigures): Promise<void> {
  const chain = await createLocalChain({ roots: defaultTrust, at: capturedAt });
  try {
    await measureQuotes(chain, figures);
    await measureCertification(chain, figures);
  } finally {
    await chain.close();
  }
  await measureAkCertificates(figures);
}
