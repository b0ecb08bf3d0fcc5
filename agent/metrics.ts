// Counters in the Prometheus text format. Labels come from closed sets (route patterns, statuses): no caller can make
// the list grow.
type Labels = Readonly<Record<string, string>>;

export interface Metrics {
  count(name: MetricName, labels?: Labels): void;
  set(name: MetricName, value: number): void;
  render(): string;
}

const descriptions = {
  cvm_agent_requests_total: ["counter", "Answered requests by route and status"],
  cvm_agent_registrations_total: ["counter", "Registration evidence made, by form"],
  cvm_agent_proofs_total: ["counter", "Proofs asked for, by proof system and how it ended"],
  cvm_agent_reattestations_total: ["counter", "Re-attestation evidence made, by form"],
  cvm_agent_actions_total: ["counter", "Registry actions signed, by action"],
  cvm_agent_signatures_total: ["counter", "Messages signed by the identity key"],
  cvm_agent_identity_key_usable: ["gauge", "1 while the PCRs are those of the identity key's policy"],
} as const;

export type MetricName = keyof typeof descriptions;

const series = (name: string, labels: Labels): string => {
  const pairs = Object.entries(labels).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  return pairs.length === 0 ? name : `${name}{${pairs.join(",")}}`;
};

export function newMetrics(): Metrics {
  const values = new Map<MetricName, Map<string, number>>();
  const of = (name: MetricName): Map<string, number> => {
    const known = values.get(name) ?? new Map<string, number>();
    values.set(name, known);
    return known;
  };
  return {
    count(name, labels = {}) {
      const key = series(name, labels);
      of(name).set(key, (of(name).get(key) ?? 0) + 1);
    },
    set: (name, value) => void of(name).set(name, value),
    render() {
      const lines = [...values].flatMap(([name, entries]) => {
        const [type, help] = descriptions[name];
        const samples = [...entries].map(([key, value]) => `${key} ${value}`);
        return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...samples];
      });
      return `${lines.join("\n")}\n`;
    },
  };
}
