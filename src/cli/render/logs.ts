import type { LogLine, ProjectApi, TaskView } from "../../api/index.ts";
import { HeadraceError } from "../../errors.ts";
import type { Cli, GlobalOptions } from "../cli.ts";
import { taskNamed } from "../task-named.ts";
import { harmless } from "../terminal/harmless.ts";
import { NodePrefix } from "../terminal/node-prefix.ts";
import type { Style } from "../terminal/style.ts";
import { wholeRun } from "../whole-run.ts";

export interface LogOptions extends GlobalOptions {
  readonly follow?: boolean;
  readonly tail?: number;
  readonly stream?: "stdout" | "stderr";
  readonly timestamps?: boolean;
  readonly grep?: RegExp;
  readonly since?: number;
}

/** The parts printed ahead of a line; they depend on whether lines of several nodes are mixed. */
export interface LogPrefix {
  readonly timestamps: boolean;
  readonly node: NodePrefix;
  /** Lines of their executions are told apart by the number. */
  readonly tasks: ReadonlySet<string>;
  readonly style: Style;
}

// Writing each line by itself costs a system call per line: a million lines would take a minute instead of seconds.
const CHUNK_CHARACTERS = 64 * 1024;

/** Streams the lines to the screen; as JSON, one object a line. */
export async function printLogs(
  { api }: { readonly api: ProjectApi },
  ref: string,
  options: LogOptions,
  cli: Cli,
): Promise<void> {
  const lines = api.logs.lines(ref, {
    follow: options.follow === true,
    partial: options.json !== true,
    ...(options.stream === undefined ? {} : { stream: options.stream }),
    ...(options.tail === undefined ? {} : { tail: options.tail }),
    ...(options.grep === undefined ? {} : { matching: sourceOf(options.grep) }),
    ...(options.since === undefined ? {} : { since: new Date(options.since).toISOString() }),
  });
  const { labels, tasks } = options.json === true ? NOT_MIXED : await mixedSources(api, ref);
  const prefix: LogPrefix = {
    timestamps: options.timestamps === true,
    node: new NodePrefix(labels, cli.out.style),
    tasks,
    style: cli.out.style,
  };
  let chunk = "";
  let midLine: string | undefined;
  for await (const line of lines) {
    const source = `${line.execution} ${line.stream}`;
    if (midLine !== undefined && midLine !== source && options.json !== true) chunk += "\n";
    const isMidLine = midLine === source;
    midLine = line.continues ? source : undefined;
    // A pipe or a file gets the characters that the step printed (`--raw`: the bytes).
    const shown = cli.out.isTerminal ? { ...line, text: harmless(line.text) } : line;
    chunk += options.json === true ? `${JSON.stringify(line)}\n` : formatLogLine(shown, prefix, isMidLine);
    if (options.follow === true || chunk.length >= CHUNK_CHARACTERS) {
      await cli.out.flush(chunk);
      chunk = "";
      if (cli.out.isClosed()) return;
    }
  }
  await cli.out.flush(chunk);
}

/** Byte for byte. A terminal could be taken over by them. */
export async function printRawLogs(
  { api }: { readonly api: ProjectApi },
  ref: string,
  { stream }: LogOptions,
  cli: Cli,
): Promise<void> {
  if (cli.out.isTerminal) {
    throw new HeadraceError("HR_USAGE", "--raw does not print to a terminal", {
      hint: "redirect it: headrace logs N --raw > FILE",
    });
  }
  for await (const bytes of api.logs.bytes(ref, stream === undefined ? {} : { stream })) {
    // A chunk is valid until the next one; what is written may wait for longer.
    await cli.out.flush(Buffer.from(bytes));
    if (cli.out.isClosed()) return;
  }
}

/** One line as it is printed, its line end included; a cut line goes on without prefix. */
export function formatLogLine(line: LogLine, prefix: LogPrefix, isMidLine: boolean): string {
  const end = line.continues ? "" : "\n";
  if (isMidLine) return `${line.text}${end}`;
  const { style } = prefix;
  const time = prefix.timestamps ? `${style.dim(line.at)} ` : "";
  const label = prefix.tasks.has(line.node) ? trialLabel(line.node, line.execution) : line.node;
  return `${time}${prefix.node.of(label)}${line.text}${end}`;
}

/** The pattern as a text, with what its flags say. */
function sourceOf({ source, ignoreCase }: RegExp): string {
  return ignoreCase ? `(?i:${source})` : source;
}

interface Sources {
  readonly labels: readonly string[];
  readonly tasks: ReadonlySet<string>;
}

const NOT_MIXED: Sources = { labels: [], tasks: new Set() };

async function mixedSources(api: ProjectApi, ref: string): Promise<Sources> {
  const task = await taskNamed(api, ref);
  if (task !== undefined) return { labels: trialLabels(task), tasks: new Set([task.node]) };
  // Any other node by its name is one execution, or will be.
  if (ref.includes(".")) return NOT_MIXED;
  const subject = await api.records.get(ref);
  if (subject.kind === "execution") return NOT_MIXED;
  const run = String(subject.run.number);
  const { nodes } = await wholeRun(api, run);
  const tasks = nodes.filter(({ kind }) => kind === "task").map(({ name }) => name);
  const trials = await Promise.all(tasks.map(async (name) => trialLabels(await api.tasks.get(run, name))));
  const others = nodes.filter(({ kind }) => kind !== "task").map(({ name }) => name);
  return { labels: [...others, ...trials.flat()], tasks: new Set(tasks) };
}

function trialLabels({ node, trials }: TaskView): readonly string[] {
  return trials.map(({ execution }) => trialLabel(node, execution));
}

function trialLabel(node: string, execution: number): string {
  return `${node} #${execution}`;
}
