// Groth16 over BN254: whether a proof shows its public inputs, as the precompiles of EIP-196 and EIP-197 would say.
//
//   A 64 ‖ B 128 ‖ C 64, coordinates big-endian, those of B imaginary part first
//   e(A, B) · e(−alpha, beta) · e(−sum, gamma) · e(−C, delta) = 1, where sum = ic[0] + Σ input[i] · ic[i + 1]
import { bn254 } from "@noble/curves/bn254.js";
import { toBigInt } from "../../evidence/bytes.ts";
import type { G1, G2, Groth16Key } from "./keys.ts";

export const groth16Length = 256;

const { Fp, Fp2, Fp12, Fr } = bn254.fields;
const G1Point = bn254.G1.Point;
const G2Point = bn254.G2.Point;
type Point1 = InstanceType<typeof G1Point>;
type Point2 = InstanceType<typeof G2Point>;

const pointOfKey = ([x, y]: G1): Point1 => G1Point.fromAffine({ x, y });
const twistPointOfKey = ([c0, c1, d0, d1]: G2): Point2 =>
  G2Point.fromAffine({ x: Fp2.create({ c0, c1 }), y: Fp2.create({ c0: d0, c1: d1 }) });

/**
 * The proof's points, or null: a coordinate not below the modulus, a point off the curve or its subgroup. The neutral
 * element, which the precompiles take, is refused as well: no proof of it holds but for who knows the ceremony's secret.
 */
function readPoints(proof: Uint8Array): readonly [Point1, Point2, Point1] | null {
  const words = Array.from({ length: 8 }, (_, i) => toBigInt(proof.subarray(32 * i, 32 * i + 32)));
  if (proof.length !== groth16Length || words.some((word) => word >= Fp.ORDER)) return null;
  const [ax, ay, bx1, bx0, by1, by0, cx, cy] = words as [...G1, ...G2, ...G1];
  try {
    const points = [
      G1Point.fromAffine({ x: ax, y: ay }),
      twistPointOfKey([bx0, bx1, by0, by1]),
      G1Point.fromAffine({ x: cx, y: cy }),
    ] as const;
    for (const point of points) point.assertValidity();
    return points.some((point) => point.is0()) ? null : points;
  } catch {
    return null;
  }
}

/** Whether `proof` (256 bytes) shows `inputs`. An input not below the group order is none: it would be read modulo it. */
export function isGroth16Proof(key: Groth16Key, inputs: readonly bigint[], proof: Uint8Array): boolean {
  if (inputs.length + 1 !== key.ic.length || inputs.some((input) => input >= Fr.ORDER)) return false;
  const points = readPoints(proof);
  if (points === null) return false;
  const [a, b, c] = points;
  const [constant, ...ic] = key.ic.map(pointOfKey) as [Point1, ...Point1[]];
  const sum = ic.reduce((total, point, i) => total.add(point.multiplyUnsafe(inputs[i]!)), constant);
  const pairs = [
    { g1: a, g2: b },
    { g1: pointOfKey(key.alpha).negate(), g2: twistPointOfKey(key.beta) },
    { g1: sum.negate(), g2: twistPointOfKey(key.gamma) },
    { g1: c.negate(), g2: twistPointOfKey(key.delta) },
  ];
  // The neutral element has no affine form to pair; it contributes a factor of one.
  return Fp12.eql(bn254.pairingBatch(pairs.filter(({ g1 }) => !g1.is0())), Fp12.ONE);
}
