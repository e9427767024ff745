import { type KnownVariable, type KnownVariables, NO_VARIABLES } from "../../planning/index.ts";
import type { GroupRecord } from "../../secrets/index.ts";
import type { ProjectResources } from "../installation/project-resources.ts";

/** The variables that a plan may count on. Where nothing was recorded yet there are none. */
export async function knownVariables(project: ProjectResources): Promise<KnownVariables> {
  if (!project.hasState()) return NO_VARIABLES;
  const { repository, record } = await project.variables("read");
  return layersOf(await repository.list(record));
}

/** A group of the project comes after the shared one of its name, and counts more. */
function layersOf(groups: readonly GroupRecord[]): KnownVariables {
  const byName = new Map<string, KnownVariable[]>();
  for (const { name, variables } of groups) {
    const known = variables.map(({ name, value }) => ({ name, ...(value !== undefined && { value }) }));
    byName.set(name, [...(byName.get(name) ?? []), ...known]);
  }
  const own = byName.get("") ?? [];
  byName.delete("");
  return { own, groups: byName };
}
