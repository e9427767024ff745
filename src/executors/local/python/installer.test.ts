import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { progressOf, runInstaller } from "./installer.ts";

const root = mkdtempSync(join(tmpdir(), "headrace-installer-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

function run(script: string, more: { readonly report?: (detail: string) => void; readonly signal?: AbortSignal } = {}) {
  const log = join(root, "log");
  rmSync(log, { force: true });
  return runInstaller({
    within: [],
    program: "/bin/sh",
    arguments: ["-c", script],
    folder: root,
    environment: { PATH: "/usr/bin:/bin", MARK: root },
    log,
    report: () => undefined,
    signal: new AbortController().signal,
    ...more,
  });
}

describe("progress of an installer", () => {
  test.each<[string, string | undefined]>([
    ["Collecting pandas>=2", "Collecting pandas>=2"],
    ["  Downloading pandas-2.3.3.whl (12 MB)", "Downloading pandas-2.3.3.whl (12 MB)"],
    ["Installing collected packages: a, b, c", "Installing 3 packages"],
    ["Resolved 12 packages in 5ms", "Resolved 12 packages"],
    ["   Building tiny @ file:///some/long/path", "Building tiny"],
    ["Installed 1 package in 1ms", "Installed 1 package"],
    ["Requirement already satisfied: a", undefined],
    [" + a==1", undefined],
    ["", undefined],
  ])("%j", (line, detail) => {
    expect(progressOf(line)).toBe(detail);
  });
});

describe("running an installer", () => {
  test("reports progress and keeps the whole output, colours gone", async () => {
    const details: string[] = [];
    await run("printf 'Collecting \\033[1ma\\033[0m\\nnoise\\n'; echo more >&2", { report: (detail) => details.push(detail) });
    expect(details).toEqual(["Collecting a"]);
    const [head, ...lines] = readFileSync(join(root, "log"), "utf8").trimEnd().split("\n");
    expect([head?.slice(0, 13), lines.sort()]).toEqual(["$ /bin/sh -c ", ["Collecting a", "more", "noise"]]);
  });

  test.each<[string, string, readonly string[]]>([
    ["the lines that it marks", "echo a; echo 'ERROR: one' >&2; echo b; echo 'error: two' >&2; exit 2", ["ERROR: one", "error: two"]],
    [
      "its last lines where it marks none",
      "seq 20; echo '[notice] new pip'; exit 1",
      Array.from({ length: 15 }, (_, index) => String(index + 6)),
    ],
  ])("a failure shows %s", async (_, script, details) => {
    await expect(run(script)).rejects.toMatchObject({
      code: "HR_PYTHON_ENVIRONMENT",
      details,
      hint: `The whole output is in ${join(root, "log")}.`,
    });
  });

  test.each<[string, RegExp]>([
    ["exit 3", /exit 3 ended with status 3$/],
    ["kill -9 $$", /ended with SIGKILL$/],
  ])("%s is said", async (script, message) => {
    await expect(run(script)).rejects.toThrow(message);
  });

  test("what cannot help is not hinted at, what can is", async () => {
    const log = join(root, "log");
    const hints = [
      "echo 'The virtual environment was not created because ensurepip is not available.'; exit 1",
      "echo 'x No solution found when resolving'; exit 1",
    ];
    await expect(run(hints[0] ?? "")).rejects.toMatchObject({
      hint: `Install the package python3-venv, or uv. The whole output is in ${log}.`,
    });
    await expect(run(hints[1] ?? "")).rejects.toMatchObject({
      hint: `Check the names and versions, and the package index. The whole output is in ${log}.`,
    });
  });

  test("an abort ends it with its children", async () => {
    const controller = new AbortController();
    const running = run("sleep 600 & sleep 600 & echo Collecting a; wait", {
      signal: controller.signal,
      report: () => controller.abort(new Error("enough")),
    });
    await expect(running).rejects.toThrow("enough");
    const left = readdirSync("/proc").filter((pid) => /^\d+$/.test(pid) && environ(pid).includes(`MARK=${root}\0`));
    expect(left).toEqual([]);
    await expect(run("echo", { signal: controller.signal })).rejects.toThrow("enough");
  });
});

function environ(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, "latin1");
  } catch {
    return "";
  }
}
