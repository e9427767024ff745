import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ConformanceRig } from "../conformance-rig.ts";
import { openLocalExecutor } from "./local-executor.ts";

const module = new URL("./conformance-subject.ts", import.meta.url);
const isRoot = process.getuid?.() === 0;

// Ways out that an attack on the sandbox tried or that reading it suggested; some were open, others are here to stay shut.
describe.each(["bubblewrap", "unshare"])("a step that wants out of %s", (variant) => {
  const rig = new ConformanceRig({ module, variant, isolated: "view" });
  beforeAll(() => rig.open());
  afterAll(() => rig.close());

  test("gets linker variables itself, and nothing before the sandbox is closed does", async () => {
    const trace = join(rig.home, "traced");
    const variables = { LD_DEBUG: "files", LD_DEBUG_OUTPUT: trace, LC_ALL: "./here", BASH_ENV: "", "BASH_FUNC_printf%%": "() { :; }" };
    const { end, stdout } = await rig.run(
      rig.job(['echo "$LD_DEBUG $LD_DEBUG_OUTPUT $LC_ALL $BASH_ENV."; env | grep -c BASH_FUNC'], variables),
    );
    expect(end).toEqual({ kind: "exited", exitCode: 0 });
    // The linker says it on the step's own output, for want of the file: in the sandbox it cannot be made.
    expect(stdout).toContain(`files ${trace} ./here .\n`);
    expect(readdirSync(rig.home).filter((name) => name.startsWith("traced"))).toEqual([]);
  });

  test.each(["HOME", "XDG_CACHE_HOME", "HEADRACE_STEP_CACHE"])("makes no folder writable by naming it in %s", async (name) => {
    const target = join(rig.home, "mine", ".cache");
    mkdirSync(target, { recursive: true });
    const value = name === "HOME" ? join(rig.home, "mine") : target;
    const { end } = await rig.run(rig.job([`touch '${target}/x'`], { [name]: value }));
    expect([end, existsSync(join(target, "x"))]).toEqual([{ kind: "exited", exitCode: 1, failedCommand: 1 }, false]);
  });

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
    const server = createServer((socket) => socket.end("reached"));
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
    for (const name of [".ssh/id_ed25519", ".netrc", ".git-credentials"]) writeFileSync(join(rig.home, name), "secret\n");
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

  test("gains nothing by a user namespace of its own", async () => {
    const { stateFolder } = rig.place;
    const inner = `umount '${stateFolder}'; umount -l /valohai/inputs; mount -o remount,bind,rw /usr; touch /usr/headrace-escape; mount -t tmpfs x /proc/sys; ls -A '${stateFolder}'; cat /etc/shadow`;
    const { stdout } = await rig.run(rig.job([`unshare -Urm sh -c "${inner}" 2>/dev/null || true`]));
    expect(stdout).toBe("");
    expect(existsSync("/usr/headrace-escape")).toBe(false);
  });

  test("cannot flood the engine through the file that says how it ended", async () => {
    const { end } = await rig.run(rig.job(["truncate -s 700M /proc/$$/fd/187 || true", "exit 3"]));
    expect(end).toMatchObject({ kind: "exited", exitCode: 3 });
  });

  test("gets no file that whoever started Headrace had open by a small number", async () => {
    const { stdout } = await rig.run(
      rig.job(["#!/usr/bin/env python3", "import os", "print([n for n in range(3, 10) if os.path.exists(f'/proc/1/fd/{n}')])"]),
    );
    expect(stdout.replace("5, 6, 7", "")).toBe("[]\n");
  });

  test("leaves nothing behind in the home folder", () => {
    expect(readFileSync(join(rig.home, ".netrc"), "utf8")).toBe("secret\n");
  });
});
