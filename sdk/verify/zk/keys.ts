// Groth16 verifying keys over BN254 of SP1's and RISC Zero's releases, as numbers in hex: x‖y of a point of G1; x real ‖
// x imaginary ‖ y real ‖ y imaginary of one of G2. gamma is the generator everywhere; RISC Zero and SP1 until v5 share
// alpha and beta too, those of one public ceremony; each v6 has its own.
//
// Sources: succinctlabs/sp1-contracts@d362972 contracts/src/<version>/Groth16Verifier.sol (there beta, gamma and delta are
// negative) and risc0/risc0-ethereum@6329676 contracts/src/groth16/Groth16Verifier.sol. test/sdk/zk-releases.test.ts holds
// these against both as published.
import { fromHex, toBigInt } from "../../evidence/bytes.ts";

export type G1 = readonly [x: bigint, y: bigint];
/** Real part first. */
export type G2 = readonly [x0: bigint, x1: bigint, y0: bigint, y1: bigint];

export interface Groth16Key {
  readonly alpha: G1;
  readonly beta: G2;
  readonly gamma: G2;
  readonly delta: G2;
  /** The constant, then one point for each public input. */
  readonly ic: readonly G1[];
}

const words = (hex: string): bigint[] =>
  Array.from({ length: hex.length / 64 }, (_, i) => toBigInt(fromHex(hex.slice(64 * i, 64 * i + 64))));
const g1 = (...hex: string[]) => words(hex.join("")) as unknown as G1;
const g2 = (...hex: string[]) => words(hex.join("")) as unknown as G2;

const ceremony = {
  alpha: g1(
    "2d4d9aa7e302d9df41749d5507949d05dbea33fbb16c643b22f599a2be6df2e2",
    "14bedd503c37ceb061d8ec60209fe345ce89830a19230301f076caff004d1926",
  ),
  beta: g2(
    "0e187847ad4c798374d0d6732bf501847dd68bc0e071241e0213bc7fc13db7ab",
    "0967032fcbf776d1afc985f88877f182d38480a653f2decaa9794cbc3bf3060c",
    "1739c1b1a457a8c7313123d24d2f9192f896b7c63eea05a9d57f06547ad0cec8",
    "304cfbd1e08a704a99f5e847d93f8c3caafddec46b7a0d379da69a4d112346a7",
  ),
  gamma: g2(
    "1800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed",
    "198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c2",
    "12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daa",
    "090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975b",
  ),
} as const;

/** RISC Zero 1.0 to 5.0-rc.1: releases differ by their control roots alone. */
export const riscZeroKey: Groth16Key = {
  ...ceremony,
  delta: g2(
    "1aa085ff28179a12d922dba0547057ccaae94b9d69cfaa4e60401fea7f3e0333",
    "03b03cd5effa95ac9bee94f1f5ef907157bda4812ccf0b4c91f42bb629f83a1c",
    "1e60f31fcbf757e837e867178318832d0b2d74d59e2fea1c7142df187d3fc6d3",
    "110c10134f200b19f6490846d518c9aea868366efb7228ca5c91d2940d030762",
  ),
  ic: [
    g1(
      "12ac9a25dcd5e1a832a9061a082c15dd1d61aa9c4d553505739d0f5d65dc3be4",
      "025aa744581ebe7ad91731911c898569106ff5a2d30f3eee2b23c60ee980acd4",
    ),
    g1(
      "0707b920bc978c02f292fae2036e057be54294114ccc3c8769d883f688a1423f",
      "2e32a094b7589554f7bc357bf63481acd2d55555c203383782a4650787ff6642",
    ),
    g1(
      "0bca36e2cbe6394b3e249751853f961511011c7148e336f4fd974644850fc347",
      "2ede7c9acf48cf3a3729fa3d68714e2a8435d4fa6db8f7f409c153b1fcdf9b8b",
    ),
    g1(
      "1b8af999dbfbb3927c091cc2aaf201e488cbacc3e2c6b6fb5a25f9112e04f2a7",
      "2b91a26aa92e1b6f5722949f192a81c850d586d81a60157f3e9cf04f679cccd6",
    ),
    g1(
      "2b5f494ed674235b8ac1750bdfd5a7615f002d4a1dcefeddd06eda5a076ccd0d",
      "2fe520ad2020aab9cbba817fcbb9a863b8a76ff88f14f912c5e71665b2ad5e82",
    ),
    g1(
      "0f1c3c0d5d9da0fa03666843cde4e82e869ba5252fce3c25d5940320b1c4d493",
      "214bfcff74f425f6fe8c0d07b307482d8bc8bb2f3608f68287aa01bd0b69e809",
    ),
  ],
};

/** SP1 v4.0.0-rc.3. */
export const sp1KeyV4: Groth16Key = {
  ...ceremony,
  delta: g2(
    "2b65c9ae2605f3ef5540d3a64503c84fe5e1d9ec6eb1bd3a906bbc80830e8e54",
    "262eabe81511aa8e3034cbd75d42e708aa4ed80303fb0e4fb90cd0ff6e909213",
    "10d11978bbdb3e8ea543e3de42abfc4ab330719ba32f295372ae1f43c7cee800",
    "1561b6218d8fe8b013f981f0259304a043919da2a7674b397d90e20b01b46b39",
  ),
  ic: [
    g1(
      "0ed6e0c13f353262ae2dbbe49ce6a0b67576d38aaf5958564be7648356830ef7",
      "28200d54013565dca196841d0a3cd7a5f67531f9748772f553e1e9845f6c0949",
    ),
    g1(
      "1b611b8f696f28ffb6250c7ffac66efbd638d97f0d6c843c23691c3af532c9e3",
      "248c1033bd73c4ff820d480a37b39ca6ef178543c5c9190459e8cfe36c48e51a",
    ),
    g1(
      "2974086bde6c91267b201137cfe6ee8cd50ff0a3da861e808503e7df4da87b8d",
      "040addd35913f11ea6846f0d583126bab9e8f8ae69797d4c2c7f195be0785471",
    ),
  ],
};

/** SP1 v5.0.0. */
export const sp1KeyV5: Groth16Key = {
  ...ceremony,
  delta: g2(
    "03ff41f4ba0c37fe2caf27354d28e4b8f83d3b76777a63b327d736bffb0122ed",
    "1cc7cb8de715675f21f01ecc9b46d236e0865e0cc020024521998269845f74e6",
    "17387b4b9cf03927909b4f1c3d80fcd6865afc4a264a04499f7e2f6df690dd85",
    "2ed3b19b5eb39db0d19a3d72dcd590ac85a971def614f4fd11b56b3c5e53c44c",
  ),
  ic: [
    g1(
      "26091e1cafb0ad8a4ea0a694cd3743ebf524779233db734c451d28b58aa9758e",
      "009ff50a6b8b11c3ca6fdb2690a124f8ce25489fefa65a3e782e7ba70b66690e",
    ),
    g1(
      "061c3fd0fd3da25d2607c227d090cca750ed36c6ec878755e537c1c48951fb4c",
      "0fa17ae9c2033379df7b5c65eff0e107055e9a273e6119a212dd09eb51707219",
    ),
    g1(
      "04eab241388a79817fe0e0e2ead0b2ec4ffdec51a16028dee020634fd129e71c",
      "07236256d21c60d02f0bdbf95cff83e03ea9e16fca56b18d5544b0889a65c1f5",
    ),
  ],
};

/** SP1 v6.0.0. */
export const sp1KeyV6: Groth16Key = {
  alpha: g1(
    "2838edbc8aee47ec511c2837d538a49ffd752370e06ed44e109b4c0f35be6e3a",
    "1cbeed5cf07bc7baa706137b59f34086467c2ebc770205fd1038c2c70d5ada22",
  ),
  beta: g2(
    "2f6457660eeb88acf2baf1e7aefc0958da27058879cc77ba162d2df754aaf933",
    "028cbe84124fba3ad76d33e6ca441f570726da5692cae5335a52209a15b9fd45",
    "10399816723b17c0d9363e046e6ef88c6c652290d81b914b693949d2f87f7e9f",
    "16a70aca682a2fdcd81392509d3524e85242dd6cbd0f5cc0cb9ed9897786d6c4",
  ),
  gamma: ceremony.gamma,
  delta: g2(
    "08da56e9eb0d183a64e55881a5ed90cfdb0ed5229e588ec3de4452045b2445b1",
    "2f21b62705c5d7f4a7482bf1a69c35db8858584d6f155381b22022a71f817afa",
    "085ef31386102b17a676c4ee426e6b7bc4d7371580a50962bc885be643192324",
    "19c3547c0ac546a9a29f0706e77d3774f7e9c7c877c59183ded42f11af8a7602",
  ),
  ic: [
    g1(
      "2a2cd5881e62ead81dc6997cfff997745379facd38c972e0825deedb0e4fa564",
      "208c7b9c6bf876a51b3d62d0a5bdc0d7188e7342dea7d32ddb9635e291e8dd9a",
    ),
    g1(
      "219e17d13bc5f5ae36d78093cd6d112374a69844b7d058a7a0a62493f1c369c4",
      "254c200a2cdb5bc5e4e262780b4c70a988c4317fb11ac5fd5491f10692d1e929",
    ),
    g1(
      "258c71a2309359a248879ba915796e5e2e655acebace0ae7ef8fda2d40d2b2d6",
      "0b3cd73ef5ee90c6808893b3e4f81d8da3438cb5d2b601045825b2ab3990a391",
    ),
    g1(
      "0945b0f65ee8acfce0b22bab7a27663bfaf8eed78d511a96a54b50f307cd2a23",
      "1ef0708b683e9cbfeb8800001f06f9c80950d60869ebfc6b5cc58bd2bbfd6abe",
    ),
    g1(
      "290b3cba8ec4c97f171261b17b9c90e101b65934db12f4a299d4d5b939e9235c",
      "14914c2bf919019e575b0bd613363aa160d700bd929bcbc14de06a05e3a25eb0",
    ),
    g1(
      "22474ea30b64abc35269a0c55be5972965bf920e937c3d1927da5e89e60cf916",
      "272dd64ca95c75938da75797ef702ec5112808c36914020a4b1822fff576d334",
    ),
  ],
};

/** SP1 v6.1.0. */
export const sp1KeyV61: Groth16Key = {
  alpha: g1(
    "21c7d728a5fd961fc179ec5eab938f564deba5b271e1c90c2c29a79648418fc1",
    "2317bd9b644830ef5ffec1c2d46b5442aa8029d41eb58fb8fc939fb03365e00e",
  ),
  beta: g2(
    "0d964538da2653f2e62499571e6c78afb8909d3ea8107f306bd6928253680a3a",
    "1c3c9339849225980c7d3f824f80d19e2a9c2554b6ab2160fa9635528f693fc0",
    "2677b02e199903c8131b8e9fafaa7d5b0eeda406cf3d190e01cfdce881ab30ca",
    "2c8e3c3c5153ef35c01baddac0d2e24dfee9dd922d819aae54fa90e175f9625e",
  ),
  gamma: ceremony.gamma,
  delta: g2(
    "1723616533dd6ae53502c9c506a81f23f543d68750b5133ebfbe1f4746b3b011",
    "11b7e9276171bb0efd647fc63e38bbfba3076f20daca8cd52bcc7284d9b1c6eb",
    "05865c701a782e7a81549613e8f8832f6a6d86a809ca794fd7e99b54e626080c",
    "0c4684810202d51d39e2b093a0a9187afacb75e203000170f23687b2cc786b26",
  ),
  ic: [
    g1(
      "2cd6bf7f164af0b6b0bbbe0fdcb06ee0c1ba07f8e6eb2f9f3943a90cb1d40290",
      "0a76f7e6e8a78d71649eb7e3132018885e2f57ccca64394738e746c63c9fa83b",
    ),
    g1(
      "0f5460f3b7221705435e745da21e276536379c0113c13c4255e7ae101f1e90bf",
      "022b4d6c4b7dbdeed528d5abe6eddd6f2bd4ae4b9b0450dc18901fc727da799c",
    ),
    g1(
      "0b0ae6e491bc04c544da9e8cd4857d201b4cfa0222dbe96aac97f044fdf1c922",
      "123e064d2ffdb7f8094b727cde1c0beea6d4d551e5743a336804f8effb7f07ac",
    ),
    g1(
      "097c875a6ebd0999b06e7267ff3d8a6bf859bb9635abae07cb6b3534ba409a83",
      "2d84b73fb0f397e356b524f2d0e9ddc9d0f6ac75e566041147ee8554879183ec",
    ),
    g1(
      "1807204ddcd27506ba72e17b55227b0bf310136ecb40c74acd52f3ccfbcba9f7",
      "011078b5c7767fe73bb54241dcd143ee805ea4383d48d46bced129482c8c2021",
    ),
    g1(
      "008c7b7c98d78c07a2c4be5f6be7082ba41021611f9a2dfc016f8bbb37d36bee",
      "09ce6d246baeac24b5a404ca175c2cc4a974e217176fe2ec2a6c22eb60fd65c1",
    ),
  ],
};
