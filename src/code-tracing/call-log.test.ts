import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CALL_LOG_BEGINNING, readCallLog } from "./call-log.ts";

const PLACES = { repository: "/valohai/repository", project: "/home/me/p" };
const CALLS = `7 access("flag", F_OK) = -1 ENOENT (No such file or directory)\n7 exit_group(0) = ?\n`;

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "call-log-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function read(text: string): Promise<unknown> {
  const path = join(folder, "calls");
  writeFileSync(path, text);
  return await readCallLog(path, PLACES);
}

describe("the log of calls on the disk", () => {
  it("is read", async () => {
    expect(await read(`${CALL_LOG_BEGINNING}\n${CALLS}`)).toMatchObject({ asked: ["flag"], reasons: [] });
  });

  it("counts for nothing when it was cut, ended too early, or is not there", async () => {
    expect(await read(CALLS)).toBeUndefined();
    expect(await read(`\0\0${CALL_LOG_BEGINNING}\n${CALLS}`)).toBeUndefined();
    expect(await read(`${CALL_LOG_BEGINNING}\n7 access("flag", F_OK) = 0\n`)).toBeUndefined();
    expect(await read("")).toBeUndefined();
    expect(await readCallLog(join(folder, "nothing"), PLACES)).toBeUndefined();
  });

  it.each([
    ["in a call's name", "8 acc", []],
    ["in a call's arguments", '8 access("b', []],
    ["before a call's result", '8 access("b", F_OK', ["b"]],
    ["in a call's result", '8 openat(AT_FDCWD</valohai/repository>, "b", O_RDONLY) = 3</valohai/repository/', ["b"]],
    ["when a call came back", "8 <... openat resumed", []],
    ["at a process's end", "8 +++ kil", []],
    ["before anything", "8", []],
  ])("is read up to where the step was killed: %s", async (_, last, asked) => {
    const text = `${CALL_LOG_BEGINNING}\n7 exit_group(0) = ?\n${last}`;
    expect(await read(text)).toMatchObject({ asked, reasons: [] });
  });

  it("counts for nothing when it was cut before the step's first process had ended", async () => {
    expect(await read(`${CALL_LOG_BEGINNING}\n7 access("b", F_OK`)).toBeUndefined();
  });

  it("is doubted when a line of it is none", async () => {
    expect(await read(`${CALL_LOG_BEGINNING}\n7 acc\n${CALLS}`)).toMatchObject({
      reasons: ["its log of calls cannot be read"],
    });
  });
});
