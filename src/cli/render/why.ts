import type { WhyView } from "../../api/index.ts";
import { stateText } from "../../views/index.ts";
import { harmless } from "../terminal/harmless.ts";
import { lookOf } from "../terminal/state.ts";
import type { Style } from "../terminal/style.ts";
import { renderTable } from "../terminal/table.ts";
import { oneLine, wrap } from "../terminal/width.ts";

interface WhyContext {
  readonly width: number;
  readonly style: Style;
}

/** Changes that are listed one by one; the rest is counted. */
const SHOWN_CHANGES = 20;

/** `headrace why` of a run: a row per node. */
export function renderWhyTable(views: readonly WhyView[], { width, style }: WhyContext): string[] {
  const columns = [
    { header: "NODE", minWidth: 8, cut: "middle" as const },
    { header: "#", align: "right" as const },
    { header: "WHAT" },
    { header: "WHY", minWidth: 20 },
  ];
  const rows = views.map((view) => [
    view.trial === null ? view.node : `${view.node}, trial ${view.trial}`,
    view.execution === null ? "–" : String(view.execution),
    { text: outcomeText(view), paint: lookOf(stateOf(view), style).paint },
    oneLine(view.text),
  ]);
  const [first] = views;
  const telling = views.find((view) => view.changes.length > 0) ?? first;
  const next = telling === undefined ? [] : ["", style.dim(`in full: headrace why ${nameOf(telling)}`)];
  return [...renderTable(columns, rows, { width, style }), ...next];
}

/** A trial has no other name than the number of its execution. */
function nameOf({ run, node, trial, execution }: WhyView): string {
  return trial !== null && execution !== null ? String(execution) : `${run}.${node}`;
}

/** The same of one node, with everything that differs. */
export function renderWhy(view: WhyView, { width, style }: WhyContext): string[] {
  const number = view.execution === null ? "" : style.dim(` #${view.execution}`);
  const head = `${lookOf(stateOf(view), style).paint(outcomeText(view))}  ${style.bold(oneLine(view.node))}${view.trial === null ? "" : ` trial ${view.trial}`}${number}${style.dim(`  in run ${view.run}`)}`;
  const compared =
    view.comparedWith === null || view.outcome === "reused" ? [] : [`compared with execution ${view.comparedWith}`];
  const notes = [...compared, ...(view.code === null ? [] : [view.code]), ...view.notes];
  const shown = view.changes.slice(0, SHOWN_CHANGES);
  const more = view.changes.length - shown.length;
  return [
    head,
    ...wrap(oneLine(view.text), width - 2).map((line) => `  ${line}`),
    ...notes.flatMap((note) => wrap(oneLine(note), width - 2).map((line) => `  ${style.dim(line)}`)),
    ...shown.flatMap((change) => [
      "",
      `  ${style.bold(oneLine(change.text))}`,
      ...commandLines(change, style),
      ...diffLines(change, style),
    ]),
    ...(more > 0 ? ["", style.dim(`  … and ${more} more: headrace why ${view.run}.${view.node} --json`)] : []),
  ];
}

function commandLines({ kind, before, after }: WhyView["changes"][number], style: Style): string[] {
  if (kind !== "command") return [];
  const lines = (value: unknown): readonly string[] =>
    Array.isArray(value) ? value.map(String).flatMap((text) => text.split("\n")) : [];
  return [
    ...lines(before).map((line) => `    ${style.red(`-${oneLine(line)}`)}`),
    ...lines(after).map((line) => `    ${style.green(`+${oneLine(line)}`)}`),
  ];
}

function diffLines({ diff }: WhyView["changes"][number], style: Style): string[] {
  return (diff ?? [])
    .flatMap((line) => line.split("\n"))
    .map((line) => {
      const paint = line.startsWith("+")
        ? style.green
        : line.startsWith("-")
          ? style.red
          : line.startsWith("@@")
            ? style.cyan
            : style.dim;
      return `    ${paint(harmless(line).replaceAll("\t", "  "))}`;
    });
}

function stateOf({ outcome }: WhyView): string {
  return outcome === "ran" ? "complete" : outcome;
}

function outcomeText(view: WhyView): string {
  if (view.outcome === "ran") return "▸ ran";
  return view.outcome === "reused" ? `${stateText("reused")} #${view.execution}` : stateText(view.outcome);
}
