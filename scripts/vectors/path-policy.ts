// Where the judges of AK chains differ from the verdict of a path suite on purpose: they judge the chains of a cloud's
// or an operator's pinned root for a TPM key, not those of the web. Each test is listed by its name with our verdict, and
// both sides must give that one.
import type { PolicyDifference } from "./policy.ts";

const pathsDiffer = (reason: string, verdict: boolean, tests: readonly string[]): PolicyDifference => ({
  reason: `policy: ${reason}`,
  covers: ({ id }, given) => given === verdict && typeof id === "string" && tests.includes(id),
});

/** Below one folder of names that the suite separates with `::`. */
const under = (space: string, ...names: readonly string[]) => names.map((name) => `${space}::${name}`);

const stricter = [
  // RFC 5280 §7.1 would fold case and white space; a vendor writes its name one way, and bytes have one reading.
  pathsDiffer("names are compared byte by byte", false, [
    "ValidNameChainingWhitespaceTest3",
    "ValidNameChainingWhitespaceTest4",
    "ValidNameChainingCapitalizationTest5",
    "ValidRolloverfromPrintableStringtoUTF8StringTest10",
    "ValidUTF8StringCaseInsensitiveMatchTest11",
  ]),
  pathsDiffer("unique identifiers are refused", false, ["ValidNameUIDsTest6"]),
  pathsDiffer("an AK is no CA, and its key usage says that it signs", false, [
    "pathlen::validation-ignores-pathlen-in-leaf",
    "rfc5280::no-keyusage",
  ]),
  // RFC 5280 §6.1.4 (l) does not count them; a key that rolls over under a pinned root gets a new pin here.
  pathsDiffer("self-issued CAs count for the path length", false, ["pathlen::self-issued-certs-pathlen"]),
  pathsDiffer(
    "critical name constraints are not understood",
    false,
    under(
      "rfc5280::nc",
      ...["permitted-dns-match", "permitted-dns-match-more", "permitted-ipv4-match", "permitted-ipv6-match"],
      ...["permitted-dn-match", "permitted-self-issued", "permitted-different-constraint-type"],
      "excluded-different-constraint-type",
    ),
  ),
  // ECDSA on P-384 above apple.com, akamai.com and stackoverflow.com; roots signed with SHA-1 above the other two.
  pathsDiffer(
    "no P-384 and no SHA-1, which no chain of an AK has",
    false,
    under("online", "akamai.com", "facebook.com", "apple.com", "cloudflare.com", "stackoverflow.com"),
  ),
];

const looser = [
  pathsDiffer("names of hosts are not judged: an AK is told by its key", true, [
    ...under(
      "webpki::san",
      ...["mismatch-domain-san", "mismatch-subdomain-san", "mismatch-subdomain-apex-san"],
      ...["mismatch-apex-subdomain-san", "public-suffix-wildcard-san", "wildcard-embedded-leftmost-san"],
      ...["wildcard-not-in-leftmost-san", "wildcard-match-across-labels-san", "wildcard-embedded-ulabel-san"],
      ...["unicode-emoji-san", "no-san", "san-critical-with-nonempty-subject"],
    ),
    "rfc5280::san::noncritical-with-empty-subject",
    ...under("rfc5280::nc", "permitted-dns-match-noncritical", "not-allowed-in-ee-noncritical"),
  ]),
  pathsDiffer("empty names are names", true, ["rfc5280::ee-empty-issuer", "rfc5280::ca-empty-subject"]),
  // What a purpose decides is the cloud's mark, which is judged apart (protocol §4).
  pathsDiffer("key purposes do not decide whether a chain holds", true, [
    "rfc5280::eku::ee-wrong-eku",
    ...under("webpki::eku", "ee-anyeku", "ee-critical-eku", "ee-without-eku", "root-has-eku"),
  ]),
  pathsDiffer("key identifiers help to find an issuer; the signature tells it", true, [
    ...under(
      "rfc5280::aki",
      ...["leaf-missing-aki", "intermediate-missing-aki", "cross-signed-root-missing-aki"],
    ),
    ...under("rfc5280::ski", "root-missing-ski", "intermediate-missing-ski"),
    ...under(
      "webpki::aki",
      ...["root-with-aki-missing-keyidentifier", "root-with-aki-authoritycertissuer"],
      ...["root-with-aki-authoritycertserialnumber", "root-with-aki-all-fields"],
      "root-with-aki-ski-mismatch",
    ),
  ]),
  pathsDiffer("what a CA must write is not asked where it decides nothing", true, [
    "rfc5280::serial::zero",
    "rfc5280::root-non-critical-basic-constraints",
    // It may not issue all the same: it is no CA.
    "rfc5280::leaf-ku-keycertsign",
    "webpki::malformed-aia",
  ]),
  pathsDiffer("callers set no limit of their own to a chain", true, [
    "pathlen::max-chain-depth-0-exhausted",
    "pathlen::max-chain-depth-1-exhausted",
  ]),
];

export const pathDifferences: readonly PolicyDifference[] = [...stricter, ...looser];
