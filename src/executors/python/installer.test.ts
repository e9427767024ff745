import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { progressOf, runInstaller } from "./installer.ts";
import { withoutLogins } from "./requirements-text.ts";

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
    redact: withoutLogins,
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
    await run("printf 'Collecting \\033[1ma\\033[0m\\nnoise\\n'; echo more >&2", {
      report: (detail) => details.push(detail),
    });
    expect(details).toEqual(["Collecting a"]);
    const [head, ...lines] = readFileSync(join(root, "log"), "utf8").trimEnd().split("\n");
    expect([head?.slice(0, 13), lines.sort()]).toEqual(["$ /bin/sh -c ", ["Collecting a", "more", "noise"]]);
  });

  test("says how it ended, and what it said without secrets", async () => {
    expect(await run("exit 3")).toMatchObject({ outcome: "ended with status 3" });
    expect(await run("kill -9 $$")).toMatchObject({ outcome: "ended with SIGKILL" });
    expect(await run("echo at https://me:s3cret@host/")).toEqual({
      outcome: undefined,
      lines: ["at https://****@host/"],
    });
    expect(readFileSync(join(root, "log"), "utf8")).not.toContain("s3cret");
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
