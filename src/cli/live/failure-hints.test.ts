import { expect, test } from "vitest";
import { failureHint, missingPaths } from "./failure-hints.ts";

const PACKAGES =
  "a step on this machine installs no system packages: install them here yourself, or run it in an image (`headrace docs docker`)";
const READ_ONLY =
  "in its sandbox a step writes to /valohai/outputs, its folder, /tmp and its home; the machine's other files are read-only";
const INPUT = "inputs are read-only, also by links to them: copy the file first, or write to /valohai/outputs";
const HOME =
  "a step has a home of its own and sees little of yours: make the file an input, or show it with HEADRACE_STEPS_SEE (`headrace docs security`)";

test.each<[string, string | undefined]>([
  ["E: Could not open lock file /var/lib/dpkg/lock-frontend - open (30: Read-only file system)", PACKAGES],
  ["E: List directory /var/lib/apt/lists/partial is missing. - Acquire (30: Read-only file system)", PACKAGES],
  ["error: can't create transaction lock on /var/lib/dnf/.rpm.lock (Read-only file system)", PACKAGES],
  ["OSError: [Errno 30] Read-only file system: '/data/out.csv'", READ_ONLY],
  ["OSError: [Errno 30] Read-only file system: '/valohai/repository/data/iris.csv'", INPUT],
  ["sh: 1: cannot create /valohai/inputs/i/a.csv: Read-only file system", INPUT],
  ["Error: EROFS: read-only file system, mkdir '/srv/x'", READ_ONLY],
  ["FileNotFoundError: [Errno 2] No such file or directory: '/home/me/data/a.csv'", HOME],
  ["cat: /home/me/data/a.csv: No such file or directory", HOME],
  ["FileNotFoundError: [Errno 2] No such file or directory: 'a.csv'", undefined],
  ["FileNotFoundError: [Errno 2] No such file or directory: '/home/meadow/a.csv'", undefined],
  ["ValueError: bad", undefined],
])("%s", (line, hint) => {
  const environment = { sandbox: "bubblewrap" };
  const signs = { lines: [line], image: "", home: "/home/me", again: "train --from 12" };
  expect(failureHint({ ...signs, lines: ["first", line, "Execution halted"], environment })).toBe(hint);
  expect(failureHint({ ...signs, environment: { sandbox: "none" } })).toBeUndefined();
  expect(failureHint({ ...signs, environment: {} })).toBeUndefined();
});

const NO_VALOHAI =
  "where the step ran there is no /valohai: name its folders by VH_INPUTS_DIR, VH_OUTPUTS_DIR, VH_CONFIG_DIR and VH_REPOSITORY_DIR (`headrace docs step-contract`)";

test.each<[string, string | undefined]>([
  ["FileNotFoundError: [Errno 2] No such file or directory: '/valohai/inputs/train/a.csv'", NO_VALOHAI],
  ["cat: /valohai/config/parameters.json: No such file or directory", NO_VALOHAI],
  ["script.sh: 2: cannot create /valohai/outputs/x.txt: Directory nonexistent", NO_VALOHAI],
  ["mkdir: cannot create directory '/valohai': Permission denied", NO_VALOHAI],
  ["Error: ENOENT: no such file or directory, open '/valohai/outputs/model.json'", NO_VALOHAI],
  ["FileNotFoundError: [Errno 2] No such file or directory: '/data/valohai.csv'", undefined],
  ["wrote /valohai/outputs/x", undefined],
])("a step that ran where there is no /valohai: %s", (line, hint) => {
  const signs = { lines: [line, "Execution halted"], image: "", home: "/home/me", again: "train --from 12" };
  expect(failureHint({ ...signs, environment: { sandbox: "none" } })).toBe(hint);
  for (const environment of [{ sandbox: "bubblewrap" }, { sandbox: "none", container: "apptainer" }])
    expect(failureHint({ ...signs, environment })).toBeUndefined();
});

const IMAGE =
  "the step ran with this machine's programs, not in its image python:3.6: install here what it lacks, or run it in the image (`headrace docs docker`)";

test.each<[string, string | undefined]>([
  ["ModuleNotFoundError: No module named 'pandas'", IMAGE],
  ["/usr/bin/python3: No module named pip", IMAGE],
  ["/.headrace/step: line 1: uv: command not found", IMAGE],
  ["Error in library(ranger) : there is no package called ‘ranger’", IMAGE],
  ["Error: Cannot find module 'left-pad'", IMAGE],
  ["error: metadata-generation-failed", IMAGE],
  ["ERROR: No matching distribution found for tensorflow==2.6.0", IMAGE],
  ["× Getting requirements to build wheel did not run successfully.", IMAGE],
  ["ValueError: bad", undefined],
])("an image that is not used: %s", (line, hint) => {
  const signs = {
    lines: [line, "[notice] a new release of pip"],
    image: "python:3.6",
    home: "/home/me",
    again: "train --from 12",
  };
  for (const sandbox of ["bubblewrap", "none"]) expect(failureHint({ ...signs, environment: { sandbox } })).toBe(hint);
  const container = { sandbox: "container", image: "python:3.6" };
  expect(failureHint({ ...signs, environment: container })).toBeUndefined();
  // Elsewhere the image was used, and where the step names none there is nothing to say.
  expect(failureHint({ ...signs, environment: {} })).toBeUndefined();
  expect(failureHint({ ...signs, image: "", environment: { sandbox: "none" } })).toBeUndefined();
});

test.each<[string, readonly string[]]>([
  ["FileNotFoundError: [Errno 2] No such file or directory: 'data/raw.csv'", ["data/raw.csv"]],
  ["cat: ./data/raw.csv: No such file or directory", ["data/raw.csv"]],
  ["cannot open file '/valohai/repository/raw.csv': No such file or directory", ["raw.csv"]],
  ["Error: ENOENT: no such file or directory, open 'raw.json'", ["raw.json"]],
  ["open data/raw.csv: no such file or directory", ["data/raw.csv"]],
  ["FileNotFoundError: [Errno 2] No such file or directory: '/srv/raw.csv'", []],
  ["reading data/raw.csv", []],
])("%s: what is missing", (line, paths) => {
  expect(missingPaths(["first data/a.csv", line])).toEqual(paths);
});

test("a file of the project comes before all else", () => {
  const signs = { lines: ["Errno 30"], environment: {}, home: undefined, image: "", again: "train --from 12" };
  expect(failureHint({ ...signs, outside: { path: "data/raw.csv", ignoredBy: ".gitignore" } })).toBe(
    "data/raw.csv lies in the project's folder, but is no part of the code, since .gitignore names it: make it an input of the step (`headrace docs inputs`)",
  );
});

test.each([
  "bdb.BdbQuit",
  "EOFError: EOF when reading a line",
  "termios.error: (25, 'Inappropriate ioctl for device')",
])("%s, for want of a terminal", (line) => {
  const signs = {
    lines: ["Traceback (most recent call last):", line],
    home: "/home/me",
    image: "",
    again: "train --from 12",
  };
  const hint = "a step has no terminal; `headrace run train --from 12 --interactive` runs it on this one";
  for (const sandbox of ["none", "bubblewrap"]) expect(failureHint({ ...signs, environment: { sandbox } })).toBe(hint);
  expect(failureHint({ ...signs, environment: { sandbox: "none", terminal: "yes" } })).toBeUndefined();
});
