import { isMapping, listOf } from "./dvc-document.ts";
import type { DvcStage } from "./dvc-stage.ts";
import { isWithin, placePath } from "./repository-path.ts";

/** Gives the metrics that stand beside the stages (`metrics:` of the whole file) to the stages that write them. */
export function withFileMetrics(
  stages: readonly DvcStage[],
  metrics: unknown,
  note: (line: string) => void,
): readonly DvcStage[] {
  const found = new Map<DvcStage, string[]>();
  for (const written of listOf(metrics).flatMap((item) => (isMapping(item) ? Object.keys(item) : [item]))) {
    const place = typeof written === "string" ? placePath(written, "") : undefined;
    const path = place?.kind === "inside" ? place.path : undefined;
    const maker =
      path === undefined
        ? undefined
        : stages.find(({ outs }) => outs.some((out) => isWithin(path, out) || path === out));
    if (path === undefined || maker === undefined)
      note(`the metrics in ${String(written)} are not shown as metadata: no stage makes the file`);
    else if (!path.endsWith(".json"))
      note(`the metrics in ${path} are kept as a file, but not shown as metadata: only JSON is`);
    else if (!maker.metrics.includes(path)) found.set(maker, [...(found.get(maker) ?? []), path]);
  }
  return stages.map((stage) => {
    const more = found.get(stage);
    return more === undefined ? stage : { ...stage, metrics: [...new Set([...stage.metrics, ...more])] };
  });
}
