import { closeSync, readdirSync, readFileSync } from "node:fs";

/** In /proc/self/fdinfo/FD, octal. */
const CLOSE_ON_EXEC = 0o2000000;

/**
 * Closes what whoever started this process had open beyond the standard streams: a lock (`exec 200>lock; flock 200`), a
 * folder, a pipe of a terminal. Every process that is started from here would inherit it, a step among them, and would
 * reach through it what its sandbox hides. Node closes only those below 17 in its children. Descriptors that Node
 * itself opens are marked to be closed there; inherited ones bear no such mark.
 *
 * A descriptor that one of `words` names (`headrace -C /dev/fd/63`, from a shell's `<(…)`) stays open.
 */
export function closeInheritedDescriptors(words: readonly string[] = []): void {
  const named = new Set(words.flatMap((word) => [...word.matchAll(/\/fd\/(\d+)/g)].map(([, number]) => number)));
  for (const name of descriptors()) {
    if (Number(name) > 2 && !named.has(name) && isInherited(name)) closeSync(Number(name));
  }
}

function descriptors(): readonly string[] {
  try {
    return readdirSync("/proc/self/fd");
  } catch {
    // Not Linux: there steps have no sandbox that could be passed by.
    return [];
  }
}

function isInherited(descriptor: string): boolean {
  try {
    const info = readFileSync(`/proc/self/fdinfo/${descriptor}`, "latin1");
    const flags = /^flags:\s*(\d+)/m.exec(info)?.[1];
    return flags !== undefined && (Number.parseInt(flags, 8) & CLOSE_ON_EXEC) === 0;
  } catch {
    // The one through which the folder was read.
    return false;
  }
}
