import fc from "fast-check";
import { expect, test } from "vitest";
import type { FileRef } from "../../../planning/index.ts";
import type { TrialRecord } from "../../../store/index.ts";
import { arrangeFiles } from "./child-files.ts";

const fileOf = (name: string, datumId = name): FileRef => ({ name, datumId, sha256: `of ${name}`, sizeBytes: 1 });
const namesOf = (files: readonly FileRef[]): string => files.map(({ name }) => name).join("");

function arranged(files: string, recorded: Readonly<Record<number, string>>): string {
  const trials = Object.entries(recorded).map(([trial, name]) => ({ trial: Number(trial), file: fileOf(name, "old") }));
  const all = [...files].map((name) => fileOf(name));
  return namesOf(arrangeFiles(all, trials as unknown as readonly TrialRecord[], (trial) => trial - 1));
}

test.each([
  ["nothing is recorded", "abc", {}, "abc"],
  ["the first ones are", "abcd", { 1: "a", 2: "b" }, "abcd"],
  ["some in between are", "abcd", { 2: "b", 4: "d" }, "abcd"],
  ["a file has gone since", "acd", { 2: "b" }, "abcd"],
  ["a file has come since, before the others", "0abc", { 1: "a" }, "a0bc"],
  ["equal files are as many as they were", "aab", { 1: "a" }, "aab"],
] as const)("%s", (_, files, recorded, expected) => {
  expect(arranged(files, recorded)).toBe(expected);
});

test("whatever is recorded keeps its place, and no file is lost or doubled", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(..."abc"), { maxLength: 8 }), fc.array(fc.boolean()), (files, isRecorded) => {
      const recorded = Object.fromEntries(files.flatMap((name, i) => (isRecorded[i] === true ? [[i + 1, name]] : [])));
      expect([...arranged(files.join(""), recorded)].sort()).toEqual(files.toSorted());
      for (const [trial, name] of Object.entries(recorded))
        expect(arranged(files.join(""), recorded)[Number(trial) - 1]).toBe(name);
    }),
  );
});
