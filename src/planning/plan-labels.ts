import type { ParameterValue } from "../config/index.ts";
import type { FlatPipeline } from "./expand-pipeline.ts";
import type { Plan } from "./plan.ts";

/** The title and tags of a pipeline's run, with the values of its parameters. A tag without text is left out. */
export function planLabels(
  { title, tags = [] }: Pick<FlatPipeline, "title" | "tags">,
  values: Readonly<Record<string, ParameterValue>>,
): Pick<Plan, "title" | "tags"> {
  const filled = (text: string): string =>
    text.replaceAll(/\{parameter-value:([^{}]*)\}/g, (whole, name: string) =>
      Object.hasOwn(values, name) ? shown(values[name]) : whole,
    );
  const own = [...new Set(tags.map((tag) => filled(tag).trim()))].filter((tag) => tag !== "");
  return {
    ...(title === undefined ? {} : { title: filled(title) }),
    ...(own.length === 0 ? {} : { tags: own }),
  };
}

function shown(value: ParameterValue | undefined): string {
  return Array.isArray(value) ? value.join(",") : String(value ?? "");
}
