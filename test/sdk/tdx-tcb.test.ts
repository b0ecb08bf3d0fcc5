// Level matching, convergence and the relaunch rule on made-up levels: what no vector tells apart.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { QeIdentity } from "../../sdk/evidence/qe-identity.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import type { TcbInfo, TcbLevel, TdxModule } from "../../sdk/evidence/tcb-info.ts";
import { tcbStatusNames } from "../../sdk/evidence/tcb-levels.ts";
import type { SvnLevel } from "../../sdk/evidence/tcb-levels.ts";
import { checkModuleSigner, judgeTcb, moduleOf } from "../../sdk/verify/tdx/index.ts";
import type { PlatformSvns } from "../../sdk/verify/tdx/index.ts";

type Status = (typeof tcbStatusNames)[number];

const bytes = (...values: number[]) => Uint8Array.from({ length: 16 }, (_, at) => values[at] ?? 0);
const verdict = (status: Status) => ({
  tcbDate: 0n,
  status: tcbStatusNames.indexOf(status),
  advisoryIds: [],
});
const level = (status: Status, sgx: number[], tdx: number[], pceSvn = 0): TcbLevel => {
  const names = Array<string>(16).fill("");
  return {
    sgx: bytes(...sgx),
    tdx: bytes(...tdx),
    pceSvn,
    sgxNames: names,
    tdxNames: names,
    ...verdict(status),
  };
};
const svnLevel = (isvSvn: number, status: Status): SvnLevel => ({ isvSvn, ...verdict(status) });
const moduleWith = (version: number, levels: SvnLevel[]): TdxModule => ({
  version,
  mrSigner: new Uint8Array(48),
  attributes: new Uint8Array(8),
  levels,
});

const module1 = moduleWith(1, [svnLevel(5, "UpToDate"), svnLevel(3, "OutOfDate")]);

const infoOf = (...levels: TcbLevel[]): TcbInfo => ({
  issueDate: 0n,
  nextUpdate: 0n,
  fmspc: new Uint8Array(6),
  pceId: new Uint8Array(2),
  tcbEvaluationDataNumber: 1,
  module: moduleWith(0, []),
  moduleIdentities: [module1],
  levels,
  contentHash: new Uint8Array(32),
});

const qeWith = (...levels: SvnLevel[]) => ({ levels }) as unknown as QeIdentity;
const currentQe = qeWith(svnLevel(2, "UpToDate"), svnLevel(1, "OutOfDate"));

const svnsOf = (by: Partial<PlatformSvns> = {}): PlatformSvns => ({
  componentSvns: bytes(1),
  pceSvn: 0,
  teeTcbSvn: bytes(5, 1, 3),
  teeTcbSvn2: null,
  qeIsvSvn: 2,
  ...by,
});

function statusOf(info: TcbInfo, svns: PlatformSvns, qe = currentQe): string {
  const module = moduleOf(info, svns.teeTcbSvn[1]!);
  if (isRefusal(module)) return module.check;
  const tcb = judgeTcb(svns, info, module, qe);
  return isRefusal(tcb) ? tcb.check : tcbStatusNames[tcb.tcbStatus]!;
}

describe("level matching", () => {
  it("compares components 0 and 1 of a module without an identity", () => {
    const info = infoOf(level("UpToDate", [1], [5]), level("OutOfDate", [1], [4]));
    assert.equal(statusOf(info, svnsOf({ teeTcbSvn: bytes(5, 0) })), "UpToDate");
    assert.equal(statusOf(info, svnsOf({ teeTcbSvn: bytes(4, 0) })), "OutOfDate");
    assert.equal(statusOf(info, svnsOf({ teeTcbSvn: bytes(3, 0) })), "tdx.tcb-level");
  });

  it("compares components from 2 on of a module with one", () => {
    const info = infoOf(level("UpToDate", [1], [9, 9, 3]), level("OutOfDate", [1], [9, 9, 2]));
    assert.equal(statusOf(info, svnsOf({ teeTcbSvn: bytes(5, 1, 3) })), "UpToDate");
    assert.equal(statusOf(info, svnsOf({ teeTcbSvn: bytes(5, 1, 2) })), "OutOfDate");
  });
});

describe("module signer", () => {
  it("is the identity's, and attributes are zero", () => {
    const checkOf = (module: TdxModule, mrSigner = new Uint8Array(48)) =>
      checkModuleSigner(module, mrSigner)?.check ?? null;
    assert.equal(checkOf(module1), null);
    assert.equal(checkOf(module1, new Uint8Array(48).fill(1)), "tdx.module-signer");
    assert.equal(
      checkOf({ ...module1, attributes: Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1) }),
      "tdx.module-signer",
    );
  });
});

/** Launched under module 1.3, which is OutOfDate; 1.5 runs now. */
const relaunched = { teeTcbSvn: bytes(3, 1, 3), teeTcbSvn2: bytes(5, 1, 3) };

describe("relaunch", () => {
  const withPlatform = (status: Status) => infoOf(level(status, [1], [0, 0, 3]));
  for (const [platform, outcome] of [
    ["UpToDate", "TDRelaunchAdvised"],
    ["SWHardeningNeeded", "TDRelaunchAdvised"],
    ["ConfigurationNeeded", "TDRelaunchAdvisedConfigurationNeeded"],
    ["ConfigurationAndSWHardeningNeeded", "TDRelaunchAdvisedConfigurationNeeded"],
    ["OutOfDate", "OutOfDate"],
    ["OutOfDateConfigurationNeeded", "OutOfDateConfigurationNeeded"],
    ["Revoked", "tdx.tcb-level"],
  ] as const)
    it(`of a platform that is ${platform} gives ${outcome}`, () =>
      assert.equal(statusOf(withPlatform(platform), svnsOf(relaunched)), outcome));

  const upToDate = withPlatform("UpToDate");

  it("is of no use while the module that runs now is not the newest", () => {
    for (const now of [bytes(4, 1, 3), bytes(5, 1, 2)])
      assert.equal(statusOf(upToDate, svnsOf({ ...relaunched, teeTcbSvn2: now })), "OutOfDate");
  });

  it("compares component 0 where the module that runs now has no identity", () => {
    const info = infoOf(level("UpToDate", [1], [5, 0, 3]));
    const at = (svn: number) => statusOf(info, svnsOf({ ...relaunched, teeTcbSvn2: bytes(svn, 0, 3) }));
    assert.equal(at(5), "TDRelaunchAdvised");
    assert.equal(at(4), "OutOfDate");
  });

  it("is not advised while the quoting enclave is OutOfDate", () => {
    assert.equal(statusOf(upToDate, svnsOf({ ...relaunched, qeIsvSvn: 1 })), "OutOfDate");
    const unknown = { ...relaunched, teeTcbSvn2: bytes(5, 7, 3), qeIsvSvn: 1 };
    assert.equal(statusOf(upToDate, svnsOf(unknown)), "OutOfDate");
  });

  it("is not advised to a TD whose module is current", () => {
    const svns = svnsOf({ teeTcbSvn: bytes(5, 1, 3), teeTcbSvn2: bytes(5, 1, 3) });
    assert.equal(statusOf(upToDate, svns), "UpToDate");
  });

  // The SGX half reaches a level above the one that both halves reach.
  const twoLevels = (sgx: Status, tdx: Status) =>
    infoOf(level(sgx, [1], [0, 0, 3]), level(tdx, [1], [0, 0, 2]));
  const behind = (module: number) => svnsOf({ teeTcbSvn: bytes(module, 1, 2), teeTcbSvn2: bytes(5, 1, 3) });

  it("is not advised when it is the platform that is behind, not the module", () => {
    assert.equal(statusOf(twoLevels("UpToDate", "OutOfDate"), behind(5)), "OutOfDate");
  });

  it("is advised with configuration when the converged status needs it", () => {
    const info = twoLevels("UpToDate", "OutOfDateConfigurationNeeded");
    assert.equal(statusOf(info, behind(3)), "TDRelaunchAdvisedConfigurationNeeded");
  });

  it("is advised with configuration when the SGX level needs it", () => {
    for (const sgx of ["ConfigurationNeeded", "ConfigurationAndSWHardeningNeeded"] as const)
      assert.equal(statusOf(twoLevels(sgx, "OutOfDate"), behind(3)), "TDRelaunchAdvisedConfigurationNeeded");
  });

  it("is not advised when the SGX level is revoked or out of date", () => {
    for (const sgx of ["Revoked", "OutOfDate"] as const)
      assert.equal(statusOf(twoLevels(sgx, "OutOfDate"), behind(3)), "OutOfDate");
  });
});
