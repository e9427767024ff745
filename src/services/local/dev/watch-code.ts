import { watch } from "node:fs";
import { sep } from "node:path";
import { HeadraceError, systemErrorCode } from "../../../errors.ts";

export interface CodeWatch extends Disposable {
  /**
   * Resolves after the next change, once nothing has changed for a moment. Rejects where the folder cannot be watched.
   */
  next(): Promise<void>;
}

/** Editors write a file in several moves (a new one aside, a rename, a time), and “save all” writes several files. */
const CALM_MS = 150;
/** Something may be written all the time (a log): then nobody waits for calm. */
const PATIENCE_MS = 1000;
/** Folders that change without anybody saving code. */
const NO_CODE = /(^|\/)(\.headrace|\.git|node_modules|__pycache__|\.venv)(\/|$)/;

/** Hears of saves below a folder. Changes that come between two calls of `next` are not lost: they make one. */
export function watchCode(root: string): CodeWatch {
  let changed = Promise.withResolvers<void>();
  let timer: NodeJS.Timeout | undefined;
  /** The moment of the first change that nobody has been told of. */
  let since: number | undefined;
  const watcher = watch(root, { recursive: true }, (_event, name) => {
    if (name !== null && NO_CODE.test(name.split(sep).join("/"))) return;
    const now = performance.now();
    since ??= now;
    clearTimeout(timer);
    timer = setTimeout(
      () => {
        since = undefined;
        changed.resolve();
      },
      Math.max(0, Math.min(CALM_MS, since + PATIENCE_MS - now)),
    );
  });
  watcher.on("error", (error) => changed.reject(explained(error, root)));
  // A caller that is not waiting at this moment gets the error from the next call.
  changed.promise.catch(() => undefined);
  return {
    async next() {
      await changed.promise;
      changed = Promise.withResolvers<void>();
      changed.promise.catch(() => undefined);
    },
    [Symbol.dispose]() {
      clearTimeout(timer);
      watcher.close();
    },
  };
}

function explained(error: unknown, root: string): unknown {
  const code = systemErrorCode(error);
  if (code !== "ENOSPC" && code !== "EMFILE") return error;
  return new HeadraceError("HR_SNAPSHOT_FAILED", `${root} has more folders than may be watched here (${code})`, {
    hint: "raise the limit: sudo sysctl fs.inotify.max_user_watches=1048576 fs.inotify.max_user_instances=1024",
    cause: error,
  });
}
