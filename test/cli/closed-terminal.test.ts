import { execFileSync, spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { ProjectRig } from "../rig.ts";

const COMMAND = join(
  dirname(fileURLToPath(import.meta.url)),
  "../..",
  process.env.HEADRACE_TEST_COMMAND ?? "src/cli/main.ts",
);
const TWO_STEPS = `
- step: { name: a, image: "", command: ["echo ready", "while [ ! -e /valohai/repository/../../../../../go ]; do sleep 0.1; done", "echo x > /valohai/outputs/x"] }
- step: { name: b, image: "", inputs: [{ name: x }], command: "cat /valohai/inputs/x/x" }
- pipeline:
    name: p
    nodes: [{ name: a, type: execution, step: a }, { name: b, type: execution, step: b }]
    edges: [[a.output.x, b.input.x]]
`;
const SLOW = TWO_STEPS.replace(/"while[^"]*"/, `"sleep 3"`);

/**
 * Runs the command on a pseudo-terminal and closes that once \`ready\` stands on it: kernel and shell do what they do
 * for a closed window.
 */
const CLOSING_PTY = `
import os, pty, sys, time
pid, fd = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
seen = b""
while b"ready" not in seen:
    seen += os.read(fd, 65536)
os.close(fd)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;

async function statesOf(rig: ProjectRig): Promise<readonly string[]> {
  return (await rig.json<readonly { readonly state: string }[]>(0, "ls")).map(({ state }) => state);
}

describe("a run goes on to its end", () => {
  test.each([
    ["", ["run", "p", "--logs"]],
    ["with nohup and its output in a file", ["sh", "run p --logs"]],
  ])("when its terminal is closed %s", async (_how, call) => {
    await using rig = new ProjectRig({ "valohai.yaml": SLOW });
    const command =
      call[0] === "sh"
        ? ["sh", "-c", `nohup "$0" "$1" ${call[1]} 2>&1 | tee log`, process.execPath, COMMAND]
        : undefined;
    const child = spawn("python3", ["-c", CLOSING_PTY, ...(command ?? [process.execPath, COMMAND, ...call])], {
      cwd: rig.root,
      env: { ...process.env, HEADRACE_ENVIRONMENT: "local", CI: "" },
      stdio: "ignore",
    });
    const code = await new Promise((resolve) => child.on("close", resolve));
    // The shell of a pipeline dies with its terminal; the run behind it does not.
    if (command === undefined) expect(code).toBe(0);
    else await rig.headrace("attach", "latest");
    expect(await statesOf(rig)).toEqual(["complete"]);
  });

  test("on SIGHUP; attach and dev end", async () => {
    await using rig = new ProjectRig({ "valohai.yaml": SLOW });
    const run = rig.start("run", "p", "--logs");
    await run.sees("ready");
    const attach = rig.start("attach", "latest");
    await attach.sees("run #1");
    attach.child.kill("SIGHUP");
    run.child.kill("SIGHUP");
    expect((await attach.result).code).toBe(130);
    expect((await run.result).code).toBe(0);
  });

  test("when its output fills a disk, which is said", async () => {
    await using rig = new ProjectRig({ "valohai.yaml": `- step: { name: s, image: "", command: echo hello }` });
    const result = spawnSync("sh", ["-c", '"$0" "$1" run s > /dev/full', process.execPath, COMMAND], {
      cwd: rig.root,
      encoding: "utf8",
      env: { ...process.env, NO_COLOR: "1" },
    });
    expect([result.status, result.stderr]).toEqual([
      0,
      "error: what was printed could not be written (ENOSPC) [HR_OUTPUT_LOST]\nhint: what ran is recorded: `headrace ls` and `headrace info N` show it\n",
    ]);
    expect(await statesOf(rig)).toEqual(["complete"]);
  });
});

test("an engine goes on when its terminal is gone", async () => {
  await using rig = new ProjectRig({ "valohai.yaml": SLOW });
  const engine = rig.start("engine");
  await engine.sees("works on up to");
  engine.child.kill("SIGHUP");
  await engine.sees("SIGHUP: the terminal is gone; the engine goes on (SIGTERM ends it)");
  engine.child.kill("SIGTERM");
  expect((await engine.result).code).toBe(0);
});

describe("a command that only prints", () => {
  test.each([
    ["ls"],
    ["ls --json"],
    ["info 1"],
    ["logs 1"],
    ["lint"],
    ["schema"],
    ["graph --help"],
    ["completion bash"],
  ])("fails where its output cannot be written: %s", async (call) => {
    await using rig = new ProjectRig({ "valohai.yaml": `- step: { name: s, image: "", command: echo hello }` });
    if (!call.startsWith("lint")) await rig.json(0, "run", "s");
    const { status, stderr } = spawnSync("sh", ["-c", `"$0" "$1" ${call} > /dev/full`, process.execPath, COMMAND], {
      cwd: rig.root,
      encoding: "utf8",
      env: { ...process.env, NO_COLOR: "1" },
    });
    expect([status, stderr]).toEqual([1, "error: what was printed could not be written (ENOSPC) [HR_OUTPUT_LOST]\n"]);
  });
});

test("the version, which loads nothing of this, fails in the same words", () => {
  const program = join(dirname(fileURLToPath(import.meta.url)), "../../bin/headrace.mjs");
  const { status, stderr } = spawnSync("sh", ["-c", '"$0" "$1" --version > /dev/full', process.execPath, program], {
    encoding: "utf8",
  });
  expect([status, stderr]).toEqual([1, "error: what was printed could not be written (ENOSPC) [HR_OUTPUT_LOST]\n"]);
});

describe("in a folder that was removed", () => {
  const inRemoved = (...args: readonly string[]) => {
    const folder = mkdtempSync(join(tmpdir(), "headrace-test-"));
    mkdirSync(join(folder, "gone"));
    const { status, stdout, stderr } = spawnSync(
      "sh",
      ["-c", 'cd gone && rmdir ../gone && "$0" "$@"', process.execPath, COMMAND, ...args],
      {
        cwd: folder,
        encoding: "utf8",
        env: { ...process.env, NO_COLOR: "1" },
      },
    );
    rmSync(folder, { recursive: true });
    return { status, stdout, stderr };
  };

  test("it is said", () => {
    expect(inRemoved("ls")).toEqual({
      status: 2,
      stdout: "",
      stderr:
        "error: the current folder does not exist any more [HR_USAGE]\nhint: go to a folder that exists, or name the project's with -C DIR\n",
    });
  });

  test("-C leads to the project all the same", async () => {
    await using rig = new ProjectRig({ "valohai.yaml": `- step: { name: s, image: "", command: echo hello }` });
    expect(inRemoved("-C", rig.root, "ls").stdout).toContain("Nothing has run here yet.\n");
    expect(inRemoved("--version").status).toBe(0);
  });
});

test("a terminal without a size gets no broken sequences", async () => {
  await using rig = new ProjectRig({ "valohai.yaml": `- step: { name: s, image: "", command: echo hello }` });
  const pty = "import pty,sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)";
  const output = execFileSync("python3", ["-c", pty, process.execPath, COMMAND, "run", "s"], {
    cwd: rig.root,
    encoding: "utf8",
    env: { ...process.env, CI: "", TERM: "xterm" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  expect(output).toContain("hello");
  expect(output).not.toMatch(/Infinity|NaN/);
});
