// The TPM as every process of the guest sees it: what the agent uses, and besides it TPM2_PCR_Reset, which the agent
// never sends. An intruder needs no more than access to /dev/tpmrm0.
import { concat, uint } from "../../sdk/evidence/bytes.ts";
import { reader } from "../../agent/tpm/structures.ts";
import { deviceTpm } from "../../agent/tpm/device.ts";
import { connectSwtpm } from "../../agent/tpm/swtpm.ts";
import { TpmError, type Tpm } from "../../agent/tpm/tpm.ts";

export interface GuestTpm extends Tpm {
  /** TPM2_PCR_Reset (TPM 2.0 Part 3 §22.8) with the empty password, from locality 0. */
  pcrReset(index: number): Promise<void>;
}

const sessionsTag = uint(0x8002, 2);
const pcrResetCode = uint(0x13d, 4);
/** TPM_RS_PW, no nonce, no attributes, empty password. */
const emptyPassword = concat(uint(9, 4), uint(0x40000009, 4), new Uint8Array(5));

export async function startGuestSwtpm(): Promise<GuestTpm> {
  const transport = await connectSwtpm();
  return {
    ...deviceTpm(transport),
    async pcrReset(index) {
      const body = concat(pcrResetCode, uint(index, 4), emptyPassword);
      const command = concat(sessionsTag, uint(6 + body.length, 4), body);
      const response = reader(await transport.send(command));
      response.take(6);
      const rc = response.u32();
      if (rc !== 0) throw new TpmError("TPM2_PCR_Reset", rc);
    },
  };
}
