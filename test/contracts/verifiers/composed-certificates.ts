// Certificates composed of a genuine one and other parts, read by the contract and by the SDK, which is the referee.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { network } from "hardhat";
import {
  boolean,
  element,
  objectIdentifier,
  octetString,
  sequence,
} from "../../../agent/platforms/simulated/der.ts";
import { readCertificate } from "../../../sdk/evidence/certificate.ts";
import { readDer, readDerNodes } from "../../../sdk/evidence/der.ts";
import type { DerNode } from "../../../sdk/evidence/der.ts";
import { isRefusal } from "../../../sdk/evidence/refusal.ts";
import type { Refusal } from "../../../sdk/evidence/refusal.ts";
import { hex } from "./outcome.ts";
import { assertParity } from "./parity.ts";

const { viem } = await network.create();
export const harness = await viem.deployContract("CertificateHarness");

function held<T>(value: T | Refusal): T {
  if (isRefusal(value)) throw new Error(value.detail);
  return value;
}
const nodes = (der: Uint8Array): DerNode[] => held(readDerNodes(held(readDer(der, 0x30)).content));

const quote = readFileSync(
  new URL("../../fixtures/hardware/tdx-quotes/v5-alibaba.bin", import.meta.url),
).toString("latin1");
export const leaf = Buffer.from(/-----BEGIN CERTIFICATE-----\n([^-]*)-----END/.exec(quote)![1]!, "base64");
export const [tbs, algorithm, signature] = nodes(leaf) as [DerNode, DerNode, DerNode];
export const members = nodes(tbs.raw);

export interface Parts {
  serial?: Uint8Array;
  /** Stated twice. */
  algorithm?: Uint8Array;
  times?: Uint8Array[];
  subject?: Uint8Array[];
  key?: Uint8Array;
  extensions?: Uint8Array[];
}

/** The PCK certificate with other parts; its signature no longer counts, and is asked for in one test alone. */
export function tbsOf({ serial, algorithm: stated, times, subject, key, extensions }: Parts): Uint8Array {
  const parts = members.map(({ raw }) => raw);
  if (serial) parts[1] = serial;
  if (stated) parts[2] = stated;
  if (times) parts[4] = sequence(...times);
  if (subject) parts[5] = sequence(...subject);
  if (key) parts[6] = key;
  if (extensions) parts[7] = element(0xa3, sequence(...extensions));
  return sequence(...parts);
}

export const compose = (parts: Parts, bits: Uint8Array = signature.raw): Uint8Array =>
  sequence(tbsOf(parts), parts.algorithm ?? algorithm.raw, bits);

export const attribute = (oid: string, value: Uint8Array) =>
  element(0x31, sequence(objectIdentifier(oid), value));
export const extension = (oid: string, value: Uint8Array, isCritical = false) =>
  sequence(objectIdentifier(oid), ...(isCritical ? [boolean(true)] : []), octetString(value));
export const patched = (bytes: Uint8Array, at: number, value: number) => {
  const copy = Uint8Array.from(bytes);
  copy[at] = value;
  return copy;
};

export async function compare(what: string, der: Uint8Array): Promise<void> {
  const sdk = readCertificate(der);
  await assertParity(() => harness.read.parse([hex(der)]), sdk, what);
  if (isRefusal(sdk)) return;
  const [fields] = await harness.read.parse([hex(der)]);
  const start = Number(fields.commonNameEnd - fields.commonName);
  assert.equal(start, sdk.commonName?.length ?? 0, `${what}: common name`);
  assert.equal(fields.isCA, sdk.isCa, `${what}: CA`);
  assert.equal(
    fields.hasKeyUsage ? fields.keyUsage : null,
    sdk.keyUsage === null ? null : BigInt(sdk.keyUsage),
  );
}
