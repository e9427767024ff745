import { describe, expect, it } from "vitest";
import { LiveBlock } from "./live-block.ts";
import { TestScreen } from "./test-screen.ts";

const HIDE = "\u001b[?25l";
const SHOW = "\u001b[?25h";

describe("LiveBlock", () => {
  it("rewrites its lines in place", () => {
    const screen = new TestScreen({ width: 40 });
    using block = new LiveBlock(screen);
    block.update(["one", "two", "three"]);
    block.update(["eins", "zwei"]);
    expect(screen.shown()).toEqual(["eins", "zwei", ""]);
    block.update(["a", "b", "c", "d"]);
    expect(screen.shown()).toEqual(["a", "b", "c", "d", ""]);
  });

  it("prints lines that stay above it", () => {
    const screen = new TestScreen({ width: 40 });
    using block = new LiveBlock(screen);
    block.print(["before"]);
    block.update(["one", "two"]);
    block.print(["warning: a", "warning: b"]);
    block.update(["1", "2"]);
    expect(screen.shown()).toEqual(["before", "warning: a", "warning: b", "1", "2", ""]);
  });

  it("counts the rows that lines take after the window became narrower", () => {
    const screen = new TestScreen({ width: 40 });
    using block = new LiveBlock(screen);
    block.update(["x".repeat(30), "y"]);
    screen.width = 16;
    screen.written = "";
    block.update(["short"]);
    expect(screen.written).toContain("\u001b[3A\r");
  });

  it("writes each frame at once, without erasing first", () => {
    const frames: string[] = [];
    const screen = new TestScreen({ width: 40 });
    screen.write = (text) => {
      frames.push(text);
    };
    using block = new LiveBlock(screen);
    block.update(["one"]);
    block.update(["two"]);
    expect(frames).toEqual([
      HIDE,
      "\u001b[?2026h\rone\u001b[K\n\u001b[J\u001b[?2026l",
      "\u001b[?2026h\u001b[1A\rtwo\u001b[K\n\u001b[J\u001b[?2026l",
    ]);
  });

  it("hides the cursor while it is there and gives it back at the end", () => {
    const screen = new TestScreen({ width: 40 });
    const listeners = process.listenerCount("exit");
    const block = new LiveBlock(screen);
    block.update(["one"]);
    expect(screen.written.startsWith(HIDE)).toBe(true);
    expect(process.listenerCount("exit")).toBe(listeners + 1);
    block[Symbol.dispose]();
    expect(screen.written.endsWith(SHOW)).toBe(true);
    expect(process.listenerCount("exit")).toBe(listeners);
    expect(screen.shown()).toEqual(["one", ""]);
  });

  it("touches nothing when it never showed anything", () => {
    const screen = new TestScreen({ width: 40 });
    new LiveBlock(screen)[Symbol.dispose]();
    expect(screen.written).toBe("");
  });
});
