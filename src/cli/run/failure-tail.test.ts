import { describe, expect, it } from "vitest";
import type { LogLine } from "../../api/index.ts";
import { failureTail } from "./failure-tail.ts";

type Piece = readonly [stream: "stdout" | "stderr", text: string, continues?: boolean];

/** The log of an execution of which the last lines are these. */
function logsWith(pieces: readonly Piece[]) {
  return {
    async *lines(
      _ref: string,
      { stream, tail = 0 }: { readonly stream?: string; readonly tail?: number },
    ): AsyncGenerator<LogLine> {
      const wanted = pieces.filter(([one]) => stream === undefined || one === stream);
      const ends = wanted.flatMap(([, , continues], index) => (continues === true ? [] : [index]));
      const first = (ends.at(-tail - 1) ?? -1) + 1;
      for (const [one, text, continues = false] of wanted.slice(first))
        yield { execution: 1, node: "n", at: "", stream: one, text, continues };
    },
  };
}

async function textsOf(pieces: readonly Piece[]): Promise<readonly (readonly string[])[]> {
  const { lastLines, lastErrors } = await failureTail(logsWith(pieces), 1);
  return [lastLines, lastErrors].map((lines) => lines.map((line) => line.text));
}

describe("the end of a failed step's log", () => {
  it("is its last lines", async () => {
    const lines = Array.from({ length: 40 }, (_, n): Piece => ["stdout", String(n)]);
    expect(await textsOf(lines)).toEqual([lines.slice(-15).map(([, text]) => text), []]);
  });

  it("has the end of stderr, wherever that stands", async () => {
    const lines = Array.from({ length: 40 }, (_, n): Piece => ["stdout", String(n)]);
    expect((await textsOf([["stderr", "first"], ["stderr", "ValueError: why"], ...lines]))[1]).toEqual([
      "first",
      "ValueError: why",
    ]);
    expect((await textsOf([...lines, ["stderr", "first"], ["stderr", "ValueError: why"]]))[1]).toEqual([]);
  });

  it("shows of a progress bar what stands there at last", async () => {
    expect(
      await textsOf([
        ["stderr", "10%\r20%\r"],
        ["stderr", "\r99% done\r"],
      ]),
    ).toEqual([["20%", "99% done"], []]);
  });

  it("has no more than some KB, of a line and in all", async () => {
    const [[line = ""] = []] = await textsOf([
      ["stdout", "a".repeat(60_000), true],
      ["stdout", `${"b".repeat(60_000)}end`],
    ]);
    expect(line).toBe(`…${"b".repeat(1_997)}end`);
    const [lines = []] = await textsOf(Array.from({ length: 15 }, (): Piece => ["stdout", "x".repeat(1_500)]));
    expect(lines).toHaveLength(5);
  });
});
