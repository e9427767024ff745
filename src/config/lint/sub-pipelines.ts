import type { PlacedPipeline } from "../build/pipeline.ts";
import type { Report } from "../build/report.ts";
import { MOST_NODES, MOST_PIPELINES_DEEP } from "../sub-pipeline-limits.ts";

/** Checks pipelines that run pipelines: none may come back to itself, and all together have to stay of a size. */
export function lintSubPipelines(pipelines: readonly PlacedPipeline[], report: Report): void {
  const known = new Map(pipelines.map((placed) => [placed.pipeline.name, placed]));
  const measures = new Map<string, Measure>();
  for (const placed of pipelines) {
    const round = wayBack(placed, known);
    if (round !== undefined) {
      const way = [placed.pipeline.name, ...round].join(" → ");
      report("pipeline-cycle", pathTo(placed, round[0] ?? ""), `the pipeline runs itself: ${way}`, {
        hint: "run another pipeline here, or take the node out",
      });
      continue;
    }
    const { nodes, deep } = measure(placed, known, measures);
    if (
      placed.nodes.every(({ value }) => value.type !== "pipeline") ||
      !(nodes > MOST_NODES || deep > MOST_PIPELINES_DEEP)
    )
      continue;
    const message =
      deep > MOST_PIPELINES_DEEP
        ? `pipelines stand ${deep} deep within each other; ${MOST_PIPELINES_DEEP} are allowed`
        : `the pipeline has ${nodes} nodes with those of the pipelines that it runs; ${MOST_NODES} are allowed`;
    report("pipeline-too-large", [...placed.path, "name"], message);
  }
}

type Known = ReadonlyMap<string, PlacedPipeline>;

function runBy({ nodes }: PlacedPipeline): readonly string[] {
  return nodes.flatMap(({ value }) =>
    value.type === "pipeline" && value.commit === undefined ? [value.pipeline] : [],
  );
}

function pathTo({ nodes, path }: PlacedPipeline, name: string): PlacedPipeline["path"] {
  const node = nodes.find(
    ({ value }) => value.type === "pipeline" && value.commit === undefined && value.pipeline === name,
  );
  return node === undefined ? path : [...node.path, "pipeline"];
}

/** The shortest way from a pipeline back to itself, without its beginning. */
function wayBack(start: PlacedPipeline, known: Known): readonly string[] | undefined {
  const { name } = start.pipeline;
  const cameBy = new Map<string, string>();
  const queue = [name];
  for (const at of queue) {
    const placed = known.get(at);
    for (const next of placed === undefined ? [] : runBy(placed)) {
      if (next === name) return backTo(name, at, cameBy);
      if (cameBy.has(next)) continue;
      cameBy.set(next, at);
      queue.push(next);
    }
  }
  return undefined;
}

function backTo(start: string, end: string, cameBy: ReadonlyMap<string, string>): readonly string[] {
  const names = [start];
  for (let at = end; at !== start; at = cameBy.get(at) ?? start) names.push(at);
  return names.reverse();
}

interface Measure {
  readonly nodes: number;
  readonly deep: number;
}

/** A pipeline that runs in a circle further down counts as endless; it is reported where it stands. */
function measure(placed: PlacedPipeline, known: Known, measures: Map<string, Measure>): Measure {
  const { name } = placed.pipeline;
  const before = measures.get(name);
  if (before !== undefined) return before;
  measures.set(name, { nodes: 0, deep: 0 });
  const below = runBy(placed).map((next) => {
    const found = known.get(next);
    return found === undefined ? { nodes: 1, deep: 0 } : measure(found, known, measures);
  });
  const result = {
    nodes: placed.nodes.length - below.length + below.reduce((sum, { nodes }) => sum + nodes, 0),
    deep: 1 + below.reduce((most, { deep }) => Math.max(most, deep), 0),
  };
  measures.set(name, result);
  return result;
}
