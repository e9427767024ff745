import { readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { temporaryExecution } from "../fixtures/temporary-execution.ts";
import { OutputJournal } from "./output-journal.ts";

const output = (id: string, name = "é.pt") => ({
  id,
  name,
  sha256: "ab".repeat(32),
  sizeBytes: 3,
  properties: { loss: "🚀" },
  live: false,
});

test("a journal is read back, and continued after being torn at any byte", async () => {
  using folder = temporaryExecution();
  const path = join(folder.control, "collected.jsonl");
  {
    await using journal = await OutputJournal.open(folder.control);
    await journal.note([
      { output: output("1"), identity: "a" },
      { output: output("2", "b"), identity: "b" },
    ]);
    await journal.amend("1", { more: 1 });
  }
  const whole = readFileSync(path);
  const ends = [...whole.keys()].filter((position) => whole[position] === 10).map((position) => position + 1);
  await fc.assert(
    fc.asyncProperty(fc.nat({ max: whole.length }), async (length) => {
      writeFileSync(path, whole);
      truncateSync(path, length);
      const lines = ends.filter((end) => end <= length).length;
      {
        await using torn = await OutputJournal.open(folder.control);
        const properties = lines === 3 ? { loss: "🚀", more: 1 } : { loss: "🚀" };
        expect(torn.outputs).toEqual([{ ...output("1"), properties }, output("2", "b")].slice(0, Math.min(lines, 2)));
        expect(torn.isNoted("é.pt", "a")).toBe(lines > 0);
        expect(torn.isNoted("é.pt", "b")).toBe(false);
        await torn.note([{ output: output("3"), identity: "c" }]);
      }
      await using again = await OutputJournal.open(folder.control);
      expect(again.outputs.map((each) => each.id)).toEqual([...["1", "2"].slice(0, Math.min(lines, 2)), "3"]);
      expect(again.newest("é.pt")?.id).toBe("3");
    }),
    { numRuns: 60 },
  );
});

test("a page of zeros ends a journal", async () => {
  using folder = temporaryExecution();
  {
    await using journal = await OutputJournal.open(folder.control);
    await journal.note([{ output: output("1"), identity: "a" }]);
  }
  writeFileSync(join(folder.control, "collected.jsonl"), `${"\0".repeat(100)}\n{}\n`, { flag: "a" });
  await using journal = await OutputJournal.open(folder.control);
  expect(journal.outputs.map((each) => each.id)).toEqual(["1"]);
});

test("lines that are noted at the same time all stand", async () => {
  using folder = temporaryExecution();
  const ids = Array.from({ length: 50 }, (_, n) => String(n));
  {
    await using journal = await OutputJournal.open(folder.control);
    await Promise.all(ids.map((id) => journal.note([{ output: output(id, id), identity: id }])));
  }
  await using journal = await OutputJournal.open(folder.control);
  expect(journal.outputs.map((each) => each.id)).toEqual(ids);
});
