// The identity keys of this machine: the one that signs and, while a rotation is under way, the one that follows it.
// The second key is made once and stays the same until it takes over: a caller who asks twice, or whose first request
// was recorded after all, must find the key that the registry knows.
import type { Tpm } from "../tpm/tpm.ts";
import { identityOf, openIdentity, usableKey, type Identity } from "./identity.ts";
import type { IdentityStore } from "./store.ts";

export interface Keyring {
  /** Signs whatever is signed. */
  readonly current: Identity;
  /** Null while no rotation is under way. */
  readonly pending: Identity | null;
  /** The second key, made under the same PCRs when it is asked for first. */
  next(): Promise<Identity>;
  /**
   * The second key takes over; the first is evicted and its blob destroyed, for good. To be called when the registry's
   * record of the rotation is final (protocol §3): before that a reorganisation would lose the identity.
   */
  promote(next: Identity): Promise<void>;
}

export async function openKeyring(
  tpm: Tpm,
  measuredPcrs: readonly number[],
  store: IdentityStore,
): Promise<Keyring> {
  // Opening a new first key forgets a second one, which was made under the same PCRs.
  let current = await openIdentity(tpm, measuredPcrs, store);
  const stored = await usableKey(tpm, measuredPcrs, await store.loadNext(), () => store.setNextAside());
  let pending = stored === null ? null : identityOf(tpm, stored);

  let last: Promise<unknown> = Promise.resolve();
  /** One change at a time: two callers must not make two second keys, nor promote one twice. */
  function serially<T>(change: () => Promise<T>): Promise<T> {
    const done = last.then(change);
    last = done.catch(() => undefined);
    return done;
  }

  async function make(): Promise<Identity> {
    if (pending !== null) return pending;
    const key = await tpm.createIdentityKey(measuredPcrs);
    await store.saveNext(key);
    pending = identityOf(tpm, key);
    return pending;
  }

  async function promote(next: Identity): Promise<void> {
    if (next === current) return;
    if (next !== pending) throw new Error("only the second key of a rotation can take over");
    const old = current.key;
    await store.promoteNext();
    [current, pending] = [next, null];
    await tpm.evict(old);
  }

  return {
    get current() {
      return current;
    },
    get pending() {
      return pending;
    },
    next: () => serially(make),
    promote: (next) => serially(() => promote(next)),
  };
}
