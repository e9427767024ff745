/** Writes the tables of docs/json.md anew, after a schema of src/api has changed. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { withTables } from "../src/api/index.ts";
import { projectRoot } from "./bundle.ts";

const page = join(projectRoot, "docs/json.md");
writeFileSync(page, withTables(readFileSync(page, "utf8")));
