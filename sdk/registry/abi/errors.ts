// Custom errors of the contracts: those of the catalogue, then those that are no verdicts (who may call, which values a
// function takes, a message that counts once).
import { parseAbi } from "viem";
import type { Abi } from "viem";
import { checks, errorsOf } from "../../checks.ts";
import { akCertificatesAbi } from "./AKCertificates.ts";
import { cvmApplicationAbi } from "./CVMApplication.ts";
import { cvmRegistryAbi } from "./CVMRegistry.ts";
import { intelCollateralAbi } from "./IntelCollateral.ts";

const catalogued = parseAbi(checks.flatMap(errorsOf).map((error) => `error ${error}`) as readonly string[]);

const declared: Abi = [...cvmRegistryAbi, ...cvmApplicationAbi, ...intelCollateralAbi, ...akCertificatesAbi];

type AbiError = Extract<Abi[number], { readonly type: "error" }>;

const signatureOf = ({ name, inputs }: AbiError): string => `${name}(${inputs.map(({ type }) => type).join()})`;

/** One entry per signature. */
export const errorsAbi: Abi = [
  ...new Map(
    [...(catalogued), ...declared]
      .filter((item) => item.type === "error")
      .toReversed()
      .map((error) => [signatureOf(error), error]),
  ).values(),
];
