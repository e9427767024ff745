import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { MachineLook } from "./machine-look.ts";

test("an answer is kept by question and arguments until it is forgotten, and a failure is not", () => {
  const folder = mkdtempSync(join(tmpdir(), "headrace-look-"));
  const look = new MachineLook(() => 5);
  const names = (path: string): readonly string[] => readdirSync(path);
  expect(look.ask(names, folder)).toEqual([]);
  writeFileSync(join(folder, "new"), "");
  expect(look.ask(names, folder)).toEqual([]);
  expect(look.ask(names, `${folder}/.`)).toEqual(["new"]);
  expect(look.ask((path: string) => readdirSync(path).length, folder)).toBe(1);
  look.forget();
  expect(look.ask(names, folder)).toEqual(["new"]);
  rmSync(folder, { recursive: true });
  look.forget();
  expect(() => look.ask(names, folder)).toThrow("ENOENT");
  expect(() => look.ask(names, folder)).toThrow("ENOENT");
});

test("an answer lasts a second", () => {
  const times = [0, 999, 1_000, 1_001, 2_001, 2_002];
  const left = [...times];
  const look = new MachineLook(() => left.shift() ?? Number.NaN);
  let asked = 0;
  const question = (): number => {
    asked += 1;
    return asked;
  };
  expect(times.map(() => look.ask(question))).toEqual([1, 1, 1, 2, 2, 3]);
});
