import type { Line } from "../../views/index.ts";

/**
 * A line in the gap between two layers: down from its sources, across on a track of its own, down to its targets.
 * Sources that lead to exactly the same targets share a line.
 */
export interface RoutedLine {
  readonly owner: string;
  readonly from: readonly number[];
  readonly to: readonly number[];
  /** The track of the part across, from 0; undefined for a line that goes straight on. */
  readonly track: number | undefined;
  /** The line's start: at the layer above, or (the second half of a split line) at a track. */
  readonly fromTrack: number | undefined;
  /** The line's end: at the layer below, or at a track. */
  readonly toTrack: number | undefined;
}

export interface RoutedGap {
  readonly lines: readonly RoutedLine[];
  readonly trackCount: number;
}

/** A line, or half of one that had to be split. */
interface Piece {
  readonly owner: string;
  readonly from: readonly number[];
  readonly to: readonly number[];
  readonly isFirstHalf: boolean;
  /** The first half, if this is a second half; the first half must lie above. */
  readonly firstHalf: Piece | undefined;
}

/**
 * Gives every line that goes across a track. Two lines never share a stretch of a column: a line that comes down to a
 * column from which another one starts must lie below it. If that is demanded both ways, one line is split in two,
 * joined by a free column.
 */
export function routeGap(gap: readonly Line[]): RoutedGap {
  const pieces = withCommonTargets(gap);
  let bent = pieces.filter(goesAcross);
  let order = sortByDemands(bent);
  // Each round splits one line, and halves are not split again.
  while (order.stuck !== undefined) {
    const halves = split(order.stuck, pieces);
    pieces.splice(pieces.indexOf(order.stuck), 1, ...halves);
    bent = pieces.filter(goesAcross);
    order = sortByDemands(bent);
  }
  const tracks = assignTracks(order.sorted, pieces);
  const lines = pieces.map((piece) => {
    const secondHalf = pieces.find((other) => other.firstHalf === piece);
    return {
      owner: piece.owner,
      from: piece.from,
      to: piece.to,
      track: tracks.get(piece),
      fromTrack: piece.firstHalf === undefined ? undefined : tracks.get(piece.firstHalf),
      toTrack: secondHalf === undefined ? undefined : tracks.get(secondHalf),
    };
  });
  return { lines, trackCount: Math.max(-1, ...tracks.values()) + 1 };
}

function withCommonTargets(gap: readonly Line[]): Piece[] {
  const groups = Map.groupBy(gap, (line) =>
    line.to
      .map(({ centre }) => centre)
      .toSorted((a, b) => a - b)
      .join(),
  );
  return [...groups.values()].map((lines) => ({
    owner: lines[0]?.source ?? "",
    from: lines.map((line) => line.from),
    to: lines[0]?.to.map(({ centre }) => centre) ?? [],
    isFirstHalf: false,
    firstHalf: undefined,
  }));
}

function goesAcross(piece: Piece): boolean {
  return new Set([...piece.from, ...piece.to]).size > 1;
}

/**
 * Returns true if `upper` must have a smaller track than `lower`: it starts from a column to which the other one comes
 * down.
 */
function mustLieAbove(upper: Piece, lower: Piece): boolean {
  if (lower.firstHalf === upper) return true;
  if (upper === lower || upper.firstHalf !== undefined) return false;
  // Both may end at that column's node: then they may share the column.
  return upper.from.some((column) => lower.to.includes(column) && !upper.to.includes(column));
}

function sortByDemands(bent: readonly Piece[]): {
  readonly sorted: readonly Piece[];
  readonly stuck: Piece | undefined;
} {
  const sorted: Piece[] = [];
  let rest = [...bent];
  while (rest.length > 0) {
    const free = rest.filter((piece) => !rest.some((other) => mustLieAbove(other, piece)));
    if (free.length === 0)
      return { sorted, stuck: rest.find((piece) => !piece.isFirstHalf && piece.firstHalf === undefined) };
    sorted.push(...free);
    rest = rest.filter((piece) => !free.includes(piece));
  }
  return { sorted, stuck: undefined };
}

function split(piece: Piece, pieces: readonly Piece[]): readonly [Piece, Piece] {
  const taken = new Set(pieces.flatMap((other) => [...other.from, ...other.to]));
  const column = freeColumn(piece.from[0] ?? 0, taken);
  const first: Piece = { owner: piece.owner, from: piece.from, to: [column], isFirstHalf: true, firstHalf: undefined };
  return [first, { owner: piece.owner, from: [column], to: piece.to, isFirstHalf: false, firstHalf: first }];
}

function freeColumn(near: number, taken: ReadonlySet<number>): number {
  for (let distance = 2; ; distance++) {
    if (!taken.has(near + distance)) return near + distance;
    if (near - distance >= 0 && !taken.has(near - distance)) return near - distance;
  }
}

/** The first track, in the order demanded, on which a line overlaps no other. */
function assignTracks(sorted: readonly Piece[], pieces: readonly Piece[]): ReadonlyMap<Piece, number> {
  const tracks = new Map<Piece, number>();
  const occupied: (readonly [number, number])[][] = [];
  for (const piece of sorted) {
    const span = [Math.min(...piece.from, ...piece.to), Math.max(...piece.from, ...piece.to)] as const;
    let track = 0;
    for (const other of pieces) {
      const above = tracks.get(other);
      if (above !== undefined && mustLieAbove(other, piece)) track = Math.max(track, above + 1);
    }
    while ((occupied[track] ?? []).some(([first, last]) => span[0] <= last + 1 && first <= span[1] + 1)) track += 1;
    occupied[track] = [...(occupied[track] ?? []), span];
    tracks.set(piece, track);
  }
  return tracks;
}
