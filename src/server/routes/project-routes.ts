import { greaterRole, type Holder, type Role } from "../../access/index.ts";
import type { PROJECTS, ProjectApi, ReplyOf } from "../../api/index.ts";
import { HeadraceError } from "../../errors.ts";
import { faultPoint } from "../../fault-point.ts";
import type { ProjectRecord } from "../../store/index.ts";
import type { Handlers, LoggedIn } from "../call.ts";
import { pageOfList } from "../page-of-list.ts";
import type { ServerParts } from "../server-parts.ts";
import { isoTime } from "./account-routes.ts";

type ProjectDetail = ReplyOf<(typeof PROJECTS)["project"]>;

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

export function projectRoutes(parts: ServerParts): Handlers<typeof PROJECTS> {
  const { access, database } = parts;
  const { installation } = database;
  const view = (project: ProjectRecord, role: Role | undefined) => projectView(parts, project, role);
  return {
    listProjects: async ({ caller, query, request }) => {
      const reached = await reachedProjects(parts, caller);
      const page = reached.slice(query.offset, query.offset + query.limit);
      const results = page.map(({ project, role }) => view(project, role));
      return pageOfList(request, query, { count: reached.length, results });
    },
    createProject: async ({ caller, body, wish, recordId }) => {
      if (parts.onlyProject !== undefined)
        throw new HeadraceError("HR_NOT_SUPPORTED", "the server of a folder has the project of that folder alone", {
          hint: "serve the other folder as well, or a home of many projects",
        });
      const owner = await ownerOf(parts, caller, body.owner);
      const wanted = { name: nameOf(owner.name, body.name), ...(recordId !== undefined && { id: recordId }) };
      // Made by the same request before, whose server was killed before its owner could reach it.
      const made = recordId === undefined ? undefined : await installation.findProject(recordId);
      const project =
        made?.id === recordId && made !== undefined ? made : await installation.createProject(wanted, wish);
      faultPoint("project-made");
      await access.members.set(project, { kind: owner.kind, id: owner.id }, "admin", wish);
      return view(project, "admin");
    },
    ownershipOptions: async ({ caller }) => (await ownersOf(parts, caller)).map(({ name }) => name),
    project: async ({ caller, project, open, openValohai }) => ({
      ...view(project, await roleIn(parts, caller, project)),
      execution_summary: { ...(await (await openValohai()).summary()) },
      environment_variables: await ownVariables(await open()),
    }),
    renameProject: async ({ caller, project, body, wish }) => {
      const name = nameOf(ownerName(project), body.name);
      return view(await installation.renameProject(project.id, name, wish), await roleIn(parts, caller, project));
    },
    removeProject: async ({ project, wish }) => {
      if (parts.removeProject === undefined)
        throw new HeadraceError("HR_NOT_SUPPORTED", "the project of a folder is not removed by its server", {
          hint: "remove the folder .headrace of the project, while nothing runs",
        });
      await parts.removeProject(project, wish);
    },
    listMembers: async ({ project }) => [...(await access.members.list(project))],
    setMember: async ({ project, params, body, wish }) =>
      access.members.set(project, await holderOf(parts, params), body.role, wish),
    removeMember: async ({ project, params, wish }) =>
      access.members.remove(project, await holderOf(parts, params), wish),
  };
}

/** The projects that a caller reaches, with their role in each. */
export async function reachedProjects(
  { access, database, onlyProject }: ServerParts,
  caller: LoggedIn,
): Promise<readonly { readonly project: ProjectRecord; readonly role: Role | undefined }[]> {
  const all = (await database.installation.listProjects()).filter(({ id }) => id === (onlyProject ?? id));
  if (caller.kind === "execution")
    return all.filter(({ id }) => id === caller.project).map((project) => ({ project, role: undefined }));
  const roles = await access.members.rolesOf(caller.id);
  const within = caller.scope?.projects;
  return all
    .map((project) => ({ project, role: greaterRole(roles.get(project.id), caller.isAdmin ? "admin" : undefined) }))
    .filter(({ project, role }) => role !== undefined && (within?.includes(project.id) ?? true));
}

async function roleIn({ access }: ServerParts, caller: LoggedIn, project: ProjectRecord): Promise<Role | undefined> {
  return caller.kind === "user" && caller.isAdmin ? "admin" : access.roleOf(caller, project);
}

interface Owner extends Holder {
  readonly name: string;
}

/** The caller, and the teams that they are in. */
async function ownersOf({ access }: ServerParts, caller: LoggedIn): Promise<readonly Owner[]> {
  if (caller.kind !== "user") return [];
  const teams = (await access.teams.list()).filter(({ members }) => members.includes(caller.name));
  return [
    { kind: "user", id: caller.id, name: caller.name },
    ...teams.map(({ id, name }) => ({ kind: "team", id, name }) as const),
  ];
}

async function ownerOf(parts: ServerParts, caller: LoggedIn, wanted: string | undefined): Promise<Owner> {
  const owners = await ownersOf(parts, caller);
  const owner = wanted === undefined ? owners[0] : owners.find(({ id, name }) => id === wanted || name === wanted);
  if (owner !== undefined) return owner;
  throw new HeadraceError("HR_USAGE", `a project of yours cannot belong to “${wanted}”`, {
    hint: `choose from: ${owners.map(({ name }) => name).join(", ")}`,
  });
}

function nameOf(owner: string, name: string): string {
  if (NAME.test(name)) return `${owner}/${name}`;
  throw new HeadraceError("HR_USAGE", `“${name}” cannot be the name of a project`, {
    hint: "a name begins with a letter or a digit, and has letters, digits and ._- after it, up to 100",
  });
}

async function holderOf(
  { access }: ServerParts,
  { kind, id }: { readonly kind: "user" | "team"; readonly id: string },
): Promise<Holder> {
  return kind === "user"
    ? { kind, id: (await access.users.require(id)).id }
    : { kind, id: (await access.teams.require(id)).id };
}

async function ownVariables({ variables }: ProjectApi): Promise<ProjectDetail["environment_variables"]> {
  const own = (await variables.list()).find(({ name }) => name === null)?.variables ?? [];
  return Object.fromEntries(own.map(({ name, value, secret }) => [name, { value, secret }]));
}

function ownerName({ name }: ProjectRecord): string {
  const slash = name.lastIndexOf("/");
  return slash < 0 ? "" : name.slice(0, slash);
}

/** The address of a project in the web application; one of a folder, which has no owner, stands under `-`. */
function pagePath(owner: string, { name }: ProjectRecord): string {
  return `/p/${owner === "" ? `-/${encodeURIComponent(name)}` : name.split("/").map(encodeURIComponent).join("/")}/`;
}

function projectView(
  { publicUrl }: ServerParts,
  project: ProjectRecord,
  role: Role | undefined,
): ReplyOf<(typeof PROJECTS)["renameProject"]> {
  const owner = ownerName(project);
  return {
    id: project.id,
    name: owner === "" ? project.name : project.name.slice(owner.length + 1),
    owner: { username: owner },
    ctime: isoTime(project.createdAt),
    role: role ?? null,
    description: "",
    urls: { display: `${publicUrl}${pagePath(owner, project)}` },
  };
}
