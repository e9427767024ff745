import type { CodeWatch, ExecutionView, FromRequest, LogLine, Project, RunDetailView } from "../../app/index.ts";
import { HeadraceError } from "../../errors.ts";
import type { Cli } from "../cli.ts";
import { failureOf, renderFailure } from "../failure.ts";
import { makeDisplay } from "../live/display.ts";
import { failureTail } from "../run/failure-tail.ts";
import { logsShown } from "../run/show-run.ts";
import { renderRound } from "./render-round.ts";

export interface DevelopCall {
  readonly request: FromRequest;
  readonly tags: readonly string[];
  /** Whether what the step prints is shown as it comes. */
  readonly logs: boolean;
  /** Ended by Ctrl-C. */
  readonly stop: AbortSignal;
  readonly kill: AbortSignal;
}

/** Runs a step, and again after each save, until it is stopped. A save while it runs stops that run and begins the next. */
export async function developStep(project: Project, watch: CodeWatch, call: DevelopCall, cli: Cli): Promise<void> {
  const saves = new Saves(watch, call.stop);
  let before: ExecutionView | undefined;
  let commit: string | undefined;
  let isFirst = true;
  while (!call.stop.aborted) {
    // A save that left everything as it was, or one of an ignored file, is none.
    const current = await project.captureCode();
    if (current === commit) {
      await saves.next();
      continue;
    }
    commit = current;
    const { ended, isOutdated } = await round(project, saves, { ...call, isFirst, commit }, cli);
    if (isOutdated) continue;
    if (ended !== undefined) {
      isFirst = false;
      cli.out.lines(renderRound(ended.run, { before, lastLines: ended.lastLines, width: cli.out.size().width }, cli.out.style));
      if (ended.run.state === "complete") before = ended.run.nodes.at(0)?.execution ?? before;
    }
    if (!call.stop.aborted) cli.out.lines([cli.out.style.dim("waiting for a save… (Ctrl-C ends)")]);
    await saves.next();
  }
}

/** Each save is heard once, whether somebody is waiting at that moment or not. */
class Saves {
  readonly #watch: CodeWatch;
  readonly #stopped: Promise<void>;
  #pending: Promise<void> | undefined;

  constructor(watch: CodeWatch, stop: AbortSignal) {
    this.#watch = watch;
    this.#stopped = new Promise((resolve) => {
      if (stop.aborted) resolve();
      stop.addEventListener("abort", () => resolve(), { once: true });
    });
  }

  /** Resolves after the next save, or when it is to end. */
  next(): Promise<void> {
    return Promise.race([this.#save(), this.#stopped]);
  }

  /** True after a save; false when `work` was done before. */
  async before(work: Promise<unknown>): Promise<boolean> {
    return await Promise.race([this.#save().then(() => true), work.then(() => false)]);
  }

  #save(): Promise<void> {
    this.#pending ??= this.#watch.next().finally(() => {
      this.#pending = undefined;
    });
    return this.#pending;
  }
}

interface RoundEnd {
  readonly ended: Ended | undefined;
  /** It was stopped, as the code had changed. */
  readonly isOutdated: boolean;
}

async function round(
  project: Project,
  saves: Saves,
  call: DevelopCall & { readonly isFirst: boolean; readonly commit: string },
  cli: Cli,
): Promise<RoundEnd> {
  const saved = new AbortController();
  const running = runOnce(project, { ...call, saved: saved.signal }, cli);
  while (!saved.signal.aborted && (await saves.before(running))) {
    if ((await project.captureCode()) !== call.commit) saved.abort("a file was saved");
  }
  return { ended: await running, isOutdated: saved.signal.aborted };
}

interface Round extends DevelopCall {
  readonly isFirst: boolean;
  readonly saved: AbortSignal;
}

/** A round that was run to its end, with the end of the log where it failed and that was not shown. */
interface Ended {
  readonly run: RunDetailView;
  readonly lastLines: readonly LogLine[];
}

async function lastLines(project: Project, execution: number | undefined): Promise<readonly LogLine[]> {
  if (execution === undefined) return [];
  const tail = await failureTail(project, execution);
  return [...tail.lastLines, ...tail.lastErrors];
}

/** Undefined when it could not be started as things stand: what is wrong was said, and the next save may mend it. */
async function runOnce(project: Project, { request, tags, logs, isFirst, saved, stop, kill }: Round, cli: Cli): Promise<Ended | undefined> {
  try {
    // The first time it runs whatever there is; later the trace of what it read tells whether a save concerns it.
    const asked: FromRequest = isFirst ? { ...request, fresh: true } : request;
    const plan = await project.planFrom(asked);
    using display = makeDisplay(cli, plan, { json: false, ...logsShown(project, plan, { logs }) });
    const run = await project.runFrom(asked, {
      tags,
      onEvent: (event) => display.onEvent(event),
      onNotice: (notice) => display.onNotice(notice),
      signal: AbortSignal.any([stop, saved]),
      // A step that is run again has no need to save anything.
      killSignal: AbortSignal.any([kill, saved]),
    });
    if (!saved.aborted) await display.finish();
    const execution = run.nodes.at(0)?.execution;
    const isShown = execution !== undefined && execution !== null && display.hasShownLog(execution.number);
    return { run, lastLines: run.state !== "error" || isShown ? [] : await lastLines(project, execution?.number) };
  } catch (error) {
    const failure = error instanceof HeadraceError ? failureOf(error) : undefined;
    // No save brings an earlier run a step that it does not have: a mistyped name ends the command.
    if (failure === undefined || (isFirst && failure.code === "HR_NOT_FOUND")) throw error;
    cli.err.lines(renderFailure(failure, { style: cli.err.style, debug: false }));
    return undefined;
  }
}
