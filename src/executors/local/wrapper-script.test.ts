import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { unsandboxedCommand } from "./unsandboxed-command.ts";
import { WRAPPER_SCRIPT } from "./wrapper-script.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "headrace-wrapper-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** What stands between `sh` and a step's command in these tests. */
const WRAPPED = ["-c", WRAPPER_SCRIPT, "headrace", "control", "logs", "none", "", "", ...unsandboxedCommand(["no", "sh", "-c"])];

// In a user and mount namespace of its own, so that no privileges are needed for a file system that can be filled.
const ON_A_SMALL_DISK = `mount -t tmpfs -o size=256k tmpfs "$1" && cd "$1" && mkdir control logs && shift
setsid --wait sh "$@"
df --output=avail . | tail -1
cat control/exit control/status`;

function onSmallDisk(command: string): readonly string[] {
  const said = execFileSync("unshare", ["--map-root-user", "--mount", "sh", "-c", ON_A_SMALL_DISK, "sh", folder, ...WRAPPED, command], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
    timeout: 30_000,
  });
  return said
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("headrace: started"));
}

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
  /** What the step leaves: its end, and both logs. */
  function run(command: string): readonly string[] {
    for (const name of ["bin", "control", "logs"]) mkdirSync(join(folder, name));
    const { status } = spawnSync("setsid", ["--wait", shell, ...WRAPPED, command], { cwd: folder, stdio: "ignore", timeout: 30_000 });
    expect(status).toBe(0);
    return ["control/exit", "logs/stdout", "logs/stderr"].map((path) => readFileSync(join(folder, path), "latin1"));
  }

  test.each<[string, string, string, string]>([
    ["nothing", ":", "", ""],
    ["streams opened by name", "echo 1; echo a >&2; echo 2 >/dev/stdout; echo b >/dev/stderr; echo 3", "1\n2\n3\n", "a\nb\n"],
    ["streams opened below /proc", "echo 1; echo 2 >/proc/self/fd/1; echo 3", "1\n2\n3\n", ""],
    ["tee to a stream", "echo a >&2; echo 1 | tee /dev/stderr; echo b >&2", "1\n", "a\n1\nb\n"],
    ["bytes of every kind", "printf '\\0\\377\\r\\n\\0'", "\0\xff\r\n\0", ""],
    ["a background job that holds the streams", "sleep 600 & echo done", "done\n", ""],
    ["signals to its own group", "trap : TERM; echo 1; kill 0; echo 2", "1\n2\n", ""],
  ])("keep %s", (_, command, stdout, stderr) => {
    const [exit, ...logs] = run(command);
    expect([exit?.trim(), ...logs]).toEqual(["137", stdout, stderr]);
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
    const [perl, ...rest] = unsandboxedCommand(["no", "sh", "-c", "ps -o sid=,pgid= -p $PPID >seen"], join(folder, "bin"));
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
