// Real zero-knowledge proofs of the field (test/fixtures/zk/cases), in one form for both systems.
import { readFileSync, readdirSync } from "node:fs";
import { fromHex } from "../../sdk/evidence/bytes.ts";
import { reportTypes } from "../../sdk/evidence/registration.ts";

const folder = new URL("../fixtures/zk/cases/", import.meta.url);

export interface ProofCase {
  readonly name: string;
  /** `reportTypes`. */
  readonly system: number;
  readonly program: Uint8Array;
  readonly output: Uint8Array;
  readonly proof: Uint8Array;
}

interface File {
  readonly zktype: "RiscZero" | "Succinct";
  readonly seal?: string;
  readonly proof?: string;
  readonly imageId?: string;
  readonly vkey?: string;
  readonly journal?: string;
  readonly publicValues?: string;
}

function read(file: string): ProofCase {
  const content = JSON.parse(readFileSync(new URL(file, folder), "utf8")) as File;
  const isRiscZero = content.zktype === "RiscZero";
  const [program, output, proof] = isRiscZero
    ? [content.imageId, content.journal, content.seal]
    : [content.vkey, content.publicValues, content.proof];
  return {
    name: file.slice(0, -".json".length),
    system: isRiscZero ? reportTypes.riscZero : reportTypes.sp1,
    program: fromHex(program!),
    output: fromHex(output!),
    proof: fromHex(proof!),
  };
}

export const proofCases: readonly ProofCase[] = readdirSync(folder)
  .filter((file) => file.endsWith(".json"))
  .sort()
  .map(read);

export function proofCase(name: string): ProofCase {
  const found = proofCases.find((known) => known.name === name);
  if (found === undefined) throw new Error(`no proof ${name}`);
  return found;
}
