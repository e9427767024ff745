import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { isOnPostgres, ProjectRig } from "../rig.ts";

const COMMAND = join(
  dirname(fileURLToPath(import.meta.url)),
  "../..",
  process.env.HEADRACE_TEST_COMMAND ?? "src/cli/main.ts",
);
const BIN = join(dirname(fileURLToPath(import.meta.url)), "../../bin/headrace.mjs");

/**
 * Python's own pseudo-terminal: the one thing that a real terminal test needs and every machine with steps to run has.
 */
const PTY = `
import fcntl, os, pty, struct, sys, termios
pid, fd = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
while True:
    try:
        data = os.read(fd, 65536)
    except OSError:
        break
    if not data:
        break
    os.write(1, data)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;

function inTerminal(cwd: string, ...args: readonly string[]): ChildProcess {
  const env: NodeJS.ProcessEnv = { ...process.env, TERM: "xterm-256color" };
  for (const name of ["CI", "NO_COLOR", "FORCE_COLOR"]) delete env[name];
  return spawn("python3", ["-c", PTY, process.execPath, COMMAND, ...args], {
    cwd,
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
}

async function outputOf(child: ChildProcess): Promise<{ readonly code: number | null; readonly output: string }> {
  let output = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { code, output };
}

describe("on a terminal", () => {
  it("shows a block, hides the cursor meanwhile, and leaves the end of it standing", async () => {
    await using rig = new ProjectRig({
      "valohai.yaml": `- step: { name: metric, image: i, command: "echo '{\\"auc\\": 0.75}'" }`,
    });
    const { code, output } = await outputOf(inTerminal(rig.root, "run", "metric"));
    expect(code).toBe(0);
    expect(output.indexOf("\u001b[?25l")).toBeGreaterThanOrEqual(0);
    expect(output.lastIndexOf("\u001b[?25h")).toBeGreaterThan(output.lastIndexOf("\u001b[?25l"));
    expect(output).toContain("\u001b[32m✓\u001b[39m");
    const last = output.slice(output.lastIndexOf("\u001b[?2026h"));
    expect(last).toMatch(/metric.*auc=0\.75/s);
    expect(last).toContain("\u001b[32mcomplete\u001b[39m");
  });
});

describe("the boundary", () => {
  it.skipIf(isOnPostgres)("says whose fault a defect is, and shows its stack only with --debug", async () => {
    await using rig = new ProjectRig({ "valohai.yaml": `- step: { name: a, image: i, command: "true" }` });
    expect((await rig.headrace("run", "a")).code).toBe(0);
    // A state folder that is a damaged database is no defect, but a plain error.
    rig.write(".headrace/headrace.db", "no database");
    const { code, stderr } = await rig.headrace("ls");
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/^error: .* \[HR_\w+\]\n/);
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  it("ends quietly when the reader has gone", async () => {
    await using rig = new ProjectRig({ "valohai.yaml": `- step: { name: a, image: i, command: "seq 200000" }` });
    await rig.json(0, "run", "a");
    const script = `"$0" "$1" logs latest.a | head -n 2; echo "\${PIPESTATUS[0]}"`;
    const output = execFileSync("bash", ["-c", script, process.execPath, COMMAND], {
      cwd: rig.root,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
    expect(output).toBe("1\n2\n0\n");
  });

  it("kills at the second Ctrl-C a step that does not listen to the first", async () => {
    await using rig = new ProjectRig({
      "valohai.yaml": `- step: { name: deaf, image: i, command: ["trap '' INT TERM", "echo ready", "while :; do sleep 1; done"] }`,
    });
    const command = rig.start("run", "deaf");
    await command.sees("started (#2)");
    const follow = rig.start("logs", "2", "-f");
    await follow.sees("ready");
    command.child.kill("SIGINT");
    await command.sees("stopping… (Ctrl-C again kills the steps at once)");
    command.child.kill("SIGINT");
    await command.sees("killing…");
    expect((await command.result).code).toBe(130);
    expect((await follow.result).code).toBe(0);
  });
});

describe("bin/headrace.mjs", () => {
  const run = (...args: readonly string[]) => execFileSync(process.execPath, [BIN, ...args], { encoding: "utf8" });

  it("answers --version without loading the program", () => {
    expect(run("--version")).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect(run("-V")).toBe(run("--version"));
  });

  it.each(["v18.20.4", "v20.19.2", "v22.12.0", "v24.14.9", "v25.9.0", "v12.22.12"])(
    "says in one line that Node.js %s is too old",
    (version) => {
      // The process says that it is an older one; whatever else it is, the check comes first.
      const preload = `data:text/javascript,Object.defineProperty(process,"version",{value:${JSON.stringify(version)}})`;
      const child = spawnSyncIn([`--import=${preload}`, BIN, "ls"]);
      expect(child).toEqual({
        status: 2,
        stderr: `error: Headrace needs Node.js 24.15 or newer (24.x, or 26 and later); this is ${version}. Get it from https://nodejs.org/ or with \`npm install -g node@24\`.\n`,
      });
    },
  );

  it.each(["v24.15.0", "v26.0.0"])("takes Node.js %s", (version) => {
    const preload = `data:text/javascript,Object.defineProperty(process,"version",{value:${JSON.stringify(version)}})`;
    expect(spawnSyncIn([`--import=${preload}`, BIN, "--version"]).status).toBe(0);
  });
});

function spawnSyncIn(args: readonly string[]): { readonly status: number; readonly stderr: string } {
  try {
    execFileSync(process.execPath, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
    return { status: 0, stderr: "" };
  } catch (error) {
    const { status, stderr } = error as { readonly status: number; readonly stderr: string };
    return { status, stderr };
  }
}
