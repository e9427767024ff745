/**
 * Ranks of trials with several losses: the front that a trial is on (0: nothing beats it), and how far apart its
 * neighbours there are. Within a front, those with the most distant neighbours come first, as in NSGA-II (Deb et al.,
 * 2002).
 */
export function frontRanks(
  losses: readonly (readonly number[])[],
): readonly { readonly front: number; readonly room: number }[] {
  const fronts = frontsOf(losses);
  const rooms = new Map<number, number>();
  for (const members of Map.groupBy(losses.keys(), (index) => fronts[index] ?? 0).values())
    for (const [index, room] of roomsOf(members, losses)) rooms.set(index, room);
  return losses.map((_, index) => ({ front: fronts[index] ?? 0, room: rooms.get(index) ?? 0 }));
}

function frontsOf(losses: readonly (readonly number[])[]): readonly number[] {
  const fronts = new Array<number>(losses.length).fill(-1);
  let left = [...losses.keys()];
  for (let front = 0; left.length > 0; front++) {
    const unbeaten = left.filter((index) => !left.some((other) => dominates(losses[other] ?? [], losses[index] ?? [])));
    for (const index of unbeaten) fronts[index] = front;
    left = left.filter((index) => fronts[index] === -1);
  }
  return fronts;
}

/** True if nothing is worse and something is better. */
export function dominates(losses: readonly number[], others: readonly number[]): boolean {
  return (
    losses.every((loss, index) => loss <= (others[index] ?? 0)) &&
    losses.some((loss, index) => loss < (others[index] ?? 0))
  );
}

/** The ends of a front have all the room there is. */
function roomsOf(members: readonly number[], losses: readonly (readonly number[])[]): ReadonlyMap<number, number> {
  const rooms = new Map(members.map((index) => [index, 0]));
  const goals = losses[members[0] ?? 0]?.length ?? 0;
  for (let goal = 0; goal < goals; goal++) {
    const value = (index: number | undefined): number => (index === undefined ? 0 : (losses[index]?.[goal] ?? 0));
    const sorted = members.toSorted((a, b) => value(a) - value(b));
    const range = value(sorted.at(-1)) - value(sorted[0]);
    for (const [place, index] of sorted.entries()) {
      const isEnd = place === 0 || place === sorted.length - 1;
      const own = isEnd
        ? Number.POSITIVE_INFINITY
        : (value(sorted[place + 1]) - value(sorted[place - 1])) / (range || 1);
      rooms.set(index, (rooms.get(index) ?? 0) + own);
    }
  }
  return rooms;
}
