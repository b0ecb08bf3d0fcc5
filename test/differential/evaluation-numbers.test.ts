// Intel's list of evaluation numbers with its signer and the root CRL: brought to the chain and judged by the SDK, both
// name the same check. FUZZ_RUNS sets how many random combinations run.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { issueCrl } from "../../agent/platforms/simulated/crl.ts";
import { signP256 } from "../../agent/platforms/simulated/p256.ts";
import { rawPublicKey } from "../../agent/platforms/simulated/x509.ts";
import { ascii, toHex } from "../../sdk/evidence/bytes.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import { judgeEvaluationNumbers } from "../../sdk/verify/tdx/index.ts";
import type { EvaluationNumbersCollateral } from "../../sdk/verify/tdx/index.ts";
import { mutateDer } from "../support/der-mutations.ts";
import { chainOf, reissue } from "../support/intel-certificates.ts";
import type { Deviation } from "../support/intel-certificates.ts";
import type { IntelChain } from "../support/intel-chain.ts";
import { mutateJson } from "../support/json-mutations.ts";
import { mutateBytes, seededRandom } from "../support/mutations.ts";
import { serialOf } from "../support/random-tdx.ts";
import { newTally, count } from "../support/referee.ts";
import type { Verdict } from "../support/referee.ts";
import { documentSigner } from "../support/signed-documents.ts";
import { day, relisted, simulatedNow, simulatedWorld } from "../support/simulated-chain.ts";
import { pemOf } from "../support/tdx-vectors.ts";

const runs = Number(process.env["FUZZ_RUNS"] ?? 100);
type Random = ReturnType<typeof seededRandom>;

const world = await simulatedWorld("evaluation numbers");
const { authorities } = world;
const { root, platformCa, tcbSigning } = authorities;
const strangers = (await simulatedWorld("strangers")).authorities;
const documents = documentSigner(authorities);
const trust = { intelRoot: rawPublicKey(root.publicKey), now: BigInt(simulatedNow) };

const [past, future] = [day("2026-02-04"), day("2026-02-06")];
const signersOf = (role: "tcbSigning" | "root", ...deviations: Deviation[]) =>
  Promise.all(deviations.map((deviation) => reissue(authorities, role, deviation)));
const signers = await signersOf(
  "tcbSigning",
  { notAfter: past },
  { notBefore: future },
  { by: strangers.root },
  { issuerPrivateKey: strangers.root.privateKey },
  { subject: platformCa.name },
  { extensions: [{ kind: "notCa" }] },
);
const roots = await signersOf("root", { notAfter: past }, { notBefore: future }, { by: strangers.root });
const issuerChains: readonly ((random: Random) => Uint8Array)[] = [
  ...signers.map((signer) => () => chainOf(signer, root)),
  ...roots.map((one) => () => chainOf(tcbSigning, one)),
  ...[[platformCa, root], [root, root], [root, tcbSigning], [tcbSigning], [tcbSigning, root, root]].map(
    (chain) => () => chainOf(...chain),
  ),
  () => chainOf(strangers.tcbSigning, strangers.root),
  (random) => pemOf(mutateDer(tcbSigning.der, random), root.der),
  (random) => pemOf(tcbSigning.der, mutateDer(root.der, random)),
  (random) => mutateBytes(chainOf(tcbSigning, root), random)[1],
];

const listed = (by = root, content = {}) => issueCrl(by, { ...relisted(1), revokedSerials: [], ...content });
const rootCrls: readonly ((random: Random) => Uint8Array)[] = [
  () => listed(root, { revokedSerials: [serialOf(tcbSigning)] }),
  () => listed(root, { revokedSerials: [serialOf(platformCa), serialOf(root)] }),
  () => listed(root, { nextUpdate: past }),
  () => listed(root, { thisUpdate: future }),
  () => listed(platformCa),
  () => listed(strangers.root),
  (random) => mutateDer(listed(), random),
];

type Signed = Pick<EvaluationNumbersCollateral, "bytes" | "signature">;
const good = documents.evaluationNumbers();
const signedAs = (bytes: Uint8Array, by = tcbSigning): Signed => ({
  bytes,
  signature: signP256(by.privateKey, bytes),
});
const madeOf = (content: Parameters<typeof documents.evaluationNumbers>[0]): Signed => {
  const { text, signature } = documents.evaluationNumbers(content);
  return { bytes: text, signature };
};
const lists: readonly ((random: Random) => Signed)[] = [
  () => madeOf({ nextUpdate: past }),
  () => madeOf({ issueDate: future }),
  () => madeOf({ nextUpdate: new Date(simulatedNow * 1000) }),
  () => madeOf({ issueDate: new Date(simulatedNow * 1000) }),
  () => madeOf({ tcbEvalNumbers: [] }),
  () => madeOf({ id: "SGX", nextUpdate: past }),
  () => signedAs(documents.qeIdentity().text),
  () => signedAs(good.text, platformCa),
  (random) => ({ bytes: good.text, signature: mutateBytes(good.signature, random)[1] }),
  (random) => ({ bytes: mutateBytes(good.text, random)[1], signature: good.signature }),
  ...Array<(random: Random) => Signed>(4).fill((random) =>
    signedAs(ascii(mutateJson(Buffer.from(good.text).toString("latin1"), random))),
  ),
];

/** Each part as it should be, but for one in three. */
function caseOf(random: Random): EvaluationNumbersCollateral {
  const part = <T>(usual: T, others: readonly ((random: Random) => T)[]): T =>
    random(3) > 0 ? usual : others[random(others.length)]!(random);
  return {
    issuerChain: part(chainOf(tcbSigning, root), issuerChains),
    rootCaCrl: part(listed(), rootCrls),
    ...part<Signed>({ bytes: good.text, signature: good.signature }, lists),
  };
}

describe("evaluation numbers, contract and SDK", () => {
  let chain: IntelChain;
  let goBack: () => Promise<void>;
  before(async () => {
    chain = await world.start();
    goBack = await chain.mark();
  });
  after(() => chain.close());

  async function bring({ issuerChain, rootCaCrl, bytes, signature }: EvaluationNumbersCollateral) {
    await goBack();
    for (const [functionName, ...args] of [
      ["upsertSigner", issuerChain],
      ["upsertRootCRL", rootCaCrl],
      ["upsertEvaluationNumbers", bytes, signature],
    ] as const) {
      const { verdict } = await chain.send(chain.collateral, functionName, ...args.map(toHex));
      if (verdict !== null) return verdict;
    }
    return null;
  }

  it(`name the same check in ${runs} random cases`, async () => {
    const random = seededRandom(41);
    const tally = newTally();
    for (let run = 0; run < runs; run++) {
      const collateral = caseOf(random);
      const judged = judgeEvaluationNumbers(collateral, trust);
      const sdk: Verdict = isRefusal(judged) ? judged.check : null;
      count(tally, `run ${run}`, await bring(collateral), sdk);
    }
    assert.deepEqual(tally.disagreements, []);
    assert.ok(tally.verdicts.get("accepted")! > 0);
    assert.ok(tally.verdicts.size > 8, [...tally.verdicts].join());
  });
});
