import { dirname, join } from "node:path";
import type { ExecutionFolder } from "../contract/index.ts";
import type { NewFiles, WorktreePlace, WorktreePool } from "../snapshots/index.ts";
import { whyNoAccessTimesIn } from "./access-times.ts";
import { readCallLog } from "./call-log.ts";
import type { Calls } from "./call-reader.ts";
import { readNotes } from "./notes.ts";
import { type Findings, judgeFindings } from "./observe-code.ts";
import type { ObservedCode } from "./observed-code.ts";
import { keepLearned, tellsAll } from "./plain-steps.ts";
import { callsFile, notesFile, readWatchRecord, traceFolder, type WatchRecord } from "./watch-files.ts";

/**
 * The code of executions: puts it where a step finds it, says afterwards what the step saw of it, and takes it back.
 */
export class CodePlaces {
  readonly #pool: WorktreePool;

  constructor(pool: WorktreePool) {
    this.#pool = pool;
  }

  /** Makes the code of a commit appear as the execution's repository, which must not exist. May be repeated. */
  async provide(commit: string, folder: ExecutionFolder): Promise<void> {
    await this.#pool.provide(commit, placeOf(folder));
  }

  /**
   * Returns what an ended step can have seen of its code; `wanted` says whether what was read counts also where that
   * cannot be all.
   */
  async observe(folder: ExecutionFolder, wanted: "all" | "what-was-read" = "what-was-read"): Promise<ObservedCode> {
    const watch = readWatchRecord(folder.control);
    const calls = await this.#callsOf(folder, watch);
    // Most programs cannot be watched: then there is nothing to look for, in a checkout of perhaps 100,000 files.
    if (wanted === "all" && watch?.why !== undefined && calls === undefined) return { kind: "opaque", why: watch.why };
    const why = calls === undefined ? whyNoAccessTimesIn(dirname(folder.root), folder.control) : undefined;
    if (why !== undefined) return { kind: "opaque", why };
    const worktree = await this.#pool.inspect(placeOf(folder));
    if (worktree === undefined)
      return { kind: "opaque", why: "it is not known what its checkout looked like at the start" };
    const notes = readNotes(notesFile(traceFolder(folder.root)));
    const findings = { worktree, watch, notes, checkout: folder.repository };
    const observed = judgeFindings({ ...findings, calls });
    if (watch?.learning !== undefined) learn(watch.learning, folder, findings, { observed, calls });
    return observed;
  }

  async #callsOf({ root }: ExecutionFolder, watch: WatchRecord | undefined): Promise<Calls | undefined> {
    if (watch?.traced !== true || watch.project === undefined) return undefined;
    return await readCallLog(callsFile(traceFolder(root)), {
      repository: watch.repository,
      project: watch.project.root,
      cache: watch.cache,
    });
  }

  /** Returns the files that an ended step has left in its repository folder; undefined if they are not known. */
  async leftIn(folder: ExecutionFolder): Promise<NewFiles | undefined> {
    return await this.#pool.newFiles(placeOf(folder));
  }

  /** Lets the next step have the checkout, if it is one that is worth it: at once, and without reading it. */
  async giveBack(folder: ExecutionFolder): Promise<void> {
    await this.#pool.giveBack(placeOf(folder));
  }

  /**
   * Somebody may still have a file or folder of it open: no other step is to get it. The observations of it do not hold
   * any more, either.
   */
  distrust(folder: ExecutionFolder): void {
    this.#pool.distrust(placeOf(folder));
  }

  /** Takes the code of an ended execution away. False where somebody has mounted something in it, so that it stays. */
  async release(folder: ExecutionFolder): Promise<boolean> {
    return await this.#pool.release(placeOf(folder));
  }
}

/** Records whether the next such step needs a tracer. */
function learn(
  path: string,
  { root, control }: ExecutionFolder,
  findings: Findings,
  { observed, calls }: { readonly observed: ObservedCode; readonly calls: Calls | undefined },
): void {
  if (calls === undefined) {
    if (observed.kind !== "trace" && findings.watch?.traced !== true) keepLearned(path, "more");
    return;
  }
  const alone =
    whyNoAccessTimesIn(dirname(root), control) === undefined
      ? judgeFindings({ ...findings, calls: undefined })
      : undefined;
  const isPlain = observed.kind === "trace" && alone?.kind === "trace" && tellsAll(alone.trace, observed.trace);
  keepLearned(path, isPlain ? "plain" : "more");
}

function placeOf({ repository, control }: ExecutionFolder): WorktreePlace {
  return { repository, keep: join(control, "checkout") };
}
