// The registers that logs extend, by the names people use.

export type Register = `PCR ${number}` | `RTMR ${number}`;

/** PC Client TPMs have PCR 0 to 23. */
export const pcrCount = 24;

/** RTMR of a measurement register index (UEFI 2.10 §38.4.1, TDX): 0 is MRTD and has none. */
export const measurementRegister = (index: number): Register | null =>
  index >= 1 && index <= 4 ? `RTMR ${index - 1}` : null;

export const registerIndex = (register: Register): number =>
  Number(register.slice(register.indexOf(" ") + 1));

/**
 * Value before the first extend: zero, but for the DRTM registers (PC Client Platform TPM Profile §4.6.2: 17 to 22 are
 * all ones until a DRTM launch) and the locality that PCR 0 starts with.
 */
export function startValue(register: Register, size: number, startupLocality: number): Uint8Array {
  const value = new Uint8Array(size);
  if (register.startsWith("RTMR")) return value;
  const index = registerIndex(register);
  if (index >= 17 && index <= 22) value.fill(0xff);
  if (index === 0) value[size - 1] = startupLocality;
  return value;
}
