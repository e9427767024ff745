import type { ComparisonSection, ComparisonView, ExecutionView, RunRecordView } from "../../../api/index.ts";
import type { DescribedTask } from "../details.ts";
import { commandTemplate } from "./command-template.ts";

/** A run comes with the executions and tasks behind those of its nodes that are compared, by their names. */
export type Compared =
  | {
      readonly kind: "run";
      readonly run: RunRecordView;
      readonly executions: ReadonlyMap<string, ExecutionView>;
      readonly tasks: ReadonlyMap<string, DescribedTask>;
    }
  | { readonly kind: "execution"; readonly execution: ExecutionView };

export interface ComparedPart {
  /** The names of the nodes that are compared, in their order. */
  readonly nodes: readonly string[];
  /**
   * The files of each subject's code, path to hash; those that differ become rows of their own. Absent: nothing is said
   * of the subjects as a whole.
   */
  readonly codes?: readonly ReadonlyMap<string, string>[];
}

type Cell = string | number | boolean | null;
/** A column's facts by section and row name; `undefined` never stands in it. */
type Facts = ReadonlyMap<string, ReadonlyMap<string, Cell>>;

const DURATION = "duration (s)";
const SECTIONS = ["facts", "parameters", "metadata", "inputs", "outputs", "code", "environment"] as const;

/**
 * Runs and executions side by side. Runs are compared node by node (nodes matched by name), each among those that have
 * it; files by name and content hash, so that equal data shows as equal wherever it came from. Durations are shown and
 * never differ: no two are equal.
 */
export function compareSubjects(given: readonly Compared[], { nodes, codes }: ComparedPart): ComparisonView {
  const areExecutions = given.some(({ kind }) => kind === "execution");
  const subjects = areExecutions ? given.map(soleExecution) : given;
  const sections: ComparisonSection[] = codes === undefined ? [] : wholeSections(subjects, codes);
  const missing: { node: string; subjects: readonly number[] }[] = [];
  for (const node of areExecutions ? [] : nodes) {
    const columns = subjects.map((subject) => nodeFacts(subject, node));
    const without = subjects
      .filter((_, index) => columns[index] === undefined)
      .map((subject) => headerOf(subject).number);
    if (without.length > 0) missing.push({ node, subjects: without });
    if (subjects.length - without.length < 2 && subjects.length > 1) continue;
    sections.push(...sectionsOf(node, columns));
  }
  return { subjects: subjects.map(headerOf), missing, sections };
}

function wholeSections(
  subjects: readonly Compared[],
  codes: readonly ReadonlyMap<string, string>[],
): ComparisonSection[] {
  const changed = changedFiles(codes);
  return sectionsOf(
    null,
    subjects.map((subject, index) => withCode(subjectFacts(subject), changed, codes[index])),
  );
}

/** The commit is a fact of the whole run, and no row of a node. */
function nodeFacts(subject: Compared, node: string): Facts | undefined {
  if (subject.kind !== "run") return undefined;
  const execution = subject.executions.get(node);
  if (execution !== undefined) return executionFacts(execution, { commit: false });
  const task = subject.tasks.get(node);
  return task && taskFacts(task);
}

/** A task is compared by what became of its trials, and by the best of them. */
function taskFacts({ state, summary, best }: DescribedTask): Facts {
  const facts = new Map<string, Cell>([
    ["state", state],
    ["method", summary.method],
    ["goals", summary.goals.join(", ")],
    ...TRIAL_COUNTS.map((outcome) => [`trials ${outcome}`, summary[outcome]] as const),
  ]);
  if (best === undefined) return new Map([["facts", facts]]);
  // The counts say more of the task than the end of one trial.
  return new Map([...executionFacts(best, { commit: false }), ["facts", facts.set("shown below", "the best trial")]]);
}

const TRIAL_COUNTS = ["complete", "pruned", "failed", "stopped"] as const;

/** A run of one node beside an execution stands for that node's execution, or for the best trial of its task. */
function soleExecution(subject: Compared): Compared {
  if (subject.kind === "execution") return subject;
  const tried = [...subject.tasks.values()].flatMap(({ best }) => best ?? []);
  const [execution, second] = [...subject.executions.values(), ...tried];
  return execution !== undefined && second === undefined ? { kind: "execution", execution } : subject;
}

function headerOf(subject: Compared): ComparisonView["subjects"][number] {
  if (subject.kind === "run") {
    const { number, name, state, createdAt, durationS } = subject.run;
    return { number, kind: "run", name, state, createdAt, durationS };
  }
  const { number, node, state, createdAt, durationS } = subject.execution;
  return { number, kind: "execution", name: node, state, createdAt, durationS };
}

function subjectFacts(subject: Compared): Facts {
  if (subject.kind === "execution") return executionFacts(subject.execution, { commit: true });
  const { run } = subject;
  return new Map<string, ReadonlyMap<string, Cell>>([
    [
      "facts",
      new Map<string, Cell>([
        ["state", run.state],
        [DURATION, run.durationS],
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
        [DURATION, execution.durationS],
      ]),
    ],
    ["parameters", cells(execution.parameters)],
    ["metadata", metadataCells(execution)],
    ["inputs", new Map(execution.inputs.map((file) => [`${file.input}/${file.name}`, file.sha256] as const))],
    ["outputs", new Map(execution.outputs.map((file) => [file.name, file.sha256] as const))],
    [
      "code",
      new Map<string, Cell>([
        ...(shown.commit ? [["commit", execution.commit] as const] : []),
        ["command", commandTemplate(execution.command, execution.parameters)],
      ]),
    ],
    [
      "environment",
      new Map<string, Cell>([
        ["image", execution.image],
        ["environment", execution.environment],
        ...cells(execution.runtimeFacts),
        ...cells(execution.environmentVariables),
      ]),
    ],
  ]);
}

/**
 * Returns the cells of the metadata. A value that the record leaves out differs from everything: it is not known here.
 */
function metadataCells({ number, metadata, metadataLeftOut }: ExecutionView): ReadonlyMap<string, Cell> {
  const leftOut = metadataLeftOut.map((key) => [key, `left out here: see the metrics of execution ${number}`] as const);
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

/** A column is undefined where the subject lacks the node: it does not count as a difference then. */
function sectionsOf(node: string | null, columns: readonly (Facts | undefined)[]): ComparisonSection[] {
  const sections: ComparisonSection[] = [];
  for (const title of SECTIONS) {
    const names = new Set(columns.flatMap((column) => [...(column?.get(title)?.keys() ?? [])]));
    if (names.size === 0) continue;
    const rows = [...names].map((name) => {
      const values = columns.map((column) => column?.get(title)?.get(name) ?? null);
      const compared = columns.flatMap((column) =>
        column === undefined ? [] : [column.get(title)?.get(name) ?? null],
      );
      return { name, values, differs: !isNeutral(title, name) && compared.some((value) => value !== compared[0]) };
    });
    sections.push({ title, node, rows });
  }
  return sections;
}

function isNeutral(title: string, name: string): boolean {
  return title === "facts" && name === DURATION;
}

function cells(record: Readonly<Record<string, unknown>>): ReadonlyMap<string, Cell> {
  return new Map(Object.entries(record).map(([name, value]) => [name, cell(value)] as const));
}

function cell(value: unknown): Cell {
  if (value === null || typeof value === "string" || typeof value === "number" || typeof value === "boolean")
    return value;
  return JSON.stringify(value);
}
