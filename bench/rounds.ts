// Times several ways of doing one job, in turn, so that a machine that slows down slows all of them down.

export interface Contestant {
  readonly name: string;
  /** The whole job once. Throws when its result is not as expected. */
  readonly run: () => void;
}

export interface Timing {
  readonly name: string;
  /** Milliseconds of one job: the median, the fastest and the slowest round. */
  readonly median: number;
  readonly fastest: number;
  readonly slowest: number;
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

function time(run: () => void): number {
  const began = performance.now();
  run();
  return performance.now() - began;
}

export interface RoundSettings {
  readonly rounds: number;
  /** Rounds that are not counted, in which code is compiled and tables are made. */
  readonly warmUp: number;
}

/** Every contestant once per round, beginning with another one each time. */
export function timeInTurn(
  contestants: readonly Contestant[],
  { rounds, warmUp }: RoundSettings,
): readonly Timing[] {
  const times = contestants.map((): number[] => []);
  for (let round = -warmUp; round < rounds; round++)
    for (let i = 0; i < contestants.length; i++) {
      const at = (i + round + warmUp) % contestants.length;
      const milliseconds = time(contestants[at]!.run);
      if (round >= 0) times[at]!.push(milliseconds);
    }
  return contestants.map(({ name }, at) => ({
    name,
    median: medianOf(times[at]!),
    fastest: Math.min(...times[at]!),
    slowest: Math.max(...times[at]!),
  }));
}
