// GET /offchain/collaterals/:nonce and its alias: raw evidence for verifiers off chain. The quote's extraData is
// magic ‖ nonce with a magic per listener, so that a quote fetched from outside never passes for the workload's own;
// neither can pass for registration evidence, which begins with 0xff.
import type { FastifyInstance } from "fastify";
import { ascii, concat } from "../../sdk/evidence/bytes.ts";
import { cloudTypes } from "../../sdk/evidence/registration.ts";
import type { Agent, Audience } from "../agent.ts";
import { spkiOf } from "../attestation-key.ts";
import { ProblemError } from "../problem.ts";
import { quotePcrs } from "../registration.ts";
import { toBase64 } from "./fields.ts";

const magics: Record<Audience, Uint8Array> = {
  workload: ascii("Internal/collaterals"),
  operator: ascii("External/collaterals"),
};
/** Azure's vTPM takes 50 bytes of qualifying data, the others at least 64. */
const maxExtraData = (cloud: number): number => (cloud === cloudTypes.azure ? 50 : 64);
const sha256Id = 11;

function nonceBytes(text: string, limit: number): Uint8Array {
  if (!/^[\x21-\x7e]+$/.test(text) || text.length > limit)
    throw new ProblemError(
      "CVM_AGENT_PARAMETER_MALFORMED",
      `nonce: 1 to ${limit} printable ASCII characters`,
    );
  return ascii(text);
}

async function collaterals({ platform }: Agent, audience: Audience, nonceText: string) {
  const magic = magics[audience];
  const nonce = nonceBytes(nonceText, maxExtraData(platform.cloud) - magic.length);
  const { report, runtimeClaims } = await platform.teeStatement(new Uint8Array(64));
  const { quote, pcrs } = await quotePcrs(platform, concat(magic, nonce));
  const leaf = platform.akCertificates[0];
  return {
    tdx: { attestation_report: toBase64(report) },
    tpm: {
      quote: toBase64(quote.attest),
      raw_sig: toBase64(quote.signature),
      pcrs: {
        hash: sha256Id,
        pcrs: Object.fromEntries(pcrs.map(({ index, pcr }) => [String(index), toBase64(pcr)])),
      },
      ...(leaf === undefined ? {} : { ak_cert: toBase64(leaf) }),
      ak_pub: toBase64(spkiOf(platform.ak)),
      ...(runtimeClaims === null ? {} : { var_data: toBase64(runtimeClaims) }),
    },
    magic: toBase64(magic),
    nonce: toBase64(nonce),
    boot_log_tpm: toBase64(platform.bootLog),
  };
}

export function collateralsRoutes(app: FastifyInstance, agent: Agent, audience: Audience): void {
  for (const path of ["/offchain/collaterals/:nonce", "/collaterals/:nonce"])
    app.get<{ Params: { nonce: string } }>(path, ({ params }) => collaterals(agent, audience, params.nonce));
}
