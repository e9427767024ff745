import { existsSync, globSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { ProjectRig } from "./rig.ts";
import { TerminalRig } from "./terminal-rig.ts";

const SANDBOXES = ["bubblewrap", "unshare", "off"] as const;

const DEBUGGED = `
import json, os
print("terminals", [os.isatty(number) for number in range(3)], tuple(os.get_terminal_size()))
name = input("your name: ")
breakpoint()
print(json.dumps({"loss": 0.5}))
with open(os.environ["VH_OUTPUTS_DIR"] + "/name.txt", "w") as file:
    file.write(name)
`;

const CAUGHT = `
import sys, time
try:
    print("begun\\n", end="")
    time.sleep(600)
except KeyboardInterrupt:
    print("caught")
    sys.exit(3)
`;

/** Ignores what a closed terminal and Ctrl-C say. */
const STUBBORN = `
import os, signal, time
for each in (signal.SIGHUP, signal.SIGINT):
    signal.signal(each, signal.SIG_IGN)
print("pid", os.getpid(), "begun")
while True:
    time.sleep(1)
`;

const RESIZED = `
import os, signal
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGWINCH])
print("waits")
signal.sigwait([signal.SIGWINCH])
print(*os.get_terminal_size())
`;

const PUSHES = `
import fcntl, termios
for character in b"echo pushed\\n":
    try:
        fcntl.ioctl(0, termios.TIOCSTI, bytes([character]))
    except OSError:
        pass
`;

const CONFIG = ["debugged", "caught", "stubborn", "pushes"]
  .map((name) => `- step: {name: ${name}, image: "", command: python3 ${name}.py, no-output-timeout: 1}`)
  .concat(`- step: {name: shell, image: "", command: bash --norc -i}`)
  .concat(`- step: {name: modes, image: "", command: "printf '\\\\033[?1049h\\\\033[?25lfull'"}`)
  .concat(`- pipeline: {name: line, nodes: [{name: one, type: execution, step: shell}], edges: []}`)
  .join("\n");

function project(): ProjectRig {
  return new ProjectRig({
    "valohai.yaml": `${CONFIG}\n`,
    ...{
      "debugged.py": DEBUGGED,
      "caught.py": CAUGHT,
      "stubborn.py": STUBBORN,
      "pushes.py": PUSHES,
      "resized.py": RESIZED,
    },
  });
}

interface Execution {
  readonly state: string;
  readonly exitCode: number | null;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly outputs: readonly { readonly name: string; readonly sizeBytes: number }[];
}

async function executionOf(rig: ProjectRig, ref: string): Promise<Execution> {
  return (await rig.json<{ readonly execution: Execution }>(0, "info", ref)).execution;
}

describe.each(SANDBOXES)("a step on the terminal, with the sandbox %s", (sandbox) => {
  it("stops at a breakpoint, takes input, and is recorded like any other", async () => {
    await using rig = project();
    using terminal = TerminalRig.headrace(rig.root, "run", "debugged", "--interactive", "--sandbox", sandbox);
    await terminal.sees("terminals [True, True, True] (80, 24)");
    await terminal.sees("your name: ");
    terminal.type("Ann\r");
    await terminal.sees("(Pdb) ");
    terminal.type("p name * 2\r");
    await terminal.sees("'AnnAnn'");
    await terminal.sees("(Pdb) ");
    terminal.type("c\r");
    await terminal.sees("✓ step debugged #1 complete");
    expect(await terminal.ended).toBe(0);
    const execution = await executionOf(rig, "latest.debugged");
    expect(execution).toMatchObject({ state: "complete", exitCode: 0, metadata: { loss: 0.5 } });
    expect(execution.outputs).toMatchObject([{ name: "name.txt", sizeBytes: 3 }]);
    const { stdout: log } = await rig.headrace("logs", "latest.debugged");
    expect(log).toContain("your name: Ann\n");
    expect(log).toContain("(Pdb) p name * 2\n'AnnAnn'\n(Pdb) c\n{\"loss\": 0.5}\n");
    expect(log).not.toContain("\r");
  });

  it("hands Ctrl-C to the step, and its exit code on", async () => {
    await using rig = project();
    using terminal = TerminalRig.headrace(rig.root, "run", "caught", "--interactive", "--sandbox", sandbox);
    await terminal.sees("begun");
    terminal.type("\u0003");
    await terminal.sees("caught");
    await terminal.sees("✗ caught #2: it exited with code 3");
    expect(await terminal.ended).toBe(1);
    expect(await executionOf(rig, "latest.caught")).toMatchObject({ state: "error", exitCode: 3 });
  });

  it("has job control, and learns when the window changes its size", async () => {
    await using rig = project();
    using terminal = TerminalRig.headrace(rig.root, "run", "shell", "--interactive", "--sandbox", sandbox);
    terminal.type("python3 resized.py\r");
    await terminal.sees("waits");
    terminal.resize(33, 111);
    await terminal.sees("111 33");
    terminal.type("sh -c 'echo runs; exec sleep 600'\r");
    await terminal.sees("runs\r\n");
    terminal.type("\u001a");
    await terminal.sees("Stopped");
    terminal.type("exit 5\r");
    await terminal.sees("There are stopped jobs.");
    terminal.type("exit 5\r");
    await terminal.sees("it exited with code 5");
    expect(await terminal.ended).toBe(1);
  });

  it("is ended when Headrace is killed, whatever it ignores", async () => {
    await using rig = project();
    using terminal = TerminalRig.shell(
      rig.root,
      `echo "command $$."; exec "$@" run stubborn --interactive --sandbox ${sandbox}`,
    );
    await terminal.sees("begun");
    const wrapper = wrapperIn(rig);
    process.kill(Number(/command (\d+)\./.exec(terminal.output)?.[1]), "SIGKILL");
    await until(() => !isThere(wrapper));
    await rig.headrace("resume");
    expect(await executionOf(rig, "latest.stubborn")).toMatchObject({ state: "error" });
  });

  it("is stopped when the window is closed", async () => {
    await using rig = project();
    using terminal = TerminalRig.headrace(rig.root, "run", "caught", "--interactive", "--sandbox", sandbox);
    await terminal.sees("begun");
    terminal.close();
    await until(async () => (await executionOf(rig, "latest.caught")).state === "stopped");
    const { stdout: log } = await rig.headrace("logs", "latest.caught");
    expect(log).toBe("begun\ncaught\n");
  });
});

describe("--interactive", () => {
  it("neither uses a result nor makes one to be used", async () => {
    await using rig = new ProjectRig({ "valohai.yaml": `- step: {name: a, image: "", command: echo a}\n` });
    await rig.json(0, "run", "a");
    using terminal = TerminalRig.headrace(rig.root, "run", "a", "--interactive");
    await terminal.sees("✓ step a #3 complete");
    expect(await terminal.ended).toBe(0);
    expect((await rig.headrace("why", "latest.a")).stdout).toContain("it ran on a terminal: such an execution");
    const run = await rig.json<{ readonly nodes: readonly { readonly execution: { readonly number: number } }[] }>(
      0,
      "run",
      "a",
    );
    expect(run.nodes[0]?.execution.number).toBe(2);
  });

  it("leaves nothing of what a step does to its terminal", async () => {
    await using rig = project();
    const line = `"$@" run pushes --interactive && "$@" run modes --interactive; stty -a; echo over; read -r line; echo "read <$line>"`;
    using terminal = TerminalRig.shell(rig.root, line);
    await terminal.sees("full");
    await terminal.sees("\u001b[?1049l\u001b[?25h");
    await terminal.sees("over");
    terminal.type("typed\r");
    await terminal.sees("read <typed>");
    expect(terminal.output).toMatch(/[^-]icanon.*[^-]echo /s);
  });

  it("asks for a terminal, a step, and this machine", async () => {
    await using rig = project();
    expect(await rig.headrace("run", "shell", "--interactive")).toMatchObject({
      code: 2,
      stderr:
        "error: --interactive needs a terminal, and stdin is none here [HR_USAGE]\n" +
        "hint: start it in a terminal, without a pipe or a redirection (over ssh: ssh -t)\n",
    });
    expect((await rig.headrace("run", "shell", "--interactive", "--detach")).stderr).toBe(
      "error: --interactive does not go with --detach [HR_USAGE]\nhint: leave one of the two out\n",
    );
    using pipeline = TerminalRig.headrace(rig.root, "run", "line", "--interactive");
    await pipeline.sees("line is a pipeline; only a step runs on the terminal");
    expect(await pipeline.ended).toBe(2);
    using docker = TerminalRig.headrace(rig.root, "run", "shell", "--interactive", "--environment", "docker");
    await docker.sees(
      "step shell runs in a container (environment docker), where it cannot have this terminal yet [HR_NOT_SUPPORTED]",
    );
    await docker.sees("hint: add `--environment local` to run it on this machine");
    expect(await docker.ended).not.toBe(0);
    expect(await rig.json(0, "ls")).toEqual([]);
  });
});

function wrapperIn(rig: ProjectRig): number {
  const [path = ""] = globSync(`${rig.root}/.headrace/executions/*/control/pid`);
  return Number(/^\d+/.exec(readFileSync(path, "utf8"))?.[0]);
}

function isThere(pid: number): boolean {
  return existsSync(`/proc/${pid}`);
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await delay(50);
}
