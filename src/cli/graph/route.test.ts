import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { routeGap } from "./route.ts";

describe("routeGap", () => {
  const line = (source: string, from: number, ...to: number[]) => ({
    source,
    from,
    to: to.map((centre) => ({ centre, name: `t${centre}` })),
  });

  it("needs no track for straight lines", () => {
    expect(routeGap([line("a", 0, 0), line("b", 4, 4)])).toMatchObject({ trackCount: 0 });
  });

  it("lets lines that do not meet share a track", () => {
    const { trackCount, lines } = routeGap([line("a", 0, 2), line("b", 10, 12)]);
    expect(trackCount).toBe(1);
    expect(lines.map((each) => each.track)).toEqual([0, 0]);
  });

  it("puts the line that starts from a column above the one that comes down to it", () => {
    const { lines } = routeGap([line("a", 0, 6), line("b", 6, 12)]);
    expect(lines.map((each) => [each.owner, each.track])).toEqual([
      ["a", 1],
      ["b", 0],
    ]);
  });

  it("splits one of two lines that each want to lie above the other", () => {
    const { lines, trackCount } = routeGap([line("a", 0, 6), line("b", 6, 0)]);
    expect(lines).toHaveLength(3);
    expect(trackCount).toBe(3);
    expect(lines.filter((each) => each.owner === "a").map(({ from, to }) => ({ from, to }))).toEqual([
      { from: [0], to: [2] },
      { from: [2], to: [6] },
    ]);
  });

  it("never lays two lines over each other", () => {
    const gap = fc
      .uniqueArray(fc.nat(12), { minLength: 1, maxLength: 8 })
      .chain((sources) =>
        fc.tuple(
          ...sources.map((source) =>
            fc
              .uniqueArray(fc.nat(12), { minLength: 1, maxLength: 4 })
              .map((targets) => line(`s${source}`, source * 4, ...targets.map((target) => target * 4))),
          ),
        ),
      );
    fc.assert(
      fc.property(gap, (lines) => {
        const routed = routeGap(lines);
        const taken = new Map<string, string>();
        const claim = (owner: string, column: number, from: number, to: number, target: string): void => {
          for (let row = from; row < to; row++) {
            const key = `${column} ${row}`;
            // Lines to the same target may share its column.
            expect([undefined, owner, target]).toContain(taken.get(key));
            taken.set(key, target);
          }
        };
        for (const { owner, from, to, track, fromTrack, toTrack } of routed.lines) {
          if (track === undefined) {
            for (const column of from) claim(owner, column, -1, routed.trackCount, `to ${column}`);
            continue;
          }
          for (const column of from)
            claim(owner, column, fromTrack ?? -1, track, to.includes(column) ? `to ${column}` : owner);
          if (toTrack === undefined)
            for (const column of to) claim(owner, column, track, routed.trackCount, `to ${column}`);
        }
      }),
    );
  });
});
