// The simulator's trust roots, for deployments and verifiers, and its issuing authorities, for simulated machines.
import { createPrivateKey, createPublicKey, X509Certificate, type KeyObject } from "node:crypto";
import { readFileSync } from "node:fs";
import type { JsonNameParams } from "@peculiar/x509";
import { cloudTypes } from "../../../sdk/evidence/registration.ts";
import type { TrustRoots } from "../../../sdk/verify/context.ts";
import { names } from "./authorities.ts";
import { rawPublicKey } from "./x509.ts";

export interface Authority {
  readonly name: JsonNameParams;
  readonly der: Uint8Array;
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

const read = (file: string): string => readFileSync(new URL(`pki/${file}`, import.meta.url), "utf8");

const certificateOf = (file: string): X509Certificate => new X509Certificate(read(`${file}.crt.pem`));

function authority(file: string, name: JsonNameParams): Authority {
  const privateKey = createPrivateKey(read(`${file}.public-private-key.pem`));
  const der = Uint8Array.from(certificateOf(file).raw);
  return { name, der, privateKey, publicKey: createPublicKey(privateKey) };
}

const rootDer = (file: string): Uint8Array => Uint8Array.from(certificateOf(file).raw);

/** Pin these and the simulator is believed. Development chains only. */
export function simulatorTrustRoots(): TrustRoots {
  return {
    intelRoot: rawPublicKey(certificateOf("intel-root").publicKey),
    akRoots: [
      { cloud: cloudTypes.gcp, der: rootDer("gcp-root") },
      { cloud: cloudTypes.azure, der: rootDer("azure-root") },
    ],
  };
}

/** Who signs what Intel says about platforms: certificates, revocation lists, TCB info. */
export interface IntelAuthorities {
  readonly root: Authority;
  readonly platformCa: Authority;
  readonly tcbSigning: Authority;
}

export const intelAuthorities = (): IntelAuthorities => ({
  root: authority("intel-root", names.intelRoot),
  platformCa: authority("intel-platform-ca", names.intelPlatformCa),
  tcbSigning: authority("intel-tcb-signing", names.intelTcbSigning),
});

export const gcpIntermediate = (): Authority => authority("gcp-intermediate", names.gcpIntermediate);
export const azureIntermediate = (): Authority => authority("azure-intermediate", names.azureIntermediate);
