// Which nonce a new transaction takes. Nothing is counted in memory: the chain and the journal are asked each
// time, so a counter cannot drift.

/**
 * The lowest nonce that neither the chain nor the journal uses. `pending` is the node's count with its pool; a
 * journalled nonce at or above it is one the node does not know (yet), one below it that is missing would block
 * every later transaction, hence holes are filled first.
 */
export function nextNonce(pending: bigint, journalled: readonly bigint[]): bigint {
  const taken = new Set(journalled);
  let nonce = pending;
  while (taken.has(nonce)) nonce++;
  return nonce;
}
