import { describe, expect, test } from "vitest";
import { PageReader } from "./follow-page.ts";
import { firstLineMissing, readBlocks, readCommands } from "./page-blocks.ts";

describe("a newcomer who types what the page says", () => {
  // Some fifty commands, one after another: a limit for what hangs, on a machine with much else to do.
  test.each(["README.md", "docs/tutorial.md", "docs/api-tour.md"])(
    "gets what it shows: %s",
    { timeout: 1_800_000 },
    async (page) => {
      using reader = new PageReader();
      await reader.follow(page);
    },
  );
});

describe("blocks of a page", () => {
  const PAGE =
    "text\n\n```console fails\n$ one \\\n  two   # why\nshown\n\n$ three\n```\n\n```yaml a.yaml same\nx: 1\n```\n";

  test("are read with their words, commands and lines", () => {
    const blocks = readBlocks(PAGE);
    expect(blocks.map(({ language, words, line }) => [language, words, line])).toEqual([
      ["console", ["fails"], 4],
      ["yaml", ["a.yaml", "same"], 12],
    ]);
    expect(blocks.slice(0, 1).flatMap(readCommands)).toEqual([
      { command: "one \\\n  two   # why", output: ["shown", ""], line: 4 },
      { command: "three", output: [], line: 8 },
    ]);
  });

  test("have the shown lines in the order of the real ones", () => {
    const real = "12:00:01  started\n✓ done after 3.4s  abc\nend\n";
    expect(firstLineMissing(["11:22:33 started", "…", "✓ done after 0.1s  abc"], real)).toBeUndefined();
    expect(firstLineMissing(["end", "✓ done after 0.1s  abc"], real)).toBe("✓ done after 0.1s  abc");
    expect(firstLineMissing(["✓ done after 0.1s"], real)).toBe("✓ done after 0.1s");
  });
});
