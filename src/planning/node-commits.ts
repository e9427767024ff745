import type { Config } from "../config/index.ts";
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

/** The commits that nodes of what is requested name: their configurations are to be read before it can be planned. */
export function commitsOfNodes(
  config: Config,
  { target, kind }: Pick<RunRequest, "target" | "kind">,
): readonly string[] {
  const pipeline = kind === "step" ? undefined : config.pipelines.findLast(({ name }) => name === target);
  const named = (pipeline?.nodes ?? []).flatMap((node) =>
    node.type !== "deployment" && node.commit !== undefined && !isLibrary(node.commit) ? [node.commit] : [],
  );
  return [...new Set(named)];
}

/** `library:owner/name`: a step of Valohai's own catalogue. */
export function isLibrary(commit: string): boolean {
  return commit.startsWith("library:");
}
