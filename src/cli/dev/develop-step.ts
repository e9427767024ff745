import type { ExecutionView, LogLine, RunDetailView } from "../../api/index.ts";
import { HeadraceError } from "../../errors.ts";
import type { CodeChange, CodeWatch, LocalProject } from "../../services/index.ts";
import type { Cli } from "../cli.ts";
import { failureOf, renderFailure } from "../failure.ts";
import { makeDisplay } from "../live/display.ts";
import { failureTail } from "../run/failure-tail.ts";
import { logsShown } from "../run/show-run.ts";
import { oneLine } from "../terminal/width.ts";
import type { DevRequest } from "./dev-request.ts";
import { renderRound } from "./render-round.ts";
import { Noise, Saves } from "./saves.ts";

export interface DevelopCall {
  readonly request: DevRequest;
  readonly tags: readonly string[];
  /** True if the step's output is shown as it comes. */
  readonly logs: boolean;
  /** Ended by Ctrl-C. */
  readonly stop: AbortSignal;
  readonly kill: AbortSignal;
}

/**
 * Runs a step, and again after each save that concerns it, until it is stopped. Such a save while it runs stops that
 * run and begins the next.
 */
export async function developStep(project: LocalProject, watch: CodeWatch, call: DevelopCall, cli: Cli): Promise<void> {
  await new Development(project, new Saves(watch, call.stop), call, cli).untilStopped();
}

/** The code, and the files behind inputs, as a round had them. */
interface Basis {
  readonly commit: string;
  readonly stamp: string;
}

class Development {
  readonly #project: LocalProject;
  readonly #saves: Saves;
  readonly #call: DevelopCall;
  readonly #cli: Cli;
  readonly #noise: Noise;
  #basis: Basis | undefined;
  /** The last round that succeeded: what it was seen to read tells which saves concern the step. */
  #success: ExecutionView | undefined;
  #hasSucceeded = false;
  #isFirst = true;
  #saidUnconcerned = false;

  constructor(project: LocalProject, saves: Saves, call: DevelopCall, cli: Cli) {
    this.#project = project;
    this.#saves = saves;
    this.#call = call;
    this.#cli = cli;
    this.#noise = new Noise(project.location.root);
  }

  async untilStopped(): Promise<void> {
    const { stop } = this.#call;
    while (!stop.aborted) {
      const basis = await this.#current();
      if (!(await this.#isDue(basis))) {
        await this.#saves.next();
        continue;
      }
      this.#basis = basis;
      this.#saidUnconcerned = false;
      const { ended, isOutdated, savedMeanwhile } = await this.#round(basis);
      if (isOutdated) continue;
      this.#hasSucceeded = ended?.run.state === "complete";
      if (ended !== undefined) this.#show(ended);
      this.#sayNoise(this.#noise.roundEnded(savedMeanwhile));
      if (!stop.aborted) this.#cli.out.lines([this.#cli.out.style.dim("waiting for a save… (Ctrl-C ends)")]);
    }
  }

  async #current(): Promise<Basis> {
    return { commit: await this.#project.development.captureCode(), stamp: await this.#call.request.stamp() };
  }

  /** Returns true if a round now may end otherwise than the last one. If that cannot be known, it may. */
  async #isDue(now: Basis): Promise<boolean> {
    if (this.#basis === undefined) return true;
    if (now.stamp !== this.#basis.stamp) return true;
    if (now.commit === this.#basis.commit) return false;
    const { paths, concerns } = await this.#change(this.#basis, now);
    if (paths.length === 0 || (this.#hasSucceeded && concerns === "no")) {
      if (paths.length > 0) this.#sayUnconcerned(now);
      return false;
    }
    return true;
  }

  async #change(before: Basis, after: Basis): Promise<CodeChange> {
    const execution =
      this.#success?.number ?? (this.#call.request.from === undefined ? undefined : Number(this.#call.request.from));
    return await this.#project.development.compareSaves({
      before: before.commit,
      after: after.commit,
      step: this.#success?.step ?? this.#call.request.step,
      except: this.#noise.paths,
      ...(execution === undefined ? {} : { execution }),
    });
  }

  /** Said once after a round: something may be saved all the time. */
  #sayUnconcerned({ commit }: Basis): void {
    if (this.#basis !== undefined) this.#basis = { ...this.#basis, commit };
    if (this.#saidUnconcerned) return;
    this.#saidUnconcerned = true;
    const { style } = this.#cli.out;
    const stands = this.#success === undefined ? "" : ` ${style.dim(`(#${this.#success.number} stands)`)}`;
    this.#cli.out.lines([
      `${style.green("✓")} nothing that ${oneLine(this.#call.request.step)} reads has changed${stands}`,
    ]);
  }

  #show({ run, lastLines }: Ended): void {
    this.#isFirst = false;
    this.#cli.out.lines(
      renderRound(run, { before: this.#success, lastLines, width: this.#cli.out.size().width }, this.#cli.out.style),
    );
    if (run.state === "complete") this.#success = run.nodes.at(0)?.execution ?? this.#success;
  }

  #sayNoise(paths: readonly string[]): void {
    for (const path of paths) {
      const what = `${oneLine(path)} changes all the time: from now on its saves start no round (a line in .gitignore leaves it out for good)`;
      this.#cli.err.lines([`${this.#cli.err.style.yellow("warning:")} ${what}`]);
    }
  }

  async #round(basis: Basis): Promise<RoundEnd> {
    const saved = new AbortController();
    const running = this.#runOnce(saved.signal);
    const savedMeanwhile = new Set<string>();
    while (!saved.signal.aborted && (await this.#saves.before(running))) {
      const now = await this.#current();
      const { paths, concerns } = now.commit === basis.commit ? NOTHING : await this.#change(basis, now);
      for (const path of paths) savedMeanwhile.add(path);
      // If it cannot be told, the round ends: that is not worse than one more round.
      if (concerns === "yes" || now.stamp !== basis.stamp) saved.abort("a file was saved");
    }
    return { ended: await running, isOutdated: saved.signal.aborted, savedMeanwhile };
  }

  /** Undefined when it could not be started as things stand: what is wrong was said, and the next save may mend it. */
  async #runOnce(saved: AbortSignal): Promise<Ended | undefined> {
    const { request, tags, logs, stop, kill } = this.#call;
    try {
      // The first time it runs whatever there is; later the trace of what it read tells whether a save concerns it.
      const plan = await request.plan(this.#isFirst);
      using display = makeDisplay(this.#cli, plan, { silent: false, ...logsShown(this.#project, plan, { logs }) });
      const run = await this.#project.driving.run(plan.id, {
        tags,
        onEvent: (event) => display.onEvent(event),
        signal: AbortSignal.any([stop, saved]),
        // A step that is run again has no need to save anything.
        killSignal: AbortSignal.any([kill, saved]),
      });
      if (!saved.aborted) await display.finish(run);
      const execution = run.nodes.at(0)?.execution;
      const isShown = execution !== undefined && execution !== null && display.hasShownLog(execution.number);
      return {
        run,
        lastLines: run.state !== "error" || isShown ? [] : await lastLines(this.#project, execution?.number),
      };
    } catch (error) {
      const failure = error instanceof HeadraceError ? failureOf(error) : undefined;
      // No save brings an earlier run a step that it does not have: a mistyped name ends the command.
      if (failure === undefined || (this.#isFirst && NO_SUCH_STEP.has(failure.code))) throw error;
      this.#cli.err.lines(renderFailure(failure, { style: this.#cli.err.style, debug: false }));
      return undefined;
    }
  }
}

const NO_SUCH_STEP: ReadonlySet<string> = new Set(["HR_NOT_FOUND", "HR_UNKNOWN_TARGET"]);
const NOTHING: CodeChange = { paths: [], concerns: "no" };

interface RoundEnd {
  readonly ended: Ended | undefined;
  /** It was stopped, as what it runs on had changed. */
  readonly isOutdated: boolean;
  /** The paths that were saved while it ran and may concern it. */
  readonly savedMeanwhile: ReadonlySet<string>;
}

/** A round that was run to its end, with the end of the log where it failed and that was not shown. */
interface Ended {
  readonly run: RunDetailView;
  readonly lastLines: readonly LogLine[];
}

async function lastLines(project: LocalProject, execution: number | undefined): Promise<readonly LogLine[]> {
  if (execution === undefined) return [];
  const tail = await failureTail(project.api.logs, execution);
  return [...tail.lastLines, ...tail.lastErrors];
}
