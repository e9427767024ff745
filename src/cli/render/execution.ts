import type { DatumView, ExecutionView, InputFileView, MachineUseView, StepChecksView } from "../../api/index.ts";
import {
  actorText,
  formatAgo,
  formatDuration,
  formatSize,
  formatTime,
  formatValue,
  plural,
  shortCommit,
  stateText,
} from "../../views/index.ts";
import { wrapReason } from "../terminal/reason.ts";
import { lookOf } from "../terminal/state.ts";
import type { Style } from "../terminal/style.ts";
import { LABEL_WIDTH, renderFacts, renderTable } from "../terminal/table.ts";
import { oneLine, truncate, widest, wrapAll } from "../terminal/width.ts";
import { renderStepChecks } from "./checks.ts";
import { renderMachineUse } from "./machine-use.ts";
import { shortName } from "./outputs.ts";
import { type DetailContext, elapsed } from "./run-detail.ts";

type Fact = readonly [string, string | readonly string[]];

/** `headrace info` of an execution: everything that is on record, in the order in which people ask for it. */
export function renderExecution(
  execution: ExecutionView,
  context: DetailContext & { readonly machineUse?: MachineUseView | null; readonly checks?: StepChecksView | null },
): string[] {
  const { style } = context;
  const look = lookOf(execution.state, style);
  const title = `${style.bold(`Execution ${execution.number}`)}  ${nodeText(execution, style)}  ${look.paint(stateText(execution.state))}`;
  return [
    `${title}  ${style.dim(`in run ${execution.run}`)}`,
    "",
    ...renderFacts(facts(execution, context), style, "  "),
    ...section("Parameters", valueFacts(execution.parameters, context), style),
    ...section(
      "Metadata (last values)",
      [...valueFacts(execution.metadata, context), ...leftOutFacts(execution)],
      style,
    ),
    ...tableSection("Inputs", inputTable(execution.inputs, context), style),
    ...tableSection("Outputs", outputTable(execution.outputs, execution.number, context), style),
    ...tableSection("Checks", checksTable(context.checks ?? null, context), style),
    ...tableSection("Used of the machine", renderMachineUse(context.machineUse ?? null, context), style),
    ...section("Environment variables", valueFacts(execution.environmentVariables, context), style),
    ...section("Ran in", valueFacts({ environment: execution.environment, ...execution.runtimeFacts }, context), style),
    ...tableSection(
      "Command",
      execution.command.flatMap((line) => line.split("\n")),
      style,
    ),
    "",
    style.dim(
      `  headrace logs ${execution.number} · headrace outputs ${execution.number} --download DIR · headrace checkout ${execution.number} DIR`,
    ),
  ];
}

function nodeText(execution: ExecutionView, style: Style): string {
  const node = `node ${style.bold(oneLine(execution.node))}`;
  return execution.node === execution.step
    ? `step ${style.bold(oneLine(execution.step))}`
    : `${node} (step ${oneLine(execution.step)})`;
}

function facts(execution: ExecutionView, { width, now }: DetailContext): Fact[] {
  const list: Fact[] = [];
  if (execution.reason !== null) list.push(["reason", wrapReason(execution.reason, width - 14)]);
  if (execution.statusDetail !== null) list.push(["status", oneLine(execution.statusDetail)]);
  if (execution.warnings.length > 0) list.push(["warnings", wrapAll(execution.warnings, width - 14)]);
  if (execution.attempt > 1) list.push(["attempt", String(execution.attempt)]);
  if (execution.stoppedBy !== null) list.push(["stopped by", oneLine(actorText(execution.stoppedBy))]);
  if (execution.exitCode !== null) list.push(["exit code", String(execution.exitCode)]);
  if (execution.signal !== null) list.push(["signal", execution.signal]);
  list.push(["created", `${formatTime(execution.createdAt)} (${formatAgo(execution.createdAt, now)})`]);
  const seconds = elapsed(execution.startedAt, execution.durationS, now);
  if (seconds !== null) list.push([execution.durationS === null ? "running for" : "took", formatDuration(seconds)]);
  if (execution.cost !== null) list.push(["cost", formatValue(execution.cost)]);
  list.push(["code", shortCommit(execution.commit)]);
  if (execution.image !== "") list.push(["image", oneLine(execution.image)]);
  return list;
}

/**
 * The record holds so many keys, and values of so many characters; edges, conditions and `headrace metrics` have all of
 * them.
 */
function leftOutFacts({ number, metadataLeftOut }: ExecutionView): Fact[] {
  const [first] = metadataLeftOut;
  if (first === undefined) return [];
  return [
    [
      "left out here",
      `${oneLine(first)}${metadataLeftOut.length > 1 ? " and others" : ""}: headrace metrics ${number} shows all keys`,
    ],
  ];
}

function valueFacts(values: Readonly<Record<string, unknown>>, { width }: DetailContext): Fact[] {
  const names = Object.keys(values);
  const room = width - Math.min(LABEL_WIDTH, widest(names)) - 8;
  return names.map((name) => [oneLine(name), truncate(oneLine(formatValue(values[name])), Math.max(20, room))]);
}

function section(title: string, list: readonly Fact[], style: Style): string[] {
  return tableSection(title, list.length === 0 ? [] : renderFacts(list, style), style);
}

function tableSection(title: string, lines: readonly string[], style: Style): string[] {
  return lines.length === 0 ? [] : ["", `  ${style.bold(title)}`, ...lines.map((line) => `    ${line}`)];
}

function checksTable(checks: StepChecksView | null, { width, style }: DetailContext): readonly string[] {
  return checks === null ? [] : renderStepChecks(checks, { width: width - 4, style });
}

function inputTable(files: readonly InputFileView[], { width, style }: DetailContext): string[] {
  if (files.length === 0) return [];
  const columns = [
    { header: "INPUT", minWidth: 8 },
    { header: "FILE", minWidth: 12, cut: "middle" as const },
    { header: "SIZE", align: "right" as const },
    { header: "SHA-256" },
    { header: "FROM", minWidth: 12, cut: "middle" as const },
  ];
  const { shown, more } = firstOf(files, width, "--json has them");
  const rows = shown.map((file) => [
    file.input,
    file.name,
    formatSize(file.sizeBytes),
    hashCell(file.sha256, style),
    originOf(file),
  ]);
  return [...renderTable(columns, rows, { width: width - 4, style }), ...more.map(style.dim)];
}

/** `48/scores.json (select)`, the name by which every command takes the file; for others where they came from. */
function originOf({ madeBy, uri }: InputFileView): string {
  return madeBy === null ? uri : `${madeBy.execution}/${madeBy.name} (${madeBy.node})`;
}

/** The outputs of one execution; `headrace outputs` has a column for the node as well. */
function outputTable(files: readonly DatumView[], number: number, { width, style }: DetailContext): string[] {
  if (files.length === 0) return [];
  const columns = [
    { header: "FILE", minWidth: 12, cut: "middle" as const },
    { header: "SIZE", align: "right" as const },
    { header: "SHA-256" },
    { header: "NAME IN COMMANDS", minWidth: 12, cut: "middle" as const },
  ];
  const { shown, more } = firstOf(files, width, `headrace outputs ${number} --all`);
  const rows = shown.map((file) => [
    file.name,
    formatSize(file.sizeBytes),
    hashCell(file.sha256, style),
    shortName(file),
  ]);
  return [...renderTable(columns, rows, { width: width - 4, style }), ...more.map(style.dim)];
}

/** On a terminal, the files that somebody may read, and how to see the others. In a pipe nothing is left out. */
function firstOf<T>(
  files: readonly T[],
  width: number,
  how: string,
): { readonly shown: readonly T[]; readonly more: readonly string[] } {
  if (!Number.isFinite(width) || files.length <= FILES_SHOWN) return { shown: files, more: [] };
  return {
    shown: files.slice(0, FILES_SHOWN),
    more: [`… and ${plural(files.length - FILES_SHOWN, "more file")}: ${how}`],
  };
}

const FILES_SHOWN = 100;

function hashCell(sha256: string, style: Style) {
  return { text: sha256.slice(0, 12), paint: style.dim };
}
