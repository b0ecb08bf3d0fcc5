// Logging with fixed keys and without secrets: keys, RPC credentials and evidence bytes never reach a log line.
import { pino } from "pino";
import type { DestinationStream, Logger } from "pino";

export type Log = Logger;

const secrets = ["signerKey", "databaseUrl", "apiKey", "rpcUrl", "calldata", "raw", "authorization"];
const paths = [
  ...secrets,
  ...secrets.map((key) => `*.${key}`),
  "req.headers.authorization",
  'req.headers["x-api-key"]',
];

export function newLog(level: string, stream?: DestinationStream): Log {
  const options = { level, name: "cvm-relayer", redact: { paths, censor: "[redacted]" } };
  return stream === undefined ? pino(options) : pino(options, stream);
}

/** Scheme, host and port of a URL: paths and query strings of RPC providers carry API keys. */
export function originOf(url: string): string {
  try {
    const { protocol, host } = new URL(url);
    return `${protocol}//${host}`;
  } catch {
    return "(no URL)";
  }
}

/** An error as one line for a log or a person, with every URL cut to its origin. */
export function errorText(error: unknown): string {
  const text = error instanceof Error ? error.message.split("\n", 1)[0]! : String(error);
  return text.replace(/\b(?:https?|wss?|postgres(?:ql)?):\/\/[^\s"']+/g, originOf).slice(0, 300);
}
