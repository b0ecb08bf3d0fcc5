import { readFileSync, readdirSync } from "node:fs";
import { before, describe, it } from "node:test";
import { network } from "hardhat";
import { judgeTdxQuote } from "../../../sdk/verify/tdx/index.ts";
import { hex } from "./outcome.ts";
import { assertParity, disturb, newDice } from "./parity.ts";

const folder = new URL("../../fixtures/hardware/tdx-quotes/", import.meta.url);
const quotes = readdirSync(folder)
  .filter((name) => name.endsWith(".bin"))
  .map((name) => readFileSync(new URL(name, folder)));

const rootX = "0x0ba9c4c0c0c86193a3fe23d6b02cda10a8bbd4e88e48b4458561a36e705525f5";
const rootY = "0x67918e2edc88e40d860bd0cc4ee26aacc988e505a953558c453f6b0904ae7394";
const now = BigInt(Date.parse("2026-11-01T12:00:00Z") / 1000);
const trust = { intelRoot: Buffer.from(rootX.slice(2) + rootY.slice(2), "hex"), now, collateral: null };

const { viem, networkHelpers } = await network.create();
const collateral = await viem.deployContract("IntelCollateral", [rootX, rootY]);
const verifier = await viem.deployContract("TDXVerifier", [rootX, rootY, collateral.address]);

function toPem(der: Buffer): string {
  const lines = der.toString("base64").match(/.{1,64}/g)!;
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}

/** The quote with another text in the place of its PEM chain, lengths adjusted. */
function withChain(quote: Buffer, textOf: (ders: Buffer[]) => string): Buffer {
  const bodyEnd = quote.readUInt16LE(0) === 4 ? 632 : 54 + quote.readUInt32LE(50);
  const data = bodyEnd + 4;
  const inner = data + 584 + quote.readUInt16LE(data + 582);
  const text = quote.subarray(inner + 6, data + quote.readUInt32LE(bodyEnd)).toString("latin1");
  const ders = [...text.matchAll(/-----BEGIN CERTIFICATE-----\n([^-]*)-----END/g)].map((match) =>
    Buffer.from(match[1]!, "base64"),
  );
  const out = Buffer.concat([quote.subarray(0, inner + 6), Buffer.from(textOf(ders), "latin1")]);
  out.writeUInt32LE(out.length - data, bodyEnd);
  out.writeUInt32LE(out.length - data - 134, data + 130);
  out.writeUInt32LE(out.length - inner - 6, inner + 2);
  return out;
}

function disturbText(ders: Buffer[], dice: (bound: number) => number): string {
  const text = ders.map(toPem).join("");
  const at = dice(text.length);
  const footer = text.indexOf("\n-----END");
  const tails = ["\0", "\0\0", "\n", "x", toPem(ders[0]!)];
  const padding = ["=", "A", "B", "/", "=="][dice(5)]!;
  const forms = [
    text.slice(0, at) + String.fromCharCode(dice(128)) + text.slice(at + 1),
    text.slice(0, at) + text.slice(at + 1),
    `${text.slice(0, at)}\n${text.slice(at)}`,
    text + tails[dice(tails.length)]!,
    ders.slice(0, 2).map(toPem).join(""),
    ders.map(toPem).join("\0"),
    `${toPem(ders[0]!)}\0${toPem(ders[1]!)}${toPem(ders[2]!)}${["", "\0"][dice(2)]}`,
    text.replaceAll("\n", "\r\n"),
    text.slice(0, -1),
    text.slice(0, footer - padding.length) + padding + text.slice(footer),
  ];
  return forms[dice(forms.length)]!;
}

describe("parity of TDXVerifier and SDK", () => {
  before(() => networkHelpers.time.increaseTo(now - 5n));
  const compare = (quote: Buffer, what: string) =>
    assertParity(
      () => verifier.simulate.verify([hex(quote)], { gas: 16_000_000n }),
      judgeTdxQuote(quote, trust),
      what,
    );
  const pick = (dice: (bound: number) => number) => quotes[dice(quotes.length)]!;

  it("holds for every real quote", async () => {
    for (const [i, quote] of quotes.entries()) await compare(quote, `quote ${i}`);
  });

  it("holds for quotes with a disturbed byte or length", async () => {
    const dice = newDice(1);
    for (let i = 0; i < 120; i++) await compare(disturb(pick(dice), dice), `round ${i}`);
  });

  it("holds for disturbed certificates", async () => {
    const dice = newDice(2);
    for (let i = 0; i < 150; i++) {
      const quote = withChain(pick(dice), (ders) => {
        const at = Math.max(0, dice(8) - 5);
        ders[at] = disturb(ders[at]!, dice);
        return ders.map(toPem).join("");
      });
      await compare(quote, `round ${i}`);
    }
  });

  it("holds for disturbed PEM text", async () => {
    const dice = newDice(3);
    for (let i = 0; i < 120; i++)
      await compare(
        withChain(pick(dice), (ders) => disturbText(ders, dice)),
        `round ${i}`,
      );
  });
});
