import type { EngineNotice } from "../../api/index.ts";
import type { LocalProject } from "../../services/index.ts";
import type { Cli, GlobalOptions } from "../cli.ts";
import { harmless } from "../terminal/harmless.ts";

/**
 * `headrace engine`. Says in lines what it does; with `--json`, one object a line. SIGINT and SIGTERM end it; a closed
 * terminal does not.
 */
export async function runEngine(
  project: LocalProject,
  options: GlobalOptions & { readonly jobs?: number; readonly exitWhenIdle?: boolean },
  cli: Cli,
): Promise<void> {
  await untilSignal(cli, options, (signal, say) =>
    project.driving.runEngine({
      ...{ exitWhenIdle: options.exitWhenIdle === true, signal },
      onNotice: (notice) => say(engineLine(notice, cli.now()), notice),
      ...(options.jobs === undefined ? {} : { jobs: options.jobs }),
    }),
  );
}

export type Say = (line: string, notice: object) => void;

/** Works in this process until SIGINT or SIGTERM, and says what it does: in lines, or with `--json` in objects. */
export async function untilSignal(
  cli: Cli,
  options: GlobalOptions,
  work: (signal: AbortSignal, say: Say) => Promise<void>,
): Promise<void> {
  cli.isDriving = true;
  const leaving = new AbortController();
  const say: Say = (line, notice) => cli.out.lines([options.json === true ? JSON.stringify(notice) : line]);
  const onSignal = (signal: NodeJS.Signals): void => {
    if (!leaving.signal.aborted)
      say(`${signal}: leaving; steps that run go on, for an engine to come`, { kind: "leaving", signal });
    leaving.abort();
  };
  const onHangup = (): void =>
    say("SIGHUP: the terminal is gone; the engine goes on (SIGTERM ends it)", { kind: "hangup" });
  for (const signal of SIGNALS) process.on(signal, onSignal);
  process.on("SIGHUP", onHangup);
  try {
    await work(leaving.signal, say);
  } finally {
    for (const signal of SIGNALS) process.off(signal, onSignal);
    process.off("SIGHUP", onHangup);
  }
  say("ended", { kind: "ended" });
}

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/** With the time, as a log has it. */
export function engineLine(notice: EngineNotice, now: number): string {
  return `${new Date(now).toISOString()} ${harmless(lineOf(notice))}`;
}

function lineOf(notice: EngineNotice): string {
  switch (notice.kind) {
    case "ready":
      return `engine ${notice.engine} works on up to ${notice.slots} steps at a time; files: ${notice.pool}`;
    case "run-taken":
      return `run ${notice.run} (${notice.name}): driving it`;
    case "run-ended":
      return `run ${notice.run} (${notice.name}): ${notice.state}`;
    case "run-left":
      return `run ${notice.run} (${notice.name}): left to another engine: ${notice.reason}`;
    case "adopted":
      return `execution ${notice.execution} (${notice.node}): adopted from an engine that is dead`;
  }
}
