import type { EventView, RunDetailView } from "../../api/index.ts";
import { onAbort } from "../../concurrency/index.ts";
import type { AttachOptions } from "../../services/index.ts";
import type { EventRecord } from "../../store/index.ts";
import { isFinal } from "../../views/index.ts";
import type { RemoteProject } from "../remote/remote-project.ts";
import { wholeRun } from "../whole-run.ts";

/** Interval at which it is checked that an engine works for the run. */
const PATROL_MS = 10_000;
const LOOKS_BEFORE_LEAVING = 3;
/** A connection that is taken up again sooner is not worth a word. */
const SILENT_MS = 3_000;

export interface FollowOptions extends AttachOptions {
  /** The run begins now: what its clock says then is what this machine's says. */
  readonly isNew?: boolean;
}

/** Follows a run on a server to its end, or until the signal; the run itself is left alone. */
export async function followRun(project: RemoteProject, run: number, options: FollowOptions): Promise<RunDetailView> {
  const { api } = project;
  const events = api.events.follow({ run: String(run) })[Symbol.asyncIterator]();
  const leave = (): void => void events.return?.();
  const patrol = patrolling(project, run, options, leave);
  using _connection = connectionWatch(project, options);
  using _leaving = onAbort(options.signal, leave);
  try {
    let shiftMs: number | undefined;
    for (let item = await events.next(); item.done !== true; item = await events.next()) {
      const at = Date.parse(item.value.at);
      shiftMs ??= options.isNew === true ? Date.now() - at : 0;
      options.onEvent?.(recordOf(item.value, at + shiftMs));
      const { body } = item.value;
      if (body.kind === "run-state" && isFinal(body.state)) break;
    }
  } finally {
    clearInterval(patrol);
    await events.return?.();
  }
  return await wholeRun(api, String(run));
}

function recordOf({ id, actor, subject, body, v }: EventView, at: number): EventRecord {
  const who = actor === null ? {} : { actor: actor as NonNullable<EventRecord["actor"]> };
  return { id: Number(id), at, project: "", subject, body, v, ...who };
}

function patrolling(
  { api }: RemoteProject,
  run: number,
  { onWarning, leavesAbandoned }: AttachOptions,
  leave: () => void,
): NodeJS.Timeout {
  let looks = 0;
  const look = async (): Promise<void> => {
    const isAbandoned = (await api.runs.listAbandoned()).some(({ number }) => number === run);
    looks = isAbandoned ? looks + 1 : 0;
    // At first, an engine may be about to take it up.
    if (looks === 2) onWarning?.(`no engine of the server works for run ${run}; it goes on as soon as one does`);
    if (looks > LOOKS_BEFORE_LEAVING && leavesAbandoned === true) leave();
  };
  // A failed look can succeed at the next round.
  return setInterval(() => void look().catch(() => undefined), PATROL_MS);
}

/** Says that the connection is lost, unless it is soon back. */
function connectionWatch(project: RemoteProject, { onWarning }: AttachOptions): Disposable {
  let timer: NodeJS.Timeout | undefined;
  let isSaid = false;
  const watch = project.watchConnection((state) => {
    clearTimeout(timer);
    if (state === "lost") {
      timer = setTimeout(() => {
        isSaid = true;
        onWarning?.("the connection to the server is lost; the run goes on there, and is shown again from here on");
      }, SILENT_MS);
    } else if (isSaid) {
      isSaid = false;
      onWarning?.("the connection to the server is there again");
    }
  });
  return {
    [Symbol.dispose]: () => {
      clearTimeout(timer);
      watch[Symbol.dispose]();
    },
  };
}
