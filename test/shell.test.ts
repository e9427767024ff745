import { existsSync, globSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { ProjectRig } from "./rig.ts";
import { TerminalRig } from "./terminal-rig.ts";

const CONFIG = `
- step:
    name: train
    image: ""
    command: python3 train.py {parameters}
    parameters: [{name: epochs, type: integer, default: 3}]
    inputs: [{name: data, default: data.txt}]
    environment-variables: [{name: GREETING, default: hello}]
- pipeline:
    name: line
    nodes: [{name: one, type: execution, step: train}, {name: two, type: execution, step: train}]
    edges: []
`;

function project(): ProjectRig {
  return new ProjectRig({ "valohai.yaml": CONFIG, "train.py": "print('first')\n", "data.txt": "first data\n" });
}

function shellsOf(rig: ProjectRig): readonly string[] {
  const folder = join(rig.root, ".headrace/shells");
  return existsSync(folder) ? readdirSync(folder) : [];
}

describe.each(["bubblewrap", "unshare", "off"])("a shell, with the sandbox %s", (sandbox) => {
  it("stands where an execution stood, and leaves nothing", async () => {
    await using rig = project();
    await rig.json(0, "run", "train", "--param", "epochs=7", "--sandbox", sandbox);
    rig.write("train.py", "print('second')\n");
    rig.write("data.txt", "second data\n");
    const before = await rig.json<readonly unknown[]>(0, "ls");
    using terminal = TerminalRig.headrace(rig.root, "shell", "1.train", "--keep", "kept", "--sandbox", sandbox);
    await terminal.sees("1.train runs python3 train.py --epochs=7");
    await terminal.sees("headrace 1.train $ ");
    terminal.type(
      "python3 train.py; cat ../inputs/data/*; echo $GREETING; cat ../config/parameters.json; echo done | tee ../outputs/made.txt\r",
    );
    for (const text of ["first\r\n", "first data\r\n", "hello\r\n", '"epochs": 7', "done\r\n"])
      await terminal.sees(text);
    terminal.type("exit 4\r");
    expect(await terminal.ended).toBe(4);
    expect(rig.read("kept/made.txt")).toBe("done\n");
    expect(shellsOf(rig)).toEqual([]);
    expect(await rig.json(0, "ls")).toEqual(before);
  });

  it("of which the relay is killed ends, and gives the terminal back", async () => {
    await using rig = project();
    using terminal = TerminalRig.shell(rig.root, `"$@" shell train --sandbox ${sandbox}; echo "code $?"; stty -a`);
    await terminal.sees("headrace train $ ");
    terminal.type("trap '' HUP TERM; echo ignores; while :; do sleep 1; done\r");
    await terminal.sees("ignores\r\n");
    const [path = ""] = globSync(`${rig.root}/.headrace/shells/*/control/pid`);
    const wrapper = Number(/^\d+/.exec(rig.read(path.slice(rig.root.length + 1)))?.[0]);
    const relay = Number(/\) \S+ (\d+)/.exec(readFileSync(`/proc/${wrapper}/stat`, "utf8"))?.[1]);
    expect(readFileSync(`/proc/${relay}/cmdline`, "utf8")).toMatch(/python3\0-I\0-S\0-c/);
    process.kill(relay, "SIGKILL");
    await terminal.sees("code 137");
    await terminal.sees("icanon");
    expect(await terminal.ended).toBe(0);
    while (existsSync(`/proc/${wrapper}`)) await delay(50);
    expect(shellsOf(rig)).toEqual([]);
  });

  it("of which the command is killed ends, and the next run clears its folder", async () => {
    await using rig = project();
    using terminal = TerminalRig.shell(rig.root, `echo "command $$."; exec "$@" shell train --sandbox ${sandbox}`);
    await terminal.sees("headrace train $ ");
    terminal.type("trap '' HUP; echo ignores; while :; do sleep 1; done\r");
    await terminal.sees("ignores\r\n");
    const [path = ""] = globSync(`${rig.root}/.headrace/shells/*/control/pid`);
    const wrapper = /^\d+/.exec(rig.read(path.slice(rig.root.length + 1)))?.[0];
    process.kill(Number(/command (\d+)\./.exec(terminal.output)?.[1]), "SIGKILL");
    while (existsSync(`/proc/${wrapper}`)) await delay(50);
    expect(shellsOf(rig)).toHaveLength(1);
    await rig.json(0, "run", "train");
    expect(shellsOf(rig)).toEqual([]);
  });
});

describe("headrace shell", () => {
  it("has a step's code as it is now, what an earlier run got, and values of its own", async () => {
    await using rig = project();
    await rig.json(0, "run", "train", "--param", "epochs=7");
    rig.write("train.py", "print('second')\n");
    rig.write("data.txt", "second data\n");
    using terminal = TerminalRig.headrace(
      rig.root,
      "shell",
      "train",
      "--from",
      "latest",
      "--param",
      "epochs=9",
      "--env",
      "GREETING=hi",
    );
    await terminal.sees("train runs python3 train.py --epochs=9");
    await terminal.sees("headrace train $ ");
    terminal.type("python3 train.py; cat ../inputs/data/*; echo $GREETING\r");
    for (const text of ["second\r\n", "first data\r\n", "hi\r\n"]) await terminal.sees(text);
    // The kernel drops an end of file that is typed before the shell reads keys again.
    await terminal.sees("headrace train $ ");
    terminal.type("\u0004");
    expect(await terminal.ended).toBe(0);
    expect(existsSync(join(rig.root, "kept"))).toBe(false);
  });

  it("stands in the place of the newest run's step where nothing is named", async () => {
    await using rig = project();
    await rig.json(0, "run", "train", "--param", "epochs=7");
    using terminal = TerminalRig.headrace(rig.root, "shell");
    await terminal.sees("1.train runs python3 train.py --epochs=7");
    await terminal.sees("headrace 1.train $ ");
    terminal.type("exit\r");
    expect(await terminal.ended).toBe(0);
  });

  it("says what it cannot do", async () => {
    await using rig = project();
    expect(await rig.headrace("shell", "train")).toMatchObject({
      code: 2,
      stderr:
        "error: a shell needs a terminal, and stdin is none here [HR_USAGE]\n" +
        "hint: start it in a terminal, without a pipe or a redirection (over ssh: ssh -t)\n",
    });
    await rig.json(0, "run", "line");
    rig.write("full/file", "");
    const refusals: readonly (readonly [readonly string[], string, string])[] = [
      [["1"], "error: run 1 has 2 nodes; a shell stands in the place of one [HR_USAGE]", "hint: name it: 1.one, 1.two"],
      [
        ["1.one", "--param", "epochs=1"],
        "error: --param goes with a step, and 1.one is what was recorded [HR_USAGE]",
        "hint: `headrace shell STEP --from 1.one` takes it, with today's code",
      ],
      [
        ["train", "--environment", "docker"],
        "error: step train runs in a container (environment docker), where it cannot have this terminal yet [HR_NOT_SUPPORTED]",
        "hint: add `--environment local` to run it on this machine",
      ],
      [
        ["1.one", "--keep", "full"],
        `error: ${rig.root}/full exists already and is not an empty folder [HR_FILE_EXISTS]`,
        "hint: name a new one with `--keep`; the outputs of the shell are copied into it at the end",
      ],
    ];
    for (const [args, message, hint] of refusals) {
      using terminal = TerminalRig.headrace(rig.root, "shell", ...args);
      await terminal.sees(message);
      await terminal.sees(hint);
      expect(await terminal.ended).not.toBe(0);
    }
  });
});
