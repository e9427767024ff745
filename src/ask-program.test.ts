import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { askProgram, findProgram, pythonQuestion, withoutCurrentFolder } from "./ask-program.ts";

const root = mkdtempSync(join(tmpdir(), "headrace-ask-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

function script(name: string, text: string): string {
  const path = join(root, name);
  writeFileSync(path, `#!/bin/sh\n${text}\n`);
  chmodSync(path, 0o755);
  return path;
}

describe("asking a program of this machine", () => {
  test("it is found in absolute folders of the path only, and is a file", () => {
    expect(findProgram("sh", "relative::/nowhere:/bin")).toBe("/bin/sh");
    expect(findProgram("sh", "bin:")).toBeUndefined();
    mkdirSync(join(root, "folder"));
    expect(findProgram("folder", root)).toBeUndefined();
  });

  test("a search path for what it starts in turn has absolute folders only", () => {
    expect(withoutCurrentFolder(":.:/usr/bin:bin:~/bin:/bin:")).toBe("/usr/bin:/bin");
  });

  test("it runs where no project is, and gets no secret", async () => {
    const environment = {
      PATH: "/usr/bin:/bin",
      HOME: root,
      AWS_SECRET_ACCESS_KEY: "secret",
      PYTHONSTARTUP: "x",
      PYTHONPATH: root,
    };
    const answer = await askProgram({
      program: script("where", "pwd; env"),
      options: [],
      environment,
      patienceMs: 60_000,
    });
    const lines = answer.kind === "said" ? answer.text.trim().split("\n") : [];
    expect(lines[0]).toBe("/");
    expect(
      lines
        .slice(1)
        .filter((line) => !/^(PWD|_|SHLVL|OLDPWD)=/.test(line))
        .sort(),
    ).toEqual([`HOME=${root}`, "LC_ALL=C", "PATH=/usr/bin:/bin"]);
  });

  test("Python takes no module from the current folder, from variables or from the user", async () => {
    for (const name of ["json", "re", "sysconfig", "sitecustomize", "usercustomize"])
      writeFileSync(join(root, `${name}.py`), `open(${JSON.stringify(join(root, "witness"))}, "w")\n`);
    const environment = { PATH: "/usr/bin:/bin", PYTHONPATH: root, PYTHONUSERBASE: root };
    const options = pythonQuestion("import json, re, sysconfig; print('fine')");
    expect(await askProgram({ program: "/usr/bin/python3", options, environment, patienceMs: 60_000 })).toEqual({
      kind: "said",
      text: "fine\n",
    });
    expect(findProgram("witness", root)).toBeUndefined();
  });

  test("a failure, a silence and input that nobody gives are told apart", async () => {
    const ask = (text: string, patienceMs = 60_000) =>
      askProgram({ program: script("it", text), options: [], environment: { PATH: "/usr/bin:/bin" }, patienceMs });
    expect(await ask("echo one >&2; echo two >&2; exit 3")).toEqual({ kind: "failed", words: "two" });
    expect(await ask("exec sleep 600", 200)).toEqual({ kind: "late" });
    expect(await ask("cat; echo end")).toEqual({ kind: "said", text: "end\n" });
  });
});
