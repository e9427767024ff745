import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { loadSettings, userSettingsFile } from "./load-settings.ts";

let home: string;
let root: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "headrace-settings-"));
  root = join(home, "work/project");
  mkdirSync(root, { recursive: true });
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

function write(path: string, text: string): string {
  const file = join(home, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

const USER = ".config/headrace/headrace.config.yaml";
const PROJECT = "work/project/headrace.config.yaml";

describe("where the settings come from", () => {
  test("nowhere: no file is needed", () => {
    expect(loadSettings({ root }, { HOME: home }).environments.map(({ slug }) => slug)).toEqual(["local", "docker"]);
  });

  test("the project's over the user's", () => {
    write(USER, "concurrency: 1\ndefault-environment: a\nenvironments: { a: { executor: local } }");
    write(PROJECT, "concurrency: 2\nenvironments: { b: { executor: local } }");
    const settings = loadSettings({ root }, { HOME: home });
    expect(settings).toMatchObject({ concurrency: 2, defaultEnvironment: "a" });
    expect(settings.environments.map(({ slug }) => slug)).toEqual(["b", "a", "local", "docker"]);
  });

  test("the one that HEADRACE_CONFIG names, and no other", () => {
    write(USER, "concurrency: 1");
    write(PROJECT, "nonsense: true");
    const named = write("team.yaml", "environments: { box: { executor: docker, docker: { allow-mounts: [/data] } } }");
    const settings = loadSettings({ root }, { HOME: home, HEADRACE_CONFIG: named });
    expect(settings.concurrency).toBeUndefined();
    expect(settings.environments[0]).toMatchObject({ slug: "box", own: { allowMounts: ["/data"] } });
  });

  test("the user's folder follows XDG_CONFIG_HOME", () => {
    expect(userSettingsFile({ HOME: "/h" })).toBe("/h/.config/headrace/headrace.config.yaml");
    expect(userSettingsFile({ HOME: "/h", XDG_CONFIG_HOME: "/x" })).toBe("/x/headrace/headrace.config.yaml");
    expect(userSettingsFile({ HOME: "/h", XDG_CONFIG_HOME: "relative" })).toBe(
      "/h/.config/headrace/headrace.config.yaml",
    );
  });
});

describe("files that cannot be used", () => {
  test("one that is named and absent", () => {
    const file = join(home, "absent.yaml");
    expect(() => loadSettings({ root }, { HOME: home, HEADRACE_CONFIG: file })).toThrow(
      expect.objectContaining({
        code: "HR_CONFIG_UNREADABLE",
        message: `${file} cannot be read (ENOENT)`,
        hint: "check HEADRACE_CONFIG, which names it",
      }),
    );
  });

  test("one with mistakes", () => {
    const file = write(USER, "concurency: 1\n");
    expect(() => loadSettings({ root }, { HOME: home })).toThrow(
      expect.objectContaining({
        code: "HR_CONFIG_INVALID",
        message: `${file} has an error`,
        details: expect.arrayContaining([`${file}:1:1: error: a settings file has no key \`concurency\``]),
      }),
    );
  });
});

describe("a project's own file", () => {
  const grants = "environments: { box: { executor: docker, mounts: [/data:/data], docker: { user: image } } }";

  test("may not grant its steps more than usual", () => {
    const file = write(PROJECT, grants);
    expect(() => loadSettings({ root }, { HOME: home })).toThrow(
      expect.objectContaining({
        code: "HR_CONFIG_INVALID",
        message: `${file} grants steps more than a project's own file may: environments.box.mounts and 1 more`,
        details: ["environments.box.mounts", "environments.box.docker.user"],
        hint: `name the file with HEADRACE_CONFIG, or write \`trust: [${root}]\` in ${home}/${USER}, if you trust whoever wrote this project`,
      }),
    );
  });

  test.each(["~/work", "~/work/project"])("may where the user trusts %s", (folder) => {
    write(PROJECT, grants);
    write(USER, `trust: [${folder}]`);
    expect(loadSettings({ root }, { HOME: home }).environments[0]).toMatchObject({
      slug: "box",
      own: { user: "image" },
    });
  });

  test.each(["~/work/other", "~/wor", "~/work/project/deeper"])("may not where the user trusts %s", (folder) => {
    write(PROJECT, grants);
    write(USER, `trust: [${folder}]`);
    expect(() => loadSettings({ root }, { HOME: home })).toThrow("grants steps more");
  });

  test("cannot trust itself", () => {
    write(PROJECT, `trust: [${root}]\n${grants}`);
    expect(() => loadSettings({ root }, { HOME: home })).toThrow("grants steps more");
  });
});
