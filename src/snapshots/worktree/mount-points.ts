import { readFileSync, realpathSync } from "node:fs";

/** True if something is mounted below a folder: its content is not ours to remove. */
export function hasMountsBelow(folder: string): boolean {
  let table: string;
  try {
    table = readFileSync("/proc/self/mountinfo", "utf8");
  } catch {
    // No such table on this system, nor mounts that a step could make.
    return false;
  }
  const root = realpathSync.native(folder);
  return table.split("\n").some((line) => {
    const point = unescapeMount(line.split(" ")[4] ?? "");
    return point === root || point.startsWith(`${root}/`);
  });
}

/** Blanks and the like stand as three octal digits. */
function unescapeMount(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}
