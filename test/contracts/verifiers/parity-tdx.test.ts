// TDXVerifier and SDK on real quotes with changed bytes, certificates and PEM texts, under the documents of the captures.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { isRefusal } from "../../../sdk/evidence/refusal.ts";
import type { TdxCollateral } from "../../../sdk/evidence/tdx-collateral.ts";
import { judgeTdxQuote } from "../../../sdk/verify/tdx/index.ts";
import type { TdxTrust } from "../../../sdk/verify/tdx/index.ts";
import { startIntelChain } from "../../support/intel-chain.ts";
import type { IntelChain } from "../../support/intel-chain.ts";
import { capturedCollateral, mustJudge, quoteBytes, real, realTrust } from "../../support/tdx-vectors.ts";
import { hex } from "./outcome.ts";
import { disturb, newDice } from "./parity.ts";

const now = Date.parse("2026-02-05T00:00:00Z") / 1000;
const trusts = {
  azure: trustOf(capturedCollateral.azure),
  gcp: trustOf(capturedCollateral.gcp),
};

function trustOf(collateral: TdxCollateral): TdxTrust {
  const base = realTrust(now);
  return { ...base, collateral: mustJudge(collateral, base) };
}

const names = [...new Set(real.cases.map(({ quote }) => quote))];
const quotes = names.map((name) => Buffer.from(quoteBytes(name)));

/** TypeScript is given one TCB info, the contract holds both: the quote says which. */
const judge = (quote: Uint8Array) => {
  const outcome = judgeTdxQuote(quote, trusts.azure);
  return isRefusal(outcome) && outcome.check === "tdx.tcb-info-missing"
    ? judgeTdxQuote(quote, trusts.gcp)
    : outcome;
};

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
  let chain: IntelChain;
  before(async () => {
    chain = await startIntelChain({ at: now, tcbInfo: 18, qeIdentity: 18 });
    assert.equal(await chain.upsert(capturedCollateral.azure), null);
    const { tcbInfo, tcbInfoSignature } = capturedCollateral.gcp;
    await chain.mustSend(chain.collateral, "upsertTCBInfo", hex(tcbInfo), hex(tcbInfoSignature));
  });
  after(() => chain.close());
  const compare = async (quote: Buffer, what: string) => {
    const { verdict } = await chain.call(chain.verifier, "verify", hex(quote));
    const outcome = judge(quote);
    assert.equal(verdict, isRefusal(outcome) ? outcome.check : null, what);
    return verdict;
  };
  const pick = (dice: (bound: number) => number) => quotes[dice(quotes.length)]!;

  it("holds for every real quote", async () => {
    const accepted = [];
    for (const [i, quote] of quotes.entries())
      if ((await compare(quote, names[i]!)) === null) accepted.push(names[i]);
    assert.ok(accepted.length >= 8, accepted.join());
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
