import type { RunDetailView } from "../../api/index.ts";
import type { EventRecord } from "../../store/index.ts";
import type { Cli } from "../cli.ts";
import { LiveDisplay } from "./live-display.ts";
import type { LogSource } from "./log-source.ts";
import { PlainDisplay } from "./plain-display.ts";

/**
 * Shows a run while it is under way. Disposing of it ends the showing at once; `finish` waits for what steps have
 * printed.
 */
export interface RunDisplay extends Disposable {
  onEvent(event: EventRecord): void;
  /** Shows a message of this process about the run that no record has. */
  warn(message: string): void;
  /** Said until the end, e.g. that the run is being stopped. */
  say(message: string): void;
  /** To be called when the run has ended: resolves when all of the logs that are followed is shown. */
  finish(run: Pick<RunDetailView, "nodes">): Promise<void>;
  /** Returns true if all that an execution printed was shown. */
  hasShownLog(execution: number): boolean;
}

/** The facts known about a run before its first event. */
export interface RunOutline {
  readonly name: string;
  readonly nodes: readonly { readonly name: string }[];
}

export interface DisplayOptions {
  /** With `--json`, or `--quiet`. */
  readonly silent: boolean;
  /** The source of the steps' output, which is shown while they run. */
  readonly logs?: LogSource;
}

/**
 * The display that fits: a block redrawn in place on a terminal, plain lines elsewhere and in CI, nothing where it is
 * to be silent.
 */
export function makeDisplay(cli: Cli, plan: RunOutline, { silent, logs }: DisplayOptions): RunDisplay {
  if (silent) return new SilentDisplay();
  const isLive = cli.out.isTerminal && isUnset(cli.env.CI) && cli.env.TERM !== "dumb";
  return isLive ? new LiveDisplay(cli, plan, logs) : new PlainDisplay(cli, plan, logs);
}

class SilentDisplay implements RunDisplay {
  onEvent(): void {}
  warn(): void {}
  say(): void {}
  async finish(): Promise<void> {}
  hasShownLog(): boolean {
    return false;
  }
  [Symbol.dispose](): void {}
}

/** CI services set CI=true; `CI=` and `CI=false` mean that it is none. */
function isUnset(value: string | undefined): boolean {
  return value === undefined || value === "" || value === "false" || value === "0";
}
