import type { ProjectApi, StopView, SubjectView } from "../../api/index.ts";
import { pause } from "../../concurrency/index.ts";
import { HeadraceError } from "../../errors.ts";
import { isFinal } from "../../views/index.ts";

const LOOK_MS = 500;
/** An engine takes a run up within seconds; steps have their grace beyond that. */
const UNDRIVEN_MS = 60_000;

/** Waits until what was asked to stop on a server has stopped. Throws HR_CONFLICT where no engine works for it. */
export async function awaitStop(api: ProjectApi, subject: SubjectView): Promise<StopView> {
  const since = performance.now();
  for (;;) {
    const { state } =
      subject.kind === "run"
        ? await api.runs.get(String(subject.run.number))
        : await api.executions.get(String(subject.execution.number));
    if (isFinal(state)) return { stopped: true, state };
    const run = subject.kind === "run" ? subject.run.number : subject.execution.run;
    if (performance.now() - since > UNDRIVEN_MS && (await isAbandoned(api, run)))
      throw new HeadraceError("HR_CONFLICT", `run ${run} was asked to stop, but no engine of the server works for it`, {
        hint: "it stops as soon as one does; tell whoever runs the server",
      });
    await pause(LOOK_MS);
  }
}

async function isAbandoned(api: ProjectApi, run: number): Promise<boolean> {
  return (await api.runs.listAbandoned()).some(({ number }) => number === run);
}
