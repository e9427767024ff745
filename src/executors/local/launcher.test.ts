import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, watch, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { type Launcher, type LaunchRequest, openDirectLauncher, openHelperLauncher } from "./launcher.ts";

const root = mkdtempSync(join(tmpdir(), "headrace-launcher-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

function shell(script: string, more: Partial<LaunchRequest> = {}): LaunchRequest {
  return {
    program: "/bin/sh",
    arguments: ["-c", script],
    folder: root,
    environment: { PATH: "/usr/bin:/bin", A: "ä\n'" },
    ...more,
  };
}

async function appears(name: string): Promise<string> {
  const path = join(root, name);
  const { promise, resolve } = Promise.withResolvers<void>();
  const watcher = watch(root, () => existsSync(path) && readFileSync(path, "utf8").endsWith("\n") && resolve());
  if (existsSync(path)) resolve();
  await promise;
  watcher.close();
  return readFileSync(path, "utf8");
}

describe.each<[string, () => Launcher]>([
  ["direct", openDirectLauncher],
  ["helper", openHelperLauncher],
])("%s launcher", (name, open) => {
  test("starts a process in a session of its own, with its folder and environment, and sees its end", async () => {
    await using launcher = open();
    const launched = await launcher.launch(
      shell(`{ pwd; printf '%s|' "$A"; cut -d' ' -f1,5,6 /proc/$$/stat; } > ${name}.tmp; mv ${name}.tmp ${name}`),
    );
    expect(await launched.ended).toBe(true);
    expect(await appears(name)).toBe(`${root}\nä\n'|${launched.pid} ${launched.pid} ${launched.pid}\n`);
  });

  test("many at a time", async () => {
    await using launcher = open();
    const launched = await Promise.all(Array.from({ length: 20 }, () => launcher.launch(shell("exit 1"))));
    expect(new Set(launched.map(({ pid }) => pid)).size).toBe(20);
    expect(await Promise.all(launched.map(({ ended }) => ended))).toEqual(launched.map(() => true));
  });

  test("says why a process cannot be started", async () => {
    await using launcher = open();
    await expect(launcher.launch(shell("true", { folder: join(root, "gone") }))).rejects.toMatchObject({
      code: "HR_STEP_START",
      message: `the step's process cannot be started in ${join(root, "gone")}: spawn /bin/sh ENOENT`,
      hint: "check that /bin/sh and the execution's folder exist",
    });
  });
});

describe("helper launcher", () => {
  test("a process outlives the launcher", async () => {
    const launcher = openHelperLauncher();
    await launcher.launch(shell("until [ -e go ]; do sleep 0.02; done; echo on > survived"));
    await launcher[Symbol.asyncDispose]();
    writeFileSync(join(root, "go"), "");
    expect(await appears("survived")).toBe("on\n");
  });

  test("when the helper dies it is told that nobody saw the end, and the next launch gets a new one", async () => {
    await using launcher = openHelperLauncher();
    const first = await launcher.launch(shell("exec sleep 600"));
    const parent = execFileSync("ps", ["-o", "ppid=", "-p", String(first.pid)], { encoding: "utf8" }).trim();
    process.kill(Number(parent), "SIGKILL");
    expect(await first.ended).toBe(false);
    process.kill(first.pid, "SIGKILL");
    expect(await (await launcher.launch(shell("true"))).ended).toBe(true);
  });

  test("disposing of one that never launched does nothing", async () => {
    await openHelperLauncher()[Symbol.asyncDispose]();
  });
});
