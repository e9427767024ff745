import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseNotes, readNotes } from "./notes.ts";

describe("the notes of Python processes", () => {
  it("are read line by line, each once", () => {
    expect(
      parseNotes(
        "H1\nPstart\nH2\nOa\nOa\nSb\\nc\\\\d\nL\nCdata\nKmine/value\nMlib\0used\nRx\nJSsrc/x.py\nJMsrc\0x\nXa reason\nXa reason\n",
      ),
    ).toEqual({
      cached: ["mine/value"],
      greetings: 2,
      starts: 1,
      opened: ["a"],
      asked: ["b\nc\\d"],
      listed: [""],
      measured: ["data"],
      modules: [{ folder: "lib", name: "used" }],
      moved: ["x"],
      project: [
        { how: "S", path: "src/x.py" },
        { how: "M", path: "src", name: "x" },
      ],
      isWhole: false,
      failures: [],
      reasons: ["a reason"],
    });
  });

  it("that are empty greet nobody", () => {
    expect(parseNotes("")).toMatchObject({ greetings: 0, starts: 0, opened: [], reasons: [] });
  });

  it("are not believed where they are longer than any path, nor recorded where a reason has no end", () => {
    expect(parseNotes(`H1\nO${"a/".repeat(10_000)}\n`)).toBeUndefined();
    expect(parseNotes(`X${"long ".repeat(1_000)}\n`)?.reasons).toEqual([`${"long ".repeat(60)}…`]);
  });

  it.each(["H1", "H1\nOa", "Zx\n", "H1\n\nOa\n"])("are nothing to rely on when they read %j", (text) => {
    expect(parseNotes(text)).toBeUndefined();
  });
});

describe("the file with the notes", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "notes-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("is read", () => {
    writeFileSync(join(folder, "notes"), "H1\n");
    expect(readNotes(join(folder, "notes"))).toMatchObject({ greetings: 1 });
  });

  it("says nothing when it is gone, or something else", () => {
    mkdirSync(join(folder, "folder"));
    writeFileSync(join(folder, "file"), "H1\n");
    symlinkSync("file", join(folder, "link"));
    // To open it for reading waits for somebody who writes.
    execFileSync("mkfifo", [join(folder, "pipe")]);
    for (const name of ["gone", "folder", "link", "pipe"])
      expect([name, readNotes(join(folder, name))]).toEqual([name, undefined]);
  });
});
