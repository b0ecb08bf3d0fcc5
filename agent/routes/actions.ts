// POST /onchain/update-ttl, /onchain/set-operator and /onchain/revoke: calldata of the registry's actions, signed by the
// identity key (protocol §9).
import type { FastifyInstance } from "fastify";
import { encodeFunctionData, type Hex } from "viem";
import { z } from "zod";
import { fromHex, toHex } from "../../sdk/evidence/bytes.ts";
import { operatorMessage, revokeMessage, ttlMessage } from "../../sdk/evidence/message.ts";
import { cvmRegistryAbi as abi } from "../../sdk/registry/abi/CVMRegistry.ts";
import type { Agent } from "../agent.ts";
import { signFor } from "../signing.ts";
import {
  address,
  chainId,
  nonce,
  purgeFields,
  readBody,
  registryFields,
  registryOf,
  seconds,
  toBase64,
  wantsPurge,
} from "./fields.ts";

const actionFields = { nonce, chain_id: chainId, ...registryFields };
const ttlBody = z.strictObject({ ...actionFields, tee_ttl: seconds, tpm_ttl: seconds, ...purgeFields });
const operatorBody = z.strictObject({ ...actionFields, operator: address });
const revokeBody = z.strictObject(actionFields);

interface Action {
  readonly message: Uint8Array;
  readonly encode: (identityHash: Hex, signature: Hex) => Hex;
  readonly purges?: boolean;
}

async function act(agent: Agent, name: string, { message, encode, purges = false }: Action) {
  const { identity, signature } = await signFor(agent, message, purges);
  agent.metrics.count("cvm_agent_actions_total", { action: name });
  return { calldata: toBase64(fromHex(encode(toHex(identity.hash), toHex(signature)))) };
}

function ttlUpdate(given: unknown): Action {
  const body = readBody(ttlBody, given);
  const [tee, tpm] = [body.tee_ttl, body.tpm_ttl];
  return {
    message: ttlMessage(body.chain_id, registryOf(body), body.nonce, tee, tpm),
    encode: (hash, signature) =>
      encodeFunctionData({ abi, functionName: "setCollateralTTL", args: [hash, tee, tpm, signature] }),
    purges: wantsPurge(body),
  };
}

function operatorUpdate(given: unknown): Action {
  const body = readBody(operatorBody, given);
  const { operator } = body;
  return {
    message: operatorMessage(body.chain_id, registryOf(body), body.nonce, operator),
    encode: (hash, signature) =>
      encodeFunctionData({ abi, functionName: "setOperator", args: [hash, toHex(operator), signature] }),
  };
}

function revocation(given: unknown): Action {
  const body = readBody(revokeBody, given);
  return {
    message: revokeMessage(body.chain_id, registryOf(body), body.nonce),
    encode: (hash, signature) =>
      encodeFunctionData({ abi, functionName: "revokeCvm", args: [hash, signature] }),
  };
}

const actions = { "update-ttl": ttlUpdate, "set-operator": operatorUpdate, revoke: revocation };

export function actionRoutes(app: FastifyInstance, agent: Agent): void {
  for (const [name, read] of Object.entries(actions))
    app.post(`/onchain/${name}`, { onRequest: agent.requireCaller }, ({ body }) =>
      act(agent, name, read(body)),
    );
}
