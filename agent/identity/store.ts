// Where the identity key's blob lies between starts. The blob is encrypted by the TPM: it is no secret, but losing it
// is losing the identity.
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { fromHex, toHex } from "../../sdk/evidence/bytes.ts";
import { nameOf, publicKeyOf } from "../tpm/structures.ts";
import type { IdentityKey } from "../tpm/tpm.ts";

export interface IdentityStore {
  load(): Promise<IdentityKey | null>;
  /** A key that starts anew: a rotation that was under way is forgotten with the key it led away from. */
  save(key: IdentityKey): Promise<void>;
  /** The second key of a rotation. */
  loadNext(): Promise<IdentityKey | null>;
  saveNext(key: IdentityKey): Promise<void>;
  /** The second key takes the first one's place, whose blob is gone with this. */
  promoteNext(): Promise<void>;
}

const nothing = () => Promise.resolve();

/** Keeps nothing: every start makes a new identity. For simulated machines, whose TPM forgets too. */
export const noStore: IdentityStore = {
  load: () => Promise.resolve(null),
  save: nothing,
  loadNext: () => Promise.resolve(null),
  saveNext: nothing,
  promoteNext: nothing,
};

const hexBytes = z
  .string()
  .regex(/^0x([0-9a-f]{2})*$/)
  .transform(fromHex);
const shape = z.strictObject({
  tpmtPublic: hexBytes,
  privateBlob: hexBytes,
  policyPcrs: z.array(z.int().min(0).max(23)),
});

async function readKey(file: string): Promise<IdentityKey | null> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw error;
  });
  if (text === null) return null;
  const { tpmtPublic, privateBlob, policyPcrs } = shape.parse(JSON.parse(text));
  const [name, publicKey] = [nameOf(tpmtPublic), publicKeyOf(tpmtPublic)];
  return { tpmtPublic, privateBlob, policyPcrs, name, publicKey };
}

async function writeKey(file: string, { tpmtPublic, privateBlob, policyPcrs }: IdentityKey): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const text = JSON.stringify({
    tpmtPublic: toHex(tpmtPublic),
    privateBlob: toHex(privateBlob),
    policyPcrs,
  });
  // Written aside and renamed: a crash leaves the old key or the new one, never half of one.
  await writeFile(`${file}.new`, text, { mode: 0o600 });
  await rename(`${file}.new`, file);
}

export function fileStore(folder: string): IdentityStore {
  const file = join(folder, "identity.json");
  const next = join(folder, "next-identity.json");
  return {
    load: () => readKey(file),
    async save(key) {
      await rm(next, { force: true });
      await writeKey(file, key);
    },
    loadNext: () => readKey(next),
    saveNext: (key) => writeKey(next, key),
    // One step: a crash leaves both keys or the second alone, never none.
    promoteNext: () => rename(next, file),
  };
}
