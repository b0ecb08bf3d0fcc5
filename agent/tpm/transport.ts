// Carries whole TPM commands and responses: a Unix or TCP socket (swtpm's data channel) or /dev/tpmrm0, where one
// write is one command and one read one response. Knows the outer frame, not the commands.
import { open } from "node:fs/promises";
import { connect, type Socket } from "node:net";

export interface Transport {
  /** One command in flight at a time; callers queue. */
  send(command: Uint8Array): Promise<Uint8Array>;
  close(): Promise<void>;
}

export type SocketTarget = { readonly path: string } | { readonly host: string; readonly port: number };

const headerLength = 10;
/** TPM2_PT_MAX_RESPONSE_SIZE of every TPM in the field; the kernel's resource manager uses the same buffer. */
const maxResponseLength = 4096;
const defaultDeadlineMs = 20_000;

const lengthOf = (frame: Uint8Array): number =>
  new DataView(frame.buffer, frame.byteOffset, frame.byteLength).getUint32(2);

export async function openDevice(path = "/dev/tpmrm0"): Promise<Transport> {
  const file = await open(path, "r+");
  return {
    async send(command) {
      await file.write(command, 0, command.length, null);
      const buffer = new Uint8Array(maxResponseLength);
      const { bytesRead } = await file.read(buffer, 0, buffer.length, null);
      return buffer.subarray(0, bytesRead);
    },
    close: () => file.close(),
  };
}

function connected(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once("connect", () => {
      socket.off("error", reject);
      resolve();
    });
    socket.once("error", reject);
  });
}

export async function connectSocket(
  target: SocketTarget,
  deadlineMs = defaultDeadlineMs,
): Promise<Transport> {
  const socket = connect("path" in target ? { path: target.path } : { host: target.host, port: target.port });
  await connected(socket);
  let pending: { resolve: (response: Uint8Array) => void; reject: (error: Error) => void } | null = null;
  let received = new Uint8Array(0);

  const settle = (outcome: Uint8Array | Error): void => {
    const waiting = pending;
    pending = null;
    if (outcome instanceof Error) waiting?.reject(outcome);
    else waiting?.resolve(outcome);
  };
  socket.on("data", (chunk: Buffer) => {
    received = Uint8Array.from([...received, ...chunk]);
    if (received.length < headerLength || received.length < lengthOf(received)) return;
    const response = received.slice(0, lengthOf(received));
    received = received.slice(response.length);
    settle(response);
  });
  socket.on("error", (error) => settle(error));
  socket.on("close", () => settle(new Error("TPM socket closed")));

  return {
    send(command) {
      if (socket.destroyed) return Promise.reject(new Error("TPM socket closed"));
      if (pending !== null) return Promise.reject(new Error("a TPM command is already in flight"));
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          pending = null;
          // A late answer would be taken for the next command's: the connection is of no further use.
          socket.destroy();
          reject(new Error(`TPM did not answer within ${deadlineMs} ms`));
        }, deadlineMs);
        const done = <T>(then: (value: T) => void) => {
          return (value: T) => {
            clearTimeout(timer);
            then(value);
          };
        };
        pending = { resolve: done(resolve), reject: done(reject) };
        socket.write(command);
      });
    },
    async close() {
      if (socket.destroyed) return;
      const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
      socket.end();
      socket.destroySoon();
      await closed;
    },
  };
}
