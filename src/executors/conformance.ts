import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ConformanceRig, type ConformanceSubject } from "./conformance-rig.ts";
import { testSecrets } from "./conformance-secrets.ts";
import type { UseReading } from "./use/use-reading.ts";

/**
 * Tests every executor with real steps. A new executor passes this suite and is done:
 *
 *     testExecutor("docker", { module: new URL("./conformance-subject.ts", import.meta.url), variant: socketPath, isolated: "container", image });
 */
export function testExecutor(name: string, subject: ConformanceSubject): void {
  describe(`executor ${name}`, () => {
    const rig = new ConformanceRig(subject);
    beforeAll(() => rig.open());
    afterAll(() => rig.close());
    testPlace(rig, subject);
    testShell(rig);
    testEnds(rig);
    testLogs(rig);
    testEnvironment(rig);
    if (subject.isolated !== false) testIsolation(rig);
    if (subject.isolated === "view") testView(rig);
    testSecrets(rig);
    testSignals(rig);
    testLife(rig);
    testUse(rig);
  });
}

function testPlace(rig: ConformanceRig, subject: ConformanceSubject): void {
  test("starts in the repository, and the VH_* variables name the contract's folders", async () => {
    const job = rig.job([
      "pwd -P",
      'printf "%s\\n" "$VH_REPOSITORY_DIR" "$VH_INPUTS_DIR" "$VH_OUTPUTS_DIR" "$VH_CONFIG_DIR"',
    ]);
    const { stdout } = await rig.run(job);
    const root = subject.isolated !== false ? "/valohai" : join(job.folder, "valohai");
    expect((await rig.prepare(job)).valohaiRoot).toBe(root);
    const [repository, ...others] = ["repository", "inputs", "outputs", "config"].map(
      (folder) => `${root}/${folder}\n`,
    );
    expect(stdout).toBe([repository, repository, ...others].join(""));
  });

  test("reads inputs and config, writes outputs and repository", async () => {
    const job = rig.job([
      'cat "$VH_INPUTS_DIR/data/a b.txt" "$VH_CONFIG_DIR/c.json" > "$VH_OUTPUTS_DIR/both"',
      'echo x > note; mkdir -p "$VH_OUTPUTS_DIR/deep/er"',
    ]);
    mkdirSync(join(job.folder, "valohai/inputs/data"), { recursive: true });
    mkdirSync(join(job.folder, "valohai/config"), { recursive: true });
    writeFileSync(join(job.folder, "valohai/inputs/data/a b.txt"), "input\n");
    writeFileSync(join(job.folder, "valohai/config/c.json"), "{}\n");
    expect((await rig.run(job)).end).toEqual({ kind: "exited", exitCode: 0 });
    expect(readFileSync(join(job.folder, "valohai/outputs/both"), "utf8")).toBe("input\n{}\n");
    expect(readFileSync(join(job.folder, "valohai/repository/note"), "utf8")).toBe("x\n");
    expect(existsSync(join(job.folder, "valohai/outputs/deep/er"))).toBe(true);
  });
}

function testShell(rig: ConformanceRig): void {
  test.each<[string, readonly string[], string]>([
    ["variables, functions and the folder", ["export A=1; B=2", "f() { echo f$A$B; }", "cd /", "f; pwd"], "f12\n/\n"],
    [
      "source and [[",
      ["echo 'V=from-file' > lib.sh", "source ./lib.sh", '[[ $V == from-* ]] && echo "$V"'],
      "from-file\n",
    ],
    ["one command over several lines", ["for i in 1 2\ndo\n  echo $i\ndone", "echo end"], "1\n2\nend\n"],
    ["a here-document", ["cat <<'E'\n$x `y`\nE", "echo end"], "$x `y`\nend\n"],
    ["a comment and an empty command", ["# nothing", "", "echo end"], "end\n"],
    ["a continued line", ["echo a \\\n  b"], "a b\n"],
    ["quotes of every kind", [`echo 'a"b' "c'd" $'e\\tf' \\"`], `a"b c'd e\tf "\n`],
    ["unicode", ["echo 'päivää 日本 🚀'"], "päivää 日本 🚀\n"],
    [
      "a failing test in a condition",
      ["false || echo kept", "if false; then echo no; fi", "! true || true", "echo end"],
      "kept\nend\n",
    ],
    ["an empty stdin", ["cat; echo end"], "end\n"],
    ["a file descriptor of its own", ["exec 3> three; echo x >&3; exec 3>&-", "cat three"], "x\n"],
    ["no command at all", [], ""],
  ])("commands share one shell: %s", async (_, command, expected) => {
    const { end, stdout, stderr } = await rig.run(rig.job(command));
    expect({ end, stdout, stderr }).toEqual({ end: { kind: "exited", exitCode: 0 }, stdout: expected, stderr: "" });
  });

  test.each<[string, readonly string[], string]>([
    ["python", ["#!/usr/bin/env python3", "import sys", "print(sys.argv[1:], 1 + 1)"], "[] 2\n"],
    ["with an argument and blanks", ["#! /bin/sh -f ", "echo *"], "*\n"],
    ["in one text", ["#!/usr/bin/awk -f\nBEGIN { print 6 * 7 }"], "42\n"],
  ])("a shebang line picks the interpreter: %s", async (_, command, expected) => {
    const { end, stdout } = await rig.run(rig.job(command));
    expect({ end, stdout }).toEqual({ end: { kind: "exited", exitCode: 0 }, stdout: expected });
  });

  test("a command of a megabyte", async () => {
    const text = "x".repeat(1_000_000);
    const { stdout } = await rig.run(rig.job([`printf %s '${text}'`]));
    expect(stdout === text).toBe(true);
  });
}

function testEnds(rig: ConformanceRig): void {
  test.each([1, 2, 77, 126, 127, 128, 130, 137, 143, 255])("exit %i is an exit code", async (exitCode) => {
    expect((await rig.run(rig.job(["true", `exit ${exitCode}`]))).end).toEqual({ kind: "exited", exitCode });
  });

  test.each<[string, readonly string[], number, number]>([
    ["the first command", ["(exit 7)", "echo never"], 7, 1],
    ["a later one, behind one of several lines", ["true\ntrue\n", "echo a\nsh -c 'exit 3'", "echo never"], 3, 2],
    ["a process that died by a signal", ["true", "sh -c 'kill -9 $$'", "echo never"], 137, 2],
    ["a command that is not there", ["true", "true", "no-such-program --x"], 127, 3],
  ])("the first failure ends the step and keeps its code: %s", async (_, command, exitCode, failedCommand) => {
    const { end, stdout } = await rig.run(rig.job(command));
    expect(end).toEqual({ kind: "exited", exitCode, failedCommand });
    expect(stdout).not.toContain("never");
  });

  test("a command that is not there is named in the log, with its line", async () => {
    const { stderr } = await rig.run(rig.job(["true", "no-such-program --x"]));
    expect(stderr).toMatch(/: line 2: no-such-program: command not found\n$/);
  });

  test("an interpreter that is not there is named in the log", async () => {
    const { end, stderr } = await rig.run(rig.job(["#!/no/such/interpreter", "x"]));
    expect(end).toEqual({ kind: "exited", exitCode: 127 });
    expect(stderr).toContain("/no/such/interpreter");
  });

  test.each(["SIGKILL", "SIGTERM", "SIGSEGV", "SIGABRT"])("the step's shell dies by %s", async (signal) => {
    expect((await rig.run(rig.job([`kill -${signal.slice(3)} $$; sleep 60`]))).end).toEqual({
      kind: "signalled",
      signal,
    });
  });
}

function testLogs(rig: ConformanceRig): void {
  test("bytes reach the logs as they are, stream by stream", async () => {
    const job = rig.job([
      "#!/usr/bin/env python3",
      "import sys",
      "sys.stdout.buffer.write(bytes(range(256)) * 2); sys.stderr.buffer.write(b'\\r\\n\\0e')",
    ]);
    await rig.run(job);
    const every = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    expect(readFileSync(join(job.folder, "logs/stdout")).equals(Buffer.concat([every, every]))).toBe(true);
    expect(readFileSync(join(job.folder, "logs/stderr"))).toEqual(Buffer.from("\r\n\0e"));
  });

  test("streams that the step opens by name lose nothing", async () => {
    const job = rig.job([
      "echo 1; echo a >&2",
      "echo 2 > /dev/stdout; echo b > /dev/stderr; echo 3 | tee /dev/stderr",
      "echo 4; echo c >&2",
    ]);
    const { stdout, stderr } = await rig.run(job);
    expect({ stdout, stderr }).toEqual({ stdout: "1\n2\n3\n4\n", stderr: "a\nb\n3\nc\n" });
  });

  test("200,000 lines and a line of 16 MB", async () => {
    const { stdout } = await rig.run(rig.job(["seq 200000", "head -c 16777216 /dev/zero | tr '\\0' x; echo"]));
    const lines = stdout.split("\n");
    expect([lines.length, lines[199_999], lines[200_000]?.length]).toEqual([200_002, "200000", 16_777_216]);
  });

  test("a line is in the log while the step still runs", async () => {
    const job = rig.job(["#!/usr/bin/env python3", "import time", "print('here')", "time.sleep(60)"]);
    const running = await rig.start(job);
    await rig.logged(job, "here\n");
    await running.signal("kill");
    expect(await running.ended).toEqual({ kind: "signalled", signal: "SIGKILL" });
  });
}

function testEnvironment(rig: ConformanceRig): void {
  test("passes values on byte for byte", async () => {
    const environment = {
      PLAIN: "a",
      QUOTES: `'"\\$x \`y\``,
      LINES: "a\n\nb\n",
      UNICODE: "ä 🚀",
      EMPTY: "",
      status: "own",
      root: "own",
      path: "own",
    };
    const names = Object.keys(environment);
    const job = rig.job(
      [
        "#!/usr/bin/env python3",
        "import os, json",
        `print(json.dumps({n: os.environ.get(n) for n in ${JSON.stringify(names)}}))`,
      ],
      environment,
    );
    expect(JSON.parse((await rig.run(job)).stdout)).toEqual(environment);
  });

  test("keeps what belongs to the user out, save what the step names", async () => {
    const { stdout } = await rig.run(
      rig.job(['echo "[$AWS_SECRET_ACCESS_KEY] [$GITHUB_TOKEN] [$PYTHONUNBUFFERED]"'], { GITHUB_TOKEN: "named" }),
    );
    expect(stdout).toBe("[] [named] [1]\n");
  });

  test.each<[Record<string, string>, string]>([
    [{ TOKEN: "a\0b" }, "the environment variable TOKEN holds a NUL byte"],
    [{ "A=B": "x" }, '"A=B" cannot be the name of an environment variable'],
    [{ BIG: "x".repeat(200_000) }, "the environment variable BIG is too long: 200004 bytes of at most 131071"],
  ])("refuses variables that no process can have: %#", async (environment, message) => {
    await expect(rig.run(rig.job(["true"], environment))).rejects.toMatchObject({ code: "HR_STEP_START", message });
  });
}

function testIsolation(rig: ConformanceRig): void {
  test.each<[string, string]>([
    ["inputs", "touch /valohai/inputs/x"],
    ["an input file", "echo more >> /valohai/inputs/data/file"],
    ["removing an input", "rm -f /valohai/inputs/data/file"],
    ["config", "touch /valohai/config/x"],
    ["kernel settings", "cat /proc/sys/kernel/domainname > /proc/sys/kernel/domainname"],
    ["mounting it writable again", "mount -o remount,bind,rw /valohai/inputs && touch /valohai/inputs/x"],
  ])("cannot write to %s", async (_, command) => {
    const job = rig.job([command]);
    mkdirSync(join(job.folder, "valohai/inputs/data"), { recursive: true });
    writeFileSync(join(job.folder, "valohai/inputs/data/file"), "kept");
    const { end } = await rig.run(job);
    expect(end).not.toMatchObject({ exitCode: 0 });
    expect(readFileSync(join(job.folder, "valohai/inputs/data/file"), "utf8")).toBe("kept");
  });

  test("sees no process but its own", async () => {
    const { stdout } = await rig.run(rig.job(["ls /proc | grep -c '^[0-9]*$'"]));
    expect(Number(stdout)).toBeLessThan(8);
  });

  test("has no capability to leave, whoever it is", async () => {
    const { stdout } = await rig.run(rig.job(["grep -E '^(CapEff|NoNewPrivs)' /proc/self/status"]));
    const [, effective = "", noNewPrivileges] = /CapEff:\s*(\S+)\nNoNewPrivs:\s*(\d)/.exec(stdout) ?? [];
    const dangerous = [12, 13, 16, 17, 19, 21, 22, 27].map((bit) => 1n << BigInt(bit)).reduce((all, bit) => all | bit);
    expect(BigInt(`0x${effective}`) & dangerous).toBe(0n);
    expect(noNewPrivileges).toBe("1");
  });
}

function testView(rig: ConformanceRig): void {
  test.each<[string, string]>([
    ["the machine's settings", "touch /etc/x"],
    ["its data", "touch /var/x"],
    ["the root", "touch /x"],
  ])("cannot write to %s", async (_, command) => {
    expect((await rig.run(rig.job([command]))).end).not.toMatchObject({ exitCode: 0 });
  });

  test("installs for itself alone: the machine and other steps see nothing of it", async () => {
    const name = `headrace-conformance-${process.pid}`;
    const places = ["/usr/bin", "/usr/local/lib", "$HOME", "$HOME/.config/tool"].map((folder) => `"${folder}/${name}"`);
    const write = places.map(
      (place) => `{ mkdir -p "$(dirname ${place})" && echo x > ${place} && cat ${place}; } 2>/dev/null || true`,
    );
    const first = await rig.run(rig.job(write));
    // Root owns all of these places, anyone else his home.
    expect(first.stdout).toBe(process.getuid?.() === 0 ? "x\nx\nx\nx\n" : "x\nx\n");
    const { stdout } = await rig.run(rig.job([`ls ${places.join(" ")} 2>/dev/null || true`]));
    expect(stdout).toBe("");
    expect(["/usr/bin", "/usr/local/lib", rig.home].filter((folder) => existsSync(join(folder, name)))).toEqual([]);
  });

  test("finds a home that is empty at first, at the place of the user's", async () => {
    mkdirSync(join(rig.home, "work"), { recursive: true });
    writeFileSync(join(rig.home, ".token"), "secret");
    writeFileSync(join(rig.home, "work/notes"), "secret");
    const command = [
      "cat ~/.token ~/work/notes 2>/dev/null || true",
      "cd; pwd; git config --global user.name me; cat .gitconfig",
    ];
    expect((await rig.run(rig.job(command))).stdout).toBe(`${rig.home}\n[user]\n\tname = me\n`);
    expect(existsSync(join(rig.home, ".gitconfig"))).toBe(false);
  });

  test("has temporary folders of its own, gone when the job is forgotten", async () => {
    const name = `headrace-conformance-${process.pid}`;
    const job = rig.job([
      `for d in /tmp /var/tmp; do touch $d/${name}; mkdir $d/locked; touch $d/locked/f; chmod 500 $d/locked; done; ls /tmp /var/tmp | grep -c ${name}`,
    ]);
    expect((await rig.run(job)).stdout).toBe("2\n");
    expect([existsSync(`/tmp/${name}`), existsSync(`/var/tmp/${name}`)]).toEqual([false, false]);
    const { stdout } = await rig.run(rig.job([`ls -a /tmp /var/tmp | grep -c ${name} || true`]));
    expect(stdout).toBe("0\n");
    await rig.executor.forget(job);
    await rig.executor.forget(job);
    expect(existsSync(join(job.folder, "scratch"))).toBe(false);
  });

  test("has caches that the project's steps share, and that are not the user's own", async () => {
    mkdirSync(join(rig.home, ".cache"), { recursive: true });
    writeFileSync(join(rig.home, ".cache/init.zsh"), "kept");
    expect((await rig.run(rig.job(["echo x > $HOME/.cache/init.zsh"]))).end).toEqual({ kind: "exited", exitCode: 0 });
    expect((await rig.run(rig.job(["cat $HOME/.cache/init.zsh"]))).stdout).toBe("x\n");
    expect(readFileSync(join(rig.home, ".cache/init.zsh"), "utf8")).toBe("kept");
    await rig.run(
      rig.job([
        "mkdir -p ~/nltk_data/a ~/.keras/datasets; echo y > ~/nltk_data/a/b; echo z > ~/.keras/datasets/c; echo w > ~/.keras/keras.json",
      ]),
    );
    const { stdout } = await rig.run(
      rig.job(["cat ~/nltk_data/a/b ~/.keras/datasets/c ~/.keras/keras.json 2>/dev/null || true"]),
    );
    expect([stdout, existsSync(join(rig.home, "nltk_data"))]).toEqual(["y\nz\n", false]);
  });

  test("sees an empty folder in place of the store, and the project's files read-only", async () => {
    writeFileSync(join(rig.place.stateFolder, "secret.db"), "x");
    writeFileSync(join(rig.place.projectRoot, "seen.txt"), "seen\n");
    const { projectRoot: ROOT, stateFolder: STORE } = rig.place;
    const command = ['ls -A "$STORE"', 'cat "$ROOT/seen.txt"', 'touch "$ROOT/x" 2>/dev/null || echo read-only'];
    const { stdout } = await rig.run(rig.job(command, { ROOT, STORE }));
    expect(stdout).toBe("seen\nread-only\n");
  });
}

const STUBBORN = "trap '' INT TERM HUP; echo ready; while :; do sleep 60; done";
const DAEMON = `python3 -c '
import os, signal, time
if os.fork(): os._exit(0)
os.setsid()
if os.fork(): os._exit(0)
for s in (1, 2, 15): signal.signal(s, signal.SIG_IGN)
print("ready", flush=True)
time.sleep(600)
'`;

function testSignals(rig: ConformanceRig): void {
  test("interrupt is a KeyboardInterrupt in Python, and its handlers run", async () => {
    const job = rig.job([
      'python3 -c \'\nimport time\ntry:\n    print("ready", flush=True)\n    time.sleep(60)\nexcept KeyboardInterrupt:\n    print("tidied up", flush=True)\n    raise SystemExit(5)\n\'',
    ]);
    const running = await rig.start(job);
    await rig.logged(job, "ready\n");
    await running.signal("interrupt");
    expect(await running.ended).toMatchObject({ kind: "exited", exitCode: 5 });
    expect(rig.stdout(job)).toBe("ready\ntidied up\n");
  });

  test.each<[string, readonly string[]]>([
    ["bash with a child", ["echo ready; sleep 60", "echo never"]],
    ["a Python step that lets it pass", ["#!/usr/bin/env python3", "import time", "print('ready')", "time.sleep(60)"]],
  ])("interrupt ends %s", async (_, command) => {
    const job = rig.job(command);
    const running = await rig.start(job);
    await rig.logged(job, "ready\n");
    await running.signal("interrupt");
    expect(await running.ended).toEqual({ kind: "signalled", signal: "SIGINT" });
    expect(rig.stdout(job)).toBe("ready\n");
  });

  test("interrupt right after the start is not lost", async () => {
    const running = await rig.start(rig.job(["sleep 60"]));
    await running.signal("interrupt");
    expect(await running.ended).toEqual({ kind: "signalled", signal: "SIGINT" });
  });

  test.each<[string, readonly string[]]>([
    ["ignores every signal that can be ignored", [STUBBORN]],
    [
      "has children that ignore them",
      [`bash -c '${STUBBORN.replaceAll("'", `'\\''`)}' & bash -c '${STUBBORN.replaceAll("'", `'\\''`)}'; wait`],
    ],
    ["has daemons", [DAEMON, "sleep 60"]],
  ])("kill leaves nothing of a step that %s", async (_, command) => {
    const job = rig.job(command);
    const running = await rig.start(job);
    await rig.logged(job, "ready\n");
    await running.signal("interrupt");
    await running.signal("kill");
    // The shell of the last one is already gone by the interrupt.
    expect(["SIGKILL", "SIGINT"].map((signal) => ({ kind: "signalled", signal }))).toContainEqual(await running.ended);
    expect(await rig.leftovers(job)).toEqual([]);
  });

  test("kill right after the start, and again after the end", async () => {
    const job = rig.job(["sleep 60"]);
    const running = await rig.start(job);
    await running.signal("kill");
    expect(await running.ended).toEqual({ kind: "signalled", signal: "SIGKILL" });
    await running.signal("kill");
    await running.signal("interrupt");
    expect(await rig.leftovers(job)).toEqual([]);
  });

  test.each<[string, readonly string[]]>([
    ["background jobs", ["sleep 600 & nohup sleep 601 >/dev/null 2>&1 & echo ready"]],
    ["daemons in a session of their own", [DAEMON]],
    ["many of them", ["for i in $(seq 20); do setsid sleep 600 & done; echo ready"]],
  ])("ends what a finished step leaves behind: %s", async (_, command) => {
    const job = rig.job(command);
    expect((await rig.run(job)).end).toEqual({ kind: "exited", exitCode: 0 });
    expect(await rig.leftovers(job)).toEqual([]);
  });
}

function testLife(rig: ConformanceRig): void {
  test("there is nothing to attach to before the start", async () => {
    expect(await rig.executor.attach(rig.job(["true"]))).toBeUndefined();
  });

  test("any number of starts run the step once", async () => {
    const job = rig.job(['echo ran >> "$VH_OUTPUTS_DIR/count"; sleep 0.2; exit 4']);
    const preparation = await rig.prepare(job);
    const other = await rig.another();
    const running = await Promise.all(
      [rig.executor, other, rig.executor, other].map((executor) => executor.start(job, preparation)),
    );
    const end = { kind: "exited", exitCode: 4 };
    expect(await Promise.all(running.map(({ ended }) => ended))).toMatchObject([end, end, end, end]);
    expect(await (await rig.executor.start(job, preparation)).ended).toMatchObject(end);
    expect(await (await other.attach(job))?.ended).toMatchObject(end);
    expect(readFileSync(join(job.folder, "valohai/outputs/count"), "utf8")).toBe("ran\n");
    await other[Symbol.asyncDispose]();
  });

  test("a step outlives its engine; another attaches and sees the end", async () => {
    const job = rig.job(["echo one; until [ -e go ]; do sleep 0.02; done; echo two; exit 9"]);
    await rig.startElsewhereAndDie(job);
    await rig.logged(job, "one\n");
    const attached = await rig.executor.attach(job);
    writeFileSync(join(job.folder, "valohai/repository/go"), "");
    expect(await attached?.ended).toMatchObject({ kind: "exited", exitCode: 9 });
    expect(rig.stdout(job)).toBe("one\ntwo\n");
  });

  test("a step that ended while no engine was there has its end on record", async () => {
    const job = rig.job([`${DAEMON} > daemon`, "until [ -s daemon ]; do sleep 0.02; done", "echo done; exit 3"]);
    await rig.startElsewhereAndDie(job);
    await rig.logged(job, "done\n");
    expect(await (await rig.executor.attach(job))?.ended).toMatchObject({ kind: "exited", exitCode: 3 });
    expect(await rig.leftovers(job)).toEqual([]);
  });

  test.each(["interrupt", "kill"] as const)("an engine that attached can %s", async (kind) => {
    const job = rig.job(["echo ready; sleep 60"]);
    await rig.startElsewhereAndDie(job);
    await rig.logged(job, "ready\n");
    const attached = await rig.executor.attach(job);
    await attached?.signal(kind);
    expect(await attached?.ended).toEqual({ kind: "signalled", signal: kind === "kill" ? "SIGKILL" : "SIGINT" });
    expect(await rig.leftovers(job)).toEqual([]);
  });
}

function testUse(rig: ConformanceRig): void {
  test("tells what a step uses of the machine while it runs, to whoever has adopted it, too", async () => {
    const script = [
      "import sys, time",
      "held = b'x' * 60_000_000",
      "while time.process_time() < 0.5: pass",
      "print('ready', flush=True)",
      "time.sleep(600)",
    ].join("\n");
    const job = rig.job([`python3 -c "${script}" & child=$!`, "wait $child"]);
    const since = Date.now() - 1_000;
    const running = await rig.start(job);
    await rig.logged(job, "ready\n");
    for (const each of [running, await rig.executor.attach(job)]) {
      let use: UseReading | undefined;
      for (; (use?.totals.cpu ?? 0) < 0.4; await delay(50)) use = (await each?.use?.(since))?.at(-1);
      expect(use?.memory).toBeGreaterThan(60_000_000);
      expect(use?.memory).toBeLessThan(2_000_000_000);
      expect(use?.totals.cpu).toBeLessThan(60);
      expect(Math.abs((use?.at ?? 0) - Date.now())).toBeLessThan(120_000);
    }
    await running.signal("kill");
    await running.ended;
    if (running.notesUse !== true) expect(await running.use?.(since)).toEqual([]);
  });
}
