import { defineConfig } from "eslint/config";
import tseslint from "typescript-eslint";

// Imports go sdk/evidence <- sdk/verify <- sdk/registry <- proving <- {agent, relayer, cli, console} <- {scripts, test, bench}
// and never back (docs/architecture in one line); agent and relayer never import each other.
const forbid = (files, ...groups) => ({
  files: [files],
  rules: {
    "no-restricted-imports": [
      "error",
      {
        patterns: groups.map((group) => ({
          group: [group],
          message: "import direction: see CONTRIBUTING.md",
        })),
      },
    ],
  },
});
const proving = "**/proving/**";
const services = ["**/agent/**", "**/relayer/**", "**/cli/**", "**/console/**"];
const outer = ["**/scripts/**", "**/test/**", "**/bench/**"];

export default defineConfig(
  { ignores: ["artifacts/**", "cache/**", "coverage/**", "types/**", "dist/**", "**/*.cjs"] },
  tseslint.configs.recommendedTypeChecked,
  { languageOptions: { parserOptions: { projectService: { allowDefaultProject: ["eslint.config.js"] } } } },
  { files: ["**/*.mjs", "**/*.js"], extends: [tseslint.configs.disableTypeChecked] },
  forbid("sdk/evidence/**/*.ts", "node:*", "**/verify/**", "**/registry/**", proving, ...services, ...outer),
  forbid("sdk/verify/**/*.ts", "node:*", "**/registry/**", proving, ...services, ...outer),
  // The one file that is Node's own, behind the import map of package.json.
  forbid("sdk/verify/p256-openssl.ts", "**/registry/**", proving, ...services, ...outer),
  forbid("sdk/collateral/**/*.ts", "node:*", proving, ...services, ...outer),
  forbid("sdk/registry/**/*.ts", "node:*", proving, ...services, ...outer),
  forbid("proving/**/*.ts", ...services, ...outer),
  forbid("agent/**/*.ts", "**/relayer/**", "**/cli/**", "**/console/**", ...outer),
  forbid("relayer/**/*.ts", "**/agent/**", "**/cli/**", ...outer),
  forbid("cli/**/*.ts", "**/agent/**", "**/relayer/**", ...outer),
  {
    files: ["**/*.test.ts"],
    rules: {
      "@typescript-eslint/no-floating-promises": [
        "error",
        {
          allowForKnownSafeCalls: [
            { from: "package", package: "node:test", name: ["test", "it", "describe", "suite"] },
          ],
        },
      ],
      "@typescript-eslint/require-await": "off",
    },
  },
);
