import { before, describe, it } from "node:test";
import { network } from "hardhat";
import { zeroAddress } from "viem";
import { readRuntimeClaims } from "../../../sdk/evidence/runtime-claims.ts";
import { judgeAkChain } from "../../../sdk/verify/ak-certificates.ts";
import { verifyCertification, verifyQuote } from "../../../sdk/verify/tpm.ts";
import {
  azureRegistration,
  gcpRegistration,
  hardware,
  pcrsOf,
  runtimeClaims,
  simulated,
} from "./captured.ts";
import type { Pcr } from "./captured.ts";
import { hex } from "./outcome.ts";
import { assertParity, disturb, newDice } from "./parity.ts";

type Dice = (bound: number) => number;

const { viem, networkHelpers } = await network.create();
const now = BigInt(Date.parse("2026-12-01T12:00:00Z") / 1000);
const gas = 16_000_000n;
const bytesOf = (digits: string) => Buffer.from(digits.replace(/^0x/, ""), "hex");
const keyOf = (bytes: Buffer) => ({ type: bytes.length === 64 ? "p256" : "rsa", bytes }) as const;

const chains = [
  gcpRegistration.certs,
  hardware["automata-gcp-ecc-quote"]!.certs!,
  simulated["sim-quote-ecc"]!.certs!,
  simulated["sim-quote-rsa"]!.certs!,
].map((certs) => certs.map(bytesOf));
const every = chains.flat();
const roots = [
  { cloud: 1, der: chains[0]!.at(-1)! },
  { cloud: 4, der: chains[2]!.at(-1)! },
];

const certificates = await viem.deployContract("AKCertificates", [
  zeroAddress,
  roots.map(({ cloud, der }) => ({ cloud, der: hex(der) })),
]);
const verifier = await viem.deployContract("TPMVerifier");
const harness = await viem.deployContract("CryptoHarness");

function disturbChain(dice: Dice): Buffer[] {
  const certs: Buffer[] = [...chains[dice(chains.length)]!];
  const kind = dice(6);
  const at = dice(certs.length);
  if (kind < 3) certs[at] = disturb(certs[at]!, dice);
  if (kind === 3) return certs.slice(0, dice(certs.length + 1));
  if (kind === 4) certs.splice(dice(certs.length + 1), dice(2), every[dice(every.length)]!);
  if (kind === 5) return Array.from({ length: dice(7) }, () => every[dice(every.length)]!);
  return certs;
}

function disturbPcrs(pcrs: readonly Pcr[], dice: Dice): Pcr[] {
  const list = [...pcrs];
  const at = dice(list.length);
  const pcr = list[at]!;
  const event = hex(Buffer.alloc(32, dice(3)));
  const positions = [BigInt(dice(3)), BigInt(dice(8))].slice(dice(2));
  const changes: Partial<Pcr>[] = [
    { index: BigInt(dice(30)) },
    { measurePcr: !pcr.measurePcr },
    { measureEventsIdx: positions },
    { allEvents: [event] },
    { pcr: event },
    { measurePcr: false, allEvents: [event, event], measureEventsIdx: positions },
  ];
  if (dice(5) === 0) list.splice(at, 1);
  else list[at] = { ...pcr, ...changes[dice(changes.length)] };
  return list;
}

const quotes = ["sim-quote-ecc", "sim-quote-rsa"].map((name) => {
  const { ak, attest, signature, pcrs } = simulated[name]!;
  return { ak: bytesOf(ak!), attest: bytesOf(attest), signature: bytesOf(signature), pcrs: pcrsOf(pcrs!) };
});

describe("parity of TPM contracts and SDK", () => {
  before(() => networkHelpers.time.increaseTo(now - 5n));

  it("holds for disturbed AK chains, with a cold and a warm cache", async () => {
    const dice = newDice(1);
    for (let i = 0; i < 120; i++) {
      if (i === 60) for (const chain of chains) await certificates.write.verifyChain([chain.map(hex)]);
      const certs = disturbChain(dice);
      await assertParity(
        () => certificates.simulate.verifyChain([certs.map(hex)], { gas }),
        judgeAkChain(certs, { intelRoot: new Uint8Array(64), akRoots: roots }, now),
        `round ${i}`,
      );
    }
  });

  it("holds for disturbed quotes", async () => {
    const dice = newDice(2);
    for (let i = 0; i < 150; i++) {
      const quote = quotes[dice(quotes.length)]!;
      const kind = dice(3);
      const attest = kind === 0 ? disturb(quote.attest, dice) : quote.attest;
      const signature = kind === 1 ? disturb(quote.signature, dice) : quote.signature;
      const pcrs = kind === 2 ? disturbPcrs(quote.pcrs, dice) : quote.pcrs;
      const plain = pcrs.map((pcr) => ({
        ...pcr,
        index: Number(pcr.index),
        pcr: bytesOf(pcr.pcr),
        allEvents: pcr.allEvents.map(bytesOf),
        measureEventsIdx: pcr.measureEventsIdx.map(Number),
      }));
      await assertParity(
        () => verifier.read.verifyQuote([hex(quote.ak), hex(attest), hex(signature), pcrs]),
        verifyQuote(keyOf(quote.ak), { attest, signature, pcrs: plain }),
        `round ${i}`,
      );
    }
  });

  it("holds for disturbed certifications", async () => {
    const dice = newDice(3);
    for (let i = 0; i < 150; i++) {
      const c = simulated[dice(2) === 0 ? "sim-certify-ecc" : "sim-certify-rsa"]!;
      const kind = dice(4);
      const area = bytesOf(c.tpmtPublic!);
      const tpmtPublic = kind < 2 ? disturb(area, dice) : area;
      const attest = kind === 2 ? disturb(bytesOf(c.attest), dice) : bytesOf(c.attest);
      const signature = kind === 3 ? disturb(bytesOf(c.signature), dice) : bytesOf(c.signature);
      const ak = bytesOf(c.ak!);
      const identity = Buffer.concat([area.subarray(-66, -34), area.subarray(-32)]);
      const call = { tpmtPublic: hex(tpmtPublic), attest: hex(attest), signature: hex(signature) };
      await assertParity(
        () => verifier.read.verifyCertification([hex(ak), call]),
        verifyCertification(keyOf(ak), { tpmtPublic, attest, signature }, identity),
        `round ${i}`,
      );
    }
  });

  it("holds for disturbed runtime claims", async () => {
    const dice = newDice(4);
    const texts = [
      ...Object.values(runtimeClaims).map((text) => Buffer.from(text)),
      bytesOf(azureRegistration.akPub),
    ];
    for (let i = 0; i < 150; i++) {
      const claims = disturb(texts[dice(texts.length)]!, dice);
      await assertParity(
        () => harness.read.runtimeClaims([hex(claims)]),
        readRuntimeClaims(claims),
        `round ${i}`,
      );
    }
  });
});
