// Who may call what, as data: the deployment configures AccessManager from it, docs/roles.md shows it, and
// test/house/roles.test.ts holds both against the contracts. A privileged function that is missing here stays with the
// administrator, behind its delay.

/** Roles of AccessManager. */
export const roleIds = { admin: 0n, guardian: 1n, governor: 2n } as const;
export type Role = keyof typeof roleIds;
/** Owner and publisher are the application's own, outside AccessManager. */
export type Holder = Role | "owner" | "publisher";

/** Whether a holder's acts wait for the network's delay. */
export const isDelayed = (holder: Holder): boolean => holder === "admin" || holder === "governor";

export interface Privilege {
  readonly contract: string;
  /** Canonical signature of the function. */
  readonly signature: string;
  readonly holder: Holder;
  readonly why: string;
}

type Row = readonly [signature: string, holder: Holder, why: string];

const rows: Readonly<Record<string, readonly Row[]>> = {
  CVMRegistry: [
    ["setVerifier(uint8,uint8,address,bool)", "governor", "decides which statements of a TEE are believed"],
    ["setTPMVerifier(address)", "governor", "decides which quotes and certifications are believed"],
    ["setAKCertificates(address)", "governor", "decides which attestation keys count as certified"],
    ["revokeCvmByRole(bytes32)", "governor", "final for an identity: nobody can undo it"],
    ["resume(bytes32[])", "governor", "gives back what the guardian took, AK by AK"],
    ["restoreAk(bytes32)", "governor", "gives back what the guardian took"],
    ["restorePlatform(bytes32)", "governor", "gives back what the guardian took"],
    ["suspend(bytes32[])", "guardian", "takes trust away, and time matters"],
    ["revokeAk(bytes32)", "guardian", "takes trust away, and time matters"],
    ["revokePlatform(bytes32)", "guardian", "takes trust away, and time matters"],
    ["bumpEpoch(uint8,uint8,uint8)", "guardian", "takes trust away until records attest again"],
  ],
  IntelCollateral: [
    ["setActiveEvaluation(uint16,uint16)", "governor", "decides which TCB levels are up to date; only rises"],
    ["allow(bytes32[])", "governor", "gives back what the guardian took"],
    [
      "deny(bytes32[])",
      "guardian",
      "takes trust away: a key read out of the hardware has no certificate that says so",
    ],
  ],
  AKCertificates: [
    ["restoreCertificate(bytes32,uint160)", "governor", "gives back what the guardian took"],
    [
      "revokeCertificate(bytes32,uint160)",
      "guardian",
      "takes trust away: the clouds publish no lists for these",
    ],
  ],
  ProofVerifier: [
    ["admitRelease(uint8,bytes4,address,bytes32)", "governor", "decides which proofs are believed"],
    [
      "retireRelease(uint8,bytes4)",
      "governor",
      "ends proofs that nothing is wrong with: their users need time",
    ],
    ["admitProgram(uint8,uint8,bytes32,uint8)", "governor", "decides whose word on evidence is believed"],
    ["freezeRelease(uint8,bytes4)", "guardian", "takes trust away, and time matters; final for the release"],
    ["withdrawProgram(uint8,uint8,bytes32)", "guardian", "takes trust away, and time matters"],
  ],
  AMDMinimums: [
    ["raiseMinimum(uint8,bytes8)", "governor", "decides which SNP firmware is up to date; only rises"],
  ],
  AccessManager: [
    ["grantRole(uint64,address,uint32)", "admin", "makes a governor, guardian or administrator"],
    ["revokeRole(uint64,address)", "admin", "takes a role away, a lost guardian's too"],
    ["setRoleAdmin(uint64,uint64)", "admin", "would hand the granting of a role to another role"],
    ["setRoleGuardian(uint64,uint64)", "admin", "decides who cancels scheduled operations"],
    ["setGrantDelay(uint64,uint32)", "admin", "a shorter one counts after five days at the earliest"],
    ["setTargetFunctionRole(address,bytes4[],uint64)", "admin", "moves a function to another role"],
    ["setTargetAdminDelay(address,uint32)", "admin", "a shorter one counts after five days at the earliest"],
    [
      "setTargetClosed(address,bool)",
      "admin",
      "stops every restricted function of a contract, the guardian's too",
    ],
    [
      "updateAuthority(address,address)",
      "admin",
      "moves a contract to another manager: its `setAuthority` obeys nobody else",
    ],
    ["labelRole(uint64,string)", "admin", "a name for people; changes no right"],
  ],
  AttestedOracle: [
    [
      "setFloor((uint8,uint8,bool,bool,uint8,uint8,uint8,bool,uint16,uint8,bool,uint24,uint24,uint24,uint24,uint24,uint24,bool))",
      "owner",
      "how strong evidence must be is the application's business",
    ],
    ["admitPlatform(bytes32,bool)", "owner", "platforms that the application vouches for"],
    ["denyPlatform(bytes32,bool)", "owner", "at once: a platform that fell must not wait"],
    ["setEndorser(address)", "owner", "who vouches for platforms; ends all that the one before gave"],
    ["revokeEndorsement(bytes32)", "owner", "a platform that the endorser vouched for in error"],
    ["setMessageFormat(uint8)", "owner", "what a CVM's signature is over"],
    ["setPublisher(address,bool)", "owner", "who else may publish measurements"],
    ["transferOwnership(address)", "owner", "in two steps: the new owner must call `acceptOwnership`"],
    ["renounceOwnership()", "owner", "freezes floor, format and publishers"],
    ["addGoldenMeasurement(bytes32)", "publisher", "which code the application wants"],
    [
      "addGoldenMeasurement(bytes32,uint40,uint40)",
      "publisher",
      "which code the application wants, and when",
    ],
    ["removeGoldenMeasurement(bytes32)", "publisher", "at once: a withdrawn image must not wait"],
  ],
};

export const privileges: readonly Privilege[] = Object.entries(rows).flatMap(([contract, acts]) =>
  acts.map(([signature, holder, why]) => ({ contract, signature, holder, why })),
);

/** Contracts whose restricted functions AccessManager guards. */
export const managedContracts = [
  "CVMRegistry",
  "IntelCollateral",
  "AKCertificates",
  "ProofVerifier",
  "AMDMinimums",
] as const;

const delays: Readonly<Record<Holder, string>> = {
  admin: "the network's",
  governor: "the network's",
  guardian: "none",
  owner: "none",
  publisher: "none",
};

/** The table of docs/roles.md. */
export function privilegeTable(): string {
  const lines = privileges.map(
    ({ contract, signature, holder, why }) =>
      `| \`${contract}\` | \`${signature}\` | ${holder} | ${delays[holder]} | ${why} |`,
  );
  return ["| contract | function | role | delay | why |", "|---|---|---|---|---|", ...lines].join("\n");
}
