// Every custom error of the contracts, made from the catalogue: an error the catalogue lacks cannot be decoded.
import { parseAbi } from "viem";
import type { Abi } from "viem";
import { checks, errorsOf } from "../../checks.ts";

const signatures: readonly string[] = checks.flatMap(errorsOf).map((error) => `error ${error}`);

export const errorsAbi: Abi = parseAbi(signatures);
