import { HeadraceError } from "../errors.ts";
import type { ProjectRecord, Wish } from "../store/index.ts";
import { type InstallationScope, statement } from "../store/sql.ts";
import { greaterRole, ROLES, type Role } from "./roles.ts";

/** A user or a team with a role in a project. */
export interface Holder {
  readonly kind: "user" | "team";
  readonly id: string;
}

export interface MemberRecord extends Holder {
  readonly name: string;
  readonly role: Role;
}

const deleteMember = statement<{ project: number; user: string | null; team: string | null }>(`
  delete from project_members
  where project_key = :project and (user_id = cast(:user as text) or team_id = cast(:team as text))`);

const insertMember = statement<{ project: number; user: string | null; team: string | null; role: string }>(
  "insert into project_members (project_key, user_id, team_id, role) values (:project, :user, :team, :role)",
);

const selectMembers = statement<
  { project: number },
  { readonly kind: "user" | "team"; readonly id: string; readonly name: string; readonly role: string }
>(`
  select 'user' as kind, users.id, users.name, role from project_members join users on users.id = user_id
  where project_key = :project
  union all
  select 'team' as kind, teams.id, teams.name, role from project_members join teams on teams.id = team_id
  where project_key = :project
  order by 1 desc, 3`);

const OF_USER = `(project_members.user_id = :userId or team_id in (select team_id from team_members where user_id = :userId))`;

const selectRoles = statement<{ project: number; userId: string }, { readonly role: string }>(
  `select role from project_members where project_key = :project and ${OF_USER}`,
);

const selectProjects = statement<{ userId: string }, { readonly id: string | null; readonly role: string }>(`
  select projects.id, role from project_members join projects on projects.key = project_key where ${OF_USER}`);

export interface MemberRepository {
  /** Users first, by name. */
  list(project: ProjectRecord): Promise<readonly MemberRecord[]>;
  /** Makes somebody a member, or gives a member another role. */
  set(project: ProjectRecord, holder: Holder, role: Role, wish: Wish): Promise<void>;
  /** Throws HR_NOT_FOUND for a user who is no member. */
  remove(project: ProjectRecord, holder: Holder, wish: Wish): Promise<void>;
  /** The greatest that a user is, by themselves or by a team. */
  roleOf(project: ProjectRecord, userId: string): Promise<Role | undefined>;
  /** The same in every project where the user is something, by the project's id. */
  rolesOf(userId: string): Promise<ReadonlyMap<string, Role>>;
}

export function memberRepository({ database, change }: InstallationScope): MemberRepository {
  return {
    list: async ({ key }) =>
      (await database.all(selectMembers, { project: key })).map((row) => ({ ...row, role: roleNamed(row.role) })),
    set: (project, holder, role, { actor, at }) =>
      change(async ({ queries, audit }) => {
        const columns = columnsOf(project, holder);
        await queries.run(deleteMember, columns);
        await queries.run(insertMember, { ...columns, role });
        const detail = { [holder.kind]: holder.id, role };
        const subject = { kind: "project", id: project.id };
        await audit({ at, actor, action: "project.member", subject, detail }, project.id);
      }),
    remove: (project, holder, { actor, at }) =>
      change(async ({ queries, audit }) => {
        if ((await queries.run(deleteMember, columnsOf(project, holder))) === 0)
          throw new HeadraceError("HR_NOT_FOUND", `the ${holder.kind} is no member of “${project.name}”`, {
            hint: "look the members up in the list",
          });
        const subject = { kind: "project", id: project.id };
        const detail = { [holder.kind]: holder.id };
        await audit({ at, actor, action: "project.member-remove", subject, detail }, project.id);
      }),
    roleOf: async ({ key }, userId) =>
      greatest((await database.all(selectRoles, { project: key, userId })).map(({ role }) => role)),
    rolesOf: async (userId) => {
      const roles = new Map<string, Role>();
      for (const { id, role } of await database.all(selectProjects, { userId })) {
        if (id === null) continue;
        const greater = greaterRole(roles.get(id), roleNamed(role));
        if (greater !== undefined) roles.set(id, greater);
      }
      return roles;
    },
  };
}

function columnsOf(project: ProjectRecord, { kind, id }: Holder) {
  return { project: project.key, user: kind === "user" ? id : null, team: kind === "team" ? id : null };
}

function greatest(roles: readonly string[]): Role | undefined {
  return roles.map(roleNamed).reduce<Role | undefined>(greaterRole, undefined);
}

/** A role that this program does not know has the least rights. */
function roleNamed(text: string): Role {
  return ROLES.find((role) => role === text) ?? "viewer";
}
