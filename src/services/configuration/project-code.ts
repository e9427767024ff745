import type { CodeView, OpenedCode } from "../../snapshots/index.ts";
import type { ProjectResources } from "../installation/project-resources.ts";
import type { ReadFile } from "./read-config.ts";

/** The last reading of a project: most services ask for it, and a large one takes long to read. */
export interface LastRead {
  configuration?: ReadFile;
}

/** A version of a project's code, with the place of the configuration in it. */
export interface ConfiguredCode<View extends CodeView = CodeView> {
  readonly view: View;
  /** Relative to the root of the code. */
  readonly configPath: string;
  /** The configuration as messages name it: what an editor or git opens. */
  readonly shownFile: string;
  /** The project's last reading; kept there for whoever asks again. */
  readonly lastRead?: LastRead;
  /** Returns true if an input by this path would find something. Absent: as for the code. */
  readonly inputExists?: (path: string) => boolean;
}

/**
 * The code that a request runs: the version that it names, or the one that runs if nobody names one. Throws
 * HR_NOT_FOUND for a version that is not there.
 */
export async function openProjectCode(
  project: ProjectResources,
  commit: string | undefined,
): Promise<ConfiguredCode<OpenedCode>> {
  return await project.origin.code.open(project, commit);
}

/** The code for a caller that only reads the configuration: no more of it is looked at than that needs. */
export async function readProjectCode(project: ProjectResources, commit: string | undefined): Promise<ConfiguredCode> {
  const { code } = project.origin;
  return commit === undefined ? await code.current(project) : await code.open(project, commit);
}

/** A version that the records have under this very name. */
export async function recordedCode(project: ProjectResources, commit: string): Promise<OpenedCode | undefined> {
  const record = project.hasState() ? await (await project.reader()).snapshots.get(commit) : undefined;
  if (record === undefined) return undefined;
  const { openSnapshot } = await import("../../snapshots/index.ts");
  return openSnapshot(record, await project.blobs());
}
