// Whether anybody else has power over a deployment, or had it before the hand-over. Reads only, all of one block.
import { zeroAddress } from "viem";
import type { Address, PublicClient } from "viem";
import type { Network } from "../../deployments/networks.ts";
import { managedContracts } from "../../deployments/roles.ts";
import { reportTypes, teeTypes } from "../../sdk/evidence/registration.ts";
import { readArtifact } from "../artifact.ts";
import { accessFacts } from "./audit/access.ts";
import type { Fact } from "./audit/access.ts";
import { foreignActs, handOverOf } from "./audit/history.ts";
import { readLogs } from "./audit/logs.ts";
import type { Emitted } from "./audit/logs.ts";
import type { Placed } from "./contracts.ts";
import type { Governance } from "./governance.ts";

export interface Audited {
  readonly network: Network;
  readonly governance: Governance;
  readonly placed: Placed;
  /** Block in which AccessManager was deployed; 0 where nothing remembers it. */
  readonly since: bigint;
  /**
   * An earlier run looked at what happened before the hand-over and wrote its record. Since then roles may have changed
   * hands, as who held them decided.
   */
  readonly isRecorded: boolean;
  /** The deployer has not handed over yet. */
  readonly mayStay: boolean;
}

/** Authorities and what the registry believes. */
async function pointerFacts(
  publicClient: PublicClient,
  { governance, placed }: Audited,
  blockNumber: bigint,
): Promise<Fact[]> {
  const read = (
    name: (typeof managedContracts)[number],
    functionName: string,
    args: readonly unknown[] = [],
  ) =>
    publicClient.readContract({
      address: governance.targets[name],
      abi: readArtifact(name).abi,
      functionName,
      args,
      blockNumber,
    }) as Promise<Address>;
  const facts: Fact[] = [];
  for (const name of managedContracts)
    facts.push({
      what: `authority of ${name}`,
      found: await read(name, "authority"),
      expected: placed.manager,
      mend: "the administrator of that authority alone",
    });
  for (const [getter, expected] of [
    ["tpmVerifier", placed.tpmVerifier],
    ["akCertificates", placed.certificates],
  ] as const)
    facts.push({
      what: `${getter} of CVMRegistry`,
      found: await read("CVMRegistry", getter),
      expected,
      mend: `the governor, by set${getter === "tpmVerifier" ? "TPMVerifier" : "AKCertificates"}`,
    });
  for (const tee of Object.values(teeTypes))
    for (const reportType of Object.values(reportTypes)) {
      const entry = placed.entries.find((each) => each.tee === tee && each.reportType === reportType);
      facts.push({
        what: `verifier of TEE ${tee}, report type ${reportType} in CVMRegistry`,
        found: await read("CVMRegistry", "verifierOf", [tee, reportType]),
        expected: entry?.verifier ?? zeroAddress,
        mend: "the governor, by setVerifier",
      });
    }
  return facts;
}

/** An administrator of a development chain never hands over. */
const handsOver = ({ deployer, holders }: Governance): boolean => deployer !== holders.admin;

/** Nodes leave out what they do not keep, or have not seen yet, and do not say so. */
function requireComplete(logs: readonly Emitted[], { governance, since, mayStay }: Audited): void {
  const { deployer, manager } = governance;
  const [first] = logs;
  const hasFirst =
    first?.event === "RoleGranted" && BigInt(first.args["account"] as Address) === BigInt(deployer);
  const hasLast = mayStay || !handsOver(governance) || handOverOf(logs, governance) !== null;
  if (hasFirst && hasLast) return;
  throw new Error(
    `the node does not show ${hasFirst ? "the hand-over" : "the deployment"} among what AccessManager ${manager} said ` +
      `since block ${since}, so nobody can tell who has power over it: use a node that has all logs`,
  );
}

async function actsBeforeHandOver(
  publicClient: PublicClient,
  audited: Audited,
  logs: readonly Emitted[],
  latest: bigint,
): Promise<string[]> {
  const { network, governance, placed, since, isRecorded, mayStay } = audited;
  if (isRecorded || !handsOver(governance)) return [];
  const end = mayStay ? null : handOverOf(logs, governance);
  const to = end?.blockNumber ?? latest;
  const isBefore = ({ blockNumber, logIndex }: Emitted) =>
    blockNumber < to || (blockNumber === to && (end === null || logIndex <= end.logIndex));
  const all = [...logs, ...(await readLogs(publicClient, governance.targets, since, to))];
  return foreignActs({ network, governance, placed, logs: all.filter(isBefore) });
}

const abandon =
  "The deployer's key was used beside this script, or the script with other parameters, before the hand-over. Abandon " +
  "these contracts: deploy anew with another deployer, or with higher versions in scripts/deploy/factory.ts. Where they " +
  "are in use already, put back the record that was written of them, and run again.";
const mend =
  "Have each mended by whom it names, or bring data and parameters to what was decided; then run again. Where the one " +
  "it names is who did it, abandon these contracts.";

function refuse(
  { network }: Audited,
  lines: readonly string[],
  acts: readonly string[],
  cause?: unknown,
): never {
  throw new Error(
    [
      `${network.name}: not the roles, delays and pointers of docs/roles.md and deployments/; no record is written`,
      ...lines.map((line) => `- ${line}`),
      ...acts.map((act) => `- before the hand-over, ${act}: no act of this deployment`),
      acts.length > 0 ? abandon : mend,
    ].join("\n"),
    { cause },
  );
}

const managerLogs = (publicClient: PublicClient, { governance, since }: Audited, latest: bigint) =>
  readLogs(publicClient, { AccessManager: governance.manager }, since, latest);

/** Throws unless AccessManager, authorities, pointers and what happened before the hand-over are exactly as expected. */
export async function requireNoOtherPower(publicClient: PublicClient, audited: Audited): Promise<void> {
  const { governance, mayStay } = audited;
  const blockNumber = await publicClient.getBlockNumber({ cacheTime: 0 });
  const manager = { publicClient, address: governance.manager, blockNumber };
  const logs = await managerLogs(publicClient, audited, blockNumber);
  requireComplete(logs, audited);
  const facts = [
    ...(await accessFacts({ manager, governance, logs, mayStay })),
    ...(await pointerFacts(publicClient, audited, blockNumber)),
  ].filter(({ found, expected }) => found.toLowerCase() !== expected.toLowerCase());
  const acts = await actsBeforeHandOver(publicClient, audited, logs, blockNumber);
  if (facts.length + acts.length === 0) return;
  const lines = facts.map(
    (fact) => `${fact.what}: ${fact.found}, expected ${fact.expected}; to mend: ${fact.mend}`,
  );
  refuse(audited, lines, acts);
}

/** Configures. Where that fails after foreign acts, which may be why, they are what is told. */
export async function explain(
  publicClient: PublicClient,
  audited: Audited,
  configure: () => Promise<void>,
): Promise<void> {
  try {
    await configure();
  } catch (cause) {
    const latest = await publicClient.getBlockNumber({ cacheTime: 0 });
    const logs = await managerLogs(publicClient, audited, latest).catch(() => []);
    const acts = await actsBeforeHandOver(publicClient, audited, logs, latest).catch(() => []);
    if (acts.length === 0) throw cause;
    const { message } = cause as Error;
    refuse(audited, [`configuration failed: ${message.split("\n", 1)[0]}`], acts, cause);
  }
}
