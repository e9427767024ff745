import type { ExecutionView, LogLine, RunDetailView } from "../../api/index.ts";
import { formatDuration, formatValue, plural } from "../../views/index.ts";
import { lookOf } from "../terminal/state.ts";
import type { Style } from "../terminal/style.ts";
import { oneLine, truncate } from "../terminal/width.ts";

export interface RoundContext {
  /** The round before, where one succeeded. */
  readonly before: ExecutionView | undefined;
  /** The end of a failed step's log, where it does not stand on the screen yet. */
  readonly lastLines: readonly LogLine[];
  readonly width: number;
}

/**
 * After each round of `headrace dev`: how it ended, how long it took, and which metadata values are others than the
 * time before.
 */
export function renderRound(
  run: RunDetailView,
  { before, lastLines, width }: RoundContext,
  style: Style,
): readonly string[] {
  const node = run.nodes.at(0);
  const execution = node?.execution;
  if (node === undefined || execution === null || execution === undefined) return [`run ${run.number} ${run.state}`];
  if (node.reused)
    return [
      `${style.green("✓")} nothing that ${node.name} reads has changed ${style.dim(`(#${execution.number} stands)`)}`,
    ];
  const { glyph, paint } = lookOf(node.state, style);
  const took =
    execution.durationS === null
      ? ""
      : ` after ${formatDuration(execution.durationS)}${difference(execution.durationS, before?.durationS, style)}`;
  const files = execution.outputs.length === 0 ? "" : style.dim(`  ${plural(execution.outputs.length, "output")}`);
  return [
    `${paint(glyph)} ${style.bold(oneLine(node.name))} ${style.dim(`#${execution.number}`)} ${node.state}${took}${files}`,
    ...metadataLines(execution.metadata, before?.metadata, style),
    ...(node.state === "error"
      ? [
          ...lastLines.map((line) => `  ${style.red("│")} ${truncate(oneLine(line.text), width - 5)}`.trimEnd()),
          `  ${oneLine((node.reason ?? execution.reason ?? "failed").split("\n")[0] ?? "")}; headrace logs ${execution.number}`,
        ]
      : []),
  ];
}

function difference(seconds: number, before: number | null | undefined, style: Style): string {
  if (before === null || before === undefined) return "";
  const more = seconds - before;
  return style.dim(` (${more < 0 ? "−" : "+"}${formatDuration(Math.abs(more))})`);
}

function metadataLines(
  now: Readonly<Record<string, unknown>>,
  before: Readonly<Record<string, unknown>> | undefined,
  style: Style,
): readonly string[] {
  return Object.entries(now).flatMap(([key, value]) => {
    const shown = `  ${oneLine(key)} ${oneLine(formatValue(value, { short: true }))}`;
    if (before === undefined || !Object.hasOwn(before, key)) return [shown];
    if (JSON.stringify(before[key]) === JSON.stringify(value)) return [];
    return [`${shown} ${style.dim(`was ${oneLine(formatValue(before[key], { short: true }))}`)}`];
  });
}
