// POST /sign-message: what is signed, and what never is.
import assert from "node:assert/strict";
import { verify } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { domains } from "../../sdk/evidence/binding.ts";
import { ascii, concat, fromHex, sha256, toHex, uint } from "../../sdk/evidence/bytes.ts";
import { envelopeMessage, reservedPrefixes, walkthroughMessage } from "../../sdk/evidence/message.ts";
import { type RunningAgent } from "../../agent/agent.ts";
import { bytesOf, mustStart, post, zeroAddress, type Json } from "./http.ts";
import { p256Key } from "./tpm.behavior.ts";

describe("sign-message route", () => {
  let agent: RunningAgent;
  let signUrl: string;
  before(async () => {
    agent = await mustStart();
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
});
