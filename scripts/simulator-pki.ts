// Makes the simulator's authorities that are missing: node scripts/simulator-pki.ts. What is there stays; to replace an
// authority delete its two files. Whoever trusts a replaced root then refuses the simulator.
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import type { JsonNameParams } from "@peculiar/x509";
import { authorityExtensions, names } from "../agent/platforms/simulated/authorities.ts";
import {
  issueCertificate,
  pemOf,
  randomSerial,
  type ExtensionSpec,
} from "../agent/platforms/simulated/x509.ts";

const folder = new URL("../agent/platforms/simulated/pki/", import.meta.url);

interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

const certificateFile = (file: string): URL => new URL(`${file}.crt.pem`, folder);
const keyFile = (file: string): URL => new URL(`${file}.public-private-key.pem`, folder);

const p256 = (): KeyPair => generateKeyPairSync("ec", { namedCurve: "P-256" });
const rsa = (bits: number) => (): KeyPair => generateKeyPairSync("rsa", { modulusLength: bits });

interface Authority {
  readonly file: string;
  readonly name: JsonNameParams;
  readonly newKeys: () => KeyPair;
  readonly extensions: readonly ExtensionSpec[];
  readonly notBefore: string;
  readonly notAfter: string;
}

async function writeAuthority(authority: Authority, keys: KeyPair, issuer: Authority, issuerKeys: KeyPair) {
  const der = await issueCertificate({
    subject: authority.name,
    issuer: issuer.name,
    serial: randomSerial(),
    notBefore: new Date(authority.notBefore),
    notAfter: new Date(authority.notAfter),
    publicKey: keys.publicKey,
    issuerPublicKey: issuerKeys.publicKey,
    issuerPrivateKey: issuerKeys.privateKey,
    extensions: authority.extensions,
  });
  const warning = "# cvm-registry SIMULATOR key, public knowledge. It protects nothing. See README.md.\n";
  const pkcs8 = keys.privateKey.export({ format: "pem", type: "pkcs8" }) as string;
  await writeFile(certificateFile(authority.file), pemOf(der));
  await writeFile(keyFile(authority.file), warning + pkcs8);
}

function keysOf({ file }: Authority): KeyPair {
  const privateKey = createPrivateKey(readFileSync(keyFile(file), "utf8"));
  return { privateKey, publicKey: createPublicKey(privateKey) };
}

/** True when the authority was made now: what it had issued before is then to be made anew. */
async function makeIfMissing(
  authority: Authority,
  issuer: Authority,
  isIssuerNew: boolean,
): Promise<boolean> {
  const isThere = existsSync(certificateFile(authority.file)) && existsSync(keyFile(authority.file));
  if (isThere && !isIssuerNew) return false;
  const keys = authority.newKeys();
  await writeAuthority(authority, keys, issuer, authority === issuer ? keys : keysOf(issuer));
  console.log(`made ${authority.file}`);
  return true;
}

// Intel's own dates; Google's and Microsoft's authorities last as long as the real ones.
const intelRoot: Authority = {
  file: "intel-root",
  name: names.intelRoot,
  newKeys: p256,
  extensions: authorityExtensions.intelRoot,
  notBefore: "2018-05-21T10:45:10Z",
  notAfter: "2049-12-31T23:59:59Z",
};
const intelPlatformCa: Authority = {
  file: "intel-platform-ca",
  name: names.intelPlatformCa,
  newKeys: p256,
  extensions: authorityExtensions.intelPlatformCa,
  notBefore: "2018-05-21T10:50:10Z",
  notAfter: "2033-05-21T10:50:10Z",
};
// Intel's second certificate of this name, the one it signs with since 2025.
const intelTcbSigning: Authority = {
  file: "intel-tcb-signing",
  name: names.intelTcbSigning,
  newKeys: p256,
  extensions: authorityExtensions.intelTcbSigning,
  notBefore: "2025-05-06T09:25:00Z",
  notAfter: "2032-05-06T09:25:00Z",
};
const gcpRoot: Authority = {
  file: "gcp-root",
  name: names.gcpRoot,
  newKeys: rsa(4096),
  extensions: authorityExtensions.gcpRoot,
  notBefore: "2022-07-08T00:40:34Z",
  notAfter: "2122-07-08T05:57:23Z",
};
const gcpIntermediate: Authority = {
  file: "gcp-intermediate",
  name: names.gcpIntermediate,
  newKeys: rsa(4096),
  extensions: authorityExtensions.gcpIntermediate,
  notBefore: "2024-02-22T21:58:17Z",
  notAfter: "2122-07-08T05:57:23Z",
};
const azureRoot: Authority = {
  file: "azure-root",
  name: names.azureRoot,
  newKeys: rsa(4096),
  extensions: authorityExtensions.azureRoot,
  notBefore: "2023-06-01T18:08:53Z",
  notAfter: "2048-06-01T18:15:41Z",
};
const azureIntermediate: Authority = {
  file: "azure-intermediate",
  name: names.azureIntermediate,
  newKeys: rsa(2048),
  extensions: authorityExtensions.azureIntermediate,
  notBefore: "2024-06-08T00:00:00Z",
  notAfter: "2044-06-08T00:00:00Z",
};

for (const [root, ...issued] of [
  [intelRoot, intelPlatformCa, intelTcbSigning],
  [gcpRoot, gcpIntermediate],
  [azureRoot, azureIntermediate],
] as const) {
  const isRootNew = await makeIfMissing(root, root, false);
  for (const authority of issued) await makeIfMissing(authority, root, isRootNew);
}
