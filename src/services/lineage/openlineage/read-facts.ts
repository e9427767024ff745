import type { LinkedExecution, NodeExecution, ProjectStore, RunRecord } from "../../../store/index.ts";
import type { ExecutionFacts } from "./run-events.ts";

/** Reads what events tell of executions, in the order of the ids; those that are gone are left out. */
export async function readFacts(
  store: ProjectStore,
  ids: readonly string[],
  runOf: (runId: string) => Promise<RunRecord | undefined>,
): Promise<readonly ExecutionFacts[]> {
  const found = new Map((await store.executions.listById(ids)).map((each) => [each.execution.id, each]));
  const makers = await makersOf(store, [...found.values()]);
  const facts: ExecutionFacts[] = [];
  for (const id of ids) {
    const one = found.get(id);
    const run = one === undefined ? undefined : await runOf(one.execution.runId);
    if (one !== undefined && run !== undefined)
      facts.push({ ...one, run, makers, checks: await store.stepChecks.get(id) });
  }
  return facts;
}

/** The executions that made the input files, by the ids of the files. */
async function makersOf(
  store: ProjectStore,
  executions: readonly NodeExecution[],
): Promise<ReadonlyMap<string, LinkedExecution>> {
  const files = [...new Set(executions.flatMap(({ inputs }) => inputs.map(({ datumId }) => datumId)))];
  if (files.length === 0) return new Map();
  const links = await store.lineage.makersOf(files, files.length);
  const makers = await store.lineage.executions([...new Set(links.map(({ execution }) => execution))]);
  const byId = new Map(makers.map((maker) => [maker.id, maker]));
  return new Map(
    links.flatMap(({ file, execution }) => {
      const maker = byId.get(execution);
      return maker === undefined ? [] : [[file, maker] as const];
    }),
  );
}
