import type { ValohaiApi } from "../../api/index.ts";
import type { Step } from "../../config/index.ts";
import { HeadraceError } from "../../errors.ts";
import type { Plan } from "../../planning/index.ts";
import type { ExecutionRecord, ProjectStore } from "../../store/index.ts";
import type { Context } from "../context.ts";
import { resultOf, standIn } from "../plans/stand-in.ts";

type NewNode = Parameters<ValohaiApi["pipelines"]["create"]>[0]["nodes"][number];

/** A node of a pipeline in whose place the result of an earlier one stands, with the step that it had there. */
export interface Mimic {
  readonly step: Step;
  readonly execution: ExecutionRecord;
}

export type Mimics = ReadonlyMap<string, Mimic>;

/** The earlier results that `vh pipeline run --reuse` names, by node. Throws HR_NOT_FOUND or HR_PLAN_INVALID. */
export async function findMimics(store: ProjectStore, nodes: readonly NewNode[]): Promise<Mimics> {
  const mimics = new Map<string, Mimic>();
  for (const { name, type, source } of nodes)
    if (type === "mimic") mimics.set(name, await mimicOf(store, name, source ?? ""));
  return mimics;
}

/** `RUN:NODE`, as nodes of pipelines are named to clients. */
async function mimicOf(store: ProjectStore, node: string, source: string): Promise<Mimic> {
  const colon = source.indexOf(":");
  const name = source.slice(colon + 1);
  const run = colon === -1 ? undefined : await store.runs.get(source.slice(0, colon));
  const record = run && (await store.nodes.get(run.id, name));
  const planned = run && (await store.nodes.getPlan(run.id))?.nodes.find((each) => each.name === name);
  if (run === undefined || record === undefined || planned === undefined)
    throw new HeadraceError(
      "HR_NOT_FOUND",
      `node ${node}: there is no earlier node ${JSON.stringify(source)} whose results it could have`,
      { hint: "name a node by its id, as the pipeline that it belongs to shows it" },
    );
  return { step: planned.step, execution: await resultOf(store, { run, record, name }) };
}

/** The plan, with the earlier results in the place of their nodes. */
export async function withStandIns({ project }: Context, plan: Plan, mimics: Mimics): Promise<Plan> {
  if (mimics.size === 0) return plan;
  const parts = { store: await project.writer(), blobs: await project.blobs() };
  const nodes = await Promise.all(
    plan.nodes.map(async (node) => {
      const mimic = mimics.get(node.name);
      return mimic === undefined ? node : await standIn(node, mimic.execution, parts);
    }),
  );
  return { ...plan, nodes };
}
