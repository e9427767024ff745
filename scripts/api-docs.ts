/** Writes the tables of docs/api.md anew, after a contract of src/api/http has changed. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { withCalls } from "../src/api/index.ts";
import { projectRoot } from "./bundle.ts";

const page = join(projectRoot, "docs/api.md");
writeFileSync(page, withCalls(readFileSync(page, "utf8")));
