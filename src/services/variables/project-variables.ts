import type { NewVariableRequest, VariableGroupView, VariableView } from "../../api/index.ts";
import { HeadraceError } from "../../errors.ts";
import { faultPoint } from "../../fault-point.ts";
import type { GroupRecord, GroupRef, VariableRecord } from "../../secrets/index.ts";
import type { ProjectRecord } from "../../store/index.ts";
import type { Context } from "../context.ts";
import { isoTime } from "../records/view-of.ts";

/** The project's own variables first, then the groups that its steps may name; secrets without their values. */
export async function listVariables({ project }: Context): Promise<readonly VariableGroupView[]> {
  if (!project.hasState()) return [];
  const { repository, record } = await project.variables("read");
  return (await repository.list(record)).map(groupView);
}

/** Sets a variable of the project, or of one of its groups, which is made where it is not there. */
export async function setVariable(
  { actor, now, project }: Context,
  { name, value, secret, group, shared }: NewVariableRequest,
): Promise<VariableView> {
  const { repository, record } = await project.variables("write");
  const at = now();
  await repository.set(placeOf(record, { group, shared }), { name, value, isSecret: secret }, { actor, at });
  faultPoint("variable-sealed");
  return variableView({ name, isSecret: secret, setAt: at, ...(!secret && { value }) });
}

export async function removeVariable({ actor, now, project }: Context, name: string, of: OfGroup = {}): Promise<void> {
  if (!project.hasState()) throw noVariable(name);
  const { repository, record } = await project.variables("write");
  await repository.remove(placeOf(record, of), name, { actor, at: now() });
}

export async function makeGroup(
  { actor, now, project }: Context,
  group: string,
  { shared = false }: OfGroup = {},
): Promise<VariableGroupView> {
  const { repository, record } = await project.variables("write");
  await repository.createGroup(placeOf(record, { group, shared }), { actor, at: now() });
  return groupView({ name: group, isShared: shared, variables: [] });
}

export async function removeGroup(
  { actor, now, project }: Context,
  group: string,
  { shared }: OfGroup = {},
): Promise<void> {
  const { repository, record } = await project.variables("write");
  await repository.removeGroup(placeOf(record, { group, shared }), { actor, at: now() });
}

interface OfGroup {
  readonly group?: string | undefined;
  readonly shared?: boolean | undefined;
}

/** A shared variable is in a group: variables that every step of every project gets are those of an environment. */
function placeOf(record: ProjectRecord, { group = "", shared }: OfGroup): GroupRef {
  if (shared !== true) return { owner: record, group };
  if (group !== "") return { owner: "installation", group };
  throw new HeadraceError("HR_USAGE", "a variable that projects share is in a group", { hint: "name the group" });
}

function groupView({ name, isShared, variables }: GroupRecord): VariableGroupView {
  return { name: name === "" ? null : name, shared: isShared, variables: variables.map(variableView) };
}

function variableView({ name, isSecret, value, setAt }: VariableRecord): VariableView {
  return { name, secret: isSecret, value: value ?? null, setAt: isoTime(setAt) };
}

function noVariable(name: string): HeadraceError {
  return new HeadraceError("HR_NOT_FOUND", `there is no variable “${name}”`, { hint: "look it up in the list" });
}
