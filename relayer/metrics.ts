// Counters and gauges in Prometheus' text format: the little of it that the relayer needs.

type Labels = Readonly<Record<string, string>>;

export interface Metrics {
  count(name: string, labels?: Labels): void;
  add(name: string, value: number, labels?: Labels): void;
  set(name: string, value: number, labels?: Labels): void;
  text(): string;
}

interface Family {
  readonly type: "counter" | "gauge";
  readonly help: string;
}

/** Every metric of the relayer; a name that is not here cannot be recorded. */
const families: Readonly<Record<string, Family>> = {
  cvm_relayer_registrations_total: { type: "counter", help: "Registrations by the state they reached." },
  cvm_relayer_check_failures_total: { type: "counter", help: "Refusals by check id." },
  cvm_relayer_failures_total: { type: "counter", help: "Failures that are no refusal, by code." },
  cvm_relayer_transactions_total: {
    type: "counter",
    help: "Signed transactions by kind: send, bump, cancel.",
  },
  cvm_relayer_reports_total: {
    type: "counter",
    help: "Registrations sent, by the form of the TEE report: known-host, new-host, or as given.",
  },
  cvm_relayer_report_fallbacks_total: {
    type: "counter",
    help: "Times the chain did not take a form of a report but a later one, by the form it did not take.",
  },
  cvm_relayer_ak_certificates_total: {
    type: "counter",
    help: "Registrations sent, by the form of the AK certificates: known-ak, named-issuers, or as given.",
  },
  cvm_relayer_ak_certificate_fallbacks_total: {
    type: "counter",
    help: "Times the chain did not take a form of the AK certificates but a later one, by the form it did not take.",
  },
  cvm_relayer_rejections_total: { type: "counter", help: "Transactions a node did not take, by reason." },
  cvm_relayer_transaction_errors_total: {
    type: "counter",
    help: "Times an open transaction could not be looked at or concluded; others go on meanwhile.",
  },
  cvm_relayer_gas_used_total: { type: "counter", help: "Gas paid for by final transactions." },
  cvm_relayer_proofs_total: {
    type: "counter",
    help: "Proofs that were asked for, by proof system and outcome: proved, or the code of the failure.",
  },
  cvm_relayer_proving_seconds_total: { type: "counter", help: "Time that proofs took, by proof system." },
  cvm_relayer_proofs_under_way: { type: "gauge", help: "Proofs that are waited for." },
  cvm_relayer_collateral_upserts_total: {
    type: "counter",
    help: "Documents of Intel sent to the chain, by document and how it went.",
  },
  cvm_relayer_collateral_refusals_total: {
    type: "counter",
    help: "Documents of Intel that the chain refuses, by document and check id.",
  },
  cvm_relayer_collateral_source_failures_total: {
    type: "counter",
    help: "Times the source of Intel's documents did not answer or sent what cannot be read.",
  },
  cvm_relayer_collateral_source_failing_seconds: {
    type: "gauge",
    help: "How long the source has failed the platform that waits longest, 0 while it answers.",
  },
  cvm_relayer_collateral_expiry_seconds: {
    type: "gauge",
    help: "Seconds until a document the chain holds expires, negative afterwards; none while it is not held.",
  },
  cvm_relayer_registrations: { type: "gauge", help: "Registrations by state, as stored." },
  cvm_relayer_open_transactions: { type: "gauge", help: "Transactions that are not final." },
  cvm_relayer_signer_balance_wei: { type: "gauge", help: "Balance of the signer." },
  cvm_relayer_head_block: { type: "gauge", help: "Head block of the chain." },
  cvm_relayer_head_age_seconds: {
    type: "gauge",
    help: "Age of the head block when readiness was last asked for: a node that fell behind answers, too.",
  },
};

const escaped = (value: string): string =>
  value.replace(/[\\"\n]/g, (char) => (char === "\n" ? "\\n" : `\\${char}`));

function seriesOf(name: string, labels: Labels): string {
  const inside = Object.entries(labels).map(([key, value]) => `${key}="${escaped(value)}"`);
  return inside.length === 0 ? name : `${name}{${inside.join(",")}}`;
}

export function newMetrics(): Metrics {
  const values = new Map<string, Map<string, number>>();
  const of = (name: string): Map<string, number> => {
    if (families[name] === undefined) throw new Error(`no metric named ${name}`);
    const found = values.get(name) ?? new Map<string, number>();
    values.set(name, found);
    return found;
  };
  const add = (name: string, value: number, labels: Labels = {}) => {
    const series = seriesOf(name, labels);
    of(name).set(series, (of(name).get(series) ?? 0) + value);
  };
  return {
    add,
    count: (name, labels) => add(name, 1, labels),
    set: (name, value, labels = {}) => void of(name).set(seriesOf(name, labels), value),
    text: () =>
      Object.entries(families)
        .flatMap(([name, { type, help }]) => [
          `# HELP ${name} ${help}`,
          `# TYPE ${name} ${type}`,
          ...[...(values.get(name) ?? [])].map(([series, value]) => `${series} ${value}`),
        ])
        .join("\n") + "\n",
  };
}
