import { describe, expect, test } from "vitest";
import { formatTraceparent, isInShare, parseTraceparent, spanIdOf, traceIdOfRun } from "./trace-context.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const SPAN = "b7ad6b7169203331";

describe("a place in a trace", () => {
  test("is read and written as W3C Trace Context says", () => {
    const place = { traceId: TRACE, spanId: SPAN, isSampled: true };
    expect(parseTraceparent(`00-${TRACE}-${SPAN}-01`)).toEqual(place);
    expect(formatTraceparent(place)).toBe(`00-${TRACE}-${SPAN}-01`);
    expect(parseTraceparent(`00-${TRACE}-${SPAN}-00`)?.isSampled).toBe(false);
    // A later version may have more fields.
    expect(parseTraceparent(`cc-${TRACE}-${SPAN}-03-more`)).toEqual(place);
  });

  test.each([
    ["nothing", undefined],
    ["an empty text", ""],
    ["no trace", `00-${"0".repeat(32)}-${SPAN}-01`],
    ["no span", `00-${TRACE}-${"0".repeat(16)}-01`],
    ["capital letters", `00-${TRACE.toUpperCase()}-${SPAN}-01`],
    ["the version that is none", `ff-${TRACE}-${SPAN}-01`],
    ["an id that is too long", `00-${TRACE}a-${SPAN}-01`],
    ["a line break", `00-${TRACE}-${SPAN}-01\nx`],
  ])("is not read from %s", (_what, text) => {
    expect(parseTraceparent(text)).toBeUndefined();
  });

  test("has ids that follow from the records, and a share that every process decides alike", () => {
    expect(traceIdOfRun("run")).toMatch(/^[0-9a-f]{32}$/);
    expect(traceIdOfRun("run")).toBe(traceIdOfRun("run"));
    expect(spanIdOf("execution", "a")).toMatch(/^[0-9a-f]{16}$/);
    expect(new Set([spanIdOf("execution", "a"), spanIdOf("run", "a"), spanIdOf("execution", "a", "run")]).size).toBe(3);
    const ids = Array.from({ length: 2_000 }, (_, index) => traceIdOfRun(`${index}`));
    const told = ids.filter((id) => isInShare(id, 0.25)).length;
    expect(told).toBeGreaterThan(400);
    expect(told).toBeLessThan(600);
    expect(ids.every((id) => isInShare(id, 1) && !isInShare(id, 0))).toBe(true);
  });
});
