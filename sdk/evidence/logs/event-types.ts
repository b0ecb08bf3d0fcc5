// Event types of the TCG PC Client Platform Firmware Profile 1.06 §10.4.1. A type is a label of the log: no digest
// covers it.

export const eventTypes = {
  postCode: 0x1,
  noAction: 0x3,
  separator: 0x4,
  action: 0x5,
  eventTag: 0x6,
  crtmContents: 0x7,
  crtmVersion: 0x8,
  platformConfigFlags: 0xa,
  tableOfDevices: 0xb,
  ipl: 0xd,
  nonHostInfo: 0x11,
  variableDriverConfig: 0x80000001,
  variableBoot: 0x80000002,
  bootServicesApplication: 0x80000003,
  bootServicesDriver: 0x80000004,
  gpt: 0x80000006,
  efiAction: 0x80000007,
  firmwareBlob: 0x80000008,
  handoffTables: 0x80000009,
  firmwareBlob2: 0x8000000a,
  handoffTables2: 0x8000000b,
  variableBoot2: 0x8000000c,
  hcrtm: 0x80000010,
  variableAuthority: 0x800000e0,
} as const;

const names: Readonly<Record<number, string>> = {
  [eventTypes.separator]: "EV_SEPARATOR",
  [eventTypes.variableDriverConfig]: "EV_EFI_VARIABLE_DRIVER_CONFIG",
  [eventTypes.variableBoot]: "EV_EFI_VARIABLE_BOOT",
  [eventTypes.variableBoot2]: "EV_EFI_VARIABLE_BOOT2",
  [eventTypes.gpt]: "EV_EFI_GPT_EVENT",
  [eventTypes.efiAction]: "EV_EFI_ACTION",
};

export const eventTypeName = (type: number): string => names[type] ?? `type 0x${type.toString(16)}`;

/**
 * Types whose digest is that of the data by the profile, and is in every real log at hand: other data is a rewritten
 * description. EV_S_CRTM_VERSION and EV_EFI_VARIABLE_AUTHORITY are not among them although the profile says so: boards
 * (Supermicro) and COS 85's shim hash something else.
 */
export const hashedTypes: readonly number[] = [
  eventTypes.separator,
  eventTypes.variableDriverConfig,
  eventTypes.variableBoot,
  eventTypes.variableBoot2,
  eventTypes.gpt,
  eventTypes.efiAction,
];
