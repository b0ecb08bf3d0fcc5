// What a request for a proof asks for, before anything is made: program, and what tells requests apart.
import { createHmac } from "node:crypto";
import { chooseProgram, programOf, ProvingError, requireProgram, systemOf } from "../../proving/index.ts";
import type { ProofSystem, ZkConfig } from "../../proving/index.ts";
import { canonicalUrl } from "../../proving/paths.ts";
import { toHex } from "../../sdk/evidence/bytes.ts";
import type { AnchorBlock } from "../../sdk/evidence/registration.ts";
import type { ProofProgram } from "../../sdk/verify/zk/programs.ts";

export interface ProofRequest {
  /** SP1 or RiscZero of `reportTypes`. */
  readonly reportType: number;
  readonly block: AnchorBlock | null;
  readonly zkConfig: ZkConfig;
  /** Hash of the identity that the evidence is about. */
  readonly identity: Uint8Array;
}

export interface Wanted {
  readonly system: ProofSystem;
  readonly program: ProofProgram;
}

/** Throws ProvingError. */
export function wantedOf({ reportType, zkConfig }: ProofRequest, tee: number): Wanted {
  const system = systemOf(reportType);
  if (system === null) throw new ProvingError("proving.request", `report type ${reportType} has no proof`);
  const id = programOf(zkConfig, system);
  if (id === null) return { system, program: chooseProgram(tee, reportType) };
  return { system, program: requireProgram(tee, reportType, id) };
}

export interface RequestNames {
  /** Same for requests that differ by their block alone: the newer one takes the place of the older. */
  readonly series: string;
  /** Same for identical requests, key included. */
  readonly request: string;
}

/** Names under a salt of this process: the key is in them, and cannot be had from them. */
export function namesOf(
  { reportType, block, zkConfig, identity }: ProofRequest,
  { program }: Wanted,
  salt: Uint8Array,
): RequestNames {
  const { url = "", version = "", api_key: key = "" } = zkConfig;
  const network = block && [block.chainId.toString(), toHex(block.registry)];
  const prover = [canonicalUrl(url) ?? url, version, key];
  const shared = [reportType, toHex(program.id), toHex(identity), network, ...prover];
  const place = block && [block.blockNumber.toString(), toHex(block.blockHash)];
  const name = (...parts: unknown[]) =>
    createHmac("sha256", salt).update(JSON.stringify(parts)).digest("hex");
  return { series: name("series", shared), request: name("request", shared, place) };
}
