import type { Config, Pipeline } from "../config/index.ts";
import type { RunRequest } from "./plan.ts";

/** The contents of a commit that a node names, or the reason why it cannot be read. */
export type NodeCommit =
  | {
      readonly ok: true;
      /** Its full name. */
      readonly commit: string;
      readonly config: Config;
    }
  | { readonly ok: false; readonly message: string; readonly hint?: string };

/** By the words of the file: a branch, a tag, a commit. */
export type NodeCommits = ReadonlyMap<string, NodeCommit>;

/**
 * The commits that nodes of what is requested name, and those that the pipelines which they run name, as far as the
 * configurations are `known`: they are to be read before it can be planned. The answer grows with what is known.
 */
export function commitsOfNodes(
  config: Config,
  { target, kind }: Pick<RunRequest, "target" | "kind">,
  known: NodeCommits = new Map(),
): readonly string[] {
  const pipeline = kind === "step" ? undefined : config.pipelines.findLast(({ name }) => name === target);
  const named = new Set<string>();
  const seen = new Set<Pipeline>();
  const open: { readonly of: Config; readonly pipeline: Pipeline | undefined }[] = [{ of: config, pipeline }];
  for (const { of, pipeline: each } of open) {
    if (each === undefined || seen.has(each)) continue;
    seen.add(each);
    for (const node of each.nodes) {
      if (node.type === "deployment") continue;
      const commit = node.commit === undefined || isLibrary(node.commit) ? undefined : node.commit;
      if (commit !== undefined) named.add(commit);
      if (node.type !== "pipeline") continue;
      const found = commit === undefined ? undefined : known.get(commit);
      const source = commit === undefined ? of : found?.ok === true ? found.config : undefined;
      if (source === undefined) continue;
      open.push({ of: source, pipeline: source.pipelines.findLast(({ name }) => name === node.pipeline) });
    }
  }
  return [...named];
}

/** `library:owner/name`: a step of Valohai's own catalogue. */
export function isLibrary(commit: string): boolean {
  return commit.startsWith("library:");
}
