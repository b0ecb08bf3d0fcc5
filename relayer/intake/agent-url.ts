// Which agents the relayer talks to. A client names the URL, so without this the relayer would fetch anything its
// own network reaches on the client's behalf.

export interface AgentUrlPolicy {
  /** Hosts (`host` or `host:port`) that may be asked; null allows every host. */
  readonly allowedHosts: readonly string[] | null;
}

export type AgentUrl =
  { readonly ok: true; readonly url: URL } | { readonly ok: false; readonly reason: string };

const refused = (reason: string): AgentUrl => ({ ok: false, reason });

// Metadata services of every cloud answer on these and hand out the machine's own credentials: link-local addresses
// (RFC 3927, RFC 4291 §2.5.6), AWS's fd00:ec2::254, Alibaba Cloud's 100.100.100.200 and Azure's WireServer 168.63.129.16.
const metadataV4 = ["100.100.100.200", "168.63.129.16"];
const isMetadataV4 = (address: string): boolean =>
  address.startsWith("169.254.") || metadataV4.includes(address);
const metadataNames = ["metadata.google.internal", "metadata"];

/** The eight groups of an IPv6 address as WHATWG URLs spell it: lower case, in brackets, one `::` at most. */
function groupsOf(host: string): number[] {
  const [head = "", tail] = host.slice(1, -1).split("::");
  const read = (part: string) => (part === "" ? [] : part.split(":").map((group) => parseInt(group, 16)));
  const [left, right] = [read(head), read(tail ?? "")];
  return tail === undefined
    ? left
    : [...left, ...Array<number>(8 - left.length - right.length).fill(0), ...right];
}

/**
 * Prefixes of 96 bits whose last 32 are an IPv4 address: IPv4-compatible, mapped (RFC 4291 §2.5.5), translated
 * (RFC 2765), NAT64 (RFC 6052).
 */
const embedding = ["0:0:0:0:0:0", "0:0:0:0:0:ffff", "0:0:0:0:ffff:0", "64:ff9b:0:0:0:0"];

function isMetadataV6(host: string): boolean {
  const groups = groupsOf(host);
  const [first, second, high, low] = [groups[0]!, groups[1]!, groups[6]!, groups[7]!];
  if ((first & 0xffc0) === 0xfe80 || (first === 0xfd00 && second === 0xec2)) return true;
  const prefix = groups.slice(0, 6).map((group) => group.toString(16));
  return (
    embedding.includes(prefix.join(":")) &&
    isMetadataV4([high >> 8, high & 255, low >> 8, low & 255].join("."))
  );
}

/** @param hostname as URL gives it, so in one spelling but for the root's dot */
function isMetadata(hostname: string): boolean {
  const host = hostname.replace(/\.$/, "");
  return host.startsWith("[") ? isMetadataV6(host) : isMetadataV4(host) || metadataNames.includes(host);
}

export function agentUrlOf(text: string, policy: AgentUrlPolicy): AgentUrl {
  if (!URL.canParse(text)) return refused("agentUrl is no URL");
  const url = new URL(text);
  if (url.protocol !== "http:" && url.protocol !== "https:")
    return refused("agentUrl is neither http nor https");
  if (url.username !== "" || url.password !== "") return refused("agentUrl carries credentials");
  if (url.search !== "" || url.hash !== "") return refused("agentUrl carries a query or a fragment");
  if (isMetadata(url.hostname)) return refused("agentUrl points to a link-local or metadata address");
  const { allowedHosts } = policy;
  if (allowedHosts !== null && !allowedHosts.includes(url.host) && !allowedHosts.includes(url.hostname))
    return refused("agentUrl is not on the list of allowed agents");
  return { ok: true, url };
}
