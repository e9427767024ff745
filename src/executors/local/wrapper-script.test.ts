import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readEnd } from "../step/job-end.ts";
import { controlFiles } from "./control-files.ts";
import { unsandboxedCommand } from "./unsandboxed-command.ts";
import { wrapperFor } from "./wrapper-script.ts";

const WRAPPER_SCRIPT = wrapperFor([]);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "headrace-wrapper-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** The words between `sh` and a step's command in these tests. */
const WRAPPED = [
  "-c",
  WRAPPER_SCRIPT,
  "headrace",
  "control",
  "logs",
  "none",
  "",
  "",
  "",
  ...unsandboxedCommand(["no", "sh", "-c"]),
];

// In a user and mount namespace of its own, so that no privileges are needed for a file system that can be filled.
const ON_A_SMALL_DISK = `mount -t tmpfs -o size=256k tmpfs "$1" && cd "$1" && mkdir control logs && shift
setsid --wait sh "$@"
df --output=avail . | tail -1
cat control/exit control/status`;

function onSmallDisk(command: string): readonly string[] {
  const said = execFileSync(
    "unshare",
    ["--map-root-user", "--mount", "sh", "-c", ON_A_SMALL_DISK, "sh", folder, ...WRAPPED, command],
    {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
      timeout: 30_000,
    },
  );
  return said
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("headrace: started"));
}

test("a step that was killed before its wrapper came does not begin", () => {
  for (const name of ["control", "logs"]) mkdirSync(join(folder, name));
  writeFileSync(join(folder, "control/killed"), "");
  spawnSync("setsid", ["--wait", "sh", ...WRAPPED, "touch begun"], { cwd: folder });
  expect(existsSync(join(folder, "begun"))).toBe(false);
  expect(readEnd(controlFiles(join(folder, "control")), ["touch begun"])).toEqual({
    kind: "signalled",
    signal: "SIGKILL",
  });
});

describe("a step that fills the disk", () => {
  test("has its status kept, without waiting for room", () => {
    expect(onSmallDisk("cat /dev/zero >fill 2>&-; exit 7")).toEqual(["0", "137", "headrace: exited 7", "Killed"]);
  });

  test("is told when it prints on, and its end says that the log is not whole", () => {
    const lines = onSmallDisk("cat /dev/zero >fill 2>&-; seq 100000; exit 0");
    expect(lines.slice(0, 2)).toEqual(["0", "137 unlogged"]);
    expect(onSmallDisk("exec yes")).toEqual(["0", "137 unlogged", "headrace: exited 141", "Killed"]);
  });
});

describe.each(["dash", "bash"])("the readers below %s", (shell) => {
  /** Returns what the step leaves: its end, and both logs. */
  function run(command: string): readonly string[] {
    for (const name of ["bin", "control", "logs"]) mkdirSync(join(folder, name));
    const { status } = spawnSync("setsid", ["--wait", shell, ...WRAPPED, command], {
      cwd: folder,
      stdio: "ignore",
      timeout: 30_000,
    });
    expect(status).toBe(0);
    return ["control/exit", "logs/stdout", "logs/stderr"].map((path) => readFileSync(join(folder, path), "latin1"));
  }

  test.each<[string, string, string, string]>([
    ["nothing", ":", "", ""],
    [
      "streams opened by name",
      "echo 1; echo a >&2; echo 2 >/dev/stdout; echo b >/dev/stderr; echo 3",
      "1\n2\n3\n",
      "a\nb\n",
    ],
    ["streams opened below /proc", "echo 1; echo 2 >/proc/self/fd/1; echo 3", "1\n2\n3\n", ""],
    ["tee to a stream", "echo a >&2; echo 1 | tee /dev/stderr; echo b >&2", "1\n", "a\n1\nb\n"],
    ["bytes of every kind", "printf '\\0\\377\\r\\n\\0'", "\0\xff\r\n\0", ""],
    ["a background job that holds the streams", "sleep 600 & echo done", "done\n", ""],
    ["signals to its own group", "trap : TERM; echo 1; kill 0; echo 2", "1\n2\n", ""],
  ])("keep %s", (_, command, stdout, stderr) => {
    const [exit, ...logs] = run(command);
    expect([exit?.trim(), ...logs]).toEqual(["137", stdout, stderr]);
  });

  /** Both logs as one, in the order that the reader has noted. */
  function inOrder([, ...logs]: readonly string[]): readonly string[] {
    const names = ["stdout", "stderr"];
    const taken = [0, 0];
    const take = (one: number, end: number): string => {
      const text = (logs[one] ?? "").slice(taken[one], end);
      taken[one] = end;
      return text;
    };
    const notes = readFileSync(join(folder, "logs/order"), "utf8").split("\n").slice(0, -1);
    const runs = notes.map((note) => {
      const [name = "", end] = note.split(" ");
      return take(names.indexOf(name), Number(end));
    });
    return [...runs, take(0, Infinity), take(1, Infinity)].join("").trimEnd().split("\n");
  }

  /** Prints a line, and waits until it was read: nothing else tells that a pause is long enough. */
  const said = (line: string | number, stream: "stdout" | "stderr"): string =>
    `echo ${line} >&${stream === "stdout" ? 1 : 2}; until grep -qsx ${line} logs/${stream}; do sleep 0.01; done`;

  test("keep the order of lines that alternate between the streams", () => {
    const lines = Array.from({ length: 20 }, (_, n) => n);
    const command = lines.map((n) => (n % 2 === 0 ? said(n, "stdout") : said(n, "stderr"))).join("; ");
    expect(inOrder(run(command))).toEqual(lines.map(String));
  });

  test("keep what was said on stderr before a flood on stdout", () => {
    const lines = inOrder(run(`${said("first", "stdout")}; ${said("why", "stderr")}; seq 50000`));
    expect([lines.indexOf("why"), lines.length, lines.at(-1)]).toEqual([1, 50_002, "50000"]);
  });

  test("are two where there is no Perl, and lose nothing but the order", () => {
    for (const name of ["bin", "control", "logs", "tools"]) mkdirSync(join(folder, name));
    for (const tool of ["cat", "mkfifo", "setsid", "sh", "sleep"])
      symlinkSync(
        execFileSync("sh", ["-c", `command -v ${tool}`], { encoding: "utf8" }).trim(),
        join(folder, "tools", tool),
      );
    const script = WRAPPER_SCRIPT.replaceAll(/PATH=\/usr\/bin:\/bin:\S*/g, `PATH=${join(folder, "tools")}`);
    expect(script).not.toBe(WRAPPER_SCRIPT);
    const args = WRAPPED.map((arg) => (arg === WRAPPER_SCRIPT ? script : arg));
    spawnSync("setsid", ["--wait", shell, ...args, "echo 1; echo a >&2; echo 2"], { cwd: folder, stdio: "ignore" });
    const read = (name: string): string => readFileSync(join(folder, name), "utf8");
    expect([read("control/exit").trim(), read("logs/stdout"), read("logs/stderr")]).toEqual(["137", "1\n2\n", "a\n"]);
    expect(read("control/pid")).toMatch(/readers (\d+) (?!\1\n)\d+\n/);
    expect(existsSync(join(folder, "logs/order"))).toBe(false);
  });

  test("outlive a step that kills its whole group", () => {
    const [exit, stdout] = run("echo kept; kill -9 0");
    expect([exit?.trim(), stdout]).toEqual(["137", "kept\n"]);
  });

  test("a step that closes its streams goes on", () => {
    expect(run("echo 1; exec >&- 2>&-; exit 3")[1]).toBe("1\n");
    expect(readFileSync(join(folder, "control/status"), "utf8")).toContain("headrace: exited 3\n");
  });
});

describe("a session of the supervisor's own", () => {
  function program(name: string, text: string): void {
    mkdirSync(join(folder, "bin"), { recursive: true });
    writeFileSync(join(folder, "bin", name), text);
    chmodSync(join(folder, "bin", name), 0o755);
  }

  test("comes from setsid where there is one, else from Perl", () => {
    program("setsid", "");
    program("perl", "");
    expect(unsandboxedCommand(["no", "true"], join(folder, "bin"))[0]).toBe(join(folder, "bin/setsid"));
    rmSync(join(folder, "bin/setsid"));
    const [perl, ...rest] = unsandboxedCommand(
      ["no", "sh", "-c", "ps -o sid=,pgid= -p $PPID >seen"],
      join(folder, "bin"),
    );
    expect(perl).toBe(join(folder, "bin/perl"));
    const redirected = `exec 5>&1 6>&2 7>status; exec "$@"`;
    spawnSync("/bin/sh", ["-c", redirected, "sh", "/usr/bin/perl", ...rest], { cwd: folder, stdio: "ignore" });
    const [session, group] = readFileSync(join(folder, "seen"), "utf8").trim().split(/\s+/);
    expect(session).toBe(group);
    expect(readFileSync(join(folder, "status"), "utf8")).toContain(`headrace: started ${session}\n`);
  });

  test("cannot be had without either", () => {
    expect(() => unsandboxedCommand([], join(folder, "none"))).toThrow(
      "steps cannot be started without a sandbox: neither setsid nor perl is installed",
    );
  });
});
