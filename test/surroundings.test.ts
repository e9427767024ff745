import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { RunDetailView, WhyView } from "../src/api/index.ts";
import { ProjectRig } from "./rig.ts";

const FILES = {
  "valohai.yaml": `
- step:
    name: now
    image: x
    environment: local
    command: date +%Z
- step:
    name: own
    image: x
    environment: local
    command: date +%Z
    environment-variables: [{name: TZ, default: UTC}]
- step:
    name: fit
    image: x
    environment: local
    command: sh fit.sh
`,
  "fit.sh": "python3 -c 'print(1)'\n",
};

const BASE = { PATH: "/usr/bin:/bin", TZ: "UTC", LANG: "C.UTF-8" };

/** A result that was made in another time zone, language or Python is another result. */
describe("what a step sees of the shell that Headrace was started in", () => {
  let rig: ProjectRig;
  let folder: string;
  beforeEach(() => {
    rig = new ProjectRig(FILES);
    folder = mkdtempSync(join(tmpdir(), "headrace-venv-"));
  });
  afterEach(async () => {
    await rig[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  async function json<T>(environment: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<T> {
    const result = await rig.startIn(rig.root, { ...BASE, ...environment }, ...args, "--json").result;
    if (result.code !== 0) throw new Error(`${result.stdout}\n${result.stderr}`);
    return JSON.parse(result.stdout) as T;
  }
  async function isReused(environment: Readonly<Record<string, string>>, step: string): Promise<boolean | undefined> {
    return (await json<RunDetailView>(environment, "run", step)).nodes[0]?.reused;
  }
  async function why(): Promise<WhyView | undefined> {
    return (await json<readonly WhyView[]>({}, "why", "latest"))[0];
  }

  test("another time zone, another language, other cards: it runs, and `why` says what differs", async () => {
    expect(await isReused({}, "now")).toBe(false);
    expect(await isReused({ HTTPS_PROXY: "http://me:secret@proxy", USER: "someone" }, "now")).toBe(true);
    expect(await isReused({ TZ: "Asia/Tokyo" }, "now")).toBe(false);
    expect(await why()).toMatchObject({ reason: "changed", text: 'variable TZ: "UTC" → "Asia/Tokyo"' });
    expect(await isReused({ CUDA_VISIBLE_DEVICES: "1" }, "now")).toBe(false);
    expect((await why())?.text).toContain('variable CUDA_VISIBLE_DEVICES is new: "1"');
    expect(await isReused({ LC_ALL: "de_DE.UTF-8" }, "now")).toBe(false);
    expect(await isReused({}, "now")).toBe(true);
  });

  test("a step that sets the variable itself depends on no shell", async () => {
    expect(await isReused({}, "own")).toBe(false);
    expect(await isReused({ TZ: "Asia/Tokyo" }, "own")).toBe(true);
  });

  test("a dry run says the same", async () => {
    await isReused({}, "now");
    const { stdout } = await rig.startIn(rig.root, { ...BASE, TZ: "Asia/Tokyo" }, "run", "now", "--dry-run").result;
    expect(stdout).toContain('would run: variable TZ: "UTC" → "Asia/Tokyo"');
    expect((await rig.startIn(rig.root, BASE, "run", "now", "--dry-run").result).stdout).toContain(
      "nothing that counts has changed",
    );
  });

  test("another virtual environment on PATH, or another package in it", async () => {
    for (const name of ["a", "b"]) {
      mkdirSync(join(folder, name, "bin"), { recursive: true });
      mkdirSync(join(folder, name, "lib/python3.11/site-packages"), { recursive: true });
      writeFileSync(join(folder, name, "pyvenv.cfg"), "home = /usr/bin\n");
      symlinkSync("/usr/bin/python3", join(folder, name, "bin/python3"));
    }
    const within = (name: string) => ({ PATH: `${join(folder, name, "bin")}:/usr/bin:/bin` });
    mkdirSync(join(folder, "b/lib/python3.11/site-packages/numpy-2.0.dist-info"));
    expect(await isReused(within("a"), "fit")).toBe(false);
    expect(await isReused(within("a"), "fit")).toBe(true);
    expect(await isReused(within("b"), "fit")).toBe(false);
    expect((await why())?.text).toMatch(/^packages of python3: "0 entries, [0-9a-f]{16}" → "1 entries, [0-9a-f]{16}"$/);
    mkdirSync(join(folder, "a/lib/python3.11/site-packages/numpy-2.1.dist-info"));
    expect(await isReused(within("a"), "fit")).toBe(false);
  });
});
