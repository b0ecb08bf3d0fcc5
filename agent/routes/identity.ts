// GET /platform, GET /current-cvm-identity-hash and POST /sign-message.
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { domains } from "../../sdk/evidence/binding.ts";
import { ascii, isEqual } from "../../sdk/evidence/bytes.ts";
import {
  envelopeMessage,
  erc7913Message,
  reservedPrefixes,
  tpmGeneratedMagic,
  walkthroughMessage,
} from "../../sdk/evidence/message.ts";
import type { Agent } from "../agent.ts";
import { ProblemError } from "../problem.ts";
import { signFor } from "../signing.ts";
import {
  address,
  anyHex,
  base64,
  chainId,
  hash,
  purgeFields,
  readBody,
  toBase64,
  wantsPurge,
} from "./fields.ts";

export function platformRoute(app: FastifyInstance, { platform }: Agent): void {
  app.get("/platform", () => ({
    tee_type: platform.tee,
    tee_name: platform.teeName,
    cloud_type: platform.cloud,
    cloud_name: platform.cloudName,
  }));
}

const signBody = z.strictObject({
  message: z.string().optional(),
  message_hex: anyHex.optional(),
  message_base64: base64.optional(),
  chain_id: chainId.optional(),
  contract_address: address.optional(),
  format: z.literal(["envelope", "walkthrough"]).optional(),
  erc7913: z.strictObject({ chain_id: chainId, verifier: address, application: address, hash }).optional(),
  ...purgeFields,
});

type SignBody = z.infer<typeof signBody>;

const malformed = (detail: string): ProblemError => new ProblemError("CVM_AGENT_BODY_MALFORMED", detail);

function userBytes(body: SignBody): Uint8Array {
  const forms = [
    body.message === undefined ? undefined : ascii(body.message),
    body.message_hex,
    body.message_base64,
  ].filter((form) => form !== undefined);
  const [only] = forms;
  if (only === undefined || forms.length !== 1)
    throw malformed("give exactly one of message, message_hex, message_base64, erc7913");
  return only;
}

const startsWith = (message: Uint8Array, prefix: Uint8Array): boolean =>
  isEqual(message.subarray(0, prefix.length), prefix);

const refusedPrefixes: readonly { readonly name: string; readonly bytes: Uint8Array }[] = [
  ...reservedPrefixes.map((name) => ({ name, bytes: ascii(name) })),
  { name: "the ERC-7913 domain", bytes: domains.erc7913 },
  { name: "TPM_GENERATED_VALUE", bytes: tpmGeneratedMagic },
];

/** What is signed as it comes must not be an action of the registry, an ERC-7913 message or a TPM structure. */
function requireUnreserved(message: Uint8Array): void {
  const reserved = refusedPrefixes.find(({ bytes }) => startsWith(message, bytes));
  if (reserved !== undefined)
    throw new ProblemError("CVM_AGENT_MESSAGE_RESERVED", `the message begins with ${reserved.name}`);
}

function wrapped(body: SignBody, user: Uint8Array): Uint8Array {
  const { chain_id, contract_address, format } = body;
  if (chain_id === undefined && contract_address === undefined && format === undefined) {
    requireUnreserved(user);
    return user;
  }
  if (chain_id === undefined || contract_address === undefined)
    throw malformed("chain_id and contract_address are given together");
  if (format !== "walkthrough") return envelopeMessage(chain_id, contract_address, user);
  if (chain_id > 0xffffn) throw malformed("chain_id: does not fit the 16 bits of the walkthrough format");
  return walkthroughMessage(chain_id, contract_address, user);
}

function messageOf(body: SignBody): Uint8Array {
  if (body.erc7913 === undefined) return wrapped(body, userBytes(body));
  const others = [
    body.message,
    body.message_hex,
    body.message_base64,
    body.chain_id,
    body.contract_address,
    body.format,
  ];
  if (others.some((other) => other !== undefined)) throw malformed("erc7913 stands alone");
  const { chain_id, ...fields } = body.erc7913;
  return erc7913Message({ chainId: chain_id, ...fields });
}

export function identityRoutes(app: FastifyInstance, agent: Agent): void {
  app.get("/current-cvm-identity-hash", () => ({
    cvm_identity_hash: toBase64(agent.keyring.current.hash),
  }));

  app.post("/sign-message", async (request) => {
    const body = readBody(signBody, request.body);
    const message = messageOf(body);
    const purges = wantsPurge(body);
    // Everybody on the listener may have messages signed, but not destroy keys.
    if (purges) await agent.requireCaller(request);
    const { identity, signature } = await signFor(agent, message, purges);
    return {
      cvm_identity_hash: toBase64(identity.hash),
      signature: toBase64(signature),
      signed_message: toBase64(message),
    };
  });
}
