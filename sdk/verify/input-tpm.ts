// The TPM part of an evidence file: which key quotes, the quote, what was asked for, and the firmware log.
import { isEqual, toHex } from "../evidence/bytes.ts";
import { readPublicKey } from "../evidence/certificate.ts";
import type { PublicKey } from "../evidence/certificate.ts";
import { replayEventLog } from "../evidence/event-log.ts";
import { bankByName } from "../evidence/logs/banks.ts";
import { isRefusal, refuse } from "../evidence/refusal.ts";
import type { Refusal } from "../evidence/refusal.ts";
import { objectAttributes, readTpmPublic, tpmName } from "../evidence/tpm-public.ts";
import { akChainScope, judgeAkChain } from "./ak-certificates.ts";
import { tpmClaims } from "./claims-json.ts";
import type { JsonClaims } from "./claims-json.ts";
import type { AkSource, QuoteInput } from "./input.ts";
import type { InputSettings } from "./input-settings.ts";
import { verifyQuoteOffChain } from "./tpm-off-chain.ts";
import { quoteScope } from "./tpm.ts";
import type { Trail } from "./verdict.ts";

export interface QuotingKey {
  readonly key: PublicKey;
  /** Known from TPMT_PUBLIC only. */
  readonly name: Uint8Array | null;
}

/** A restricted key signs nothing that the TPM did not make (TPM 2.0 Part 1 §25.1); others sign look-alikes. */
const akRequired =
  objectAttributes.restricted |
  objectAttributes.sign |
  objectAttributes.fixedTpm |
  objectAttributes.fixedParent |
  objectAttributes.sensitiveDataOrigin;

export function quotingKey(source: AkSource, settings: InputSettings, trail: Trail): QuotingKey | Refusal {
  if (source.form === "certificates") {
    trail.enter(akChainScope);
    const chain = judgeAkChain(source.certs, settings.trust, settings.now);
    return isRefusal(chain) ? chain : { key: chain.key, name: null };
  }
  trail.enter(source.form === "spki" ? ["ak.public"] : ["ak.public", "ak.attributes"]);
  if (source.form === "spki") {
    const key = readPublicKey(source.bytes);
    return isRefusal(key) ? refuse("ak.public", key.detail) : { key, name: null };
  }
  const ak = readTpmPublic(source.bytes);
  if (isRefusal(ak)) return refuse("ak.public", ak.detail);
  if ((ak.attributes & akRequired) !== akRequired || (ak.attributes & objectAttributes.decrypt) !== 0)
    return refuse("ak.attributes", `object attributes are 0x${ak.attributes.toString(16)}`);
  return { key: { type: ak.type, bytes: ak.bytes }, name: tpmName(source.bytes) };
}

/** The firmware log must give the quoted value of every PCR that it extends and that is quoted. */
function checkEventLog(log: Uint8Array, { pcrs, bank }: QuoteInput): Refusal | null {
  const replayed = replayEventLog(log, bankByName(bank));
  if (isRefusal(replayed)) return replayed;
  for (const { index, pcr } of pcrs) {
    const value = replayed.get(index);
    if (value !== undefined && !isEqual(value, pcr))
      return refuse("tpm.event-log", `PCR ${index}: log gives ${toHex(value)}`);
  }
  return null;
}

/** What the quote ends in, and its claims as far as they were verified. */
export function judgeQuoteInput(
  input: QuoteInput,
  ak: QuotingKey,
  trail: Trail,
): readonly [Refusal | null, JsonClaims] {
  trail.enter(quoteScope);
  const quote = verifyQuoteOffChain(ak.key, input);
  if (isRefusal(quote)) return [quote, {}];
  const claims = tpmClaims(quote, ak.name);
  if (input.nonce !== null) {
    trail.enter(["tpm.nonce"]);
    if (!isEqual(input.nonce, quote.extraData))
      return [refuse("tpm.nonce", `extraData is ${toHex(quote.extraData)}`), claims];
  }
  if (input.logs.eventLog === null) return [null, claims];
  trail.enter(["tpm.event-log"]);
  return [checkEventLog(input.logs.eventLog, input), claims];
}
