// Makes the simulator's authorities once: node scripts/simulator-pki.ts. Run it again only to replace them all; every
// deployment that trusts the old ones then refuses the simulator.
import { generateKeyPairSync, type KeyObject } from "node:crypto";
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

const p256 = (): KeyPair => generateKeyPairSync("ec", { namedCurve: "P-256" });
const rsa = (bits: number): KeyPair => generateKeyPairSync("rsa", { modulusLength: bits });

interface Authority {
  readonly file: string;
  readonly name: JsonNameParams;
  readonly keys: KeyPair;
  readonly extensions: readonly ExtensionSpec[];
  readonly notBefore: string;
  readonly notAfter: string;
}

async function writeAuthority(authority: Authority, issuer: Authority): Promise<void> {
  const der = await issueCertificate({
    subject: authority.name,
    issuer: issuer.name,
    serial: randomSerial(),
    notBefore: new Date(authority.notBefore),
    notAfter: new Date(authority.notAfter),
    publicKey: authority.keys.publicKey,
    issuerPublicKey: issuer.keys.publicKey,
    issuerPrivateKey: issuer.keys.privateKey,
    extensions: authority.extensions,
  });
  const warning = "# cvm-registry SIMULATOR key, public knowledge. It protects nothing. See README.md.\n";
  const pkcs8 = authority.keys.privateKey.export({ format: "pem", type: "pkcs8" }) as string;
  await writeFile(new URL(`${authority.file}.crt.pem`, folder), pemOf(der));
  await writeFile(new URL(`${authority.file}.public-private-key.pem`, folder), warning + pkcs8);
}

// Intel's own dates; Google's and Microsoft's authorities last as long as the real ones.
const intelRoot: Authority = {
  file: "intel-root",
  name: names.intelRoot,
  keys: p256(),
  extensions: authorityExtensions.intelRoot,
  notBefore: "2018-05-21T10:45:10Z",
  notAfter: "2049-12-31T23:59:59Z",
};
const intelPlatformCa: Authority = {
  file: "intel-platform-ca",
  name: names.intelPlatformCa,
  keys: p256(),
  extensions: authorityExtensions.intelPlatformCa,
  notBefore: "2018-05-21T10:50:10Z",
  notAfter: "2033-05-21T10:50:10Z",
};
const gcpRoot: Authority = {
  file: "gcp-root",
  name: names.gcpRoot,
  keys: rsa(4096),
  extensions: authorityExtensions.gcpRoot,
  notBefore: "2022-07-08T00:40:34Z",
  notAfter: "2122-07-08T05:57:23Z",
};
const gcpIntermediate: Authority = {
  file: "gcp-intermediate",
  name: names.gcpIntermediate,
  keys: rsa(4096),
  extensions: authorityExtensions.gcpIntermediate,
  notBefore: "2024-02-22T21:58:17Z",
  notAfter: "2122-07-08T05:57:23Z",
};
const azureRoot: Authority = {
  file: "azure-root",
  name: names.azureRoot,
  keys: rsa(4096),
  extensions: authorityExtensions.azureRoot,
  notBefore: "2023-06-01T18:08:53Z",
  notAfter: "2048-06-01T18:15:41Z",
};
const azureIntermediate: Authority = {
  file: "azure-intermediate",
  name: names.azureIntermediate,
  keys: rsa(2048),
  extensions: authorityExtensions.azureIntermediate,
  notBefore: "2024-06-08T00:00:00Z",
  notAfter: "2044-06-08T00:00:00Z",
};

for (const [root, intermediate] of [
  [intelRoot, intelPlatformCa],
  [gcpRoot, gcpIntermediate],
  [azureRoot, azureIntermediate],
] as const) {
  await writeAuthority(root, root);
  await writeAuthority(intermediate, root);
}
