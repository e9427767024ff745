import { runProgram } from "./program.ts";
import { makeScreen } from "./terminal/screen.ts";

process.exitCode = await runProgram(process.argv.slice(2), {
  cwd: process.cwd(),
  env: process.env,
  out: makeScreen(process.stdout, process.env),
  err: makeScreen(process.stderr, process.env),
  now: Date.now,
  exitCode: 0,
});
// An engine that leaves, or gives up, has steps that go on without it, and still watches them: that must not keep it. What was written must be out.
process.stdout.write("", () => process.stderr.write("", () => process.exit()));
