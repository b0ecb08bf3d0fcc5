// Rows of the check catalogue (sdk/checks.ts): event logs, off chain only. They decide what `--explain` may say, never
// whether evidence is accepted.
export const logRows = [
  [
    "log.structure",
    null,
    "software",
    "an event log is of one strict form, from its first byte to its last, with known algorithms",
  ],
  [
    "log.replay",
    null,
    "cloud",
    "the logs replay to the quoted value of every register they extend, of one at least",
  ],
  [
    "log.description",
    null,
    "cloud",
    "the data of an event hashes to its digest where its type says that the digest is the data's",
  ],
] as const;
