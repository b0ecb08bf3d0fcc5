// HTTP in front of the agent: one server per audience. Limits, problem documents and metrics live here; what routes
// mean lives in routes/.
import {
  fastify,
  LogController,
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
} from "fastify";
import type { Agent, Audience } from "./agent.ts";
import { problem, ProblemError, type Problem } from "./problem.ts";
import { actionRoutes } from "./routes/actions.ts";
import { collateralsRoutes } from "./routes/collaterals.ts";
import { healthRoutes } from "./routes/health.ts";
import { identityRoutes, platformRoute } from "./routes/identity.ts";
import { reattestationRoutes } from "./routes/reattestation.ts";
import { goldenMeasurementRoute, registrationRoute } from "./routes/registration.ts";

const byFastifyCode: Readonly<Record<string, Parameters<typeof problem>[0]>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: "CVM_AGENT_BODY_TOO_LARGE",
  FST_ERR_CTP_INVALID_MEDIA_TYPE: "CVM_AGENT_MEDIA_TYPE_UNSUPPORTED",
  FST_ERR_CTP_INVALID_JSON_BODY: "CVM_AGENT_BODY_MALFORMED",
  FST_ERR_CTP_EMPTY_JSON_BODY: "CVM_AGENT_BODY_MALFORMED",
};

function problemOf(error: FastifyError | ProblemError): Problem {
  if (error instanceof ProblemError) return error.problem;
  const known = byFastifyCode[error.code];
  if (known !== undefined) return problem(known, error.message);
  const status = error.statusCode ?? 500;
  if (status >= 400 && status < 500)
    return { ...problem("CVM_AGENT_REQUEST_REFUSED", error.message), status };
  // What failed inside is for the log, not for callers.
  return problem("CVM_AGENT_INTERNAL", "see the agent's log");
}

const sendProblem = (reply: FastifyReply, answer: Problem): FastifyReply =>
  reply.code(answer.status).type("application/problem+json").send(answer);

export function buildServer(agent: Agent, audience: Audience, logger: FastifyBaseLogger): FastifyInstance {
  const app = fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: agent.policy.maxBodyBytes,
    requestTimeout: agent.policy.requestTimeoutMs,
    // Node swaps the two limits where that of the headers (60 s unless set) is longer.
    http: { requestTimeout: agent.policy.requestTimeoutMs, headersTimeout: agent.policy.requestTimeoutMs },
    // A client that keeps its connection must not keep the agent from stopping.
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 128 },
    // Errors before routing, such as a path that cannot be decoded.
    frameworkErrors: (error, _request, reply) => void sendProblem(reply, problemOf(error)),
  });

  // JSON alone: a web page can send text/plain to loopback without asking, JSON it cannot.
  app.removeContentTypeParser("text/plain");
  app.setErrorHandler((error: FastifyError | ProblemError, request, reply) => {
    const answer = problemOf(error);
    if (answer.status >= 500)
      request.log.error({ err: error, route: request.routeOptions.url }, "request failed");
    return sendProblem(reply, answer);
  });
  app.setNotFoundHandler((request, reply) => {
    const answer = problem("CVM_AGENT_ROUTE_UNKNOWN", `${request.method} is not served at this path`);
    return sendProblem(reply, answer);
  });
  app.addHook("onResponse", (request, reply, done) => {
    // The pattern, never the path: labels must not grow with what callers send.
    const route = request.routeOptions.url ?? "unknown";
    agent.metrics.count("cvm_agent_requests_total", { audience, route, status: String(reply.statusCode) });
    done();
  });

  goldenMeasurementRoute(app, agent);
  collateralsRoutes(app, agent, audience);
  healthRoutes(app, agent);
  platformRoute(app, agent);
  if (audience === "workload") {
    registrationRoute(app, agent);
    reattestationRoutes(app, agent);
    actionRoutes(app, agent);
    identityRoutes(app, agent);
  }
  return app;
}
