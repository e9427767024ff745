import { expect, test } from "vitest";
import { failureHint } from "./failure-hints.ts";

const PACKAGES =
  "a step on this machine installs no system packages: install them here yourself, or run it in an image (`headrace docs docker`)";
const READ_ONLY =
  "in its sandbox a step writes to /valohai/outputs, its folder, /tmp and its home; the machine's other files are read-only";
const HOME =
  "a step has a home of its own and sees little of yours: make the file an input, or show it with HEADRACE_STEPS_SEE (`headrace docs security`)";

test.each<[string, string | undefined]>([
  ["E: Could not open lock file /var/lib/dpkg/lock-frontend - open (30: Read-only file system)", PACKAGES],
  ["E: List directory /var/lib/apt/lists/partial is missing. - Acquire (30: Read-only file system)", PACKAGES],
  ["error: can't create transaction lock on /var/lib/dnf/.rpm.lock (Read-only file system)", PACKAGES],
  ["OSError: [Errno 30] Read-only file system: '/data/out.csv'", READ_ONLY],
  ["Error: EROFS: read-only file system, mkdir '/srv/x'", READ_ONLY],
  ["FileNotFoundError: [Errno 2] No such file or directory: '/home/me/data/a.csv'", HOME],
  ["cat: /home/me/data/a.csv: No such file or directory", HOME],
  ["FileNotFoundError: [Errno 2] No such file or directory: 'a.csv'", undefined],
  ["FileNotFoundError: [Errno 2] No such file or directory: '/home/meadow/a.csv'", undefined],
  ["ValueError: bad", undefined],
])("%s", (line, hint) => {
  const environment = { sandbox: "bubblewrap" };
  expect(failureHint({ lines: ["first", line, "Execution halted"], environment, home: "/home/me" })).toBe(hint);
  expect(failureHint({ lines: [line], environment: { sandbox: "none" }, home: "/home/me" })).toBeUndefined();
  expect(failureHint({ lines: [line], environment: {}, home: "/home/me" })).toBeUndefined();
});
