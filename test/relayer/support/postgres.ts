// A throw-away PostgreSQL for store tests, where the machine has one; null elsewhere.
import { execFileSync } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

export interface TestPostgres {
  readonly url: string;
  stop(): void;
}

/** Debian keeps pg_ctl out of PATH. */
function binaryFolder(): string | null {
  const debian = existsSync("/usr/lib/postgresql")
    ? readdirSync("/usr/lib/postgresql").map((version) => `/usr/lib/postgresql/${version}/bin`)
    : [];
  const folders = [...debian, ...(process.env["PATH"] ?? "").split(delimiter)];
  return (
    folders.find((folder) => ["initdb", "pg_ctl"].every((name) => existsSync(join(folder, name)))) ?? null
  );
}

// PostgreSQL refuses to run as root; it then runs as its own user over a socket in a folder that user owns.
const isRoot = process.getuid?.() === 0;

function run(command: string, ...args: string[]): string {
  const [file, ...rest] = isRoot ? ["runuser", "-u", "postgres", "--", command, ...args] : [command, ...args];
  return execFileSync(file, rest, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"], cwd: "/" });
}

export function startPostgres(): TestPostgres | null {
  const bin = binaryFolder();
  if (bin === null) return null;
  const folder = mkdtempSync(join(tmpdir(), "cvm-pg-"));
  try {
    if (isRoot) {
      const id = (flag: string) => Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));
      chownSync(folder, id("-u"), id("-g"));
    }
    const data = join(folder, "data");
    run(join(bin, "initdb"), "-D", data, "-U", "relayer", "--auth=trust", "--no-sync", "-E", "UTF8");
    const options = `-c listen_addresses='' -c unix_socket_directories='${folder}' -c fsync=off`;
    run(join(bin, "pg_ctl"), "-D", data, "-w", "-l", join(folder, "log"), "-o", options, "start");
    return {
      url: `postgresql://relayer@/postgres?host=${encodeURIComponent(folder)}`,
      stop: () => {
        run(join(bin, "pg_ctl"), "-D", data, "-m", "immediate", "-w", "stop");
        rmSync(folder, { recursive: true, force: true });
      },
    };
  } catch {
    rmSync(folder, { recursive: true, force: true });
    return null;
  }
}
