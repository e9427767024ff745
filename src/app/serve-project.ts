import { availableParallelism } from "node:os";
import type { ServeNotice } from "../api/index.ts";
import { clearAgain, clearLost, ProjectServer, type ServerNotice } from "../engine/index.ts";
import { HeadraceError } from "../errors.ts";
import { assembleEngine, type EngineSetting } from "./assemble-engine.ts";
import { removeAbandonedFiles } from "./open-blobs.ts";
import type { ServeOptions } from "./project.ts";
import { isOfOwnPool } from "./run-ownership.ts";
import { executionsFolder } from "./state-folder.ts";

/** Works for every run of the project until it is told to end, or until there is nothing left to do. */
export async function serveProject(setting: EngineSetting, options: ServeOptions): Promise<void> {
  const slots = options.jobs ?? availableParallelism();
  if (!(Number.isInteger(slots) && slots >= 1)) {
    throw new HeadraceError("HR_USAGE", `${slots} steps cannot run at a time`, { hint: "give a whole number from 1 up" });
  }
  do {
    await serveOnce(setting, slots, options);
    // A run that was recorded while this engine was about to leave, and was found living, has nobody else.
  } while (!options.signal.aborted && (await hasWaitingRun(setting)));
}

async function serveOnce(setting: EngineSetting, slots: number, options: ServeOptions): Promise<void> {
  await using engine = await assembleEngine(setting, (notice) => options.onNotice(notice), { serves: true });
  await removeAbandonedFiles(setting.project, setting.project.backends);
  const { parts } = engine;
  await clearLost(parts, executionsFolder(setting.project));
  options.onNotice({ kind: "serving", engine: parts.members.id, slots, pool: parts.members.pool });
  const { exitWhenIdle, signal } = options;
  const onNotice = (notice: ServerNotice): void => options.onNotice(noticeOf(notice));
  const clearing = clearAgain(parts).catch(() => []);
  try {
    await new ProjectServer(parts, { slots, exitWhenIdle, signal, onNotice }).serve();
  } finally {
    await clearing;
  }
}

async function hasWaitingRun({ project, store }: EngineSetting): Promise<boolean> {
  const runs = await store.runs.list({ limit: 1_000, states: ["created"] });
  return runs.some((run) => run.owner === undefined && isOfOwnPool(project, run));
}

function noticeOf(notice: ServerNotice): ServeNotice {
  switch (notice.kind) {
    case "run-taken":
      return { kind: notice.kind, run: notice.run.number, name: notice.run.name };
    case "run-ended":
      return { kind: notice.kind, run: notice.run.number, name: notice.run.name, state: notice.state };
    case "run-left":
      return { kind: notice.kind, run: notice.run.number, name: notice.run.name, reason: notice.reason };
    case "adopted":
      return { kind: notice.kind, execution: notice.number, node: notice.node };
  }
}
