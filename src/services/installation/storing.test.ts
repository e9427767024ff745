import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ownLabel } from "../../machine/index.ts";
import { announceStoring, mayBeStoring } from "./storing.ts";

const DAY_MS = 24 * 3_600_000;
let root: string;
const project = () => ({ root, configFile: join(root, "valohai.yaml"), stateFolder: join(root, ".headrace") });
const storing = () => join(root, ".headrace/storing");

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "headrace-storing-"));
});
afterEach(() => rmSync(root, { recursive: true }));

test("somebody stores files for as long as one of those who said so has not ended", async () => {
  expect(await mayBeStoring(project(), Date.now())).toBe(false);
  const [one, two] = [await announceStoring(project()), await announceStoring(project())];
  expect(await mayBeStoring(project(), Date.now() + 30 * DAY_MS)).toBe(true);
  one[Symbol.dispose]();
  expect(await mayBeStoring(project(), Date.now())).toBe(true);
  two[Symbol.dispose]();
  expect(await mayBeStoring(project(), Date.now())).toBe(false);
});

test("the dead store nothing, and what they left is removed; those on other machines count for a day", async () => {
  mkdirSync(storing(), { recursive: true });
  const own = (await ownLabel()).split("~");
  const dead = [own[0], own[1], own[2], "1"].join("~");
  const elsewhere = ["another-host", own[1], own[2], "1"].join("~");
  for (const label of [dead, elsewhere]) writeFileSync(join(storing(), `${label}.ab`), "");
  expect(await mayBeStoring(project(), Date.now())).toBe(true);
  expect(readdirSync(storing())).toContain(`${elsewhere}.ab`);
  const before = new Date(Date.now() - 2 * DAY_MS);
  utimesSync(join(storing(), `${elsewhere}.ab`), before, before);
  expect(await mayBeStoring(project(), Date.now())).toBe(false);
  expect(readdirSync(storing())).toEqual([]);
});
