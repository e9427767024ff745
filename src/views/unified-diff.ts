/** Lines of a file that are compared at all; a longer one is said to differ. */
const MAX_LINES = 20_000;
/** Differences that are looked for before the files are called too different. */
const MAX_EDITS = 500;
const CONTEXT = 3;

/**
 * The differences of two texts in the unified form, without a head; undefined where they are too many or the texts too
 * long to be worth showing. Myers' algorithm: time and memory grow with the differences, not with the files.
 */
export function unifiedDiff(before: string, after: string): readonly string[] | undefined {
  const [old, now] = [linesOf(before), linesOf(after)];
  if (old.length > MAX_LINES || now.length > MAX_LINES) return undefined;
  const edits = editsBetween(old, now);
  return edits && hunksOf(edits).flatMap((hunk) => [headOf(hunk), ...hunk.map(textOf)]);
}

interface Edit {
  readonly sign: " " | "-" | "+";
  readonly text: string;
  /** Lines of the old and of the new text before this one. */
  readonly oldLine: number;
  readonly newLine: number;
}

/** A last line without an end is told from one with: git's words for it. */
function linesOf(text: string): readonly string[] {
  if (text === "") return [];
  const lines = text.split("\n");
  if (lines.at(-1) === "") return lines.slice(0, -1);
  return [...lines.slice(0, -1), `${lines.at(-1)}\n\\ No newline at end of file`];
}

function editsBetween(old: readonly string[], now: readonly string[]): readonly Edit[] | undefined {
  const shared = sharedStart(old, now);
  const tail = sharedEnd(old, now, shared);
  const trace = shortestPaths(old.slice(shared, old.length - tail), now.slice(shared, now.length - tail));
  if (trace === undefined) return undefined;
  const signs = [...Array<" ">(shared).fill(" "), ...trace, ...Array<" ">(tail).fill(" ")];
  let [oldLine, newLine] = [0, 0];
  return signs.map((sign): Edit => {
    const edit = { sign, text: (sign === "+" ? now[newLine] : old[oldLine]) ?? "", oldLine, newLine };
    if (sign !== "+") oldLine++;
    if (sign !== "-") newLine++;
    return edit;
  });
}

function sharedStart(old: readonly string[], now: readonly string[]): number {
  let count = 0;
  while (count < old.length && count < now.length && old[count] === now[count]) count++;
  return count;
}

function sharedEnd(old: readonly string[], now: readonly string[], start: number): number {
  let count = 0;
  while (
    count < old.length - start &&
    count < now.length - start &&
    old[old.length - 1 - count] === now[now.length - 1 - count]
  )
    count++;
  return count;
}

/** For each number of edits how far each diagonal gets; walked back, they are the edits. */
function shortestPaths(old: readonly string[], now: readonly string[]): readonly Edit["sign"][] | undefined {
  const reach = new Map<number, number>([[1, 0]]);
  const rounds: ReadonlyMap<number, number>[] = [];
  const most = Math.min(old.length + now.length, MAX_EDITS);
  for (let edits = 0; edits <= most; edits++) {
    rounds.push(new Map(reach));
    for (let diagonal = -edits; diagonal <= edits; diagonal += 2) {
      let x = isDown(reach, diagonal, edits) ? at(reach, diagonal + 1) : at(reach, diagonal - 1) + 1;
      while (x < old.length && x - diagonal < now.length && old[x] === now[x - diagonal]) x++;
      reach.set(diagonal, x);
      if (x >= old.length && x - diagonal >= now.length) return walkBack(rounds, old.length, now.length);
    }
  }
  return undefined;
}

function walkBack(
  rounds: readonly ReadonlyMap<number, number>[],
  oldLength: number,
  newLength: number,
): readonly Edit["sign"][] {
  const signs: Edit["sign"][] = [];
  let [x, y] = [oldLength, newLength];
  for (let edits = rounds.length - 1; edits >= 0; edits--) {
    const reach = rounds[edits] ?? new Map<number, number>();
    const diagonal = x - y;
    const down = isDown(reach, diagonal, edits);
    const previous = down ? diagonal + 1 : diagonal - 1;
    const fromX = edits === 0 ? 0 : at(reach, previous);
    const fromY = edits === 0 ? 0 : fromX - previous;
    const [startX, startY] = edits === 0 ? [0, 0] : down ? [fromX, fromY + 1] : [fromX + 1, fromY];
    while (x > startX && y > startY) {
      signs.push(" ");
      x--;
      y--;
    }
    if (edits > 0) signs.push(down ? "+" : "-");
    [x, y] = [fromX, fromY];
  }
  return signs.reverse();
}

function isDown(reach: ReadonlyMap<number, number>, diagonal: number, edits: number): boolean {
  return diagonal === -edits || (diagonal !== edits && at(reach, diagonal - 1) < at(reach, diagonal + 1));
}

function at(reach: ReadonlyMap<number, number>, diagonal: number): number {
  return reach.get(diagonal) ?? 0;
}

function hunksOf(edits: readonly Edit[]): readonly (readonly Edit[])[] {
  const changed = edits.flatMap((edit, index) => (edit.sign === " " ? [] : [index]));
  const hunks: { from: number; to: number }[] = [];
  for (const index of changed) {
    const last = hunks.at(-1);
    if (last !== undefined && index - CONTEXT <= last.to) last.to = index + CONTEXT + 1;
    else hunks.push({ from: Math.max(0, index - CONTEXT), to: index + CONTEXT + 1 });
  }
  return hunks.map(({ from, to }) => edits.slice(from, to));
}

function headOf(hunk: readonly Edit[]): string {
  const [first] = hunk;
  const range = (line: number, count: number): string =>
    `${count === 0 ? line : line + 1}${count === 1 ? "" : `,${count}`}`;
  const oldCount = hunk.filter(({ sign }) => sign !== "+").length;
  const newCount = hunk.filter(({ sign }) => sign !== "-").length;
  return `@@ -${range(first?.oldLine ?? 0, oldCount)} +${range(first?.newLine ?? 0, newCount)} @@`;
}

function textOf({ sign, text }: Edit): string {
  return `${sign}${text}`;
}
