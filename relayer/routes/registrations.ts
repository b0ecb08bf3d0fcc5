// POST and GET /v1/registrations. A POST only writes the wish down; the worker does the rest, so an outage of the
// chain or of an agent never loses a request.
import { createHash, randomUUID } from "node:crypto";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import { toHex } from "../../sdk/evidence/bytes.ts";
import { decodeAttestCvm } from "../../sdk/evidence/calldata.ts";
import { checkById } from "../../sdk/checks.ts";
import type { ProofSystem } from "../../proving/index.ts";
import { agentUrlOf } from "../intake/agent-url.ts";
import type { AgentUrlPolicy } from "../intake/agent-url.ts";
import { checkProblem, problem, ProblemError } from "../problem.ts";
import { evidenceHashOf } from "../registration/collect.ts";
import { reportTypeNames } from "../settings.ts";
import type { Database } from "../store/database.ts";
import { createRegistration, listRegistrations, registrationById } from "../store/registrations.ts";
import type { ListedRegistration, NewRegistration } from "../store/registrations.ts";
import { sizeFailure } from "../transactions/size.ts";
import { bytes, read } from "./fields.ts";

export interface RegistrationRoutes {
  readonly db: Database;
  readonly agentUrls: AgentUrlPolicy;
  /** Whether this relayer can have evidence proved by a system. */
  readonly hasProver: (system: ProofSystem) => boolean;
  /** How many registrations may be under way before no more are taken. */
  readonly maxOpen: number;
  readonly now: () => Date;
  readonly onCreated: () => void;
}

const agentWish = z.strictObject({
  agentUrl: z.string().min(1).max(2048),
  reportType: z.literal([...reportTypeNames]).optional(),
});
const creation = z.union(
  [agentWish, z.strictObject({ calldata: bytes })],
  `is not {agentUrl, reportType?: ${reportTypeNames.join(", ")}} or {calldata: 0x hex or base64}`,
);

const page = z.strictObject({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z
    .string()
    .regex(/^[0-9]{1,18}$/, "is no cursor of this list")
    .optional(),
});

/** Both spellings are in use: the draft standard's and thirdweb Engine's. */
function idempotencyKeyOf(request: FastifyRequest): string | null {
  const key = request.headers["idempotency-key"] ?? request.headers["x-idempotency-key"];
  if (key === undefined) return null;
  const isUsable = typeof key === "string" && /^[\x21-\x7e]{1,200}$/.test(key);
  if (!isUsable)
    throw new ProblemError(
      problem("request-malformed", "Idempotency-Key is not 1 to 200 visible ASCII characters"),
    );
  return key;
}

function wishOf(body: z.infer<typeof creation>, { agentUrls, hasProver }: RegistrationRoutes) {
  if ("agentUrl" in body) {
    const { reportType = null } = body;
    if (reportType !== null && reportType !== "solidity" && !hasProver(reportType))
      throw new ProblemError(
        problem("proving-unavailable", `no prover of ${reportType} is configured in this relayer`),
      );
    const agent = agentUrlOf(body.agentUrl, agentUrls);
    if (!agent.ok) throw new ProblemError(problem("agent-url-forbidden", agent.reason));
    return { agentUrl: agent.url.href, reportType, calldata: null, evidenceHash: null };
  }
  const tooLarge = sizeFailure(body.calldata.length);
  if (tooLarge !== null) throw new ProblemError(problem(tooLarge.kind, tooLarge.detail));
  const decoded = decodeAttestCvm(body.calldata);
  if ("check" in decoded) throw new ProblemError(checkProblem(decoded.check, checkById(decoded.check).title));
  return {
    agentUrl: null,
    reportType: null,
    calldata: toHex(body.calldata),
    evidenceHash: evidenceHashOf(body.calldata),
  };
}

const view = (row: ListedRegistration) => ({
  id: row.id,
  state: row.state,
  agentUrl: row.agent_url,
  reportType: row.report_type,
  identityHash: row.identity_hash,
  txHash: row.tx_hash,
  gasUsed: row.gas_used,
  check: row.check_id,
  code: row.code,
  explanation: row.explanation,
  createdAt: row.created_at.toISOString(),
  updatedAt: row.updated_at.toISOString(),
});

export function registrationRoutes(app: FastifyInstance, routes: RegistrationRoutes): void {
  app.post("/v1/registrations", async (request, reply) => {
    const wish = wishOf(read(creation, request.body), routes);
    const requestHash = createHash("sha256")
      .update(
        `${wish.agentUrl ?? ""}\n${wish.evidenceHash ?? ""}${wish.reportType === null ? "" : `\n${wish.reportType}`}`,
      )
      .digest("hex");
    const entry: NewRegistration = {
      id: randomUUID(),
      idempotencyKey: idempotencyKeyOf(request),
      requestHash,
      ...wish,
    };
    const outcome = await createRegistration(routes.db, entry, routes.now(), routes.maxOpen);
    if (outcome.kind === "key-reused")
      throw new ProblemError(problem("idempotency-key-reused", "the key was used with another body"));
    if (outcome.kind === "full")
      throw new ProblemError(
        problem(
          "queue-full",
          `${routes.maxOpen} registrations are under way; try again when some have ended`,
        ),
      );
    if (outcome.kind === "created") routes.onCreated();
    const { id } = outcome.row;
    return reply.code(202).header("location", `/v1/registrations/${id}`).send({ id });
  });

  app.get<{ Params: { id: string } }>("/v1/registrations/:id", async (request) => {
    const { id } = request.params;
    // PostgreSQL has no text with a zero byte; no id of ours has anything else either.
    const row = /^[\w-]{1,64}$/.test(id) ? await registrationById(routes.db, id) : undefined;
    if (row === undefined) throw new ProblemError(problem("not-found", "no registration of that id"));
    return { ...view(row), steps: row.steps };
  });

  app.get("/v1/registrations", async (request) => {
    const { limit, cursor } = read(page, request.query);
    const rows = await listRegistrations(routes.db, limit + 1, cursor ?? null);
    const shown = rows.slice(0, limit);
    const next = rows.length > limit ? String(shown.at(-1)!.sequence) : null;
    return { registrations: shown.map(view), next };
  });
}
