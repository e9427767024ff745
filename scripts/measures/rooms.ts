/** The first column of the table of rooms. */
const ROW = /^\| `([a-z-]+)\/` \|/gm;
const PICTURE = /```text\n([\s\S]*?)```/;

/** Rooms that ARCHITECTURE.md leaves out of its table or its picture, and rows of rooms that are not there. */
export function roomProblems(page: string, rooms: readonly string[]): readonly string[] {
  const rows = new Set([...page.matchAll(ROW)].map((match) => match[1] ?? ""));
  const drawn = new Set(PICTURE.exec(page)?.[1]?.match(/[a-z]+(?:-[a-z]+)*/g));
  return [
    ...rooms.filter((room) => !rows.has(room)).map((room) => `ARCHITECTURE.md: the table lacks the room ${room}`),
    ...rooms.filter((room) => !drawn.has(room)).map((room) => `ARCHITECTURE.md: the picture lacks the room ${room}`),
    ...[...rows].filter((row) => !rooms.includes(row)).map((row) => `ARCHITECTURE.md: there is no room ${row}`),
  ];
}
