import type { ServeNotice } from "../../api/index.ts";
import type { Project } from "../../app/index.ts";
import type { Cli, GlobalOptions } from "../cli.ts";
import { harmless } from "../terminal/harmless.ts";

/** `headrace engine`. Says in lines what it does; with `--json`, one object a line. SIGINT and SIGTERM end it; a closed terminal does not. */
export async function runEngine(
  project: Project,
  options: GlobalOptions & { readonly jobs?: number; readonly exitWhenIdle?: boolean },
  cli: Cli,
): Promise<void> {
  cli.isDriving = true;
  const leaving = new AbortController();
  const say = (line: string, notice: object): void => cli.out.lines([options.json === true ? JSON.stringify(notice) : line]);
  const onSignal = (signal: NodeJS.Signals): void => {
    if (!leaving.signal.aborted) say(`${signal}: leaving; steps that run go on, for an engine to come`, { kind: "leaving", signal });
    leaving.abort();
  };
  const onHangup = (): void => say("SIGHUP: the terminal is gone; the engine goes on (SIGTERM ends it)", { kind: "hangup" });
  for (const signal of SIGNALS) process.on(signal, onSignal);
  process.on("SIGHUP", onHangup);
  try {
    await project.serve({
      exitWhenIdle: options.exitWhenIdle === true,
      signal: leaving.signal,
      onNotice: (notice) => say(`${new Date(cli.now()).toISOString()} ${harmless(lineOf(notice))}`, notice),
      ...(options.jobs === undefined ? {} : { jobs: options.jobs }),
    });
  } finally {
    for (const signal of SIGNALS) process.off(signal, onSignal);
    process.off("SIGHUP", onHangup);
  }
  say("ended", { kind: "ended" });
}

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

function lineOf(notice: ServeNotice): string {
  switch (notice.kind) {
    case "serving":
      return `engine ${notice.engine} works on up to ${notice.slots} steps at a time; files: ${notice.pool}`;
    case "run-taken":
      return `run ${notice.run} (${notice.name}): driving it`;
    case "run-ended":
      return `run ${notice.run} (${notice.name}): ${notice.state}`;
    case "run-left":
      return `run ${notice.run} (${notice.name}): left to another engine: ${notice.reason}`;
    case "adopted":
      return `execution ${notice.execution} (${notice.node}): adopted from an engine that is dead`;
    case "warning":
      return notice.node === undefined ? `warning: ${notice.message}` : `${notice.node}: warning: ${notice.message}`;
    case "progress":
      return `${notice.node}: ${notice.message}`;
  }
}
