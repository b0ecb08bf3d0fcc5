// ABI of CVMApplication: what a consumer of signatures asks (protocol §10).
import { parseAbi } from "viem";

export const cvmApplicationAbi = parseAbi([
  "struct PolicyCheck { string check; bool passed; }",
  "function checkCVMSignature(bytes32 cvmIdentityHash, bytes message, bytes signature) view returns (bool)",
  "function explain(bytes32 cvmIdentityHash, bytes message, bytes signature) view returns (PolicyCheck[])",
]);
