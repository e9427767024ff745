import { appendFileSync, type FSWatcher, readFileSync, statSync, watch } from "node:fs";
import { join } from "node:path";

/** By this time a stream of a log had come so far. */
export interface Arrival {
  readonly at: number;
  readonly stream: "stdout" | "stderr";
  readonly size: number;
}

const FILE = "arrivals";
/** As often as an engine looks while a step prints. */
const GATHER_MS = 20;

/**
 * Notes when the bytes of a log come while no engine is there that would: in `logs/arrivals`, until an engine goes on
 * with the log's index. Returns what ends it.
 */
export function keepArrivals(logs: string): () => void {
  const sizes = { stdout: 0, stderr: 0 };
  const indexed = sizeOf(join(logs, "index"));
  let timer: NodeJS.Timeout | undefined;
  let watcher: FSWatcher | undefined;
  const close = (): void => {
    clearTimeout(timer);
    watcher?.close();
    note(logs, sizes);
  };
  const look = (): void => {
    timer = undefined;
    note(logs, sizes);
    if (sizeOf(join(logs, "index")) !== indexed) watcher?.close();
  };
  note(logs, sizes);
  try {
    watcher = watch(logs, (_event, name) => {
      if (name !== FILE) timer ??= setTimeout(look, GATHER_MS);
    });
    watcher.on("error", () => watcher?.close());
  } catch {
    // No watches left on the machine: the files' own times must do.
  }
  return close;
}

function note(logs: string, sizes: Record<Arrival["stream"], number>): void {
  const at = Date.now();
  for (const stream of ["stdout", "stderr"] as const) {
    const size = sizeOf(join(logs, stream));
    if (size === sizes[stream]) continue;
    sizes[stream] = size;
    try {
      appendFileSync(join(logs, FILE), `${at} ${stream} ${size}\n`);
    } catch {
      // No room, or the folder is gone: the times of these lines are lost, nothing else.
    }
  }
}

/** Returns what was noted, in the order in which it came. */
export function readArrivals(logs: string): readonly Arrival[] {
  let text: string;
  try {
    text = readFileSync(join(logs, FILE), "utf8");
  } catch {
    // Nobody noted anything: the usual case.
    return [];
  }
  const lines = text.matchAll(/^(\d{1,15}) (stdout|stderr) (\d{1,15})\n/gm);
  return [...lines].map(([, at, stream, size]) => ({
    at: Number(at),
    stream: stream as Arrival["stream"],
    size: Number(size),
  }));
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
