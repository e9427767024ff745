import type { ComparisonSection, ComparisonView, ExecutionView, RunDetailView } from "./views.ts";

export type Compared =
  | { readonly kind: "run"; readonly run: RunDetailView }
  | { readonly kind: "execution"; readonly execution: ExecutionView };

type Cell = string | number | boolean | null;
/** A column's facts by section and row name; `undefined` never stands in it. */
type Facts = ReadonlyMap<string, ReadonlyMap<string, Cell>>;

const SECTIONS = ["facts", "parameters", "metadata", "inputs", "outputs", "code", "environment"] as const;

/**
 * Runs and executions side by side. Runs are compared node by node (nodes matched by name); files by name and content hash,
 * so that equal data shows as equal wherever it came from. `codes` has the files of each subject's code, path to hash;
 * those that differ become rows of their own.
 */
export function compareSubjects(subjects: readonly Compared[], codes: readonly ReadonlyMap<string, string>[]): ComparisonView {
  const nodeNames = [...new Set(subjects.flatMap(nodesOf))];
  const changed = changedFiles(codes);
  const sections: ComparisonSection[] = sectionsOf(
    null,
    subjects.map((subject, index) => withCode(subjectFacts(subject), changed, codes[index])),
  );
  for (const node of nodeNames) {
    const executions = subjects.map((subject) => (subject.kind === "run" ? executionOf(subject.run, node) : undefined));
    sections.push(
      ...sectionsOf(
        node,
        // The commit is a fact of the whole run, shown once above.
        executions.map((execution) => (execution === undefined ? new Map() : executionFacts(execution, { commit: false }))),
      ),
    );
  }
  return { subjects: subjects.map(headerOf), sections };
}

function headerOf(subject: Compared): ComparisonView["subjects"][number] {
  if (subject.kind === "run") {
    const { number, name, state, createdAt } = subject.run;
    return { number, kind: "run", name, state, createdAt };
  }
  const { number, node, state, createdAt } = subject.execution;
  return { number, kind: "execution", name: node, state, createdAt };
}

function nodesOf(subject: Compared): readonly string[] {
  return subject.kind === "run" ? subject.run.nodes.map((node) => node.name) : [];
}

function executionOf(run: RunDetailView, node: string): ExecutionView | undefined {
  return run.nodes.find((candidate) => candidate.name === node)?.execution ?? undefined;
}

function subjectFacts(subject: Compared): Facts {
  if (subject.kind === "execution") return executionFacts(subject.execution, { commit: true });
  const { run } = subject;
  return new Map<string, ReadonlyMap<string, Cell>>([
    [
      "facts",
      new Map<string, Cell>([
        ["state", run.state],
        ["duration (s)", run.durationS],
      ]),
    ],
    ["parameters", cells(run.parameters)],
    ["code", new Map<string, Cell>([["commit", run.commit]])],
  ]);
}

function executionFacts(execution: ExecutionView, shown: { readonly commit: boolean }): Facts {
  return new Map<string, ReadonlyMap<string, Cell>>([
    [
      "facts",
      new Map<string, Cell>([
        ["state", execution.state],
        ["exit code", execution.exitCode],
        ["duration (s)", execution.durationS],
      ]),
    ],
    ["parameters", cells(execution.parameters)],
    ["metadata", metadataCells(execution)],
    ["inputs", new Map(execution.inputs.map((file) => [`${file.input}/${file.name}`, file.sha256] as const))],
    ["outputs", new Map(execution.outputs.map((file) => [file.name, file.sha256] as const))],
    [
      "code",
      new Map<string, Cell>([...(shown.commit ? [["commit", execution.commit] as const] : []), ["command", execution.command.join("\n")]]),
    ],
    [
      "environment",
      new Map<string, Cell>([["image", execution.image], ...cells(execution.environment), ...cells(execution.environmentVariables)]),
    ],
  ]);
}

/** What the record leaves out differs from everything: its values are not known here. */
function metadataCells({ number, metadata, metadataLeftOut }: ExecutionView): ReadonlyMap<string, Cell> {
  const leftOut = metadataLeftOut.map((key) => [key, `left out here: headrace metrics ${number}`] as const);
  return new Map<string, Cell>([...cells(metadata), ...leftOut]);
}

/** Paths whose content is not the same in all versions of the code, or that some lack. */
function changedFiles(codes: readonly ReadonlyMap<string, string>[]): readonly string[] {
  const paths = new Set(codes.flatMap((code) => [...code.keys()]));
  return [...paths].filter((path) => codes.some((code) => code.get(path) !== codes[0]?.get(path))).sort();
}

function withCode(facts: Facts, changed: readonly string[], code: ReadonlyMap<string, string> | undefined): Facts {
  const rows = changed.map((path): readonly [string, Cell] => [path, code?.get(path) ?? null]);
  return new Map([...facts, ["code", new Map([...(facts.get("code") ?? []), ...rows])]]);
}

function sectionsOf(node: string | null, columns: readonly Facts[]): ComparisonSection[] {
  const sections: ComparisonSection[] = [];
  for (const title of SECTIONS) {
    const names = new Set(columns.flatMap((column) => [...(column.get(title)?.keys() ?? [])]));
    if (names.size === 0) continue;
    const rows = [...names].map((name) => {
      const values = columns.map((column) => column.get(title)?.get(name) ?? null);
      return { name, values, differs: values.some((value) => value !== values[0]) };
    });
    sections.push({ title, node, rows });
  }
  return sections;
}

function cells(record: Readonly<Record<string, unknown>>): ReadonlyMap<string, Cell> {
  return new Map(Object.entries(record).map(([name, value]) => [name, cell(value)] as const));
}

function cell(value: unknown): Cell {
  if (value === null || typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
  return JSON.stringify(value);
}
