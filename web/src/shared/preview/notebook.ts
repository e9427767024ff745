/* The parts of a Jupyter notebook (nbformat 3 and 4) that are shown; whatever else is in the file is left out. */

export interface NotebookCell {
  readonly kind: "code" | "markdown" | "raw";
  readonly source: string;
  /** The number that Jupyter counted it by. */
  readonly count: number | undefined;
  readonly outputs: readonly NotebookOutput[];
}

export type NotebookOutput =
  | { readonly kind: "text"; readonly text: string; readonly isError: boolean }
  | { readonly kind: "data"; readonly data: Readonly<Record<string, string>> };

export interface Notebook {
  readonly language: string;
  readonly cells: readonly NotebookCell[];
}

type Fields = Readonly<Record<string, unknown>>;

/** Undefined for what is no notebook. */
export function parseNotebook(text: string): Notebook | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { cells, worksheets, metadata } = fieldsOf(parsed);
  const listed = Array.isArray(cells) ? cells : listOf(worksheets).flatMap((sheet) => listOf(fieldsOf(sheet).cells));
  if (!Array.isArray(cells) && worksheets === undefined) return undefined;
  const { language_info: info, kernelspec } = fieldsOf(metadata);
  return {
    language: textOf(fieldsOf(info).name) || textOf(fieldsOf(kernelspec).language),
    cells: listed.map((cell) => cellOf(fieldsOf(cell))),
  };
}

function cellOf({ cell_type: kind, source, input, execution_count: count, outputs, level }: Fields): NotebookCell {
  const text = textOf(source ?? input);
  return {
    kind: kind === "code" || kind === "markdown" ? kind : kind === "heading" ? "markdown" : "raw",
    source: kind === "heading" ? `${"#".repeat(Math.min(6, Number(level) || 1))} ${text}` : text,
    count: typeof count === "number" ? count : undefined,
    outputs: listOf(outputs).flatMap((output) => outputOf(fieldsOf(output))),
  };
}

function outputOf(output: Fields): readonly NotebookOutput[] {
  const { output_type: kind, text, name, stream, data, traceback, ename, evalue } = output;
  switch (kind) {
    case "stream":
      return [{ kind: "text", text: textOf(text), isError: (name ?? stream) === "stderr" }];
    case "error":
    case "pyerr": {
      const lines = listOf(traceback).map(textOf);
      return [
        {
          kind: "text",
          text: lines.length > 0 ? lines.join("\n") : `${textOf(ename)}: ${textOf(evalue)}`,
          isError: true,
        },
      ];
    }
    case "display_data":
    case "execute_result":
    case "pyout":
      return [{ kind: "data", data: bundleOf(data === undefined ? output : fieldsOf(data)) }];
    default:
      return [];
  }
}

/** The names of nbformat 3 for the types of nbformat 4. */
const FORMER: Readonly<Record<string, string>> = {
  ...{ text: "text/plain", html: "text/html", png: "image/png", jpeg: "image/jpeg", svg: "image/svg+xml" },
  ...{ latex: "text/latex", json: "application/json" },
};

function bundleOf(data: Fields): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(data).flatMap(([type, value]) => {
      const known = FORMER[type] ?? type;
      if (!known.includes("/")) return [];
      const isText = typeof value === "string" || Array.isArray(value);
      return [[known, isText && known !== "application/json" ? textOf(value) : JSON.stringify(value, undefined, 2)]];
    }),
  );
}

/** A text of a notebook is one string, or a list of its lines. */
function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  return Array.isArray(value) ? value.map((line) => (typeof line === "string" ? line : "")).join("") : "";
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function fieldsOf(value: unknown): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}
