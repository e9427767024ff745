import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Server } from "node:net";
import { userInfo } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { ConformanceRig } from "../conformance-rig.ts";
import { openLocalExecutor } from "./local-executor.ts";
import { plainInstallerSettings } from "./sandbox/installer-settings.ts";

const module = new URL("./conformance-subject.ts", import.meta.url);
const isRoot = process.getuid?.() === 0;

/**
 * Says that it was reached. A client that looks whether somebody listens leaves without reading the answer, which is no
 * failure of the test.
 */
function answeringServer(): Server {
  return createServer((socket) => {
    socket.on("error", () => undefined);
    socket.end("reached");
  });
}

// Ways out that an attack on the sandbox tried or that reading it suggested; some were open, others are here to stay
// shut.
describe.each(["bubblewrap", "unshare"])("a step that wants out of %s", (variant) => {
  const rig = new ConformanceRig({ module, variant, isolated: "view" });
  beforeAll(() => rig.open());
  afterAll(() => rig.close());

  test("gets linker variables itself, and nothing before the sandbox is closed does", async () => {
    const trace = join(rig.home, "traced");
    const variables = {
      LD_DEBUG: "files",
      LD_DEBUG_OUTPUT: trace,
      LC_ALL: "./here",
      BASH_ENV: "",
      "BASH_FUNC_printf%%": "() { :; }",
    };
    const { end, stdout } = await rig.run(
      rig.job(['echo "$LD_DEBUG $LD_DEBUG_OUTPUT $LC_ALL $BASH_ENV."; env | grep -c BASH_FUNC'], variables),
    );
    expect(end).toEqual({ kind: "exited", exitCode: 0 });
    // The linker says it on the step's own output, for want of the file: in the sandbox it cannot be made.
    expect(stdout).toContain(`files ${trace} ./here .\n`);
    expect(readdirSync(rig.home).filter((name) => name.startsWith("traced"))).toEqual([]);
  });

  test.each(["HOME", "XDG_CACHE_HOME", "HEADRACE_STEP_CACHE"])(
    "makes no folder writable by naming it in %s",
    async (name) => {
      const target = join(rig.home, "mine", ".cache");
      mkdirSync(target, { recursive: true });
      const value = name === "HOME" ? join(rig.home, "mine") : target;
      const { end } = await rig.run(rig.job([`touch '${target}/x'`], { [name]: value }));
      expect([end, existsSync(join(target, "x"))]).toEqual([{ kind: "exited", exitCode: 1, failedCommand: 1 }, false]);
    },
  );

  test("has no disk, no kernel memory and no terminal of others among its devices", async () => {
    const { stdout } = await rig.run(
      rig.job(["find /dev -type b; cd /dev; ls -d kmsg mem kvm fuse loop* tty[0-9]* pts/[0-9]* 2>/dev/null || true"]),
    );
    expect(stdout).toBe("");
  });

  test("has the devices that programs count on", async () => {
    const command = [
      "echo x > /dev/null; head -c 8 /dev/zero /dev/urandom /dev/random > /dev/null",
      "echo a | cat /dev/stdin; echo b >> /dev/stdout; cat <(echo c)",
      'python3 -c "import multiprocessing.shared_memory as m, os; s = m.SharedMemory(create=True, size=9); s.unlink(); os.openpty(); print(1)"',
    ];
    const { stdout, stderr } = await rig.run(rig.job(command));
    expect([stdout, stderr]).toEqual(["a\nb\nc\n1\n", ""]);
  });

  test("shares no memory with other programs", async () => {
    const name = `headrace-escape-${process.pid}-${variant}`;
    writeFileSync(`/dev/shm/${name}`, "x");
    const { stdout } = await rig.run(rig.job([`ls /dev/shm; ipcs -m 2>/dev/null | grep -c 0x || true`]));
    rmSync(`/dev/shm/${name}`);
    expect(stdout).toBe("0\n");
  });

  test.runIf(isRoot)("reaches no daemon's socket below /run, also not by way of PATH", async () => {
    const folder = `/run/headrace-escape-${process.pid}-${variant}/bin`;
    mkdirSync(folder, { recursive: true });
    const server = answeringServer();
    await new Promise<void>((resolve) => server.listen(join(folder, "daemon.sock"), resolve));
    const connect = `/usr/bin/python3 -c "import socket; s = socket.socket(socket.AF_UNIX); s.connect('${folder}/daemon.sock'); print(s.recv(9))"`;
    const { stdout, stderr } = await rig.run(rig.job([connect], { PATH: `${folder}:/usr/bin:/bin` }));
    await new Promise((resolve) => server.close(resolve));
    rmSync(join(folder, ".."), { recursive: true });
    expect(stdout).toBe("");
    expect(stderr).toContain("FileNotFoundError");
  });

  test("finds no credentials of the user, save those that he shows", async () => {
    mkdirSync(join(rig.home, ".ssh"), { recursive: true });
    for (const name of [".ssh/id_ed25519", ".netrc", ".git-credentials"])
      writeFileSync(join(rig.home, name), "secret\n");
    const command = [
      `cat ~/.ssh/* ~/.netrc ~/.git-credentials 2>/dev/null || true; ls -A ~/.ssh; grep -c . /etc/shadow 2>/dev/null || true`,
    ];
    const hidden = await rig.run(rig.job(command));
    expect(hidden.stdout.replace("0\n", "")).toBe("");
    const baseEnvironment = { ...rig.place.baseEnvironment, HEADRACE_STEPS_SEE: "~/.netrc:" };
    const executor = await openLocalExecutor({ ...rig.place, baseEnvironment, sandbox: variant as "bubblewrap" });
    const job = rig.job(["cat ~/.netrc", "ls -A ~/.ssh"]);
    await (await executor.start(job, await executor.prepare(job, expect.fail, new AbortController().signal))).ended;
    await executor[Symbol.asyncDispose]();
    expect(rig.stdout(job)).toBe("secret\n");
  });

  test("finds nothing else of the user's home either, whatever its name, unless he shows it", async () => {
    const names = [
      ".huggingface/token",
      ".config/kaggle/kaggle.json",
      ".local/share/jupyter/runtime/kernel-1.json",
      "notes.txt",
      ".env",
    ];
    for (const name of names) {
      mkdirSync(dirname(join(rig.home, name)), { recursive: true });
      writeFileSync(join(rig.home, name), "secret\n");
    }
    const look = `cd; cat ${names.join(" ")} 2>/dev/null || true`;
    expect((await rig.run(rig.job([look]))).stdout).toBe("");
    const baseEnvironment = { ...rig.place.baseEnvironment, HEADRACE_STEPS_SEE: "~/notes.txt:~/.config:~/no-such" };
    await using executor = await openLocalExecutor({ ...rig.place, baseEnvironment, sandbox: variant as "bubblewrap" });
    const job = rig.job([look, "cd; touch notes.txt .config/x 2>/dev/null || echo read-only"]);
    await (await executor.start(job, await executor.prepare(job, expect.fail, new AbortController().signal))).ended;
    expect(rig.stdout(job)).toBe("secret\nsecret\nread-only\n");
  });

  test("finds nothing of the home that the password file names, where HOME names another", async () => {
    const { homedir: other } = userInfo();
    const { stdout } = await rig.run(
      rig.job([`[ '${other}' = "$HOME" ] || find '${other}' -maxdepth 1 -type f 2>/dev/null || true`]),
    );
    // The installers' settings of their indexes are shown, if no login stands in them.
    const shown = new Set(plainInstallerSettings(other));
    expect(stdout.split("\n").filter((path) => path !== "" && !shown.has(path))).toEqual([]);
  });

  test("is not kept from starting by credentials that come and go", async () => {
    const path = join(rig.home, ".vault-token");
    const jobs = Array.from({ length: 12 }, () => rig.job(["true"]));
    const ends: unknown[] = [];
    const flicker = setInterval(() => (existsSync(path) ? rmSync(path) : writeFileSync(path, "x")), 1);
    await Promise.all(jobs.map(async (job) => ends.push((await rig.run(job)).end)));
    clearInterval(flicker);
    expect(ends).toEqual(jobs.map(() => ({ kind: "exited", exitCode: 0 })));
  });

  test.runIf(isRoot)(
    "reaches no socket on which something listens in what it sees, and no records of another project",
    async () => {
      // Neither in a home nor in a temporary folder, which are closed as a whole.
      const place = mkdtempSync("/var/lib/headrace-escape-");
      const other = join(place, ".headrace");
      mkdirSync(other);
      writeFileSync(join(other, "headrace.db"), "records");
      const server = answeringServer();
      await new Promise<void>((resolve) => server.listen(join(place, "daemon.sock"), resolve));
      await (await openLocalExecutor({ ...rig.place, stateFolder: other, projectRoot: place, sandbox: "off" }))[
        Symbol.asyncDispose
      ]();
      const connect = `/usr/bin/python3 -c "import socket; s = socket.socket(socket.AF_UNIX); s.connect('${place}/daemon.sock'); print(s.recv(9))" 2>&1 | tail -1`;
      const { stdout } = await rig.run(rig.job([connect, `ls -A '${other}'; ls '${place}'`]));
      await new Promise((resolve) => server.close(resolve));
      rmSync(place, { recursive: true });
      expect(stdout).toBe("ConnectionRefusedError: [Errno 111] Connection refused\ndaemon.sock\n");
    },
  );

  test("reaches no network in an environment without, and has a loopback of its own", async () => {
    const server = answeringServer();
    const port = await new Promise<number>((resolve) =>
      server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port)),
    );
    const command = [
      `/usr/bin/python3 - <<'E'`,
      "import socket",
      "s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen(); socket.create_connection(s.getsockname()); print('own')",
      `try: socket.create_connection(('127.0.0.1', ${port})); print('reached')`,
      "except OSError as error: print(error.strerror)",
      "E",
    ];
    await using executor = await openLocalExecutor({ ...rig.place, sandbox: variant as "bubblewrap", network: "none" });
    const job = rig.job([command.join("\n")]);
    await (await executor.start(job, await executor.prepare(job, expect.fail, new AbortController().signal))).ended;
    const free = await rig.run(rig.job([command.join("\n")]));
    await new Promise((resolve) => server.close(resolve));
    expect([rig.stdout(job), free.stdout]).toEqual(["own\nConnection refused\n", "own\nreached\n"]);
  });

  test("gains nothing by a user namespace of its own", async () => {
    const { stateFolder } = rig.place;
    const inner = `umount '${stateFolder}'; umount -l /valohai/inputs; mount -o remount,bind,rw /usr; touch /usr/headrace-escape; mount -t tmpfs x /proc/sys; ls -A '${stateFolder}'; cat /etc/shadow`;
    const { stdout } = await rig.run(rig.job([`unshare -Urm sh -c "${inner}" 2>/dev/null || true`]));
    expect(stdout).toBe("");
    expect(existsSync("/usr/headrace-escape")).toBe(false);
  });

  // The sandbox of unshare cannot refuse these calls: docs/security.md.
  test.runIf(variant === "bubblewrap")(
    "reaches no kernel keyring, neither by the session's nor by the user's",
    async () => {
      const numbers = process.arch === "x64" ? "248, 249, 250" : "217, 218, 219";
      // By all ways to make the calls: those of 32-bit programs are for the filter's own test.
      const program = [
        "import ctypes, os",
        "libc = ctypes.CDLL(None, use_errno=True)",
        `add, request, control = ${numbers}`,
        "def call(*arguments): return 'reached' if libc.syscall(*arguments) >= 0 else os.strerror(ctypes.get_errno())",
        "x32 = [0x40000000 + control] if os.uname().machine == 'x86_64' else []",
        "for ring in (-3, -4): print(call(add, b'user', b'headrace-escape', b'secret', 6, ring), *(call(n, 0, ring, 1) for n in [control] + x32))",
        "print(call(request, b'user', b'headrace-escape', None, 0), os.getpid() > 0)",
      ];
      const { stdout, stderr } = await rig.run(rig.job([`/usr/bin/python3 - <<'E'\n${program.join("\n")}\nE`]));
      const refused = "Function not implemented";
      const each = process.arch === "x64" ? `${refused} ${refused} ${refused}` : `${refused} ${refused}`;
      expect([stdout, stderr]).toEqual([`${each}\n${each}\n${refused} True\n`, ""]);
    },
  );

  test("cannot flood the engine through the file that says how it ended", async () => {
    const { end } = await rig.run(rig.job(["truncate -s 700M /proc/$$/fd/187 || true", "exit 3"]));
    expect(end).toMatchObject({ kind: "exited", exitCode: 3 });
  });

  test("gets no file that whoever started Headrace had open by a small number", async () => {
    const { stdout } = await rig.run(
      rig.job([
        "#!/usr/bin/env python3",
        "import os",
        "print([n for n in range(3, 10) if os.path.exists(f'/proc/1/fd/{n}')])",
      ]),
    );
    // Those of its own: the log's two pipes, the way that says how it ended, and its input.
    expect(stdout.replace("5, 6, 7, 8", "")).toBe("[]\n");
  });

  test("leaves nothing behind in the home folder", () => {
    expect(readFileSync(join(rig.home, ".netrc"), "utf8")).toBe("secret\n");
  });
});
