// Where the identity key's blob lies between starts. The blob is encrypted by the TPM: it is no secret, but losing it
// is losing the identity.
import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { fromHex, sha256, toHex } from "../../sdk/evidence/bytes.ts";
import { nameOf, publicKeyOf } from "../tpm/structures.ts";
import type { IdentityKey } from "../tpm/tpm.ts";

export interface IdentityStore {
  load(): Promise<IdentityKey | null>;
  /** A key that starts anew: a rotation that was under way is forgotten with the key it led away from. */
  save(key: IdentityKey): Promise<void>;
  /** The second key of a rotation. */
  loadNext(): Promise<IdentityKey | null>;
  saveNext(key: IdentityKey): Promise<void>;
  /** Moves both blobs where nobody loads them, for a key that this TPM does not know. */
  setAside(): Promise<void>;
  setNextAside(): Promise<void>;
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
  setAside: nothing,
  setNextAside: nothing,
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
  // Written aside, to the disk, and renamed: a crash leaves the old key or the new one, never half of one.
  const handle = await open(`${file}.new`, "w", 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await renameDurably(`${file}.new`, file);
}

/** A rename holds over a loss of power once its folder is on the disk. */
async function renameDurably(from: string, to: string): Promise<void> {
  await rename(from, to);
  const folder = await open(dirname(to), "r");
  await folder.sync().finally(() => folder.close());
}

/** Named by its content: one that was set aside before is not overwritten. */
async function setFileAside(file: string): Promise<void> {
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw error;
  });
  if (bytes === null) return;
  await renameDurably(file, `${file}.unknown-${toHex(sha256(bytes)).slice(2, 18)}`);
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
    async setAside() {
      await setFileAside(next);
      await setFileAside(file);
    },
    setNextAside: () => setFileAside(next),
    // One step: a crash leaves both keys or the second alone, never none.
    promoteNext: () => renameDurably(next, file),
  };
}
