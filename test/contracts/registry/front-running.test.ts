// A copyist of calldata in the pool (protocol §3): whatever he changes in anchored evidence ends in a refusal or in
// the very record and events that the sender wanted. The verifiers are stubs; front-running-evidence.test.ts has
// real ones.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseEventLogs } from "viem";
import type { Hex } from "viem";
import { concat, fromHex } from "../../../sdk/evidence/bytes.ts";
import type { Reattestation, Registration, WorkloadCollaterals } from "../../../sdk/evidence/registration.ts";
import { alice, aliceLong, bob, chainId, withRecords } from "./records.ts";
import { akIdFor, calldataOf, certificationOf, collateralsOf, evidence } from "./stub-evidence.ts";
import type { Evidence } from "./stub-evidence.ts";
import { reattestation, reattestCalldataOf } from "./stub-reattestation.ts";

type Parts = Pick<Registration, "workloadCollaterals" | "certification">;
/** What a copyist changes, and the refusal that it ends in; null: the identical record. */
type Change<T> = readonly [what: string, change: (honest: T) => T, refusal: string | null];

const byte = Uint8Array.of(9);
const wcOf = <T extends Parts>(honest: T, change: Partial<WorkloadCollaterals>): T => ({
  ...honest,
  workloadCollaterals: { ...honest.workloadCollaterals, ...change },
});
const certified = (options: Partial<Evidence>) =>
  certificationOf({ key: alice, anchorBlock: null, ...options })!;
const certsOf = (options: Partial<Evidence>) =>
  collateralsOf({ key: alice, anchorBlock: null, ...options }, new Uint8Array(32)).certs;
const akPub = collateralsOf({ key: alice, anchorBlock: null, isCertified: false }, new Uint8Array(32)).akPub;
const pcr = { index: 3, pcr: new Uint8Array(32), allEvents: [], measureEventsIdx: [], measurePcr: false };

/** Of what registration and re-attestation share. */
function sharedChanges<T extends Parts>(): Change<T>[] {
  return [
    ["the certification dropped", (e) => ({ ...e, certification: null }), "AnchorMismatch"],
    [
      "a certification of another key",
      (e) => ({ ...e, certification: certified({ certifiedKey: bob }) }),
      "CertifyKeyMismatch",
    ],
    [
      "another certification of the same Name",
      (e) => ({ ...e, certification: { ...e.certification!, signature: byte, tpmtPublic: byte } }),
      null,
    ],
    ["the certificates dropped, when they are known", (e) => wcOf(e, { certs: [], akPub }), null],
    [
      "certificates without the cloud's mark",
      (e) => wcOf(e, { certs: certsOf({ isTrusted: false }) }),
      "AnchorAKCertifiedMismatch",
    ],
    ["certificates of another cloud", (e) => wcOf(e, { certs: certsOf({ cloud: 3 }) }), "AKCloudMismatch"],
    ["the AK beside its certificates", (e) => wcOf(e, { akPub }), "AKPublicUnexpected"],
    [
      "another identity",
      (e) => ({ ...wcOf(e, { cvmIdentity: bob.identity }), certification: certified({ key: bob }) }),
      "QuoteIdentityMismatch",
    ],
    [
      "the other spelling of the identity",
      (e) => wcOf(e, { cvmIdentity: aliceLong.identity }),
      "QuoteIdentityMismatch",
    ],
    ["another signature of the same quote", (e) => wcOf(e, { tpmSignature: byte }), null],
    ["a PCR list that the verifier does not mind", (e) => wcOf(e, { pcrs: [pcr] }), null],
  ];
}

const registrationChanges: readonly Change<Registration>[] = [
  ...sharedChanges<Registration>(),
  [
    "the TEE statement",
    (e) => ({ ...e, teeAttestationReport: reportOf({ statement: 0x99 }) }),
    "AnchorMismatch",
  ],
  [
    "bytes behind the TEE statement that its verifier does not mind",
    (e) => ({ ...e, teeAttestationReport: concat(e.teeAttestationReport, new Uint8Array(64)) }),
    null,
  ],
  ["the TEE", (e) => ({ ...e, tee: 2 }), "AnchorMismatch"],
  ["the report type", (e) => ({ ...e, reportType: 2 }), "AnchorMismatch"],
  ["an unknown report type", (e) => ({ ...e, reportType: 3 }), "ReportTypeUnsupported"],
  ["the cloud", (e) => ({ ...e, cloud: 3 }), "AKCloudMismatch"],
  [
    "the cloud and its certificates",
    (e) => ({ ...wcOf(e, { certs: certsOf({ cloud: 4 }) }), cloud: 4 }),
    "AnchorMismatch",
  ],
  ["a report id", (e) => wcOf(e, { reportId: new Uint8Array(16) }), "ReportIdUnexpected"],
];

const reattestationChanges: readonly Change<Reattestation>[] = [
  ...sharedChanges<Reattestation>(),
  [
    "the TEE measurement",
    (e) => wcOf(e, { reportId: new Uint8Array(32) }),
    "ReattestationMeasurementMismatch",
  ],
  ["no TEE measurement", (e) => wcOf(e, { reportId: new Uint8Array(0) }), "ReportIdUnexpected"],
  ["the record", (e) => ({ ...e, cvmIdentityHash: fromHex(bob.hash) }), "ReattestationAKMismatch"],
  ["the signature", (e) => ({ ...e, signature: new Uint8Array(64) }), "ActionSignatureWrong"],
];

function reportOf(options: Partial<Evidence>): Uint8Array {
  return evidence({ key: alice, anchorBlock: null, ...options }).teeAttestationReport;
}

describe("a copyist of", () => {
  const { attest, get, nonceOf, read, self, stub } = withRecords();

  /** All that evidence leaves behind when it comes next, sent by `from`. */
  async function effectOf(data: Hex, from: number) {
    const { chain, registry } = stub();
    const start = await chain.request("evm_snapshot");
    try {
      const { timestamp } = await chain.publicClient.getBlock();
      await chain.request("evm_setNextBlockTimestamp", Number(timestamp) + 60);
      const { logs, status } = await chain.sendData(registry.address, data, from);
      assert.equal(status, "success");
      const events = parseEventLogs({ abi: registry.abi, logs }).map((log) => {
        const { eventName, args } = log as unknown as { eventName: string; args: unknown };
        return { eventName, args };
      });
      const views = [await read("operatorOf", alice.hash), await read("identityOf", akIdFor(1))];
      return { events, record: await get(alice), views };
    } finally {
      await chain.request("evm_revert", start);
    }
  }

  async function compare(honest: Hex, changed: Hex, refusal: string | null): Promise<void> {
    assert.notEqual(changed, honest);
    assert.equal(await stub().chain.refusalOf(stub().registry, changed, 7), refusal);
    if (refusal === null) assert.deepEqual(await effectOf(changed, 7), await effectOf(honest, 0));
  }

  describe("a registration", () => {
    /** A verifier for SP1 reports too, and the AK's certificates are known. */
    async function honest(options: Partial<Evidence> = {}): Promise<Registration> {
      const { chain, registry } = stub();
      const verifier = await chain.read(registry, "verifierOf", 1, 1);
      await chain.send(registry, "setVerifier", [1, 2, verifier, false]);
      await attest({ key: alice });
      return evidence({ key: alice, anchorBlock: await stub().anchorAt(), ...options });
    }

    for (const [what, change, refusal] of registrationChanges)
      it(`changes ${what}: ${refusal ?? "the identical record"}`, async () => {
        const registration = await honest();
        const changed = change(registration);
        await compare(calldataOf(registration), calldataOf(changed), refusal);
      });

    it("adds a certification, certificates or a mark that the sender did not anchor for", async () => {
      const plain = await honest({ certification: "none" });
      await compare(
        calldataOf(plain),
        calldataOf({ ...plain, certification: certified({}) }),
        "AnchorMismatch",
      );
      const bare = await honest({ isTrusted: false });
      const marked = wcOf(bare, { certs: certsOf({}) });
      await compare(calldataOf(bare), calldataOf(marked), "AnchorAKCertifiedMismatch");
    });

    it("changes the encoding", async () => {
      const data = calldataOf(await honest());
      await compare(data, `${data}00`, "CalldataNotCanonical");
      await compare(data, `${data}${"00".repeat(32)}`, "CalldataNotCanonical");
    });

    it("is first, and leaves the sender the identical record", async () => {
      const registration = calldataOf(await honest());
      const wanted = await effectOf(registration, 0);
      assert.deepEqual(await effectOf(registration, 7), wanted);
      await stub().chain.sendData(stub().registry.address, registration, 7);
      assert.equal(await stub().chain.refusalOf(stub().registry, registration), "EvidenceNotNewer");
    });

    it("anchors nothing by leaving the statement's place to a re-attestation", async () => {
      await attest({ key: alice });
      const options = { key: alice, anchorBlock: await stub().anchorAt() } as const;
      const workloadCollaterals = collateralsOf(options, new Uint8Array(32));
      const changed = { ...evidence(options), workloadCollaterals };
      await compare(calldataOf(evidence(options)), calldataOf(changed), "AnchorMismatch");
    });

    // docs/threat-model.md, "What remains": never later than the evidence says, and sooner only until the chain knows.
    it("leaves out a renewed certificate: the record ends with the one that is known", async () => {
      await attest({ key: alice, akNotAfter: 3_000_000_000 });
      const anchorBlock = await stub().anchorAt();
      const renewed = evidence({ key: alice, anchorBlock, akNotAfter: 3_500_000_000 });
      await stub().chain.sendData(stub().registry.address, calldataOf(wcOf(renewed, { certs: [], akPub })));
      assert.equal(Number((await get(alice)).validUntil), 3_000_000_000);
    });
  });

  describe("a re-attestation", () => {
    async function honest(): Promise<Reattestation> {
      await attest({ key: bob, ak: 2 });
      await attest({ key: alice });
      const anchorBlock = await stub().anchorAt();
      const options = { current: alice, certification: "tpmPcrBound", anchorBlock } as const;
      return reattestation({ ...options, nonce: await nonceOf(alice) }, { chainId, registry: self() });
    }

    for (const [what, change, refusal] of reattestationChanges)
      it(`changes ${what}: ${refusal ?? "the identical record"}`, async () => {
        const renewal = await honest();
        const changed = change(renewal);
        await compare(reattestCalldataOf(renewal), reattestCalldataOf(changed), refusal);
      });

    it("makes a registration of its quote", async () => {
      const renewal = await honest();
      const registration = {
        ...evidence({ key: alice, anchorBlock: null }),
        workloadCollaterals: { ...renewal.workloadCollaterals, reportId: new Uint8Array(0) },
      };
      await compare(reattestCalldataOf(renewal), calldataOf(registration), "AnchorMismatch");
    });

    it("is first, and leaves the sender the identical record", async () => {
      const data = reattestCalldataOf(await honest());
      assert.deepEqual(await effectOf(data, 7), await effectOf(data, 0));
      await stub().chain.sendData(stub().registry.address, data, 7);
      assert.equal(await stub().chain.refusalOf(stub().registry, data), "ActionSignatureWrong");
    });
  });
});
