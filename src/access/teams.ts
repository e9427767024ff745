import { HeadraceError } from "../errors.ts";
import type { Wish } from "../store/index.ts";
import { createRecordId, type InstallationScope, statement } from "../store/sql.ts";

/** Several users who are members of projects together. */
export interface TeamRecord {
  readonly id: string;
  readonly name: string;
  /** Names of its users, in order. */
  readonly members: readonly string[];
}

/** By hand, or by the groups that an identity provider tells of. */
export type MembershipSource = "hand" | "provider";

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

const insertTeam = statement<{ id: string; name: string; at: number }>(
  "insert into teams (id, name, created_at) values (:id, :name, :at) on conflict do nothing",
);

const selectTeam = statement<{ ref: string }, { readonly id: string; readonly name: string }>(
  "select id, name from teams where id = :ref or name = :ref",
);

const selectTeams = statement<
  Record<string, never>,
  { readonly id: string; readonly name: string; readonly member: string | null }
>(`
  select teams.id, teams.name, users.name as member
  from teams
  left join team_members on team_id = teams.id
  left join users on users.id = user_id
  order by teams.name, users.folded_name`);

const deleteTeam = statement<{ id: string }>("delete from teams where id = :id");

const insertMember = statement<{ teamId: string; userId: string; givenBy: string }>(`
  insert into team_members (team_id, user_id, given_by) values (:teamId, :userId, :givenBy) on conflict do nothing`);

const deleteMember = statement<{ teamId: string; userId: string }>(
  "delete from team_members where team_id = :teamId and user_id = :userId",
);

const selectGiven = statement<{ userId: string; givenBy: string }, { readonly id: string; readonly name: string }>(`
  select id, name from teams join team_members on team_id = id where user_id = :userId and given_by = :givenBy`);

export interface TeamRepository {
  /** By name, with who is in them. */
  list(): Promise<readonly TeamRecord[]>;
  /** By id or name. Throws HR_NOT_FOUND. */
  require(ref: string): Promise<Omit<TeamRecord, "members">>;
  /** Throws HR_CONFLICT where there is a team of that name, HR_USAGE where it cannot be one. */
  create(name: string, wish: Wish): Promise<TeamRecord>;
  /** By id or name. Its members stay users, and lose what they were by the team. Throws HR_NOT_FOUND. */
  remove(ref: string, wish: Wish): Promise<void>;
  addUser(ref: string, userId: string, wish: Wish): Promise<void>;
  removeUser(ref: string, userId: string, wish: Wish): Promise<void>;
  /**
   * Puts a user into those of the named teams that there are, and takes them out of the teams that they were in by an
   * earlier call and that are not named now. Memberships that were given by hand stay.
   */
  follow(userId: string, names: readonly string[], wish: Wish): Promise<void>;
}

export function teamRepository({ database, change }: InstallationScope): TeamRepository {
  const find = async (ref: string) => {
    const rows = await database.all(selectTeam, { ref });
    const team = rows.find(({ id }) => id === ref) ?? rows[0];
    if (team === undefined)
      throw new HeadraceError("HR_NOT_FOUND", `there is no team “${ref}”`, { hint: "check the name" });
    return team;
  };
  const changeMembers = async (
    action: "team.add" | "team.remove",
    { ref, userId, wish }: { readonly ref: string; readonly userId: string; readonly wish: Wish },
  ) => {
    const team = await find(ref);
    await change(async ({ queries, audit }) => {
      const changed =
        action === "team.add"
          ? await queries.run(insertMember, { teamId: team.id, userId, givenBy: "hand" })
          : await queries.run(deleteMember, { teamId: team.id, userId });
      const subject = { kind: "team", id: team.id };
      if (changed > 0) await audit({ at: wish.at, actor: wish.actor, action, subject, detail: { user: userId } });
    });
  };
  return {
    require: find,
    list: async () => groupMembers(await database.all(selectTeams, {})),
    create: async (name, { actor, at }) => {
      if (!NAME.test(name))
        throw new HeadraceError("HR_USAGE", `“${name}” cannot be the name of a team`, {
          hint: "a name begins with a letter or a digit, and has letters, digits and ._- after it, up to 100",
        });
      const id = createRecordId(at);
      await change(async ({ queries, audit }) => {
        if ((await queries.run(insertTeam, { id, name, at })) === 0)
          throw new HeadraceError("HR_CONFLICT", `there is a team “${name}” already`, { hint: "choose another name" });
        await audit({ at, actor, action: "team.create", subject: { kind: "team", id }, detail: { name } });
      });
      return { id, name, members: [] };
    },
    remove: async (ref, { actor, at }) => {
      const { id, name } = await find(ref);
      await change(async ({ queries, audit }) => {
        if ((await queries.run(deleteTeam, { id })) > 0)
          await audit({ at, actor, action: "team.delete", subject: { kind: "team", id }, detail: { name } });
      });
    },
    addUser: (ref, userId, wish) => changeMembers("team.add", { ref, userId, wish }),
    removeUser: (ref, userId, wish) => changeMembers("team.remove", { ref, userId, wish }),
    follow: async (userId, names, { actor, at }) => {
      const all = await database.all(selectTeams, {});
      await change(async ({ queries, audit }) => {
        const given = await queries.all(selectGiven, { userId, givenBy: "provider" });
        const wanted = new Map(all.filter(({ name }) => names.includes(name)).map(({ id, name }) => [id, name]));
        const detail = { user: userId };
        for (const { id } of given.filter((team) => !wanted.has(team.id))) {
          await queries.run(deleteMember, { teamId: id, userId });
          await audit({ at, actor, action: "team.remove", subject: { kind: "team", id }, detail });
        }
        for (const id of wanted.keys())
          if ((await queries.run(insertMember, { teamId: id, userId, givenBy: "provider" })) > 0)
            await audit({ at, actor, action: "team.add", subject: { kind: "team", id }, detail });
      });
    },
  };
}

function groupMembers(
  rows: readonly { readonly id: string; readonly name: string; readonly member: string | null }[],
): readonly TeamRecord[] {
  const teams = new Map<string, { readonly id: string; readonly name: string; readonly members: string[] }>();
  for (const { id, name, member } of rows) {
    const team = teams.get(id) ?? { id, name, members: [] };
    if (member !== null) team.members.push(member);
    teams.set(id, team);
  }
  return [...teams.values()];
}
