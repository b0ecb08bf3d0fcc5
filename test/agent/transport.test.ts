// The socket transport against a peer that misbehaves.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { fromHex, toHex } from "../../sdk/evidence/bytes.ts";
import { flushContext, pcrRead } from "../../agent/tpm/commands.ts";
import { TpmError } from "../../agent/tpm/tpm.ts";
import { connectSocket, type Transport } from "../../agent/tpm/transport.ts";

const success = fromHex("80010000000a00000000");
const retry = fromHex("80010000000a00000922");
const refused = fromHex("80010000000a00000902");

describe("TPM socket transport", () => {
  let folder: string;
  let server: Server;
  let transport: Transport;
  let answer: (socket: Socket, count: number) => void;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "cvm-transport-"));
    let count = 0;
    server = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.on("data", () => answer(socket, ++count));
    });
    server.listen(join(folder, "sock"));
    await once(server, "listening");
    transport = await connectSocket({ path: join(folder, "sock") });
  });
  afterEach(async () => {
    await transport.close();
    server.close();
    await rm(folder, { recursive: true, force: true });
  });

  it("joins a response that arrives byte by byte", async () => {
    answer = (socket) => {
      for (const byte of success) socket.write(Uint8Array.of(byte));
    };
    assert.equal(toHex(await transport.send(new Uint8Array(10))), toHex(success));
  });

  it("gives each command its own response", async () => {
    answer = (socket, count) => void socket.write(count === 1 ? success : refused);
    assert.equal(toHex(await transport.send(new Uint8Array(10))), toHex(success));
    assert.equal(toHex(await transport.send(new Uint8Array(10))), toHex(refused));
  });

  it("fails when the peer goes away", async () => {
    answer = (socket) => void socket.destroy();
    await assert.rejects(transport.send(new Uint8Array(10)), /closed/);
    await assert.rejects(transport.send(new Uint8Array(10)), /closed/);
  });

  it("fails at its deadline and is of no further use, so that a late answer is nobody's", async () => {
    answer = () => undefined;
    const hurried = await connectSocket({ path: join(folder, "sock") }, 100);
    await assert.rejects(hurried.send(new Uint8Array(10)), /did not answer within 100 ms/);
    await assert.rejects(hurried.send(new Uint8Array(10)), /closed/);
  });

  it("sends a command again while the TPM asks for it, and gives up after twenty times", async () => {
    answer = (socket, count) => void socket.write(count < 3 ? retry : success);
    await flushContext(transport, 0x80000000);
    answer = (socket) => void socket.write(retry);
    await assert.rejects(
      flushContext(transport, 0x80000000),
      (error) => error instanceof TpmError && error.rc === 0x922,
    );
  });

  it("refuses a response whose fields end early", async () => {
    answer = (socket) => void socket.write(success);
    await assert.rejects(pcrRead(transport, [0]), /ends early/);
  });
});
