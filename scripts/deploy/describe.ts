// A deployment as it is written down: roles, delays and owners are read from the chain, not repeated from the
// parameters.
import { getAddress, sha256, toHex } from "viem";
import type { Address, PublicClient } from "viem";
import type { Network } from "../../deployments/networks.ts";
import { managedContracts, roleIds } from "../../deployments/roles.ts";
import type { Role } from "../../deployments/roles.ts";
import { compilerOf, readArtifact } from "../artifact.ts";
import { create2Proxy } from "../create2.ts";
import type { Roots } from "./contracts.ts";
import type { Deploying } from "./factory.ts";
import type { Governance } from "./governance.ts";
import { grantDelayOf, membershipOf, targetAdminDelayOf } from "./manager.ts";
import { arbSys, historyContract, p256Precompile } from "./probe.ts";
import type { Deployment } from "./record.ts";

export interface Described {
  readonly network: Network;
  readonly roots: Roots;
  readonly governance: Governance;
  readonly deploying: Deploying;
}

type RoleRecord = Deployment["roles"][Role];

async function readRoles(publicClient: PublicClient, { governance, deploying }: Described) {
  const manager = { publicClient, address: governance.manager };
  const read = async (role: Role): Promise<RoleRecord> => {
    const holder = getAddress(governance.holders[role]);
    const { since, executionDelaySeconds } = await membershipOf(manager, roleIds[role], holder);
    if (since === 0) throw new Error(`${holder} is not ${role} of ${governance.manager}`);
    const grantDelay = await grantDelayOf(manager, roleIds[role]);
    return { id: String(roleIds[role]), holder, executionDelaySeconds, grantDelay };
  };
  const application = deploying.contracts["AttestedOracle"]!.address;
  const applicationOwner = (await publicClient.readContract({
    address: application,
    abi: readArtifact("AttestedOracle").abi,
    functionName: "owner",
  })) as Address;
  return {
    admin: await read("admin"),
    governor: await read("governor"),
    guardian: await read("guardian"),
    applicationOwner,
  };
}

/** What our contracts call and did not deploy, and who could change it. */
function externalOf({ anchor, p256Precompile: hasPrecompile, eip2935 }: Network): Deployment["external"] {
  const isArbitrum = anchor.source === "ARBSYS";
  const chainRules = "none (rules of the chain)";
  return {
    create2Proxy: { address: create2Proxy, what: "deterministic deployment proxy", owner: "none" },
    ...(hasPrecompile && {
      p256Verify: { address: p256Precompile, what: "precompile P256VERIFY", owner: chainRules },
    }),
    ...(eip2935 && {
      history: {
        address: historyContract,
        what: isArbitrum ? "history of L2 blocks (ArbOS)" : "history of blocks (EIP-2935)",
        owner: isArbitrum ? "Arbitrum DAO, through ArbOS upgrades" : chainRules,
      },
    }),
    ...(isArbitrum && {
      arbSys: {
        address: arbSys,
        what: "precompile ArbSys",
        owner: "Arbitrum DAO, through ArbOS upgrades",
      },
    }),
  };
}

export async function describeDeployment(
  publicClient: PublicClient,
  described: Described,
): Promise<Deployment> {
  const { network, roots, governance, deploying } = described;
  const manager = { publicClient, address: governance.manager };
  const delays = await Promise.all(
    managedContracts.map(async (name) => [name, await targetAdminDelayOf(manager, governance.targets[name])]),
  );
  return {
    network: network.name,
    chainId: network.chainId,
    deployer: getAddress(deploying.deployer),
    compiler: compilerOf(readArtifact("CVMRegistry")),
    contracts: deploying.contracts as Deployment["contracts"],
    external: externalOf(network),
    anchor: network.anchor,
    roots: {
      intelRoot: toHex(roots.intelRoot),
      akRoots: roots.akRoots.map(({ cloud, der }) => ({ cloud, sha256: sha256(der) })),
    },
    roles: await readRoles(publicClient, described),
    targetAdminDelays: Object.fromEntries(delays) as Deployment["targetAdminDelays"],
  };
}
