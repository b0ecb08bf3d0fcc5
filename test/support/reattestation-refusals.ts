// Tests of one refusal each: a record as it should be, and evidence that is right in everything but one thing.
import { it } from "node:test";
import type { Reattestation, WorkloadCollaterals } from "../../sdk/evidence/registration.ts";
import type { Scene } from "./reattestation-scene.ts";

export const withWc = (of: Reattestation, by: Partial<WorkloadCollaterals>): Reattestation => ({
  ...of,
  workloadCollaterals: { ...of.workloadCollaterals, ...by },
});

type Choices = Omit<Parameters<Scene["build"]>[0], "teeMeasurement">;

/** `current`: the scene, once it stands. Each test has a state of its own. */
export function refusalsOf(current: () => Scene) {
  const refuses = (
    expected: string,
    what: string,
    make: (teeMeasurement: Uint8Array, scene: Scene) => Promise<Reattestation>,
  ): void => {
    void it(`${what} ends in ${expected}`, () => {
      const scene = current();
      return scene.aside(async () =>
        scene.assertVerdict(await make(await scene.register(), scene), expected),
      );
    });
  };
  return {
    refuses,
    chosen: (expected: string, what: string, choices: Choices): void =>
      refuses(expected, what, (teeMeasurement, scene) => scene.build({ teeMeasurement, ...choices })),
    edited: (expected: string, what: string, edit: (of: Reattestation) => Reattestation): void =>
      refuses(expected, what, async (teeMeasurement, scene) => edit(await scene.build({ teeMeasurement }))),
  };
}
