import type { GarbageView, HomeGarbageView } from "../../api/index.ts";
import { formatAgo, formatSize, grouped, plural } from "../../views/index.ts";
import type { Style } from "../terminal/style.ts";
import { renderTable } from "../terminal/table.ts";

interface GarbageContext {
  readonly width: number;
  readonly style: Style;
  readonly now: number;
}

const KINDS: Readonly<Record<string, string>> = {
  runs: "runs, with their executions, metadata and events",
  snapshots: "versions of the code that no run uses",
  fetched: "records of downloads that no run received",
  blobs: "stored files that nothing refers to",
  trash: "files deleted for good after they were taken out of the store",
  "half-written": "half-written files of processes that died",
  uploads: "uploads that nobody goes on with",
  logs: "logs",
  "log-copies": "logs where their steps ran, which are among the stored files as well",
  places: "containers and folders of steps that could not be removed at their end",
  leftovers: "folders with outputs that could not be kept",
  folders: "folders of executions that are no longer recorded",
  environments: "Python environments that nothing used for long",
  engines: "records of engines that died long ago",
  worktrees: "copies of the code that nothing used for long",
};
const SHOWN_RUNS = 20;
const SHOWN_HELD = 5;

/** `headrace gc --home`: the runs of each project, then what went or would go of all together. */
export function renderHomeGarbage(garbage: HomeGarbageView, context: GarbageContext): readonly string[] {
  const { style } = context;
  const { applied, removals, projects } = garbage;
  const all = { ...garbage, runs: [], heldRuns: [], unfinishedRuns: [], excessBytes: 0 };
  const skipped = projects.flatMap(({ project, problem }) =>
    problem === null ? [] : [`${style.yellow("note:")} ${project} was left alone: ${problem}`],
  );
  const busy = projects.filter(({ unfinishedRuns }) => unfinishedRuns.length > 0).map(({ project }) => project);
  const waits =
    busy.length === 0
      ? []
      : [
          `${style.yellow("note:")} runs of ${busy.slice(0, 5).join(", ")}${busy.length > 5 ? ` and ${busy.length - 5} more` : ""} have not ended: files stored since the oldest of them began are left alone`,
        ];
  const remarks = [...notes({ ...all, removals: [] }, style), ...waits, ...skipped];
  if (removals.length === 0) return [`There ${applied ? "was" : "is"} nothing to remove${waiting(all)}.`, ...remarks];
  return [
    ...projects.flatMap(({ project, runs }) => runLines({ ...all, runs }, context, `Runs of ${project}`)),
    ...removalTable(removals, context),
    "",
    applied
      ? `${style.green("✓")} removed: ${formatSize(freedBytes(all))}${waiting(all)}; stored files are deleted for good by the first clearing-up a day later`
      : `Nothing was removed; ${formatSize(freedBytes(all))} would be. \`headrace gc --home\` with the same options and --yes removes it.`,
    ...remarks,
  ];
}

/** `headrace gc`: what went or would go, by kind. */
export function renderGarbage(garbage: GarbageView, context: GarbageContext): readonly string[] {
  const { style } = context;
  const { applied, removals } = garbage;
  if (removals.length === 0)
    return [`There ${applied ? "was" : "is"} nothing to remove${waiting(garbage)}.`, ...notes(garbage, style)];
  const table = removalTable(removals, context);
  const total = formatSize(freedBytes(garbage));
  const later = garbage.waitingBytes === 0 ? "" : `, and ${formatSize(garbage.waitingBytes)} more an hour later`;
  const end = applied
    ? `${style.green("✓")} ${removedWords(garbage)}`
    : `Nothing was removed; ${total} would be${later}. \`headrace gc\` with the same options and --yes removes it.`;
  return [...runLines(garbage, context), ...table, "", end, ...notes(garbage, style)];
}

function removalTable(removals: GarbageView["removals"], context: GarbageContext): readonly string[] {
  const rows = removals.map(({ kind, count, sizeBytes }) => [
    grouped(count),
    KINDS[kind] ?? kind,
    sizeBytes === 0 ? "" : formatSize(sizeBytes),
  ]);
  return renderTable(
    [
      { header: "COUNT", align: "right" },
      { header: "WHAT", minWidth: 20 },
      { header: "SIZE", align: "right" },
    ],
    rows,
    context,
  );
}

/** With runs whose files were stored just now, no space is free yet, although much was removed. */
function removedWords(garbage: GarbageView): string {
  const bytes = freedBytes(garbage);
  const runs = garbage.runs.length;
  if (bytes === 0 && runs > 0 && garbage.waitingBytes > 0)
    return `${plural(runs, "run")} removed; ${formatSize(garbage.waitingBytes)} will be free in an hour, by \`headrace gc --yes\``;
  return `removed: ${formatSize(bytes)}${waiting(garbage)}`;
}

/** The hour is that of housekeeping/rules.ts; the space is freed by the next call. */
function waiting({ waitingBytes }: GarbageView): string {
  return waitingBytes === 0 ? "" : `; ${formatSize(waitingBytes)} more can go in an hour, by \`headrace gc --yes\``;
}

/**
 * A file that is taken out of the store is free only once it is deleted from the trash; in advance it counts as if it
 * were.
 */
function freedBytes({ applied, removals }: GarbageView): number {
  return removals.reduce((sum, { kind, sizeBytes }) => (applied && kind === "blobs" ? sum : sum + sizeBytes), 0);
}

function runLines({ runs }: GarbageView, { style, now }: GarbageContext, title = "Runs"): readonly string[] {
  if (runs.length === 0) return [];
  const lines = runs
    .slice(0, SHOWN_RUNS)
    .map((run) => `  #${run.number} ${run.name} ${style.dim(`${run.state}, ${formatAgo(run.createdAt, now)}`)}`);
  const more = runs.length > SHOWN_RUNS ? [style.dim(`  and ${runs.length - SHOWN_RUNS} older ones`)] : [];
  return [`${style.bold(title)} that the rules let go:`, ...lines, ...more, ""];
}

function notes(garbage: GarbageView, style: Style): readonly string[] {
  const { heldRuns, unfinishedRuns, unreadableSnapshots, excessBytes, removals, applied } = garbage;
  const note = (text: string): string => `${style.yellow("note:")} ${text}`;
  const lines = heldRuns
    .slice(0, SHOWN_HELD)
    .map(({ run, by, holders }) =>
      note(`run ${run} is kept: ${by}${holders > 1 ? ` and ${holders - 1} more` : ""} has a file that it made`),
    );
  if (heldRuns.length > SHOWN_HELD)
    lines.push(
      note(`${plural(heldRuns.length - SHOWN_HELD, "more run")} are kept by aliases and versions of datasets`),
    );
  const first = unfinishedRuns[0];
  if (first !== undefined) {
    lines.push(
      note(
        `${unfinishedRuns.length === 1 ? `run ${first} has` : `${plural(unfinishedRuns.length, "run")} have`} not ended: files stored since ${unfinishedRuns.length === 1 ? "it" : "the oldest of them"} began are left alone (\`headrace resume\` or \`headrace stop ${first}\`)`,
      ),
    );
  }
  if (unreadableSnapshots.length > 0) {
    lines.push(
      note(
        `no stored file was touched: the list of files of ${plural(unreadableSnapshots.length, "version")} of the code cannot be read; \`headrace verify\` says more`,
      ),
    );
  }
  if (excessBytes > 0)
    lines.push(
      note(
        `${formatSize(excessBytes)} more than --max-size are kept: by tags, by runs that have not ended, by other rules`,
      ),
    );
  const sizeOf = (wanted: string): number => removals.find(({ kind }) => kind === wanted)?.sizeBytes ?? 0;
  if (applied && sizeOf("blobs") > 0 && sizeOf("trash") < sizeOf("blobs")) {
    lines.push(
      note(
        "somebody works on the project: files were taken out of the store, and the next `headrace gc --yes` frees their space, at once when nothing runs, else a day from now",
      ),
    );
  }
  return lines;
}
