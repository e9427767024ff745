import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findInterpreter } from "./interpreter.ts";

const root = mkdtempSync(join(tmpdir(), "headrace-interpreter-"));
const bin = join(root, "bin");
const home = join(root, "home");

/** A program that answers the probe as a Python of that version would. */
function fake(path: string, version: string): void {
  writeFileSync(path, `#!/bin/sh\necho 'headrace-python: ["${path}", "${version}", "linux-x86_64"]'\n`);
  chmodSync(path, 0o755);
}

beforeAll(() => {
  for (const folder of [
    bin,
    join(home, ".pyenv/versions/3.9.18/bin"),
    join(home, ".local/share/uv/python/cpython-3.13.1-linux-x86_64-gnu/bin"),
  ])
    mkdirSync(folder, { recursive: true });
  fake(join(bin, "python3"), "3.11.7");
  fake(join(bin, "python3.12"), "3.12.4");
  // The name of a version manager's stub may promise what it does not keep.
  writeFileSync(join(bin, "python3.10"), "#!/bin/sh\nexit 127\n", { mode: 0o755 });
  fake(join(home, ".pyenv/versions/3.9.18/bin/python3"), "3.9.18");
  fake(join(home, ".local/share/uv/python/cpython-3.13.1-linux-x86_64-gnu/bin/python3"), "3.13.1");
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe("finding Python", () => {
  test.each<[string | undefined, string]>([
    [undefined, "3.11.7"],
    ["3", "3.11.7"],
    ["3.11", "3.11.7"],
    ["3.11.7", "3.11.7"],
    ["3.12", "3.12.4"],
    ["3.9", "3.9.18"],
    ["3.9.18", "3.9.18"],
    ["3.13", "3.13.1"],
  ])("%s is found as %s", async (wanted, version) => {
    expect(await findInterpreter(wanted, { PATH: bin, HOME: home })).toMatchObject({
      version,
      platform: "linux-x86_64",
    });
  });

  test.each<[string | undefined, string, string]>([
    ["3.10", bin, "Python 3.10 was not found; this machine has 3.11.7"],
    ["3.1", bin, "Python 3.1 was not found; this machine has 3.11.7"],
    ["3.11.2", bin, "Python 3.11.2 was not found; this machine has 3.11.7"],
    [undefined, "/nowhere", "Python 3 was not found"],
    ["3.x", bin, '"3.x" is not a Python version'],
  ])("%s in %s is an error", async (wanted, path, message) => {
    await expect(findInterpreter(wanted, { PATH: path, HOME: home })).rejects.toMatchObject({
      code: "HR_PYTHON_ENVIRONMENT",
      message,
    });
  });

  test("inside a virtual environment the installation behind it is named", async () => {
    const venv = join(root, "venv/bin");
    mkdirSync(venv, { recursive: true });
    symlinkSync("/usr/bin/python3", join(venv, "python3"));
    writeFileSync(join(root, "venv/pyvenv.cfg"), "home = /usr/bin\n");
    expect((await findInterpreter(undefined, { PATH: venv })).path.startsWith("/usr/bin/")).toBe(true);
  });
});
