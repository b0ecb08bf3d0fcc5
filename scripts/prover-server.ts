// `node scripts/prover-server.ts [port]`: a local stand-in for Bento and for the SP1 side-car (docs/proving.md). It hands
// out captured proofs of programs and reports that it knows; everything else fails, as a guest that refuses its input does.
import { startProverServer } from "./prover/server.ts";

const [argument = "8091"] = process.argv.slice(2);
if (!/^[0-9]{1,5}$/.test(argument) || Number(argument) > 65_535) {
  console.error("usage: node scripts/prover-server.ts [port]");
  process.exit(2);
}
const server = await startProverServer(Number(argument));
console.log(`prover server at ${server.url}`);
for (const signal of ["SIGTERM", "SIGINT"] as const)
  process.once(signal, () => void server.stop().then(() => process.exit(0)));
