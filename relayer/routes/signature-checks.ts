// POST /v1/signature-checks: asks an application on chain about one signed message, and why not.
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { toHex } from "../../sdk/evidence/bytes.ts";
import type { CvmRegistryClient } from "../../sdk/registry/client.ts";
import type { Chain } from "../chain.ts";
import { errorText } from "../log.ts";
import { problem, ProblemError } from "../problem.ts";
import { address, bytes, bytes32, read } from "./fields.ts";

const question = z.strictObject({
  application: address,
  identityHash: bytes32,
  message: bytes,
  signature: bytes,
});

// Words of the SDK client and of viem's decoder about an address that is no application.
const isNoApplication = (text: string): boolean =>
  /no contract at|refused a read|decode|out of bounds|size/i.test(text);

export function signatureCheckRoutes(
  app: FastifyInstance,
  registry: CvmRegistryClient,
  chain: Pick<Chain, "head">,
): void {
  app.post("/v1/signature-checks", async (request) => {
    const { application, identityHash, message, signature } = read(question, request.body);
    const signed = {
      application,
      identityHash: toHex(identityHash),
      message: toHex(message),
      signature: toHex(signature),
    };
    try {
      // Of one block: between two the verdict and its reasons may differ.
      const { number: block } = await chain.head();
      const [valid, reasons] = await Promise.all([
        registry.checkSignature(signed, { block }),
        registry.explain(signed, { block }),
      ]);
      return { valid, reasons };
    } catch (error) {
      const text = errorText(error);
      throw new ProblemError(
        problem(isNoApplication(text) ? "application-unreadable" : "chain-unreachable", text),
      );
    }
  });
}
