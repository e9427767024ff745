import { indexManifest, traceHolds } from "../../../code-tracing/index.ts";
import { type CodeVersion, CodeVersions } from "../../../engine/index.ts";
import { isLink, type ManifestEntry } from "../../../snapshots/index.ts";
import type { ProjectStore } from "../../../store/index.ts";
import { readProjectCode } from "../../configuration/project-code.ts";
import { readConfig } from "../../configuration/read-config.ts";
import type { ProjectResources } from "../../installation/project-resources.ts";
import type { CodeChange } from "../local-project.ts";

export interface CodeChangeRequest {
  /** Two versions of the code. */
  readonly before: string;
  readonly after: string;
  readonly step: string;
  /** The number of an execution of the step that succeeded: what it was seen to read tells what concerns the step. */
  readonly execution?: number;
  /** Paths that do not count. */
  readonly except: ReadonlySet<string>;
}

/** Returns the difference between two versions of the code, and whether it concerns a step. */
export async function compareSaves(
  project: ProjectResources,
  store: ProjectStore,
  request: CodeChangeRequest,
): Promise<CodeChange> {
  const blobs = await project.blobs();
  const versions = new CodeVersions({ store, blobs });
  const [before, after] = await Promise.all([versions.version(request.before), versions.version(request.after)]);
  if (before === undefined || after === undefined) return { paths: [], concerns: "perhaps" };
  const paths = changedPaths(before, after).filter((path) => !request.except.has(path));
  if (paths.length === 0) return { paths, concerns: "no" };
  const isNamed = await namedBy(project, request.step);
  if (paths.some(isNamed)) return { paths, concerns: "yes" };
  return { paths, concerns: await seenConcern(store, versions, { execution: request.execution, paths, after }) };
}

/** The configuration itself, and what the definition of the step names: its script, its requirements. */
async function namedBy(project: ProjectResources, step: string): Promise<(path: string) => boolean> {
  const code = await readProjectCode(project, undefined);
  const { config } = (await readConfig(code)).read.alone();
  const definition = JSON.stringify(config?.steps.filter(({ name }) => name === step) ?? []);
  return (path) => path === code.configPath || definition.includes(path);
}

async function seenConcern(
  store: ProjectStore,
  versions: CodeVersions,
  {
    execution,
    paths,
    after,
  }: { readonly execution: number | undefined; readonly paths: readonly string[]; readonly after: CodeVersion },
): Promise<CodeChange["concerns"]> {
  const subject = execution === undefined ? undefined : await store.findByNumber(execution);
  if (subject?.kind !== "execution") return "perhaps";
  const code = (await store.reuse.getFingerprint(subject.execution.id))?.code;
  if (code?.kind !== "trace" && code?.kind !== "read") return "perhaps";
  const [trace, seen] = await Promise.all([versions.trace(code.sha256), versions.version(subject.execution.commit)]);
  if (trace === undefined || seen === undefined) return "perhaps";
  // The version that it saw, with these files as they are now: what else has changed since is not asked about.
  const entries = new Map(seen.entries.map((entry) => [entry.path, entry]));
  for (const path of paths) {
    const now = after.index.entries.get(path);
    if (now === undefined) entries.delete(path);
    else entries.set(path, now);
  }
  if (!traceHolds(trace, indexManifest([...entries.values()])).holds) return "yes";
  // Access times are no proof that it looked at nothing else.
  return code.kind === "trace" ? "no" : "hardly";
}

function changedPaths(before: CodeVersion, after: CodeVersion): readonly string[] {
  const all = new Set([...before.index.entries.keys(), ...after.index.entries.keys()]);
  return [...all].filter(
    (path) => contentOf(before.index.entries.get(path)) !== contentOf(after.index.entries.get(path)),
  );
}

function contentOf(entry: ManifestEntry | undefined): string | undefined {
  if (entry === undefined) return undefined;
  return isLink(entry) ? `link ${entry.link}` : `${entry.executable} ${entry.sha256}`;
}
