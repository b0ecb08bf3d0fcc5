// The HTTP surface over a real listener: what each route answers, and how it refuses.
import assert from "node:assert/strict";
import { createHash, verify } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { domains } from "../../sdk/evidence/binding.ts";
import { ascii, concat, fromHex, sha256, toHex, uint } from "../../sdk/evidence/bytes.ts";
import { decodeAttestCvm } from "../../sdk/evidence/calldata.ts";
import { envelopeMessage, reservedPrefixes, walkthroughMessage } from "../../sdk/evidence/message.ts";
import { readQuoteAttest } from "../../sdk/evidence/tpm-attest.ts";
import { isRefusal } from "../../sdk/evidence/refusal.ts";
import { verifyCalldata } from "../../sdk/verify/registration.ts";
import { startAgent, type AgentOptions, type RunningAgent } from "../../agent/agent.ts";
import { startSimulatedMachine, type SimulatedFlavour } from "../../agent/platforms/simulated/machine.ts";
import { block, context } from "./chain.ts";
import { p256Key } from "./tpm.behavior.ts";

type Json = Record<string, unknown>;

async function mustStart(
  flavour: SimulatedFlavour = "gcp-tdx",
  options: Partial<AgentOptions> = {},
): Promise<RunningAgent> {
  const platform = await startSimulatedMachine({ flavour, tpm: "software" });
  const listener = { host: "127.0.0.1", port: 0 };
  return startAgent({ platform, workload: listener, operator: listener, ...options });
}

async function get(url: string): Promise<{ status: number; body: Json }> {
  const response = await fetch(url);
  return { status: response.status, body: (await response.json()) as Json };
}

async function post(url: string, body: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  return {
    status: response.status,
    type: response.headers.get("content-type"),
    body: (await response.json()) as Json,
  };
}

const bytesOf = (value: unknown): Uint8Array => Uint8Array.from(Buffer.from(value as string, "base64"));
const anchorFields = {
  chain_id: block.chainId.toString(),
  registry: toHex(block.registry),
  block_number: block.blockNumber.toString(),
  block_hash: toHex(block.blockHash),
};
const zeroAddress = `0x${"00".repeat(20)}`;

describe("agent routes", () => {
  let agent: RunningAgent;
  let registrationUrl: string;
  let signUrl: string;
  before(async () => {
    agent = await mustStart();
    registrationUrl = `${agent.url}/onchain/registration-collaterals`;
    signUrl = `${agent.url}/sign-message`;
  });
  after(() => agent.close());

  const isSigned = (answer: Json, message: Uint8Array): boolean =>
    verify(
      "sha256",
      message,
      { key: p256Key(agent.identity.key.publicKey), dsaEncoding: "ieee-p1363" },
      bytesOf(answer.signature),
    );

  it("GET /platform names cloud and TEE", async () => {
    assert.deepEqual((await get(`${agent.url}/platform`)).body, {
      tee_type: 1,
      tee_name: "tdx",
      cloud_type: 1,
      cloud_name: "google",
    });
  });

  it("GET /current-cvm-identity-hash gives the hash of the identity", async () => {
    const { body } = await get(`${agent.url}/current-cvm-identity-hash`);
    assert.equal(toHex(bytesOf(body.cvm_identity_hash)), toHex(agent.identity.hash));
  });

  it("anchored registration collaterals are calldata with certification that verifies", async () => {
    const { status, body } = await post(registrationUrl, { report_type: 1, ...anchorFields });
    assert.equal(status, 200);
    const calldata = bytesOf(body.calldata);
    assert.equal(toHex(calldata.subarray(0, 4)), "0x2b19318e");
    const report = verifyCalldata(calldata, context);
    assert.equal(report.error, null);
    assert.equal(report.claims?.assurance.tpmFresh, true);
  });

  it("takes chain_id and block_number as JSON numbers and as 0x strings too", async () => {
    for (const fields of [
      { chain_id: 31337, block_number: 100 },
      { chain_id: "0x7a69", block_number: "0x64" },
    ]) {
      const { body } = await post(registrationUrl, { report_type: 1, ...anchorFields, ...fields });
      assert.equal(verifyCalldata(bytesOf(body.calldata), context).error, null);
    }
  });

  it("the walkthrough's body {report_type, chain_id} gives un-anchored evidence", async () => {
    const { body } = await post(registrationUrl, {
      report_type: 1,
      chain_id: "11155111",
      zk_config: { url: "" },
    });
    const registration = decodeAttestCvm(bytesOf(body.calldata));
    assert.ok(!("check" in registration));
    const attest = readQuoteAttest(registration.workloadCollaterals.tpmQuote);
    assert.ok(!isRefusal(attest));
    assert.equal(toHex(attest.extraData), toHex(concat(Uint8Array.of(0xff), agent.identity.hash)));
  });

  it("GET /onchain/golden-measurement equals the measurement of the evidence, on both listeners", async () => {
    const { body } = await post(registrationUrl, { report_type: 1, ...anchorFields });
    const { claims } = verifyCalldata(bytesOf(body.calldata), context);
    for (const url of [agent.url, agent.operatorUrl!]) {
      const golden = await get(`${url}/onchain/golden-measurement`);
      assert.equal(toHex(bytesOf(golden.body.golden_measurement)), toHex(claims!.measurementHash));
    }
  });

  const badRegistrations: readonly (readonly [string, unknown, number, string])[] = [
    ["no report_type", {}, 400, "CVM_AGENT_BODY_MALFORMED"],
    ["an unknown report_type", { report_type: 4 }, 400, "CVM_AGENT_BODY_MALFORMED"],
    ["report_type 0", { report_type: 0 }, 400, "CVM_AGENT_BODY_MALFORMED"],
    ["report_type as a string", { report_type: "1" }, 400, "CVM_AGENT_BODY_MALFORMED"],
    ["a proof report type", { report_type: 2 }, 422, "CVM_AGENT_REPORT_TYPE_UNAVAILABLE"],
    ["an unknown field", { report_type: 1, anchor: "0x" }, 400, "CVM_AGENT_BODY_MALFORMED"],
    ["half an anchor", { report_type: 1, block_number: 5 }, 400, "CVM_AGENT_ANCHOR_INCOMPLETE"],
    [
      "an anchor without chain_id",
      { report_type: 1, ...anchorFields, chain_id: undefined },
      400,
      "CVM_AGENT_ANCHOR_INCOMPLETE",
    ],
    [
      "a negative block",
      { report_type: 1, ...anchorFields, block_number: -1 },
      400,
      "CVM_AGENT_BODY_MALFORMED",
    ],
    [
      "a block of 65 bits",
      { report_type: 1, ...anchorFields, block_number: "18446744073709551616" },
      400,
      "CVM_AGENT_BODY_MALFORMED",
    ],
    ["chain_id 0", { report_type: 1, ...anchorFields, chain_id: "0" }, 400, "CVM_AGENT_BODY_MALFORMED"],
    [
      "chain_id with a leading zero",
      { report_type: 1, ...anchorFields, chain_id: "01" },
      400,
      "CVM_AGENT_BODY_MALFORMED",
    ],
    [
      "a short hash",
      { report_type: 1, ...anchorFields, block_hash: "0x12" },
      400,
      "CVM_AGENT_BODY_MALFORMED",
    ],
    [
      "a registry that is no address",
      { report_type: 1, ...anchorFields, registry: "registry" },
      400,
      "CVM_AGENT_BODY_MALFORMED",
    ],
    ["a list", [], 400, "CVM_AGENT_BODY_MALFORMED"],
    ["null", "null", 400, "CVM_AGENT_BODY_MALFORMED"],
    ["broken JSON", "{", 400, "CVM_AGENT_BODY_MALFORMED"],
    ["nothing", "", 400, "CVM_AGENT_BODY_MALFORMED"],
    ["a prototype", '{"report_type":1,"__proto__":{}}', 400, "CVM_AGENT_BODY_MALFORMED"],
  ];
  for (const [name, body, status, code] of badRegistrations)
    it(`registration refuses ${name} with ${status} ${code}`, async () => {
      const answer = await post(registrationUrl, body);
      assert.deepEqual([answer.status, answer.body.code], [status, code]);
      assert.match(answer.type ?? "", /^application\/problem\+json/);
      assert.deepEqual(Object.keys(answer.body), ["type", "title", "status", "detail", "code", "check"]);
    });

  it("signs the UTF-8 bytes of message", async () => {
    const { body } = await post(signUrl, { message: "grüezi" });
    assert.ok(isSigned(body, new TextEncoder().encode("grüezi")));
    assert.equal(toHex(bytesOf(body.cvm_identity_hash)), toHex(agent.identity.hash));
  });

  it("signs message_hex, with and without 0x, and message_base64 as bytes", async () => {
    const bytes = fromHex("00ff10");
    for (const form of [{ message_hex: "00ff10" }, { message_hex: "0x00ff10" }, { message_base64: "AP8Q" }])
      assert.ok(isSigned((await post(signUrl, form)).body, bytes));
  });

  it("wraps the message when given chain_id and contract_address", async () => {
    const application = new Uint8Array(20).fill(0xab);
    const fields = { message: "hi", chain_id: "11155111", contract_address: toHex(application) };
    const { body } = await post(signUrl, fields);
    const expected = envelopeMessage(11155111n, application, ascii("hi"));
    assert.ok(isSigned(body, expected));
    assert.equal(toHex(bytesOf(body.signed_message)), toHex(expected));
    const short = await post(signUrl, { ...fields, chain_id: 1, format: "walkthrough" });
    assert.ok(isSigned(short.body, walkthroughMessage(1n, application, ascii("hi"))));
  });

  it("builds and signs the bytes of an ERC-7913 request", async () => {
    const [verifier, application, hash] = [
      new Uint8Array(20).fill(1),
      new Uint8Array(20).fill(2),
      sha256(ascii("x")),
    ];
    const { body } = await post(signUrl, {
      erc7913: {
        chain_id: 10,
        verifier: toHex(verifier),
        application: toHex(application),
        hash: toHex(hash),
      },
    });
    assert.ok(isSigned(body, concat(domains.erc7913, uint(10, 32), verifier, application, hash)));
  });

  it("accepts purge_old_keys false in both spellings, and has nothing to purge", async () => {
    for (const field of ["purge_old_keys", "purge-old-keys"]) {
      assert.equal((await post(signUrl, { message: "a", [field]: false })).status, 200);
      const refused = await post(signUrl, { message: "a", [field]: true });
      assert.deepEqual([refused.status, refused.body.code], [409, "CVM_AGENT_NO_ROTATION"]);
    }
  });

  for (const prefix of [...reservedPrefixes, ...reservedPrefixes.map((name) => `${name}…`)])
    it(`refuses to sign a raw message that begins with ${prefix}`, async () => {
      const answer = await post(signUrl, { message: prefix });
      assert.deepEqual([answer.status, answer.body.code], [403, "CVM_AGENT_MESSAGE_RESERVED"]);
    });

  it("refuses raw bytes that begin with the ERC-7913 domain or TPM_GENERATED_VALUE", async () => {
    for (const bytes of [domains.erc7913, fromHex("ff544347"), fromHex("ff5443478018")]) {
      const answer = await post(signUrl, { message_hex: toHex(bytes) });
      assert.equal(answer.body.code, "CVM_AGENT_MESSAGE_RESERVED");
    }
  });

  it("wraps a reserved prefix: inside the envelope it is nobody's action", async () => {
    const fields = { message: "CVM_WORKLOAD_REVOKE", chain_id: 1, contract_address: zeroAddress };
    assert.equal((await post(signUrl, fields)).status, 200);
  });

  const badMessages: readonly (readonly [string, unknown])[] = [
    ["no message", {}],
    ["two messages", { message: "a", message_hex: "00" }],
    ["odd hex", { message_hex: "0" }],
    ["base64 without padding", { message_base64: "AA" }],
    ["base64 with blanks", { message_base64: "AA A=" }],
    ["a message that is no string", { message: 5 }],
    ["chain_id without contract_address", { message: "a", chain_id: 1 }],
    ["contract_address without chain_id", { message: "a", contract_address: zeroAddress }],
    ["an unknown format", { message: "a", chain_id: 1, contract_address: zeroAddress, format: "raw" }],
    ["format alone", { message: "a", format: "envelope" }],
    [
      "a chain id that does not fit the walkthrough format",
      { message: "a", chain_id: 11155111, contract_address: zeroAddress, format: "walkthrough" },
    ],
    ["a digest", { digest: "00" }],
    [
      "erc7913 beside a message",
      {
        message: "a",
        erc7913: {
          chain_id: 1,
          verifier: zeroAddress,
          application: zeroAddress,
          hash: `0x${"00".repeat(32)}`,
        },
      },
    ],
    [
      "erc7913 with a field missing",
      { erc7913: { chain_id: 1, verifier: zeroAddress, application: zeroAddress } },
    ],
  ];
  for (const [name, body] of badMessages)
    it(`sign-message refuses ${name} with 400`, async () => {
      const answer = await post(signUrl, body);
      assert.deepEqual([answer.status, answer.body.code], [400, "CVM_AGENT_BODY_MALFORMED"]);
    });

  it("refuses a body over the limit with 413 and another media type with 415", async () => {
    const big = await post(signUrl, { message: "a".repeat(70_000) });
    assert.deepEqual([big.status, big.body.code], [413, "CVM_AGENT_BODY_TOO_LARGE"]);
    for (const type of ["text/xml", "text/plain"]) {
      const text = await post(signUrl, '{"message":"a"}', { "content-type": type });
      assert.deepEqual([text.status, text.body.code], [415, "CVM_AGENT_MEDIA_TYPE_UNSUPPORTED"]);
    }
  });

  it("collaterals: quote over magic ‖ nonce, with a magic per listener, under both paths", async () => {
    for (const [url, magic] of [
      [agent.url, "Internal/collaterals"],
      [agent.operatorUrl!, "External/collaterals"],
    ] as const)
      for (const path of ["offchain/collaterals", "collaterals"]) {
        const { status, body } = await get(`${url}/${path}/abc-123`);
        assert.equal(status, 200);
        const tpm = body.tpm as { quote: string; raw_sig: string; pcrs: { hash: number; pcrs: Json } };
        const attest = readQuoteAttest(bytesOf(tpm.quote));
        assert.ok(!isRefusal(attest));
        assert.equal(Buffer.from(attest.extraData).toString(), `${magic}abc-123`);
        assert.equal(Buffer.from(bytesOf(body.magic)).toString(), magic);
        assert.equal(Buffer.from(bytesOf(body.nonce)).toString(), "abc-123");
        const values = Object.values(tpm.pcrs.pcrs).map(bytesOf);
        const digest = createHash("sha256").update(Buffer.concat(values)).digest();
        assert.deepEqual([tpm.pcrs.hash, Buffer.from(attest.pcrDigest)], [11, digest]);
      }
  });

  it("collaterals refuse a nonce that is too long or not printable", async () => {
    for (const nonce of ["a".repeat(45), "%00", "%20", "%C3%A9"]) {
      const { status, body } = await get(`${agent.url}/offchain/collaterals/${nonce}`);
      assert.deepEqual([status, body.code], [400, "CVM_AGENT_PARAMETER_MALFORMED"], nonce);
    }
    assert.equal((await get(`${agent.url}/collaterals/${"a".repeat(44)}`)).status, 200);
    const undecodable = await get(`${agent.url}/collaterals/%ZZ`);
    assert.deepEqual([undecodable.status, undecodable.body.code], [400, "CVM_AGENT_REQUEST_REFUSED"]);
  });

  it("answers unknown routes with a problem document", async () => {
    const { status, body } = await get(`${agent.url}/nowhere`);
    assert.deepEqual([status, body.code], [404, "CVM_AGENT_ROUTE_UNKNOWN"]);
    assert.equal((await get(registrationUrl)).status, 404);
  });

  it("keeps registration and signing off the operators' listener", async () => {
    for (const path of ["sign-message", "onchain/registration-collaterals"])
      assert.equal(
        (await post(`${agent.operatorUrl}/${path}`, { message: "a", report_type: 1 })).status,
        404,
      );
    assert.equal((await get(`${agent.operatorUrl}/current-cvm-identity-hash`)).status, 404);
  });

  it("counts requests by route pattern, never by path", async () => {
    const text = await (await fetch(`${agent.url}/metrics`)).text();
    assert.match(
      text,
      /cvm_agent_requests_total\{audience="workload",route="\/offchain\/collaterals\/:nonce",status="400"\}/,
    );
    assert.doesNotMatch(text, /nowhere|abc-123/);
    assert.match(text, /cvm_agent_requests_total\{audience="workload",route="unknown",status="404"\}/);
  });
});

describe("agent on Azure", () => {
  it("serves evidence that verifies and collaterals with the runtime claims", async () => {
    const agent = await mustStart("azure-tdx");
    try {
      const { body } = await post(`${agent.url}/onchain/registration-collaterals`, {
        report_type: 1,
        ...anchorFields,
      });
      assert.equal(verifyCalldata(bytesOf(body.calldata), context).error, null);
      const collaterals = await get(`${agent.url}/collaterals/${"n".repeat(30)}`);
      assert.ok((collaterals.body.tpm as Json).var_data);
      // Azure's vTPM takes 50 bytes, 20 of which are the magic.
      assert.equal((await get(`${agent.url}/collaterals/${"n".repeat(31)}`)).status, 400);
    } finally {
      await agent.close();
    }
  });
});

describe("agent policy and life", () => {
  it("refuses un-anchored evidence where the policy does", async () => {
    const agent = await mustStart("gcp-tdx", { allowUnanchored: false });
    const url = `${agent.url}/onchain/registration-collaterals`;
    const refused = await post(url, { report_type: 1 });
    assert.deepEqual([refused.status, refused.body.code], [403, "CVM_AGENT_UNANCHORED_REFUSED"]);
    assert.equal((await post(url, { report_type: 1, ...anchorFields })).status, 200);
    await agent.close();
  });

  it("with a caller list makes evidence for a listed token alone", async () => {
    const hash = createHash("sha256").update("sesame").digest("hex");
    const agent = await mustStart("gcp-tdx", { callerTokenHashes: ["00".repeat(32), hash] });
    const url = `${agent.url}/onchain/registration-collaterals`;
    const body = { report_type: 1, ...anchorFields };
    for (const authorization of ["", "Bearer wrong", "sesame", "Bearer "]) {
      const refused = await post(url, body, { authorization });
      assert.deepEqual([refused.status, refused.body.code], [401, "CVM_AGENT_CALLER_UNKNOWN"]);
    }
    assert.equal((await post(url, body, { authorization: "Bearer sesame" })).status, 200);
    assert.equal((await post(`${agent.url}/sign-message`, { message: "a" })).status, 200);
    await agent.close();
  });

  it("readiness names open doors, and fails with signing once a PCR was extended", async () => {
    const agent = await mustStart();
    const ready = await get(`${agent.url}/readyz`);
    assert.equal(ready.status, 200);
    assert.match(JSON.stringify(ready.body.warnings), /no caller list/);
    await agent.platform.tpm.pcrExtend(23, new Uint8Array(32));
    assert.equal((await get(`${agent.url}/readyz`)).status, 503);
    const signing = await post(`${agent.url}/sign-message`, { message: "a" });
    assert.deepEqual([signing.status, signing.body.code], [503, "CVM_AGENT_IDENTITY_KEY_UNUSABLE"]);
    assert.equal((await get(`${agent.url}/healthz`)).status, 200);
    await agent.close();
  });

  it("answers 500 without telling what failed inside", async () => {
    const agent = await mustStart();
    await agent.platform.tpm.close();
    const answer = await get(`${agent.url}/collaterals/abc`);
    assert.deepEqual([answer.status, answer.body.code], [500, "CVM_AGENT_INTERNAL"]);
    assert.doesNotMatch(JSON.stringify(answer.body), /TPM/);
    await agent.close();
  });

  it("makes evidence for many callers at once", async () => {
    const platform = await startSimulatedMachine({ flavour: "gcp-tdx" });
    const agent = await startAgent({ platform, workload: { host: "127.0.0.1", port: 0 } });
    const url = `${agent.url}/onchain/registration-collaterals`;
    const answers = await Promise.all(
      Array.from({ length: 12 }, () => post(url, { report_type: 1, ...anchorFields })),
    );
    for (const { body } of answers) assert.equal(verifyCalldata(bytesOf(body.calldata), context).error, null);
    await agent.close();
  });

  it("closes twice without harm and leaves its port free", async () => {
    const agent = await mustStart();
    const port = Number(new URL(agent.url).port);
    await Promise.all([agent.close(), agent.close()]);
    await assert.rejects(fetch(agent.url));
    const next = await mustStart("gcp-tdx", { workload: { host: "127.0.0.1", port } });
    await next.close();
  });

  it("a port in use ends the start with an error and closes the TPM", async () => {
    const agent = await mustStart();
    const port = Number(new URL(agent.url).port);
    await assert.rejects(mustStart("gcp-tdx", { workload: { host: "127.0.0.1", port } }), /EADDRINUSE/);
    await agent.close();
  });
});
