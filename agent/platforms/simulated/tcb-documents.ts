// Writes Intel's signed JSON documents: compact, with Intel's members in Intel's order (specs: collateral JSON).
// Contents are taken as given, also such as Intel would never sign: tests need those behind a good signature.
import { toHex } from "../../../sdk/evidence/bytes.ts";

export interface SvnLevelContent {
  readonly isvSvn: number;
  readonly tcbDate: string;
  readonly tcbStatus: string;
  /** Left out when absent. */
  readonly advisoryIDs?: readonly string[];
}

export interface TcbLevelContent {
  /** 16 SVNs each. */
  readonly sgx: ArrayLike<number>;
  readonly pceSvn: number;
  readonly tdx: ArrayLike<number>;
  readonly tcbDate: string;
  readonly tcbStatus: string;
  readonly advisoryIDs?: readonly string[];
}

export interface ModuleContent {
  /** 48 bytes. */
  readonly mrSigner: Uint8Array;
  /** 8 bytes each. */
  readonly attributes: Uint8Array;
  readonly attributesMask: Uint8Array;
}

export interface ModuleIdentityContent extends ModuleContent {
  /** TDX_ and two hex digits. */
  readonly id: string;
  readonly tcbLevels: readonly SvnLevelContent[];
}

interface DocumentContent {
  readonly id: string;
  readonly version: number;
  readonly issueDate: Date;
  readonly nextUpdate: Date;
}

export interface TcbInfoContent extends DocumentContent {
  readonly fmspc: Uint8Array;
  readonly pceId: Uint8Array;
  readonly tcbType: number;
  readonly tcbEvaluationDataNumber: number;
  readonly tdxModule: ModuleContent;
  /** Null: the member is absent, as in 2023. */
  readonly tdxModuleIdentities: readonly ModuleIdentityContent[] | null;
  readonly tcbLevels: readonly TcbLevelContent[];
}

export interface QeIdentityContent extends DocumentContent {
  readonly tcbEvaluationDataNumber: number;
  /** 4 bytes each. */
  readonly miscSelect: Uint8Array;
  readonly miscSelectMask: Uint8Array;
  /** 16 bytes each. */
  readonly attributes: Uint8Array;
  readonly attributesMask: Uint8Array;
  /** 32 bytes. */
  readonly mrSigner: Uint8Array;
  readonly isvProdId: number;
  readonly tcbLevels: readonly SvnLevelContent[];
}

export interface EvaluationNumbersContent extends DocumentContent {
  readonly tcbEvalNumbers: readonly {
    readonly tcbEvaluationDataNumber: number;
    readonly tcbRecoveryEventDate: string;
    readonly tcbDate: string;
  }[];
}

// What Intel says each component is, by its place.
const sgxComponents = [
  { category: "BIOS", type: "Early Microcode Update" },
  { category: "OS/VMM", type: "SGX Late Microcode Update" },
  { category: "OS/VMM", type: "TXT SINIT" },
  { category: "BIOS" },
  { category: "BIOS" },
  { category: "BIOS" },
  {},
  { category: "OS/VMM", type: "SEAMLDR ACM" },
];
const tdxComponents = [
  { category: "OS/VMM", type: "TDX Module" },
  { category: "OS/VMM", type: "TDX Module" },
  { category: "OS/VMM", type: "TDX Late Microcode Update" },
];

const hex = (bytes: Uint8Array): string => toHex(bytes).slice(2).toUpperCase();

/** A date as Intel's documents have it: no fraction of a second. */
export const isoDate = (date: Date): string => date.toISOString().replace(/\.\d+/, "");

const componentsOf = (svns: ArrayLike<number>, kinds: readonly object[]) =>
  Array.from(svns, (svn, at) => ({ svn, ...kinds[at] }));

const moduleOf = ({ mrSigner, attributes, attributesMask }: ModuleContent) => ({
  mrsigner: hex(mrSigner),
  attributes: hex(attributes),
  attributesMask: hex(attributesMask),
});

const svnLevelOf = ({ isvSvn, tcbDate, tcbStatus, advisoryIDs }: SvnLevelContent) => ({
  tcb: { isvsvn: isvSvn },
  tcbDate,
  tcbStatus,
  advisoryIDs,
});

const tcbLevelOf = ({ sgx, pceSvn, tdx, tcbDate, tcbStatus, advisoryIDs }: TcbLevelContent) => ({
  tcb: {
    sgxtcbcomponents: componentsOf(sgx, sgxComponents),
    pcesvn: pceSvn,
    tdxtcbcomponents: componentsOf(tdx, tdxComponents),
  },
  tcbDate,
  tcbStatus,
  advisoryIDs,
});

const headOf = ({ id, version, issueDate, nextUpdate }: DocumentContent) => ({
  id,
  version,
  issueDate: isoDate(issueDate),
  nextUpdate: isoDate(nextUpdate),
});

// JSON.stringify keeps the order of the members and leaves out those that are undefined.
export const tcbInfoText = (content: TcbInfoContent): string =>
  JSON.stringify({
    ...headOf(content),
    fmspc: hex(content.fmspc),
    pceId: hex(content.pceId),
    tcbType: content.tcbType,
    tcbEvaluationDataNumber: content.tcbEvaluationDataNumber,
    tdxModule: moduleOf(content.tdxModule),
    tdxModuleIdentities: content.tdxModuleIdentities?.map((identity) => ({
      id: identity.id,
      ...moduleOf(identity),
      tcbLevels: identity.tcbLevels.map(svnLevelOf),
    })),
    tcbLevels: content.tcbLevels.map(tcbLevelOf),
  });

export const qeIdentityText = (content: QeIdentityContent): string =>
  JSON.stringify({
    ...headOf(content),
    tcbEvaluationDataNumber: content.tcbEvaluationDataNumber,
    miscselect: hex(content.miscSelect),
    miscselectMask: hex(content.miscSelectMask),
    attributes: hex(content.attributes),
    attributesMask: hex(content.attributesMask),
    mrsigner: hex(content.mrSigner),
    isvprodid: content.isvProdId,
    tcbLevels: content.tcbLevels.map(svnLevelOf),
  });

export const evaluationNumbersText = (content: EvaluationNumbersContent): string =>
  JSON.stringify({ ...headOf(content), tcbEvalNumbers: content.tcbEvalNumbers });
