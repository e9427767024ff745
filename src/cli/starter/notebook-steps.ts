import type { ScriptOption, ScriptOptions } from "./argparse-options.ts";

export function isNotebook(name: string): boolean {
  return name.endsWith(".ipynb") && !/^[._]|-checkpoint\.ipynb$/.test(name);
}

/**
 * The parameters of a notebook: what its cell tagged `parameters` assigns, with the types and defaults of the literals
 * there. A notebook that cannot be read has none, and a note that says so.
 */
export function readNotebook(text: string): ScriptOptions {
  const source = parametersCell(text);
  if (source === undefined) return { options: [], notes: ["it cannot be read as a notebook"] };
  if (source === "") return { options: [], notes: ["no cell has the tag `parameters`, so that the step has none"] };
  const options = new Map<string, ScriptOption>();
  const notes: string[] = [];
  for (const line of source.split("\n")) {
    const assigned = /^([A-Za-z_]\w*)\s*(?::[^=]+)?=(?!=)\s*(.+)$/.exec(line);
    if (assigned === null) continue;
    const [, name = "", value = ""] = assigned;
    const option = optionOf(name, value);
    if (option === undefined) notes.push(`\`${name}\` has no plain value: it keeps what the notebook gives it`);
    else options.set(name, option);
  }
  return { options: [...options.values()], notes };
}

export function isReadable(text: string): boolean {
  return parametersCell(text) !== undefined;
}

/** Empty where no cell has the tag; undefined for what is no notebook. */
function parametersCell(text: string): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch {
    return undefined;
  }
  const cells = isRecord(value) ? value.cells : undefined;
  if (!Array.isArray(cells)) return undefined;
  const cell: unknown = cells.find(
    (one: unknown) => isRecord(one) && one.cell_type === "code" && tagsOf(one).includes("parameters"),
  );
  const source = isRecord(cell) ? cell.source : "";
  return Array.isArray(source) ? source.join("") : String(source);
}

function tagsOf(cell: Readonly<Record<string, unknown>>): readonly unknown[] {
  const tags = isRecord(cell.metadata) ? cell.metadata.tags : undefined;
  return Array.isArray(tags) ? tags : [];
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const NUMBER = String.raw`[+-]?(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?`;
const STRING = String.raw`"[^"\\]*"|'[^'\\]*'`;
const VALUE = new RegExp(
  String.raw`^(?:(?<flag>True|False)|(?<none>None)|(?<number>${NUMBER})|(?<text>${STRING}))\s*;?\s*(?:#.*)?$`,
);

function optionOf(name: string, value: string): ScriptOption | undefined {
  const groups = VALUE.exec(value)?.groups;
  if (groups === undefined) return undefined;
  const { flag, none, number, text } = groups;
  const common = { name, isMultiple: false };
  // A flag is false unless it is set, and the format knows no default of a text "None".
  if (flag !== undefined)
    return { ...common, type: "flag", optional: false, ...(flag === "True" ? { default: true } : {}) };
  if (none !== undefined) return { ...common, type: "string", optional: true };
  if (number !== undefined) {
    const type = /[.eE]/.test(number) ? "float" : "integer";
    return { ...common, type, default: Number(number.replaceAll("_", "")), optional: false };
  }
  return { ...common, type: "string", default: (text ?? "").slice(1, -1), optional: false };
}
