import { closeInheritedDescriptors } from "../inherited-descriptors.ts";
import { currentFolder } from "./current-folder.ts";
import { exitCodeAfter } from "./lost-output.ts";
import { runProgram } from "./program.ts";
import { makeScreen } from "./terminal/screen.ts";

closeInheritedDescriptors(process.argv);
const cli = {
  get cwd() {
    return currentFolder();
  },
  env: process.env,
  out: makeScreen(process.stdout, process.env),
  err: makeScreen(process.stderr, process.env),
  now: Date.now,
  exitCode: 0,
};
const code = await runProgram(process.argv.slice(2), cli);
// An engine that leaves, or gives up, has steps that go on without it, and still watches them: that must not keep it.
// All output must be written first.
process.stdout.write("", () => {
  process.exitCode = exitCodeAfter(code, cli, process.argv.includes("--json"));
  process.stderr.write("", () => process.exit());
});
