// Identities that a real registry holds and an application admits, and the signers made of them.
import { fromHex, concat, toHex } from "../../../sdk/evidence/bytes.ts";
import { erc7913Message } from "../../../sdk/evidence/message.ts";
import type { Hex } from "viem";
import { startChain } from "../registry/chain.ts";
import type { Contract } from "../registry/chain.ts";
import type { RecordView } from "../registry/record-view.ts";
import { calldataOf, evidence, keyOf, signWith, stubbedRegistry } from "../registry/stub-evidence.ts";
import type { Key } from "../registry/stub-evidence.ts";

export type Signers = Awaited<ReturnType<typeof startSigners>>;

/** Three registered identities of one measurement, beside registry, application, verifier and factory. */
export async function startSigners(chainId = 31337) {
  const chain = await startChain(chainId);
  const { registry, anchorAt } = await stubbedRegistry(chain);
  const app = await chain.deploy("OneTimeApplication", [registry.address, chain.addressOf(0)]);
  const verifier = await chain.deploy("CVMSignerVerifier");
  const factory = await chain.deploy("CVMIdentitySigners", [verifier.address]);
  const keys = [51, 52, 53].map((seed) => keyOf(seed));
  for (const [at, key] of keys.entries()) {
    const registration = evidence({ key, ak: at + 1, anchorBlock: await anchorAt() });
    await chain.sendData(registry.address, calldataOf(registration));
  }
  const record = await chain.read<RecordView>(registry, "getCvm", keys[0]!.hash);
  await chain.send(app, "addGoldenMeasurement", [record.measurementHash]);

  /** ERC-7913 key of an identity: application ‖ identity hash. */
  const keyBytes = (key: Key, application = app) => concat(fromHex(application.address), fromHex(key.hash));

  /** What the CVM signs, as the agent's `/sign-message` builds it. */
  const sign = (
    key: Key,
    hash: Hex,
    on: { application?: Contract; verifier?: Contract; chainId?: bigint } = {},
  ) =>
    signWith(
      key,
      erc7913Message({
        chainId: on.chainId ?? BigInt(chainId),
        verifier: fromHex((on.verifier ?? verifier).address),
        application: fromHex((on.application ?? app).address),
        hash: fromHex(hash),
      }),
    );

  const verify = (key: Uint8Array, hash: Hex, signature: Hex): Promise<Hex> =>
    chain.read(verifier, "verify", toHex(key), hash, signature);

  return {
    ...{ chain, registry, anchorAt, app, verifier, factory, keys },
    ...{ measurement: record.measurementHash, keyBytes, sign, verify },
  };
}
