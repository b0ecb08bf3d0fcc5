// The library by itself: what it adds, multiplies and multiplies out, and what it refuses.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { bn254 } from "@noble/curves/bn254.js";
import { toPoint, toPoint2 } from "../../../deployments/proof-releases.ts";
import type { Point } from "../../../deployments/proof-releases.ts";
import { riscZeroKey } from "../../../sdk/verify/zk/keys.ts";
import type { Target } from "../../support/intel-chain.ts";
import { p, r, startZk } from "./proofs.ts";
import type { Zk } from "./proofs.ts";

let zk: Zk;
let harness: Target;
before(async () => {
  zk = await startZk();
  harness = await zk.deploy("Groth16Harness");
});
after(() => zk.connection.close());

type Sum = readonly [ok: boolean, x: bigint, y: bigint];
const [one, two, three] = riscZeroKey.ic.map(toPoint) as [Point, ...Point[]];
const addScaled = (sum: Point, x: bigint, y: bigint, scalar: bigint) =>
  zk.read<Sum>(harness, "addScaled", sum, x, y, scalar);

describe("addScaled", () => {
  it("adds a multiple, as another implementation does", async () => {
    const Point = bn254.G1.Point;
    for (const scalar of [0n, 1n, 2n, 2n ** 128n - 1n, r - 1n]) {
      const product = scalar === 0n ? Point.ZERO : Point.fromAffine(two!).multiply(scalar);
      const { x, y } = Point.fromAffine(one).add(product).toAffine();
      assert.deepEqual(await addScaled(one, two!.x, two!.y, scalar), [true, x, y]);
    }
  });

  it("gives infinity for a point and its negative", async () => {
    assert.deepEqual(await addScaled(one, one.x, one.y, r - 1n), [true, 0n, 0n]);
  });

  it("refuses scalars from the group order on, which the precompile reduces", async () => {
    for (const scalar of [r, r + 1n, 2n ** 256n - 1n])
      assert.equal((await addScaled(one, two!.x, two!.y, scalar))[0], false, String(scalar));
  });

  it("refuses points off the curve and coordinates that are not reduced, in either place", async () => {
    const { x, y } = two!;
    const bad = [
      [x, y + 1n],
      [x + 1n, y],
      [x + p, y],
      [x, y + p],
      [0n, p],
      [p, 0n],
    ] as const;
    for (const [badX, badY] of bad) {
      assert.equal((await addScaled(one, badX, badY, 1n))[0], false);
      assert.equal((await addScaled({ x: badX, y: badY }, x, y, 1n))[0], false);
    }
  });
});

describe("isProductOne", () => {
  const [beta, gamma] = [toPoint2(riscZeroKey.beta), toPoint2(riscZeroKey.gamma)];
  const negative = ({ x, y }: Point) => [x, p - y];
  const isOne = (...words: bigint[]) => zk.read<boolean>(harness, "isProductOne", words);
  const pair = ({ x, y }: Point, g2: readonly bigint[]) => [x, y, ...g2];

  it("takes pairs that cancel out", async () => {
    const words = [...pair(one, beta), ...negative(one), ...beta, ...pair(two!, gamma), ...negative(two!)];
    assert.equal(await isOne(...words, ...gamma), true);
    assert.equal(await isOne(...Array<bigint>(24).fill(0n)), true);
  });

  it("refuses pairs that do not, each word of them counts", async () => {
    const words = [...pair(one, beta), ...negative(one), ...beta, ...pair(two!, gamma), ...negative(two!)];
    words.push(...gamma);
    for (let i = 0; i < 24; i++) {
      for (const change of [words[i]! + 1n, words[i]! + p]) {
        const changed = words.map((word, at) => (at === i ? change : word));
        assert.equal(await isOne(...changed), false, String(i));
      }
    }
    const other = words.map((word, at) => (at === 18 ? three!.x : at === 19 ? p - three!.y : word));
    assert.equal(await isOne(...other), false);
  });

  it("refuses a point of the twist that is not in the group", async () => {
    // On the twist, y² = x³ + 3/(9 + u), with x = u·1 + 0: found by square root, and outside the subgroup.
    const Point = bn254.G2.Point;
    const { Fp2 } = bn254.fields;
    const b = Fp2.div(Fp2.fromBigTuple([3n, 0n]), Fp2.fromBigTuple([9n, 1n]));
    for (let real = 1n; ; real++) {
      const x = Fp2.fromBigTuple([real, 0n]);
      const square = Fp2.add(Fp2.mul(Fp2.sqr(x), x), b);
      let y: typeof x;
      try {
        y = Fp2.sqrt(square);
      } catch {
        continue;
      }
      assert.equal(Point.fromAffine({ x, y }).isTorsionFree(), false);
      const words = [0n, 0n, x.c1, x.c0, y.c1, y.c0, ...Array<bigint>(18).fill(0n)];
      assert.equal(await isOne(...words), false);
      return;
    }
  });
});
