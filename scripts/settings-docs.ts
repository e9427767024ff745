/** Writes the table of settings in docs/environments.md anew, after the form of a kind of executor has changed. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { INSTALLED_KINDS } from "../src/executors/kinds.ts";
import { withKindSettings } from "../src/settings/manual.ts";
import { projectRoot } from "./bundle.ts";

const page = join(projectRoot, "docs/environments.md");
writeFileSync(page, withKindSettings(readFileSync(page, "utf8"), INSTALLED_KINDS.forms));
