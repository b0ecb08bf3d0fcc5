// The captured life of one machine after its registration (protocol §12, row "1.0 GCP reattest, TTL"): signatures made
// for another registry verify, and this one refuses both calls by name.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { decodeFunctionData } from "viem";
import type { Address, Hex } from "viem";
import { readArtifact } from "../../scripts/artifact.ts";
import { createLocalChain } from "../../scripts/local-chain.ts";
import type { FrozenChain } from "../../scripts/local-chain.ts";
import { identityHash } from "../../sdk/evidence/binding.ts";
import { concat, fromHex, sha256, toHex } from "../../sdk/evidence/bytes.ts";
import { decodeAttestCvm, decodeReattestCvm } from "../../sdk/evidence/calldata.ts";
import { reattestMessage, ttlMessage } from "../../sdk/evidence/message.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import type { Reattestation } from "../../sdk/evidence/registration.ts";
import { transcodeReattestation } from "../../sdk/evidence/transcode.ts";
import { cvmRegistryAbi } from "../../sdk/registry/abi/CVMRegistry.ts";
import { tpmVerifierAbi } from "../../sdk/registry/abi/TPMVerifier.ts";
import { verifyReattestCalldata } from "../../sdk/verify/reattestation.ts";
import { verifyCalldata } from "../../sdk/verify/registration.ts";
import { defaultTrust } from "../../sdk/verify/roots.ts";
import { isP256Signature } from "../../sdk/verify/signature.ts";
import { verifyQuote } from "../../sdk/verify/tpm.ts";
import { captured, capturedAt, mustReadCalldata } from "../support/captured.ts";
import { capturedEvaluation, createCapturedChain } from "../support/chain-collateral.ts";
import { flipBit } from "../support/mutations.ts";
import { verdictOnChain } from "../support/referee.ts";
import { chainViewOf, readRegistryState } from "../support/registry-state.ts";
import { mustJudge } from "../support/tdx-vectors.ts";

// What the identity keys signed for (vectors/cvm/README.md).
const registryThen: Address = "0x3cd4E8a3644ddc8b16954A9f50Fd0Dc0185161aC";
const [chainThen, nonceThen, ttlThen] = [31337n, 0n, 806_400n];

const [, gcp] = captured;
const registered = decodeAttestCvm(gcp.calldata);
if ("check" in registered) throw new Error(registered.check);
const { cvmIdentity: oldIdentity } = registered.workloadCollaterals;
const { claims } = verifyCalldata(gcp.calldata, {
  now: capturedAt,
  trust: defaultTrust,
  tdxCollateral: mustJudge(gcp.collateral, { intelRoot: defaultTrust.intelRoot, now: capturedAt }),
  chain: null,
});

const original = mustReadCalldata("gcp-tdx-2025-12-18/reattestation.json");
const transcoded = transcodeReattestation(original, claims!);
if (isRefusal(transcoded)) throw new Error(transcoded.detail);
const decoded = decodeReattestCvm(transcoded);
if ("check" in decoded) throw new Error(decoded.check);
const reattestation: Reattestation = decoded;
const { workloadCollaterals: wc } = reattestation;
// Behind four words of head, the signature's three, and the identity's own head of three.
const keyTypeWord = 10;
const newKey = wc.cvmIdentity.data.subarray(1);

const ttlCalldata = mustReadCalldata("gcp-tdx-2025-12-18/update-ttl.json");
const { args } = decodeFunctionData({ abi: cvmRegistryAbi, data: toHex(ttlCalldata) });
const [ttlIdentity, teeTtl, tpmTtl, ttlSignature] = args as readonly [Hex, bigint, bigint, Hex];

const signedReattestation = reattestMessage(chainThen, fromHex(registryThen), nonceThen, sha256(wc.tpmQuote));
const signedTtl = ttlMessage(chainThen, fromHex(registryThen), nonceThen, teeTtl, tpmTtl);

describe("captured re-attestation and TTL update, in the SDK", () => {
  const ak = { type: "p256", bytes: claims!.akPublic } as const;
  const quote = { attest: wc.tpmQuote, signature: wc.tpmSignature, pcrs: wc.pcrs };

  it("the quote is by the registered AK, over the PCRs as registered, and names the new key", () => {
    const verified = verifyQuote(ak, quote);
    assert.ok(!isRefusal(verified));
    assert.deepEqual(verified.extraData, concat(Uint8Array.of(0xff), identityHash(wc.cvmIdentity)));
    assert.deepEqual(verified.selectionHash, claims!.selectionHash);
    assert.deepEqual(verified.pcrMeasurement, claims!.pcrMeasurement);
  });

  it("the old key signed for that quote and the new key for its TTLs, by name of chain, registry and nonce", () => {
    assert.deepEqual(reattestation.cvmIdentityHash, claims!.identityHash);
    assert.equal(ttlIdentity, toHex(identityHash(wc.cvmIdentity)));
    assert.deepEqual([teeTtl, tpmTtl], [ttlThen, ttlThen]);
    const oldKey = oldIdentity.data.subarray(1);
    assert.ok(isP256Signature(signedReattestation, reattestation.signature, oldKey));
    assert.ok(isP256Signature(signedTtl, fromHex(ttlSignature), newKey));
    assert.ok(!isP256Signature(signedTtl, fromHex(ttlSignature), oldKey));
    const elsewhere = reattestMessage(chainThen, fromHex(registryThen), 1n, sha256(wc.tpmQuote));
    assert.ok(!isP256Signature(elsewhere, reattestation.signature, oldKey));
  });

  it("the transcoder moves the identity, fills reportId and akPub, and leaves signed bytes alone", () => {
    assert.deepEqual(wc.reportId, claims!.teeMeasurement);
    assert.deepEqual(wc.akPub, claims!.akPublic);
    assert.equal(reattestation.certification, null);
    assert.equal(wc.certs.length, 0);
    assert.deepEqual(transcodeReattestation(transcoded, claims!), transcoded);
  });

  for (const [what, calldata, check] of [
    ["another selector", ttlCalldata, "calldata.selector"],
    ["a byte more", concat(original, new Uint8Array(1)), "calldata.canonical"],
    ["a byte less", original.subarray(0, -1), "calldata.canonical"],
    // Our identity does not say the key type, so it must be the one ours means.
    ["another key type", flipBit(original, 8 * (4 + 32 * keyTypeWord + 31)), "identity.algorithm"],
  ] as const)
    it(`the transcoder refuses ${what} with ${check}`, () => {
      const refusal = transcodeReattestation(calldata, claims!);
      assert.equal(isRefusal(refusal) ? refusal.check : null, check);
    });
});

describe("captured re-attestation and TTL update, on chain", () => {
  let chain: FrozenChain;
  let registry: Address;
  before(async () => {
    chain = await createCapturedChain();
    registry = chain.address("CVMRegistry");
  });
  after(() => chain.close());

  /** What code of ours says where the signatures were made for. */
  async function readThere<T>(artifact: string, functionName: string, args: readonly unknown[]): Promise<T> {
    const { abi, deployedBytecode } = readArtifact(artifact);
    // Libraries that nothing here calls may stand nowhere.
    const bytecode = deployedBytecode.replace(/__\$[0-9a-f]{34}\$__/g, "00".repeat(20)) as Hex;
    await chain.testClient.setCode({ address: registryThen, bytecode });
    return (await chain.publicClient.readContract({
      address: registryThen,
      abi,
      functionName,
      args,
    })) as T;
  }
  const isSignedOnChain = (message: Uint8Array, signature: Uint8Array, key: Uint8Array) =>
    readThere<boolean>("CryptoHarness", "p256", [
      toHex(sha256(message)),
      ...[signature, key].flatMap((pair) => [toHex(pair.subarray(0, 32)), toHex(pair.subarray(32))]),
    ]);

  it("TPMVerifier reads the quote as the SDK does", async () => {
    const answer = await chain.publicClient.readContract({
      address: chain.address("TPMVerifier"),
      abi: tpmVerifierAbi,
      functionName: "verifyQuote",
      args: [
        toHex(wc.akPub),
        toHex(wc.tpmQuote),
        toHex(wc.tpmSignature),
        wc.pcrs.map((pcr) => ({
          index: BigInt(pcr.index),
          pcr: toHex(pcr.pcr),
          allEvents: pcr.allEvents.map(toHex),
          measureEventsIdx: pcr.measureEventsIdx.map(BigInt),
          measurePcr: pcr.measurePcr,
        })),
      ],
    });
    assert.equal(answer.pcrMeasurement, toHex(claims!.pcrMeasurement));
    assert.equal(answer.selectionHash, toHex(claims!.selectionHash));
  });

  it("CVMMessage makes the bytes of the TTL update, and P256 takes both signatures", async () => {
    const operator = `0x${"00".repeat(20)}`;
    const actions = [nonceThen, teeTtl, tpmTtl, operator];
    const [ttl] = await readThere<readonly [Hex]>("ProtocolHarness", "actions", actions);
    assert.equal(ttl, toHex(signedTtl));
    assert.equal(await isSignedOnChain(signedTtl, fromHex(ttlSignature), newKey), true);
    const oldKey = oldIdentity.data.subarray(1);
    assert.equal(await isSignedOnChain(signedReattestation, reattestation.signature, oldKey), true);
    assert.equal(await isSignedOnChain(signedReattestation, reattestation.signature, newKey), false);
  });

  it("the registry that holds the registration refuses both, as the SDK does", async () => {
    await chain.send(registry, toHex(gcp.calldata));
    const { number, timestamp: now } = await chain.publicClient.getBlock();
    const keys = [oldIdentity, wc.cvmIdentity].map(({ data }) => data.subarray(1));
    const context = {
      now,
      trust: defaultTrust,
      chain: chainViewOf(chain, number, new Map()),
      registry: await readRegistryState(chain, { keys, akIds: [claims!.akId] }),
    };
    assert.equal(now, capturedAt);
    assert.equal(await verdictOnChain(chain, registry, original), "calldata.selector");
    const verdicts = [
      await verdictOnChain(chain, registry, transcoded),
      verifyReattestCalldata(transcoded, context).error,
    ];
    assert.deepEqual(verdicts, ["reattestation.unanchored", "reattestation.unanchored"]);
    // CVMNotRegistered(bytes32), whichever function says it.
    assert.equal(await verdictOnChain(chain, registry, ttlCalldata), "reattestation.registered");
  });
});

describe("captured re-attestation and TTL update, on the day of the capture", () => {
  it("find no record: for want of collateral nobody could register", async () => {
    const now = BigInt(Date.parse(`${gcp.day}T12:00:00Z`) / 1000);
    const chain = await createLocalChain({ roots: defaultTrust, at: now, evaluation: capturedEvaluation });
    try {
      const registry = chain.address("CVMRegistry");
      assert.equal(await verdictOnChain(chain, registry, gcp.calldata), "tdx.root-crl-missing");
      for (const calldata of [transcoded, ttlCalldata])
        assert.equal(await verdictOnChain(chain, registry, calldata), "reattestation.registered");
      const { error } = verifyReattestCalldata(transcoded, { now, trust: defaultTrust, chain: null });
      assert.equal(error, "reattestation.registered");
    } finally {
      await chain.close();
    }
  });
});
