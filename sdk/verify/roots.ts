// Pinned trust roots. Each constant says where it comes from; a change here is a change of what is trusted.
import { fromBase64 } from "../evidence/base64.ts";
import { ascii, fromHex } from "../evidence/bytes.ts";
import type { AkRoot, TrustRoots } from "./context.ts";

/**
 * Intel SGX Root CA public key, x‖y. Certificate: https://certificates.trustedservices.intel.com/IntelSGXRootCA.der,
 * serial 22650cd65a9d3489f383b49552bf501b392706ac, sha256 44a0196b…, held to 2049-12-31.
 */
export const intelRoot = fromHex(
  "0ba9c4c0c0c86193a3fe23d6b02cda10a8bbd4e88e48b4458561a36e705525f5" +
    "67918e2edc88e40d860bd0cc4ee26aacc988e505a953558c453f6b0904ae7394",
);

/**
 * Google "EK/AK CA Root" (RSA-4096), sha256 594759594b9b61524f6c8ef668f7177f7b9066bc0674f2f49fe9e052be78beb2,
 * serial a65da4f9e328f38035c3a73d4f72432bdf15dc, held to 2122. As in every GCP capture, and published at the
 * caIssuers address of Google's intermediate (privateca-content-….storage.googleapis.com).
 */
const googleRoot = [
  "MIIGATCCA+mgAwIBAgIUAKZdpPnjKPOANcOnPU9yQyvfFdwwDQYJKoZIhvcNAQELBQAwfjELMAkGA1UEBhMCVVMxEzAR",
  "BgNVBAgTCkNhbGlmb3JuaWExFjAUBgNVBAcTDU1vdW50YWluIFZpZXcxEzARBgNVBAoTCkdvb2dsZSBMTEMxFTATBgNV",
  "BAsTDEdvb2dsZSBDbG91ZDEWMBQGA1UEAxMNRUsvQUsgQ0EgUm9vdDAgFw0yMjA3MDgwMDQwMzRaGA8yMTIyMDcwODA1",
  "NTcyM1owfjELMAkGA1UEBhMCVVMxEzARBgNVBAgTCkNhbGlmb3JuaWExFjAUBgNVBAcTDU1vdW50YWluIFZpZXcxEzAR",
  "BgNVBAoTCkdvb2dsZSBMTEMxFTATBgNVBAsTDEdvb2dsZSBDbG91ZDEWMBQGA1UEAxMNRUsvQUsgQ0EgUm9vdDCCAiIw",
  "DQYJKoZIhvcNAQEBBQADggIPADCCAgoCggIBAJ0l9VCoyJZLSol8KyhNpbS7pBnuicE6ptrdtxAWIR2TnLxSgxNFiR7d",
  "rtofxI0ruceoCIpsa9NHIKrz3sM/N/E8mFNHiJAuyVf3pPpmDpLJZQ1qe8yHkpGSs3Kj3s5YYWtEecCVfzNs4MtKvGfA",
  "+WKB49A6Noi8R9R1GonLIN6wSXX3kP1ibRn0NGgdqgfgRe5HC3kKAhjZ6scT8Eb1SGlaByGzE5WoGTnNbyifkyx9oUZx",
  "XVJsqv2q611W3apbPxcgev8z5JXQUbrrQ7EbO0StK1DsKRsKLuD+YLxjrBRQ4UeIN5WHp6G0vgYiOptHm6YKZxQemO/k",
  "VMLRzsm1AYH7eNOFekcBIKRjSqpk5m4ud04qum6f0hBj3iE/Pe+DvIbVhLh9ItAunISGQPA9dYEgfA/qWir+pU7LV3ph",
  "pLeGhull8G/zYmQhF3heg0buIR70aavzT8iLAQrxVMNRZJEGMwIN/tq8YiT3+3EZIcSqq6GAGjiuVw3NIsXC3+CuSJGQ",
  "5GbDp49Lc6VWPHeWeFvwSUGgxKXq5r1+PRsoYgK6S4hhecgXEX5c7Rta6TcFlEFb0XK9fpy1dr89LeFGxUBpdDvKxDRL",
  "Mm3FQen8rmR/PSReEcJsaqbUP/q7Pc7k0RfF9Mb6AfPZfnqgpYJQ+IFSr9EjRSW1wPcL03zoTP47AgMBAAGjdTBzMA4G",
  "A1UdDwEB/wQEAwIBBjAQBgNVHSUECTAHBgVngQUIATAPBgNVHRMBAf8EBTADAQH/MB0GA1UdDgQWBBRJ50pbVin1nXm3",
  "pjA8A7KP5xTdTDAfBgNVHSMEGDAWgBRJ50pbVin1nXm3pjA8A7KP5xTdTDANBgkqhkiG9w0BAQsFAAOCAgEAlfHRvOB3",
  "CJoLTl1YG/AvjGoZkpNMyp5X5je1ICCQ68b296En9hIUlcYY/+nuEPSPUjDA3izwJ8DAfV4REgpQzqoh6XhR3TgyfHXj",
  "J6DC7puzEgtzF1+wHShUpBoe3HKuL4WhB3rvwk2SEsudBu92o9BuBjcDJ/GW5GRtpD/H71HAE8rI9jJ41nS0FvkkjaX0",
  "glsntMVUXiwcta8GI0QOE2ijsJBwk41uQGt0YOj2SGlEwNAC5DBTB5kZ7+6X9xGE6/c+M3TAA0ONoX18rNfif94cCx/m",
  "PYOs8pUkANRAQ4aTRBvpBrryGT8R1ahTBkMeRQG3tdsLHRT8fJCFUANd5WLWsi83005y/WuMz8/gFKc0PL+F+MubCsJ1",
  "ODPTRscH93QlS4zEMg5hDAIks+fDoRJ2QiROqo7GAqbTc7STKfGcr9+pa63na7f3oy1sZPWPdxB8tx5z3lghiPP3ktQx",
  "/yK/1Fwf1hgxJHFy/2UcaGuOXRRRTPyEnppZp82Kigs9aPHWtaVm2/LrXX2fvT9iM/k0CovNAj8rztHxsUEoA0xJnSOJ",
  "NPpe9PRdjsTj7/u3Xu6hQLNNidBHgI3Hcmi704HMMd/3yZ424OOrS32ylpeU1oeQHFrLE6hYX4/ttMETbmESIKd2rTgs",
  "tPotSvkuB5TljbKYPR+lq7hQav16U4E=",
].join("");

export const googleAkRoot: AkRoot = { cloud: 1, der: fromBase64(ascii(googleRoot))! };

/** What this package trusts by default. Azure's roots are signed with SHA-384 and are not pinned yet. */
export const defaultTrust: TrustRoots = { intelRoot, akRoots: [googleAkRoot] };
