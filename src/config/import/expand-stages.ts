import { HeadraceError } from "../../errors.ts";
import { isMapping, type Mapping, own } from "./dvc-document.ts";
import type { DvcVariables } from "./dvc-variables.ts";
import { fillTemplate, type TemplateContext, templateText, wholeTemplate } from "./template.ts";

/** One stage as DVC would run it: `foreach` and `matrix` expanded, templates filled in. */
export interface ExpandedStage {
  readonly name: string;
  readonly definition: Mapping;
}

/** More stages than this from one file are an accident of a matrix. */
const MAX_STAGES = 10_000;

export interface Expansion {
  readonly variables: DvcVariables;
  readonly shared: TemplateContext;
  note(text: string): void;
}

/** Every stage of the file, in its order; those of `foreach` and `matrix` are named `stage@item` as DVC names them. */
export function expandStages(stages: Mapping, expansion: Expansion): readonly ExpandedStage[] {
  const expanded: ExpandedStage[] = [];
  for (const [name, definition] of Object.entries(stages)) {
    if (!isMapping(definition))
      throw new HeadraceError("HR_CONFIG_INVALID", `stage ${name}: a mapping with \`cmd\` is expected`);
    for (const stage of expandStage(name, definition, expansion)) expanded.push(stage);
    if (expanded.length > MAX_STAGES) {
      throw new HeadraceError(
        "HR_CONFIG_INVALID",
        `stage ${name}: the file expands to more than ${MAX_STAGES} stages`,
        {
          hint: "shorten its foreach or matrix",
        },
      );
    }
  }
  return expanded;
}

function expandStage(name: string, definition: Mapping, expansion: Expansion): readonly ExpandedStage[] {
  const inner = own(definition, "foreach") === undefined ? definition : own(definition, "do");
  if (!isMapping(inner))
    throw new HeadraceError("HR_CONFIG_INVALID", `stage ${name}: \`foreach\` needs a \`do\` with the stage in it`);
  const context = [...expansion.shared, ...expansion.variables.own(own(inner, "vars"))];
  const single = (suffix: string, extra: Mapping): ExpandedStage => {
    const full = suffix === "" ? name : `${name}@${suffix}`;
    return { name: full, definition: fillMapping(full, withoutControl(inner), [...context, extra], expansion) };
  };
  if (own(definition, "foreach") !== undefined) {
    return iterate(resolve(own(definition, "foreach"), context), name).map(([suffix, item, key]) =>
      single(suffix, key === undefined ? { item } : { key, item }),
    );
  }
  const matrix = own(definition, "matrix");
  if (matrix === undefined) return [single("", {})];
  return combinations(matrix, context, name).map(({ suffix, item }) => single(suffix, { item, key: suffix }));
}

function withoutControl(definition: Mapping): Mapping {
  return Object.fromEntries(Object.entries(definition).filter(([key]) => key !== "matrix" && key !== "vars"));
}

/** Name suffix, item and (for mappings) key of each round of a `foreach`. */
function iterate(items: unknown, name: string): readonly (readonly [suffix: string, item: unknown, key?: string])[] {
  if (Array.isArray(items)) return items.map((item, index) => [suffixOf(item) ?? String(index), item] as const);
  if (isMapping(items)) return Object.entries(items).map(([key, item]) => [key, item, key] as const);
  throw new HeadraceError(
    "HR_CONFIG_INVALID",
    `stage ${name}: \`foreach\` needs a list or a mapping that is known before the run`,
    {
      hint: "hand over the file that defines it, or write the items out",
    },
  );
}

function combinations(
  matrix: unknown,
  context: TemplateContext,
  name: string,
): readonly { readonly suffix: string; readonly item: Mapping }[] {
  const axes = resolve(matrix, context);
  if (!isMapping(axes))
    throw new HeadraceError("HR_CONFIG_INVALID", `stage ${name}: \`matrix\` needs a mapping of lists`);
  let rounds: readonly { readonly suffix: string; readonly item: Mapping }[] = [{ suffix: "", item: {} }];
  for (const [axis, unresolved] of Object.entries(axes)) {
    const values = resolve(unresolved, context);
    if (!Array.isArray(values)) {
      throw new HeadraceError(
        "HR_CONFIG_INVALID",
        `stage ${name}: \`matrix.${axis}\` needs a list that is known before the run`,
      );
    }
    if (rounds.length * values.length > MAX_STAGES) {
      throw new HeadraceError(
        "HR_CONFIG_INVALID",
        `stage ${name}: its matrix has more than ${MAX_STAGES} combinations`,
      );
    }
    rounds = rounds.flatMap(({ suffix, item }) =>
      values.map((value, index) => ({
        suffix: `${suffix}${suffix === "" ? "" : "-"}${suffixOf(value) ?? `${axis}${index}`}`,
        item: { ...item, [axis]: value },
      })),
    );
  }
  return rounds;
}

function suffixOf(item: unknown): string | undefined {
  return item === null || typeof item === "object" ? undefined : templateText(item);
}

function resolve(value: unknown, context: TemplateContext): unknown {
  return typeof value === "string" ? wholeTemplate(value, context)?.value : value;
}

/** Fills in the templates of every text in a stage, keys of mappings included (DVC allows them in lists of paths). */
function fillMapping(stage: string, definition: Mapping, context: TemplateContext, { note }: Expansion): Mapping {
  const missing = (name: string) =>
    note(`stage ${stage}: \${${name}} could not be filled in; replace it in the generated file`);
  const fill = (value: unknown, inCommand: boolean): unknown => {
    if (typeof value === "string") return fillTemplate(value, context, { inCommand, missing });
    if (Array.isArray(value)) return value.map((item) => fill(item, inCommand));
    if (!isMapping(value)) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [
        fillTemplate(key, context, { inCommand: false, missing }),
        fill(item, inCommand),
      ]),
    );
  };
  return Object.fromEntries(Object.entries(definition).map(([key, value]) => [key, fill(value, key === "cmd")]));
}
