// The Tpm interface over raw commands: /dev/tpmrm0 or swtpm. Holds the AK and at most one identity key loaded,
// because a TPM without resource manager has three transient slots (the third is the storage primary's).
import { randomBytes } from "node:crypto";
import { isEqual } from "../../sdk/evidence/bytes.ts";
import { policyPcrDigest } from "../../sdk/evidence/binding.ts";
import * as commands from "./commands.ts";
import {
  attestationPublic,
  ecdsaBytes,
  hierarchies,
  identityPublic,
  nameOf,
  publicKeyOf,
  storageTemplate,
} from "./structures.ts";
import { TpmError, type IdentityKey, type Tpm } from "./tpm.ts";
import type { Transport } from "./transport.ts";

/** TPM_RC_POLICY_FAIL of the first session: the policy digest is not the key's. */
const policyFailed = 0x99d;

interface Loaded {
  readonly key: IdentityKey;
  readonly handle: number;
}

/** Runs operations one after the other: several commands of one must not mix with another's. */
function queue() {
  let last: Promise<unknown> = Promise.resolve();
  return <T>(operation: () => Promise<T>): Promise<T> => {
    const next = last.then(operation, operation);
    last = next.catch(() => undefined);
    return next;
  };
}

async function withStorage<T>(transport: Transport, use: (parent: number) => Promise<T>): Promise<T> {
  const parent = await commands.createPrimary(transport, hierarchies.owner, storageTemplate());
  try {
    return await use(parent.handle);
  } finally {
    await commands.flushContext(transport, parent.handle);
  }
}

export function deviceTpm(transport: Transport): Tpm {
  const exclusive = queue();
  let loaded: Loaded | null = null;

  async function unload(): Promise<void> {
    if (loaded === null) return;
    const { handle } = loaded;
    loaded = null;
    await commands.flushContext(transport, handle);
  }

  async function handleOf(key: IdentityKey): Promise<number> {
    if (loaded !== null && isEqual(loaded.key.name, key.name)) return loaded.handle;
    await unload();
    const handle = await withStorage(transport, (parent) =>
      commands.load(transport, parent, key.privateBlob, key.tpmtPublic),
    );
    loaded = { key, handle };
    return handle;
  }

  async function createIdentityKey(policyPcrs: readonly number[]): Promise<IdentityKey> {
    // TPM2_Create takes a slot for the new object besides those of the AK and the parent.
    await unload();
    const values = await commands.pcrRead(transport, policyPcrs);
    const ordered = [...policyPcrs].sort((a, b) => a - b);
    const policy = policyPcrDigest(ordered.map((index) => ({ index, pcr: values.get(index)! })));
    const { privateBlob, tpmtPublic } = await withStorage(transport, (parent) =>
      commands.create(transport, parent, identityPublic(policy)),
    );
    const publicKey = publicKeyOf(tpmtPublic);
    return { tpmtPublic, name: nameOf(tpmtPublic), publicKey, policyPcrs: ordered, privateBlob };
  }

  async function sign(key: IdentityKey, digest: Uint8Array): Promise<Uint8Array | null> {
    const handle = await handleOf(key);
    const session = await commands.startPcrPolicy(transport, randomBytes(16), key.policyPcrs);
    try {
      return ecdsaBytes(await commands.sign(transport, handle, session, digest));
    } catch (error) {
      // A session whose command failed stays open.
      await commands.flushContext(transport, session);
      if (error instanceof TpmError && error.rc === policyFailed) return null;
      throw error;
    }
  }

  return {
    createAttestationKey: (kind) =>
      exclusive(async () => {
        await unload();
        const template = attestationPublic(kind);
        const { handle, tpmtPublic } = await commands.createPrimary(
          transport,
          hierarchies.endorsement,
          template,
        );
        return { kind, handle, tpmtPublic, publicKey: publicKeyOf(tpmtPublic) };
      }),
    createIdentityKey: (policyPcrs) => exclusive(() => createIdentityKey(policyPcrs)),
    pcrExtend: (index, digest) => exclusive(() => commands.pcrExtend(transport, index, digest)),
    pcrRead: (indices) => exclusive(() => commands.pcrRead(transport, indices)),
    quote: (ak, extraData, pcrs) => exclusive(() => commands.quote(transport, ak.handle, extraData, pcrs)),
    certify: (ak, key, qualifyingData) =>
      exclusive(async () => commands.certify(transport, await handleOf(key), ak.handle, qualifyingData)),
    sign: (key, digest) => exclusive(() => sign(key, digest)),
    evict: (key) =>
      exclusive(async () => {
        if (loaded !== null && isEqual(loaded.key.name, key.name)) await unload();
      }),
    close: () => exclusive(() => transport.close()),
  };
}
