import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { JobEnd } from "../executor.ts";
import { controlFiles } from "../local/control-files.ts";
import { readEnd } from "./job-end.ts";

let control: string;
beforeEach(() => {
  control = mkdtempSync(join(tmpdir(), "headrace-end-"));
});
afterEach(() => rmSync(control, { recursive: true, force: true }));

const STARTED = "headrace: started 1\n";
const UNLOGGED = "what it printed could not be kept in its log (is the disk full?)";
const command = ["one\nstill one", "two"];

function end(exit: string, status: string, markers: readonly string[] = []): JobEnd | undefined {
  const files = controlFiles(control);
  writeFileSync(files.exit, exit);
  writeFileSync(files.status, status);
  for (const name of markers) writeFileSync(join(control, name), "");
  return readEnd(files, command);
}

describe("how a job ended", () => {
  test.each<[string, string, string, readonly string[], JobEnd]>([
    ["success", "0", `${STARTED}headrace: exited 0`, [], { kind: "exited", exitCode: 0 }],
    [
      "a failing second command",
      "0",
      `${STARTED}headrace: line 3\nheadrace: exited 4`,
      [],
      { kind: "exited", exitCode: 4, failedCommand: 2 },
    ],
    [
      "the last of several failing lines",
      "0",
      `${STARTED}headrace: line 3\nheadrace: line 1\nheadrace: exited 4`,
      [],
      { kind: "exited", exitCode: 4, failedCommand: 1 },
    ],
    [
      "a failure that the script outlived",
      "0",
      `${STARTED}headrace: line 3\nheadrace: exited 0`,
      [],
      { kind: "exited", exitCode: 0 },
    ],
    [
      "a line beyond the commands",
      "0",
      `${STARTED}headrace: line 9\nheadrace: exited 4`,
      [],
      { kind: "exited", exitCode: 4 },
    ],
    [
      "a death by signal as dash says it",
      "0",
      `${STARTED}Killed\nheadrace: exited 137`,
      [],
      { kind: "signalled", signal: "SIGKILL" },
    ],
    [
      "as bash says it",
      "0",
      `${STARTED}sh: line 9: 27578 Terminated   ( exec "$@" )\nheadrace: exited 143`,
      [],
      { kind: "signalled", signal: "SIGTERM" },
    ],
    ["exit 137", "0", `${STARTED}headrace: exited 137`, [], { kind: "exited", exitCode: 137 }],
    ["exit 130", "0", `${STARTED}headrace: exited 130`, [], { kind: "exited", exitCode: 130 }],
    [
      "130 after an interrupt",
      "0",
      `${STARTED}headrace: exited 130`,
      ["interrupted"],
      { kind: "signalled", signal: "SIGINT" },
    ],
    ["1 after an interrupt", "0", `${STARTED}headrace: exited 1`, ["interrupted"], { kind: "exited", exitCode: 1 }],
    ["no signal of that number", "0", `${STARTED}noise\nheadrace: exited 255`, [], { kind: "exited", exitCode: 255 }],
    [
      "a warning of the sandbox before",
      "0",
      `bwrap: odd\n${STARTED}headrace: exited 143`,
      [],
      { kind: "exited", exitCode: 143 },
    ],
    ["the namespace killed", "137", STARTED, [], { kind: "signalled", signal: "SIGKILL" }],
    [
      "the namespace killed, and unshare confused by it",
      "1",
      `${STARTED}unshare: sigprocmask unblock failed: Invalid argument`,
      [],
      { kind: "signalled", signal: "SIGKILL" },
    ],
    [
      "killed before it started",
      "1",
      "unshare: sigprocmask unblock failed: Invalid argument",
      ["killed"],
      { kind: "signalled", signal: "SIGKILL" },
    ],
    ["a success without its log", "0 unlogged", `${STARTED}headrace: exited 0`, [], { kind: "lost", reason: UNLOGGED }],
    [
      "a step that was told",
      "0 unlogged",
      `${STARTED}headrace: exited 141`,
      [],
      { kind: "exited", exitCode: 141, reason: UNLOGGED },
    ],
    [
      "a shell that was told",
      "0 unlogged",
      `${STARTED}Broken pipe\nheadrace: exited 141`,
      [],
      { kind: "signalled", signal: "SIGPIPE", reason: UNLOGGED },
    ],
    ["a failure of its own", "0 unlogged", `${STARTED}headrace: exited 3`, [], { kind: "exited", exitCode: 3 }],
    [
      "a kill that took the readers, too",
      "137 unlogged",
      STARTED,
      ["killed"],
      { kind: "signalled", signal: "SIGKILL" },
    ],
    [
      "a supervisor outside of a sandbox",
      "137",
      "headrace: started 77\n\nheadrace: exited 143\nKilled",
      [],
      { kind: "exited", exitCode: 143 },
    ],
    ["a sandbox that died", "143", "", [], { kind: "signalled", signal: "SIGTERM" }],
    [
      "a sandbox that failed",
      "1",
      "bwrap: no\nbwrap: way\n",
      [],
      { kind: "lost", reason: "the sandbox could not be set up: bwrap: no; bwrap: way" },
    ],
    [
      "a sandbox that failed in silence",
      "1",
      "",
      [],
      { kind: "lost", reason: "the sandbox could not be set up: status 1" },
    ],
  ])("%s", (_, exit, status, markers, expected) => {
    expect(end(`${exit}\n`, `${status}\n`, markers)).toEqual(expected);
  });

  test.each(["", "13", "13 unlo", "            \n"])("an exit file that reads %j is not written yet", (exit) => {
    expect(end(exit, STARTED)).toBeUndefined();
  });
});
