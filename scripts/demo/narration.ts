// How the demo tells what it does: numbered steps, values, and expectations that are counted when they fail.
export const deadlineMilliseconds = 55_000;
export const began = performance.now();
let stepNumber = 0;
let failed = 0;

/** Since the demo began. */
export const seconds = (): string => `${((performance.now() - began) / 1000).toFixed(1).padStart(5)} s`;
/** Expectations that did not come true. */
export const failures = (): number => failed;

export function step(title: string): void {
  stepNumber++;
  console.log(`\n[${seconds()}] ${stepNumber}. ${title}`);
}

export function show(name: string, value: unknown): void {
  console.log(`           ${name.padEnd(34)} ${String(value)}`);
}

/** One expectation of the demo. A failed one is counted, and the demo goes on: more is seen that way. */
export function expect(name: string, actual: unknown, expected: unknown): void {
  const holds = actual === expected;
  if (!holds) failed++;
  show(name, `${String(actual)} ${holds ? "✓" : `✗ expected ${String(expected)}`}`);
}
