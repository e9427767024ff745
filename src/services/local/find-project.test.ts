import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findProject } from "./find-project.ts";

describe("findProject", () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "headrace-find-"));
    mkdirSync(join(root, "a/b"), { recursive: true });
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const write = (...names: readonly string[]): void => {
    for (const name of names) writeFileSync(join(root, name), "");
  };

  it.each([
    [["valohai.yaml"], "a/b", "valohai.yaml"],
    [["valohai.yaml", "headrace.yaml"], "", "headrace.yaml"],
    [["valohai.yaml", "a/valohai.yml"], "a/b", "a/valohai.yml"],
  ])("of %j is, from %j, %s", (files, cwd, found) => {
    write(...files);
    const location = findProject({ cwd: join(root, cwd) });
    expect(location.configFile).toBe(join(root, found));
    expect(location.stateFolder).toBe(join(location.root, ".headrace"));
  });

  it("takes a file named by the user, relative to where the user is", () => {
    write("a/other.yaml");
    expect(findProject({ cwd: join(root, "a/b"), config: "../other.yaml" }).root).toBe(join(root, "a"));
  });

  it.each([
    [undefined, "no valohai.yaml or headrace.yaml in"],
    ["gone.yaml", "there is no configuration file gone.yaml"],
    ["a", "a is no file"],
  ])("says what is missing for --config %s", (config, message) => {
    expect(() => findProject({ cwd: root, ...(config === undefined ? {} : { config }) })).toThrow(message);
  });
});
