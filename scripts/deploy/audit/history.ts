// What happened while the deployer had power. Power that was taken and given back leaves no trace in the state, but what was
// done with it stays: a record made under a foreign verifier, a number that only rises.
import { toHex, zeroAddress } from "viem";
import type { Network } from "../../../deployments/networks.ts";
import { managedContracts, privileges, roleIds } from "../../../deployments/roles.ts";
import { reportTypes } from "../../../sdk/evidence/registration.ts";
import { snpProducts } from "../../../sdk/verify/snp/index.ts";
import { defaultPrograms } from "../../../sdk/verify/zk/programs.ts";
import type { Placed } from "../contracts.ts";
import type { Governance } from "../governance.ts";
import { selectorOf } from "../manager.ts";
import { firstMinimums } from "../proofs.ts";
import type { Emitted } from "./logs.ts";

/** An event in words. */
const say = (contract: string, event: string, ...args: readonly unknown[]): string =>
  `${contract}.${event}(${args.map((arg) => String(arg).toLowerCase()).join(", ")})`;

// Follow from the block and from what was before.
const derived = new Set(["since", "newMember"]);

const saidBy = ({ contract, event, args, names }: Emitted): string =>
  say(contract, event ?? "unknown", ...names.filter((name) => !derived.has(name)).map((name) => args[name]));

// Acts that are open to everybody: judged by evidence, a vendor's signature or an identity's key.
const open = new Set([
  ...[
    "CVMAttested",
    "CVMNonceUsed",
    "CVMOperatorUpdated",
    "CVMRevoked",
    "CVMSuperseded",
    "CVMTTLUpdated",
  ].map((event) => `CVMRegistry.${event}`),
  "CVMRegistry.UnprovenReplaced",
  ...["CAUpdated", "EvaluationNumbersUpdated", "PCKCRLUpdated", "QEIdentityUpdated", "RootCRLUpdated"].map(
    (event) => `IntelCollateral.${event}`,
  ),
  "IntelCollateral.SignerUpdated",
  "IntelCollateral.TCBInfoUpdated",
  "AKCertificates.AKCertified",
  "AKCertificates.IssuerCached",
]);

function isOpen({ contract, event, args }: Emitted, { deployer, manager }: Governance): boolean {
  if (event === null || !open.has(`${contract}.${event}`)) return false;
  // An identity is revoked by its key or operator, or by the role, which is the deployer's until the hand-over.
  const by = args["by"] as string | undefined;
  return event !== "CVMRevoked" || ![deployer, manager].some((each) => BigInt(each) === BigInt(by!));
}

function expectedOfManager({ deployer, holders, targets, delaySeconds }: Governance): string[] {
  const manager = "AccessManager";
  const { admin, governor, guardian } = roleIds;
  return [
    say(manager, "RoleGranted", admin, deployer, 0),
    say(manager, "RoleGranted", guardian, holders.guardian, 0),
    say(manager, "RoleGranted", governor, holders.governor, delaySeconds),
    say(manager, "RoleGranted", admin, holders.admin, delaySeconds),
    say(manager, "RoleRevoked", admin, deployer),
    say(manager, "RoleGuardianChanged", governor, guardian),
    say(manager, "RoleGrantDelayChanged", admin, delaySeconds),
    say(manager, "RoleGrantDelayChanged", governor, delaySeconds),
    ...managedContracts.map((name) => say(manager, "TargetAdminDelayUpdated", targets[name], delaySeconds)),
    ...privileges.flatMap(({ contract, signature, holder }) => {
      const target = (targets as Readonly<Record<string, string>>)[contract];
      if (target === undefined || (holder !== "governor" && holder !== "guardian")) return [];
      return [say(manager, "TargetFunctionRoleUpdated", target, selectorOf(signature), roleIds[holder])];
    }),
  ];
}

function expectedOfProofs({ proofs }: Placed): string[] {
  const frozen = [
    // The constructor's: contracts/zk/ProofVerifier.sol says why.
    [reportTypes.riscZero, "0x9f39696c"],
    [reportTypes.riscZero, "0xf536085a"],
    [reportTypes.riscZero, "0xffffffff"],
    [reportTypes.sp1, "0xffffffff"],
  ] as const;
  const verifier = "ProofVerifier";
  return [
    ...frozen.map(([system, selector]) => say(verifier, "ReleaseFrozen", system, selector)),
    ...proofs.releases.map(({ system, selector, verifier: release, verifierHash }) =>
      say(verifier, "ReleaseAdmitted", system, selector, release, verifierHash),
    ),
    ...defaultPrograms.map(({ tee, system, id, format }) =>
      say(verifier, "ProgramAdmitted", tee, system, toHex(id), format),
    ),
  ];
}

function expectedOfTargets({ evaluation }: Network, placed: Placed): string[] {
  const registry = "CVMRegistry";
  const { milan, genoa, turin } = snpProducts;
  return [
    ...managedContracts.map((name) => say(name, "AuthorityUpdated", placed.manager)),
    say(registry, "TPMVerifierSet", zeroAddress, placed.tpmVerifier),
    say(registry, "AKCertificatesSet", zeroAddress, placed.certificates),
    ...placed.entries.map(({ tee, reportType, verifier }) =>
      say(registry, "VerifierSet", tee, reportType, zeroAddress, verifier),
    ),
    say("IntelCollateral", "ActiveEvaluationSet", evaluation.tcbInfo, evaluation.qeIdentity),
    ...firstMinimums().map((minimum, at) =>
      say("AMDMinimums", "MinimumRaised", [milan, genoa, turin][at], minimum),
    ),
  ];
}

/** Where the deployer gave its administration up for the last time; the end when it did not. */
export function handOverOf(logs: readonly Emitted[], { deployer }: Governance): Emitted | null {
  const isHandOver = ({ event, args }: Emitted) =>
    event === "RoleRevoked" &&
    args["roleId"] === roleIds.admin &&
    BigInt(args["account"] as string) === BigInt(deployer);
  return logs.findLast(isHandOver) ?? null;
}

export interface History {
  readonly network: Network;
  readonly governance: Governance;
  readonly placed: Placed;
  /** Of manager and managed contracts, until the hand-over. */
  readonly logs: readonly Emitted[];
}

/** What happened and was not the deployment's own, in words. */
export function foreignActs({ network, governance, placed, logs }: History): string[] {
  const expected = new Set([
    ...expectedOfManager(governance),
    ...expectedOfProofs(placed),
    ...expectedOfTargets(network, placed),
  ]);
  return logs
    .filter((log) => !isOpen(log, governance) && !expected.has(saidBy(log)))
    .map((log) => `block ${log.blockNumber}: ${saidBy(log)}`);
}
