// `npm run deletions`: deletes the checks of the contracts one at a time and demands that the suite go red each time.
// `--sample N --seed S` takes N of them, `--only TEXT` those whose line in the report holds TEXT, `--resume` goes on
// where the last run stopped, `--list` only names them, `--quick` stops after the FILES likeliest files. Closes with `N removed, M survived`.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { Check } from "./deletions/checks.ts";
import { findChecks } from "./deletions/checks.ts";
import { Artifacts, buildClone, copyClone, isBuilt } from "./deletions/clone.ts";
import { exceptions } from "./deletions/exceptions.ts";
import { Order, runFile, suiteOf } from "./deletions/suite.ts";
import { readSources } from "./deletions/tree.ts";
