import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseNotes, readNotes } from "./notes.ts";

describe("the notes of Python processes", () => {
  it("are read line by line, each once", () => {
    expect(parseNotes("H1\nPstart\nH2\nOa\nOa\nSb\\nc\\\\d\nL\nCdata\nMlib\0used\nRx\nXa reason\nXa reason\n")).toEqual({
      greetings: 2,
      starts: 1,
      opened: ["a"],
      asked: ["b\nc\\d"],
      listed: [""],
      measured: ["data"],
      modules: [{ folder: "lib", name: "used" }],
      moved: ["x"],
      reasons: ["a reason"],
    });
  });

  it("that are empty greet nobody", () => {
    expect(parseNotes("")).toMatchObject({ greetings: 0, starts: 0, opened: [], reasons: [] });
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
    expect([readNotes(join(folder, "gone")), readNotes(join(folder, "folder"))]).toEqual([undefined, undefined]);
  });
});
