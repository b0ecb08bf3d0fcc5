// Which service proves, and that its key is seen by nobody else.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { inspect } from "node:util";
import { newLog } from "../../relayer/log.ts";
import { defaultWaits, programOf, provingClient, requestedClient, secretOf } from "../../proving/index.ts";
import type { ProvingPath, ProvingPolicy } from "../../proving/index.ts";
import { apiKey, mustCapture, mustFail, proverUrl, requestOf, setUp } from "./support/scene.ts";
import type { Scene } from "./support/scene.ts";

const gcp = mustCapture("automata-snp-gcp-risc0-2.2");
const sp1 = mustCapture("automata-snp-gcp-sp1-5.0");
const secure = "https://prover.example";
const bento: ProvingPath = {
  kind: "bento",
  url: secure,
  version: "2.2.0",
  apiKey: secretOf("configured"),
  storageOrigins: [],
};
const sidecar: ProvingPath = { kind: "sidecar", url: `${secure}/sp1`, version: "v5.0.0", apiKey: null };

const policyOf = ({ wire }: Pick<Scene, "wire">, change: Partial<ProvingPolicy> = {}): ProvingPolicy => ({
  allowedUrls: [secure, `${secure}/sp1/`, "http://127.0.0.1:8091"],
  paths: { risc0: bento, sp1: sidecar },
  loadProgram: null,
  waits: defaultWaits,
  fetch: wire.fetch,
  ...change,
});
const wish = { image_id: gcp.program.slice(2), url: `${secure}/`, api_key: apiKey, version: "2.2.0" };
const attempt = (make: () => unknown) => Promise.resolve().then(make);

describe("the configured client", () => {
  it("is that of the system", () => {
    const scene = setUp();
    const names = (["risc0", "sp1"] as const).map(
      (system) => provingClient(system, policyOf(scene), scene.context).name,
    );
    assert.deepEqual(names, ["bento", "sidecar"]);
  });

  const mistakes = [
    ["proving.config", "nothing for the system", { paths: { risc0: null, sp1: null } }],
    ["proving.config", "a client of the other system", { paths: { risc0: sidecar, sp1: bento } }],
    ["proving.url-refused", "a URL that is not on the list", { allowedUrls: [] }],
    ["proving.url-refused", "the same host at another path", { allowedUrls: [`${secure}/other`] }],
    ["proving.url-refused", "the same host at another port", { allowedUrls: [`${secure}:8443`] }],
  ] as const;
  for (const [code, name, change] of mistakes)
    it(`${code}: ${name}`, async () => {
      const scene = setUp();
      await mustFail(
        attempt(() => provingClient("risc0", policyOf(scene, change), scene.context)),
        code,
      );
    });

  const unplain = [
    "https://user:pass@prover.example",
    "https://prover.example/?a=b",
    "https://prover.example/#a",
  ];
  for (const url of [...unplain, "ftp://prover.example"])
    it(`proving.url-refused: ${url}, even on the list`, async () => {
      const scene = setUp();
      const paths = { risc0: { ...bento, url }, sp1: null };
      const policy = policyOf(scene, { allowedUrls: [url], paths });
      await mustFail(
        attempt(() => provingClient("risc0", policy, scene.context)),
        "proving.url-refused",
      );
    });

  it("proving.url-refused: sends no key in clear beyond this machine", async () => {
    const scene = setUp();
    const at = (url: string): Partial<ProvingPolicy> => ({
      allowedUrls: [url],
      paths: { risc0: { ...bento, url }, sp1: null },
    });
    await mustFail(
      attempt(() => provingClient("risc0", policyOf(scene, at(proverUrl)), scene.context)),
      "proving.url-refused",
    );
    provingClient("risc0", policyOf(scene, at("http://127.0.0.1:8091")), scene.context);
  });
});

describe("the client that a request's zk_config names", () => {
  it("asks the service there with the request's own key and version", async () => {
    const scene = setUp();
    const client = requestedClient("risc0", wish, policyOf(scene), scene.context);
    assert.deepEqual((await client.prove(requestOf(gcp))).proof, gcp.proof);
    assert.equal(scene.wire.sent[0]!.url, `${secure}/images/upload/${wish.image_id}`);
    assert.equal(scene.wire.sent[0]!.headers["x-api-key"], apiKey);
  });

  it("is the configured one when it names none", async () => {
    const scene = setUp();
    for (const url of [undefined, ""])
      await requestedClient("risc0", { url }, policyOf(scene), scene.context).prove(requestOf(gcp));
    assert.equal(scene.wire.sent[0]!.headers["x-api-key"], "configured");
  });

  it("is the side-car for SP1", async () => {
    const scene = setUp();
    const local = { url: "http://127.0.0.1:8091", api_key: apiKey, version: "v5.0.0" };
    const client = requestedClient("sp1", local, policyOf(scene), scene.context);
    assert.deepEqual((await client.prove(requestOf(sp1))).proof, sp1.proof);
  });

  const refusals = [
    ["proving.url-refused", { url: "https://evil.example" }],
    ["proving.url-refused", { url: "https://prover.example.evil.example" }],
    ["proving.url-refused", { url: "https://prover.example@evil.example" }],
    ["proving.url-refused", { url: "https://user:pass@prover.example" }],
    ["proving.url-refused", { url: "https://prover.example/?to=evil" }],
    ["proving.url-refused", { url: "https://prover.example/../sp1/.." }, "accepted"],
    ["proving.url-refused", { url: "file:///etc/passwd" }],
    ["proving.url-refused", { url: "prover.example" }],
    ["proving.request", { api_key: "two words" }],
    ["proving.request", { api_key: "line\nbreak" }],
    ["proving.request", { url: "" }],
    ["proving.request", { version: "3.0.5\r\nx-api-key: y" }],
    ["proving.request", { version: "" }],
  ] as const;
  for (const [code, change, isTaken] of refusals)
    it(`${isTaken === undefined ? code : "takes what is the same URL"}: ${JSON.stringify(change)}`, async () => {
      const scene = setUp();
      const make = attempt(() =>
        requestedClient("risc0", { ...wish, ...change }, policyOf(scene), scene.context),
      );
      if (isTaken !== undefined) return void (await make);
      const error = await mustFail(make, code);
      for (const given of Object.values({ ...wish, ...change }))
        assert.ok(given === "" || !error.message.includes(given), error.message);
    });

  it("names its program in hex of either case", async () => {
    const upper = wish.image_id.toUpperCase();
    assert.equal(programOf(wish, "risc0"), gcp.program);
    assert.equal(programOf({ image_id: `0x${upper}` }, "risc0"), gcp.program);
    assert.equal(programOf({}, "sp1"), null);
    await mustFail(
      attempt(() => programOf({ image_id: `${upper}00` }, "risc0")),
      "proving.request",
    );
  });
});

describe("an API key", () => {
  it("does not show itself", () => {
    const secret = secretOf(apiKey);
    const shown = [
      String(secret),
      JSON.stringify({ secret }),
      inspect({ secret }, { depth: 9 }),
      inspect(secret, { showHidden: true }),
    ];
    for (const text of shown) assert.ok(!text.includes(apiKey), text);
    assert.match(shown[0]!, /\[masked\]/);
  });

  /** Runs a client through every fault there is and gives back all that it wrote anywhere. */
  async function everythingWritten(run: (scene: Scene) => Promise<unknown>): Promise<string> {
    const scene = setUp();
    const lines: string[] = [];
    const log = newLog("trace", { write: (line: string) => void lines.push(line) });
    const context = { ...scene.context, onProgress: (progress: object) => log.info({ progress }, "proving") };
    const errors: unknown[] = [];
    await run({ ...scene, context }).catch((error: unknown) => {
      errors.push(error);
      log.error({ err: error }, "proving failed");
    });
    assert.ok(lines.length > 0);
    const shown = errors.map((error) => inspect(error, { depth: 9 }) + String((error as Error).stack));
    return [...lines, ...scene.journal.texts, ...shown].join("\n");
  }

  const echo = (status: number, length: number) =>
    ({
      kind: "status",
      status,
      body: JSON.stringify({ msg: `${"x".repeat(length)} bad key ${apiKey}` }),
    }) as const;
  const says = (status: string) =>
    ({
      kind: "replace",
      body: JSON.stringify({ status, error_msg: `key ${apiKey}`, message: `key ${apiKey}` }),
    }) as const;
  const runs = [
    ["a proof", "risc0", "GET /none", echo(400, 0)],
    ["a refusal that echoes it", "risc0", "POST /sessions/create", echo(400, 0)],
    ["a refusal that echoes it where words are cut", "risc0", "POST /sessions/create", echo(403, 180)],
    [
      "a refusal in plain text",
      "risc0",
      "GET /images",
      { kind: "status", status: 401, body: `no ${apiKey}` },
    ],
    ["a failure that echoes it", "risc0", "GET /sessions/status", says("FAILED")],
    ["a state that is it", "risc0", "GET /sessions/status", says(apiKey)],
    [
      "an id that is it",
      "risc0",
      "POST /sessions/create",
      { kind: "replace", body: JSON.stringify({ uuid: apiKey }) },
    ],
    [
      "an id that is it in escapes",
      "risc0",
      "POST /snark/create",
      { kind: "replace", body: `{"uuid":"\\u0073${apiKey.slice(1)}"}` },
    ],
    [
      "a URL that has it",
      "risc0",
      "GET /inputs/upload",
      { kind: "replace", body: JSON.stringify({ uuid: "a", url: `https://${apiKey}.example` }) },
    ],
    ["what is no JSON", "risc0", "GET /sessions/status", { kind: "replace", body: `{${apiKey}` }],
    ["a reset", "risc0", "POST /sessions/create", { kind: "reset" }],
    ["a side-car's refusal", "sp1", "POST /prove", echo(400, 0)],
    ["a side-car's failure", "sp1", "GET /proofs", says("failed")],
    ["a side-car's state that is it", "sp1", "GET /proofs", says(apiKey)],
  ] as const;
  for (const [name, system, route, fault] of runs)
    it(`is in no log line, journal or error after ${name}`, async () => {
      const written = await everythingWritten((scene) => {
        scene.wire.fault(route, fault);
        const url = system === "sp1" ? `${secure}/sp1` : secure;
        const version = system === "sp1" ? "v5.0.0" : "2.2.0";
        // The side-car's path of the URL is not one of the server in memory.
        const policy = policyOf(scene, { allowedUrls: [secure, `${secure}/sp1`] });
        const base = system === "sp1" ? { ...wish, url: secure, version } : { ...wish, url, version };
        const client = requestedClient(system, base, policy, scene.context);
        return client.prove(requestOf(system === "sp1" ? sp1 : gcp));
      });
      assert.ok(!written.includes(apiKey));
      // Nor the greater part of it.
      assert.ok(!written.includes(apiKey.slice(0, 12)));
    });
});
