import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { executionFolder } from "./execution-folder.ts";
import { prepareFolder } from "./prepare-folder.ts";

const MODES = {
  root: "700",
  valohai: "755",
  inputs: "755",
  outputs: "755",
  config: "755",
  logs: "700",
  control: "700",
} as const;

function modesOf(folder: ReturnType<typeof executionFolder>): Record<string, string> {
  return Object.fromEntries(
    Object.keys(MODES).map((name) => [name, (statSync(folder[name as keyof typeof MODES]).mode & 0o777).toString(8)]),
  );
}

test("the folders of an execution are made with their modes, whatever the umask, as often as asked", () => {
  const parent = mkdtempSync(join(tmpdir(), "headrace-prepare-"));
  const umask = process.umask(0o077);
  try {
    const folder = executionFolder(join(parent, "a", "b"));
    mkdirSync(join(folder.valohai), { recursive: true });
    chmodSync(folder.valohai, 0o777);
    prepareFolder(folder);
    expect(modesOf(folder)).toEqual(MODES);
    writeFileSync(join(folder.outputs, "kept"), "x");
    prepareFolder(folder);
    expect(modesOf(folder)).toEqual(MODES);
    expect(statSync(join(folder.outputs, "kept")).size).toBe(1);
  } finally {
    process.umask(umask);
    rmSync(parent, { recursive: true });
  }
});
