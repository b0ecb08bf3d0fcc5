// Which agents the relayer talks to. A client names the URL, so without this the relayer would fetch anything its
// own network reaches on the client's behalf.

export interface AgentUrlPolicy {
  /** Hosts (`host` or `host:port`) that may be asked; null allows every host. */
  readonly allowedHosts: readonly string[] | null;
}

export type AgentUrl =
  { readonly ok: true; readonly url: URL } | { readonly ok: false; readonly reason: string };

const refused = (reason: string): AgentUrl => ({ ok: false, reason });

// Metadata services of every cloud answer here and hand out the machine's own credentials.
const isLinkLocal = (host: string): boolean =>
  host.startsWith("169.254.") ||
  /^\[(fe80|fd00:ec2:|::ffff:a9fe)/.test(host) ||
  host === "metadata.google.internal";

export function agentUrlOf(text: string, policy: AgentUrlPolicy): AgentUrl {
  if (!URL.canParse(text)) return refused("agentUrl is no URL");
  const url = new URL(text);
  if (url.protocol !== "http:" && url.protocol !== "https:")
    return refused("agentUrl is neither http nor https");
  if (url.username !== "" || url.password !== "") return refused("agentUrl carries credentials");
  if (url.search !== "" || url.hash !== "") return refused("agentUrl carries a query or a fragment");
  if (isLinkLocal(url.hostname)) return refused("agentUrl points to a link-local or metadata address");
  const { allowedHosts } = policy;
  if (allowedHosts !== null && !allowedHosts.includes(url.host) && !allowedHosts.includes(url.hostname))
    return refused("agentUrl is not on the list of allowed agents");
  return { ok: true, url };
}
