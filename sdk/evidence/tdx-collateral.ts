// What Intel signs about TDX platforms and a verifier needs beside a quote, in the members of the form that the
// dcap-qvl tools use (specs: "One input file for every verifier"). Bytes as Intel sent them: signatures are over
// exactly these, so no document is ever re-serialised.

export interface TdxCollateral {
  /** PEM text of the PCK CRL's issuer and the root. */
  readonly pckCrlIssuerChain: Uint8Array;
  /** DER. */
  readonly rootCaCrl: Uint8Array;
  /** DER. */
  readonly pckCrl: Uint8Array;
  /** PEM text of the TCB signing certificate and the root. */
  readonly tcbInfoIssuerChain: Uint8Array;
  /** JSON text of the inner object. */
  readonly tcbInfo: Uint8Array;
  /** r‖s, 64 bytes. */
  readonly tcbInfoSignature: Uint8Array;
  /** PEM text of the TCB signing certificate and the root. */
  readonly qeIdentityIssuerChain: Uint8Array;
  /** JSON text of the inner object. */
  readonly qeIdentity: Uint8Array;
  /** r‖s, 64 bytes. */
  readonly qeIdentitySignature: Uint8Array;
}
