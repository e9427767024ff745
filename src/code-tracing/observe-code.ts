import type { InspectedWorktree } from "../snapshots/index.ts";
import { itemState } from "../snapshots/index.ts";
import { whyCached } from "./cache-reads.ts";
import type { Calls } from "./call-reader.ts";
import { indexManifest, type ManifestIndex, traceHolds } from "./code-trace.ts";
import type { Notes, ProjectNote } from "./notes.ts";
import type { ObservedCode } from "./observed-code.ts";
import { type ProgramStarts, programStarts } from "./program-start.ts";
import { takeProjectReads } from "./project-reads.ts";
import { TraceBuilder } from "./trace-builder.ts";
import type { WatchRecord } from "./watch-files.ts";

/** All that is known of a step when it has ended. */
export interface Findings {
  readonly worktree: InspectedWorktree;
  readonly watch: WatchRecord | undefined;
  readonly notes: Notes | undefined;
  /** The traced calls, if a tracer worked and its log is whole. */
  readonly calls?: Calls | undefined;
  /** The folder where the repository is now. */
  readonly checkout: string;
}

/** Makes of what was found what can be relied on. Every doubt ends in `opaque`. */
export function judgeFindings({ worktree, watch, notes, calls, checkout }: Findings): ObservedCode {
  const index = indexManifest(worktree.layout.entries);
  const root = watch?.repository ?? checkout;
  const builder = new TraceBuilder(index, root);
  const opened = new Set<string>();
  const wasRead = takeAccessTimes(builder, worktree);
  if (notes !== undefined) takeNotes(builder, notes, index, opened);
  for (const path of watch?.asked ?? []) builder.ask(path);
  const starts = programStarts(calls?.executed ?? [], index, { checkout, root });
  if (calls !== undefined) takeCalls(builder, calls, starts);
  const project = watch?.project;
  const projectNotes = [...(notes?.project ?? []), ...(calls?.project ?? []), ...straysIn(project?.root, builder)];
  const strange = project && takeProjectReads(builder, projectNotes, index, project);
  const other = strange ?? whyCached(calls === undefined ? (notes?.cached ?? []) : calls.cached);
  if (other !== undefined) return { kind: "unknown", why: other };
  const trace = builder.build();
  const why =
    (calls === undefined
      ? whyOpaque({ watch, notes, builder, opened, wasRead })
      : whyUnclear({ ...calls, reasons: [...calls.reasons, ...starts.reasons] }, notes, builder)) ??
    (traceHolds(trace, index).holds ? undefined : "what was noted of it contradicts itself");
  return why === undefined ? { kind: "trace", trace } : { kind: "opaque", why, read: trace };
}

function takeAccessTimes(builder: TraceBuilder, { layout, flags }: InspectedWorktree): ReadonlySet<string> {
  const read = new Set<string>();
  for (const [item, path] of layout.folders.entries()) if (itemState(flags[item]).isRead) builder.list(path);
  for (const [index, { path }] of layout.entries.entries()) {
    if (!itemState(flags[layout.folders.length + index]).isRead) continue;
    read.add(path);
    builder.read(path);
  }
  return read;
}

function takeNotes(builder: TraceBuilder, notes: Notes, index: ManifestIndex, opened: Set<string>): void {
  for (const path of notes.asked) builder.ask(path);
  for (const path of notes.opened) {
    builder.open(path);
    if (index.entries.has(path)) opened.add(path);
  }
  for (const path of notes.listed) builder.list(path);
  for (const path of notes.measured) builder.list(path, true);
  for (const { folder, name } of notes.modules) builder.searchModule(folder, name);
}

function takeCalls(builder: TraceBuilder, calls: Calls, starts: ProgramStarts): void {
  // The target of a link that was made may not exist: then it was asked for in vain by way of that link, or will be.
  for (const path of [...calls.asked, ...calls.moved, ...starts.asked]) builder.ask(path);
  for (const path of calls.listed) builder.list(path);
}

/** Returns the paths in the project's own folder to which links of the version led. */
function straysIn(project: string | undefined, { strays }: TraceBuilder): readonly ProjectNote[] {
  if (project === undefined) return [];
  const inner = strays.filter((path) => path === project || path.startsWith(`${project}/`));
  return inner.map((path) => ({ how: "S", path: path.slice(project.length + 1) }));
}

/**
 * With a log of all calls nothing is unseen; save the folders that Python's importer listed, for which the module noted
 * names.
 */
function whyUnclear(calls: Calls, notes: Notes | undefined, builder: TraceBuilder): string | undefined {
  if (notes?.isWhole !== true) return "its trace is damaged";
  const [reason] = [...calls.reasons, ...notes.failures];
  return reason ?? whyAstray(calls.moved, builder);
}

function whyAstray(moved: readonly string[], builder: TraceBuilder): string | undefined {
  if (builder.odd !== undefined) return `the path ${builder.odd} could not be followed`;
  const path = moved.find((one) => builder.has(one));
  return path === undefined ? undefined : `it moves ${path}, or makes a link to it`;
}

interface Evidence extends Pick<Findings, "watch" | "notes"> {
  readonly builder: TraceBuilder;
  readonly opened: ReadonlySet<string>;
  readonly wasRead: ReadonlySet<string>;
}

function whyOpaque({ watch, notes, builder, opened, wasRead }: Evidence): string | undefined {
  if (watch === undefined) return "steps are not watched in its environment";
  if (watch.why !== undefined) return watch.why;
  if (notes === undefined) return "its trace is damaged";
  const [reason] = [...notes.reasons, ...notes.failures];
  if (reason !== undefined) return reason;
  if (notes.greetings !== watch.starts + notes.starts)
    return "not all of its Python processes could be watched (Python before 3.8, or started with -I, -E or -S)";
  const astray = whyAstray(notes.moved, builder);
  if (astray !== undefined) return astray;
  // The step's own reads are the proof that access times were kept where it ran.
  if (opened.size > 0 && [...opened].every((path) => !wasRead.has(path)))
    return "the access times of its files were not kept where it ran";
  return undefined;
}
