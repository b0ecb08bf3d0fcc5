import { it } from "node:test";
import { measureRegistry } from "./measure-registry.ts";
it("x", async () => { const f: any = {}; await measureRegistry(f, "gcp-tdx"); await measureRegistry(f, "azure-tdx"); console.log(f); });
