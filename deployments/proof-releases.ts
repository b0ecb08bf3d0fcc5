// Releases of the proof systems, as data: what they are verified by, whether they may be believed, and where their
// makers have routers. test/contracts/zk/releases.test.ts recomputes selectors and tries real proofs.
import type { Address, Hex } from "viem";
import { sp1KeyV4, sp1KeyV5, sp1KeyV60, sp1KeyV61 } from "./proof-keys.ts";
import type { NegatedKey } from "./proof-keys.ts";

/**
 * live: may be admitted. retired: its maker routes it no more, no flaw is known. stopped: unsound, refused for ever.
 * disabled: never deployed by its maker, or not verified here with a real proof.
 */
export type ReleaseState = "live" | "retired" | "stopped" | "disabled";

interface Release {
  readonly version: string;
  /** First bytes of `verifierHash`. */
  readonly selector: Hex;
  /** What the contract states as VERIFIER_HASH. */
  readonly verifierHash: Hex;
  readonly state: ReleaseState;
}

export interface RiscZeroRelease extends Release {
  readonly system: "RiscZero";
  readonly controlRoot: Hex;
  /** In Solidity's byte order. */
  readonly bn254ControlId: Hex;
}

export interface SP1Release extends Release {
  readonly system: "SP1";
  readonly key: NegatedKey;
  /** Root of the recursion keys; zero until v5, whose proofs name none. */
  readonly vkRoot: Hex;
}

/** Receipts of RISC Zero's development mode: no proof at all. */
export const developmentSelector: Hex = "0xffffffff";

/** Of every release but 1.0 and 1.1. */
const bn254ControlId: Hex = "0x04446e66d300eb7fb45c9726bb53c793dda407a62e9601618bb43c5c14657ac0";

/** Control roots: risc0-ethereum, contracts/src/groth16/ControlID.sol of each tag. */
export const riscZeroReleases: readonly RiscZeroRelease[] = [
  // Absent from deployment.toml of risc0-ethereum@6329676.
  {
    system: "RiscZero",
    version: "1.0",
    selector: "0x310fe598",
    verifierHash: "0x310fe598e8e3e92fa805bc272d7f587898bb8b68c4d5d7938db884abaa76e15c",
    controlRoot: "0xa516a057c9fbf5629106300934d48e0e775d4230e41e503347cad96fcbde7e2e",
    bn254ControlId: "0x0eb6febcf06c5df079111be116f79bd8c7e85dc9448776ef9a59aaf2624ab551",
    state: "retired",
  },
  // Unroutable since 2025-11-10 (deployment.toml).
  {
    system: "RiscZero",
    version: "1.1",
    selector: "0x50bd1769",
    verifierHash: "0x50bd1769093e74abda3711c315d84d78e3e282173f6304a33272d92abb590ef5",
    controlRoot: "0x8b6dcf11d463ac455361b41fb3ed053febb817491bdea00fdb340e45013b852e",
    bn254ControlId: "0x05a022e1db38457fb510bc347b30eb8f8cf3eda95587653d0eac19e1f10d164e",
    state: "retired",
  },
  // Unroutable since 2025-11-10 (deployment.toml).
  {
    system: "RiscZero",
    version: "1.2",
    selector: "0xc101b42b",
    verifierHash: "0xc101b42bcacd62e35222b1207223250814d05dd41d41f8cadc1f16f86707ae15",
    controlRoot: "0x8cdad9242664be3112aba377c5425a4df735eb1c6966472b561d2855932c0469",
    bn254ControlId,
    state: "retired",
  },
  // GHSA-g3qg-6746-3mg9; stopped in deployment.toml.
  {
    system: "RiscZero",
    version: "2.0",
    selector: "0x9f39696c",
    verifierHash: "0x9f39696cb3ae9d6038d6b7a55c09017f0cf35e226ad7582b82dbabb0dae53385",
    controlRoot: "0x539032186827b06719244873b17b2d4c122e2d02cfb1994fe958b2523b844576",
    bn254ControlId,
    state: "stopped",
  },
  // GHSA-f6rc-24x4-ppxp: division circuit; stopped in deployment.toml.
  {
    system: "RiscZero",
    version: "2.1",
    selector: "0xf536085a",
    verifierHash: "0xf536085a791bdbc6cb46ab3074f88e9e94eabb192de8daca3caee1f4ed811b08",
    controlRoot: "0x884389273e128b32475b334dec75ee619b77cb33d41c332021fe7e44c746ee60",
    bn254ControlId,
    state: "stopped",
  },
  // Routed (deployment.toml); 2.3 is the same release.
  {
    system: "RiscZero",
    version: "2.2",
    selector: "0xbb001d44",
    verifierHash: "0xbb001d444841d70e8bc0c7d034b349044bf3cf0117afb702b2f1e898b7dd13cc",
    controlRoot: "0xce52bf56033842021af3cf6db8a50d1b7535c125a34f1a22c6fdcf002c5a1529",
    bn254ControlId,
    state: "live",
  },
  // Routed (deployment.toml).
  {
    system: "RiscZero",
    version: "3.0",
    selector: "0x73c457ba",
    verifierHash: "0x73c457ba541936f0d907daf0c7253a39a9c5c427c225ba7709e44702d3c6eedc",
    controlRoot: "0xa54dc85ac99f851c92d7c96d7318af41dbe7c0194edfcc37eb4d422a998c1f56",
    bn254ControlId,
    state: "live",
  },
  // In the sources, not in deployment.toml.
  {
    system: "RiscZero",
    version: "5.0-rc.1",
    selector: "0xc27d1bc0",
    verifierHash: "0xc27d1bc08c9adc5820848451eb66a7c38d57a9dfb665b8e68e2f963106bd138c",
    controlRoot: "0xb1f64013f70bbb386a8b3a3d63552c5cb5ea4a549ec7fb1ecc2a031dbf488167",
    bn254ControlId,
    state: "disabled",
  },
];

const noRoot: Hex = `0x${"00".repeat(32)}`;

/** Hashes and roots: sp1-contracts@d362972, contracts/src/<version>/SP1VerifierGroth16.sol. */
export const sp1Releases: readonly SP1Release[] = [
  // Superseded by v5; no Groth16 proof of it is held.
  {
    system: "SP1",
    version: "v4.0.0-rc.3",
    selector: "0x11b6a09d",
    verifierHash: "0x11b6a09d63d255ad425ee3a7f6211d5ec63fbde9805b40551c3136275b6f4eb4",
    key: sp1KeyV4,
    vkRoot: noRoot,
    state: "retired",
  },
  // Routed by the gateways; the captured registrations of 2026-01 use it.
  {
    system: "SP1",
    version: "v5.0.0",
    selector: "0xa4594c59",
    verifierHash: "0xa4594c59bbc142f3b81c3ecb7f50a7c34bc9af7c4c444b5d48b795427e285913",
    key: sp1KeyV5,
    vkRoot: noRoot,
    state: "live",
  },
  // Routed by the gateways; redeployed by Succinct after a fix of delta, which a real proof confirms.
  {
    system: "SP1",
    version: "v6.0.0",
    selector: "0x0e78f4db",
    verifierHash: "0x0e78f4db7a6771a3a6a7d9c3b0de6fe73d58781368967a7fe84d87aefffec896",
    key: sp1KeyV60,
    vkRoot: "0x008cd56e10c2fe24795cff1e1d1f40d3a324528d315674da45d26afb376e8670",
    state: "live",
  },
  // Until a real proof passes: a first deployment on Sepolia was broken (V6_1_0_BROKEN).
  {
    system: "SP1",
    version: "v6.1.0",
    selector: "0x4388a21c",
    verifierHash: "0x4388a21c687fdd5f218d7e3d13190cac4c5355818d3605fd5fb811df468ee696",
    key: sp1KeyV61,
    vkRoot: "0x002f850ee998974d6cc00e50cd0814b098c05bfade466d28573240d057f25352",
    state: "disabled",
  },
];

export const proofReleases: readonly (RiscZeroRelease | SP1Release)[] = [...riscZeroReleases, ...sp1Releases];

const riscZeroElsewhere: Address = "0x0b144E07A0826182B6b59788c34b32Bfa86Fb711";

/** RiscZeroVerifierRouter by chain id (risc0-ethereum@6329676, contracts/deployment.toml). */
export const riscZeroRouters: Readonly<Record<number, Address>> = {
  1: "0x8EaB2D97Dfce405A1692a21b3ff3A172d593D319",
  10: riscZeroElsewhere,
  137: "0xdBAD523786971B75A7b1c1CFdCfECDeb59A764B9",
  8453: riscZeroElsewhere,
  42161: riscZeroElsewhere,
  43114: riscZeroElsewhere,
  59144: riscZeroElsewhere,
  84532: riscZeroElsewhere,
  421614: riscZeroElsewhere,
  560048: "0x32Db7dc407AC886807277636a1633A1381748DD8",
  11155111: "0x925d8331ddc0a1F0d96E68CF073DFE1d92b69187",
  11155420: "0xB369b4dd27FBfb59921d3A4a3D23AC2fc32FB908",
};

const sp1Elsewhere: Address = "0x397A5f7f3dBd538f23DE225B51f532c34448dA9B";

/** SP1VerifierGateway of Groth16 proofs by chain id (sp1-contracts@d362972, contracts/deployments). */
export const sp1Gateways: Readonly<Record<number, Address>> = {
  1: sp1Elsewhere,
  10: sp1Elsewhere,
  8453: sp1Elsewhere,
  42161: sp1Elsewhere,
  84532: sp1Elsewhere,
  560048: "0x7DA83eC4af493081500Ecd36d1a72c23F8fc2abd",
  11155111: sp1Elsewhere,
};
