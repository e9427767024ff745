import type { Config } from "../../config/index.ts";
import { HeadraceError } from "../../errors.ts";
import { commitsOfNodes, type NodeCommit, type NodeCommits, type RunRequest } from "../../planning/index.ts";
import type { OpenedCode } from "../../snapshots/index.ts";
import { openProjectCode } from "../configuration/project-code.ts";
import { requireConfig } from "../configuration/read-config.ts";
import type { ProjectResources } from "../installation/project-resources.ts";

/** The commits that nodes name: their configurations for the planner, their code for the run. */
export interface OpenedCommits {
  readonly commits: NodeCommits;
  /** By the full name of the commit. */
  readonly code: ReadonlyMap<string, OpenedCode>;
}

/** Opens the commits that the nodes of a pipeline name. The planner tells what is wrong with one, at its node. */
export async function openNodeCommits(
  project: ProjectResources,
  config: Config,
  request: Pick<RunRequest, "target" | "kind">,
): Promise<OpenedCommits> {
  const commits = new Map<string, NodeCommit>();
  const code = new Map<string, OpenedCode>();
  // A pipeline of a commit may name others, which are known once it is read.
  const next = (): string | undefined =>
    commitsOfNodes(config, request, commits).find((commit) => !commits.has(commit));
  for (let name = next(); name !== undefined; name = next()) {
    try {
      const opened = await openProjectCode(project, name);
      const commit = opened.view.commit ?? name;
      commits.set(name, { ok: true, commit, config: (await requireConfig(opened)).config });
      if (!code.has(commit)) code.set(commit, opened.view);
    } catch (error) {
      if (!(error instanceof HeadraceError)) throw error;
      const { message, hint } = error;
      commits.set(name, { ok: false, message, ...(hint === undefined ? {} : { hint }) });
    }
  }
  return { commits, code };
}
