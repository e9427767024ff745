/**
 * The program of `npm run acceptance`: the flights example from a git URL on a server, with all of its data. The long
 * tests have the same with two months of them.
 */
import { spawnSync } from "node:child_process";
import { projectRoot } from "./bundle.ts";

const args = ["node_modules/vitest/vitest.mjs", "run", "--project", "headrace", "test/flights-from-git.test.ts"];
const env = { ...process.env, HEADRACE_TEST_WHOLE_FLIGHTS: "1" };
const { status } = spawnSync(process.execPath, args, { cwd: projectRoot, stdio: "inherit", env });
process.exitCode = status ?? 1;
