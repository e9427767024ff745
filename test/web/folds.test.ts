import fc from "fast-check";
import { expect, test } from "vitest";
import { Folds, type Group } from "../../web/src/shared/log/folds.ts";

/** Groups that do not overlap, the last of which may go on. */
const LOGS = fc
  .record({
    gaps: fc.array(fc.record({ before: fc.nat(4), inside: fc.nat(5), isOpen: fc.boolean() }), { maxLength: 8 }),
    after: fc.nat(6),
    goesOn: fc.boolean(),
  })
  .map(({ gaps, after, goesOn }) => {
    let line = 0;
    const open = new Map<number, boolean>();
    const groups: Group[] = gaps.map(({ before, inside, isOpen }, index) => {
      const first = line + before;
      line = first + inside + 1;
      if (isOpen) open.set(first, true);
      const isLast = index === gaps.length - 1;
      return { first, last: isLast && goesOn ? null : line - 1 };
    });
    return { groups, open, lines: line + after };
  });

test("every row is a line that is shown, and every such line has its row", () => {
  fc.assert(
    fc.property(LOGS, ({ groups, open, lines }) => {
      const isHidden = (line: number): boolean =>
        groups.some(({ first, last }) => last !== null && first < line && line <= last && open.get(first) !== true);
      const shown = Array.from({ length: lines }, (_, line) => line).filter((line) => !isHidden(line));
      const folds = new Folds(groups, open, lines);
      expect(Array.from({ length: folds.rows }, (_, row) => folds.lineAt(row))).toEqual(shown);
      expect(shown.map((line) => folds.rowOf(line))).toEqual(shown.map((_, row) => row));
      for (let line = 0; line < lines; line++) {
        const title = folds.hiding(line);
        expect(title !== undefined).toBe(isHidden(line));
        if (title !== undefined) expect(folds.rowOf(line)).toBe(folds.rowOf(title));
      }
    }),
  );
});

test("a title says whether its group is open, and how much is below it", () => {
  const groups = [
    { first: 1, last: 4 },
    { first: 6, last: null },
  ];
  const folds = new Folds(groups, new Map(), 9);
  expect([folds.titleAt(0), folds.titleAt(1), folds.titleAt(6)]).toEqual([
    undefined,
    { isOpen: false, lines: 3 },
    { isOpen: true, lines: undefined },
  ]);
  expect(new Folds(groups, new Map([[1, true]]), 9).titleAt(1)?.isOpen).toBe(true);
  expect(new Folds(groups, new Map([[6, false]]), 9).rows).toBe(4);
});
