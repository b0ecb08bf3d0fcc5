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

/**
 * Microsoft "Azure Virtual TPM Root Certificate Authority 2023" (RSA-4096, signed with SHA-384), sha256
 * e6c596b17f8ffefba5c300f714cfb1260c6028704ecf7becc4ab5018efb00e95, held to 2048. At the end of the chains that Azure
 * serves since 2025.
 */
const microsoftRoot = [
  "MIIFsDCCA5igAwIBAgIQUfQx2iySCIpOKeDZKd5KpzANBgkqhkiG9w0BAQwFADBpMQswCQYDVQQGEwJVUzEeMBwGA1UEChMV",
  "TWljcm9zb2Z0IENvcnBvcmF0aW9uMTowOAYDVQQDEzFBenVyZSBWaXJ0dWFsIFRQTSBSb290IENlcnRpZmljYXRlIEF1dGhv",
  "cml0eSAyMDIzMB4XDTIzMDYwMTE4MDg1M1oXDTQ4MDYwMTE4MTU0MVowaTELMAkGA1UEBhMCVVMxHjAcBgNVBAoTFU1pY3Jv",
  "c29mdCBDb3Jwb3JhdGlvbjE6MDgGA1UEAxMxQXp1cmUgVmlydHVhbCBUUE0gUm9vdCBDZXJ0aWZpY2F0ZSBBdXRob3JpdHkg",
  "MjAyMzCCAiIwDQYJKoZIhvcNAQEBBQADggIPADCCAgoCggIBALoMMwvdRJ7+bW00adKE1VemNqJS+268Ure8QcfZXVOsVO22",
  "+PL9WRoPnWo0r5dVoomYGbobh4HC72s9sGY6BGRe+Ui2LMwuWnirBtOjaJ34r1ZieNMcVNJT/dXW5HN/HLlm/gSKlWzqCEx6",
  "gFFAQTvyYl/5jYI4Oe05zJ7ojgjK/6ZHXpFysXnyUITJ9qgjn546IJh/G5OMC3mDfFU7A/GAi+LYaOHSzXj69Lk1vCftNq9D",
  "cQHtB7otO0VxFkRLaULcfu/AYHM7FC/Sq6cJb9Au8K/IUhw/5lJSXZawLJwHpcEYzETm2blad0VHsACaLNucZL5wBi8GEusQ",
  "9Wo8W1p1rUCMp89pufxa3Ar9sYZvWeJlvKggWcQVUlhvvIZEnT+fteEvwTdoajl5qSvZbDPGCPjb91rSznoiLq8XqgQBBFjn",
  "EiTL+ViaZmyZPYUsBvBY3lKXB1l2hggahfBIag4j0wcgqlL82SL7pAdGjq0Fou6SKgHnkkrV5CNxUBBVMNCwUoj5mvEjd5mF",
  "7XPgfM98qNABb2Aqtfl+VuCkU/G1XvFoTqS9AkwbLTGFMS9+jCEU2rw6wnKuGv1Tx9iuSdNvsXt8stx4fkVeJvnFpJeAIwBZ",
  "VgKRSTa3w3099k0mW8qGiMnwCI5SfdZ2SJyD4uEmszsnieE6wAWd1tLLg1jvAgMBAAGjVDBSMA4GA1UdDwEB/wQEAwIBhjAP",
  "BgNVHRMBAf8EBTADAQH/MB0GA1UdDgQWBBRL/iZalMH2M8ODSCbd8+WwZLKqlTAQBgkrBgEEAYI3FQEEAwIBADANBgkqhkiG",
  "9w0BAQwFAAOCAgEALgNAyg8I0ANNO/8I2BhpTOsbywN2YSmShAmig5h4sCtaJSM1dRXwA+keY6PCXQEt/PRAQAiHNcOF5zbu",
  "OU1Bw/Z5Z7k9okt04eu8CsS2Bpc+POg9js6lBtmigM5LWJCH1goMD0kJYpzkaCzx1TdD3yjo0xSxgGhabk5Iu1soD3OxhUyI",
  "FcxaluhwkiVINt3Jhy7G7VJTlEwkk21AoOrQxUsJH0f2GXjYShS1r9qLPzLf7ykcOm62jHGmLZVZujBzLIdNk1bljP9VuGW+",
  "cISBwzkNeEMMFufcL2xh6s/oiUnXicFWvG7E6ioPnayYXrHy3Rh68XLnhfpzeCzvbz/I4yMV38qGo/cAY2OJpXUuuD/ZbI5r",
  "T+lRBEkDW1kxHP8cpwkRwGopV8+gX2KSUucIIN4l8/rrNDEX8T0b5U+BUqiO7Z5YnxCya/H0ZIwmQnTlLRTU2fW+OGG+xyIr",
  "jMi/0l6/yWPUkIAkNtvS/yO7USRVLPbtGVk3Qre6HcqacCXzEjINcJhGEVg83Y8nM+Y+a9J0lUnHytMSFZE85h88OseRS2Qw",
  "qjozUo2j1DowmhSSUv9Na5Ae22ycciBkEZSq8a4rSlwqthaELNpeoTLUk6iVoUkK/iLvaMvrkdj9yJY1O/gvlfN2aiNTST/2",
  "bd+PA4RBToG9rXn6vNkUWdbLibU=",
].join("");

export const microsoftAkRoot: AkRoot = { cloud: 2, der: fromBase64(ascii(microsoftRoot))! };

/**
 * What this package trusts by default. The clouds' older roots (deployments/networks.ts names them) are left to those
 * who still have machines under them.
 */
export const defaultTrust: TrustRoots = { intelRoot, akRoots: [googleAkRoot, microsoftAkRoot] };
