import { describe, expect, it } from "vitest";
import { LineJoiner, settled, terminalLine } from "./log-text.ts";

describe("a line on a terminal", () => {
  it.each([
    ["plain", "epoch 1", "epoch 1"],
    ["a bar as it ended", " 10%\r 20%\r100%", "100%"],
    ["metadata as the display writes them", '{"epoch": 1, "loss": 0.123456}', "epoch=1  loss=0.1235"],
    ["metadata of which a part would be lost", '{"epoch": 1, "matrix": [[1, 2]]}', '{"epoch": 1, "matrix": [[1, 2]]}'],
    ["braces that are no JSON", "{not json}", "{not json}"],
    ["a colour, which ends with the line", "\u001b[31mred", "\u001b[31mred\u001b[0m"],
    ["nothing that takes the terminal over", "a\u001b]0;title\u0007b", "ab"],
    ["the beginning of a long one", "x".repeat(5000), `${"x".repeat(4000)}…`],
  ])("is %s", (_what, text, expected) => {
    expect(terminalLine({ stream: "stdout", text }).text).toBe(expected);
  });

  it("of stderr is never taken for metadata", () => {
    expect(terminalLine({ stream: "stderr", text: '{"epoch": 1}' })).toEqual({
      text: '{"epoch": 1}',
      isMetadata: false,
    });
  });
});

it("settles on what stands behind the last carriage return", () => {
  expect(settled("a\rb\rc")).toBe("c");
  expect(settled("a")).toBe("a");
});

describe("the pieces of a long line", () => {
  const join = (...pieces: readonly (readonly [string, boolean])[]) => {
    const joiner = new LineJoiner();
    return pieces.map(([text, continues]) =>
      joiner.join({ stream: "stdout", text, at: "2026-01-01T00:00:00.000Z", continues }),
    );
  };

  it("are printed one after the other", () => {
    expect(join(["aaa", true], ["bbb", true], ["c", false], ["next", false])).toEqual([
      { text: "aaa", begins: true },
      { text: "bbb", begins: false },
      { text: "c\n", begins: false },
      { text: "next\n", begins: true },
    ]);
  });

  it("of a bar come down to how it ended", () => {
    expect(join(["1%\r2%\r3", true], ["%\r4%", true], ["\r5%", false], ["next", false])).toEqual([
      undefined,
      undefined,
      { text: "5%\n", begins: true },
      { text: "next\n", begins: true },
    ]);
  });

  it("of a bar whose last state is cut in two are put together", () => {
    expect(join(["1%\r10", true], ["0%", false])).toEqual([undefined, { text: "100%\n", begins: true }]);
  });
});
