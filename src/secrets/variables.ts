import { HeadraceError } from "../errors.ts";
import type { ProjectRecord, Wish } from "../store/index.ts";
import { createRecordId, type InstallationScope, type Queries, statement } from "../store/sql.ts";
import { isSealedByFirst, openSecret, sealSecret } from "./cipher.ts";
import type { KeyRing } from "./key-ring.ts";

/** A variable that steps get; the value of a secret one is never told. */
export interface VariableRecord {
  readonly name: string;
  readonly isSecret: boolean;
  /** Absent for a secret. */
  readonly value?: string;
  readonly setAt: number;
}

/** Variables that steps ask for by the name of the group; the project's own, which all of its steps get, have none. */
export interface GroupRecord {
  readonly name: string;
  /** The group belongs to the installation: every project may use it. */
  readonly isShared: boolean;
  /** By name. */
  readonly variables: readonly VariableRecord[];
}

/** The owner of variables: a project, or the installation (shared groups). */
export type VariableOwner = ProjectRecord | "installation";

/** A group of an owner; an empty name means the project's own variables. */
export interface GroupRef {
  readonly owner: VariableOwner;
  readonly group: string;
}

export interface NewVariable {
  readonly name: string;
  readonly value: string;
  readonly isSecret: boolean;
}

interface VariableRow {
  readonly group_id: string;
  readonly group_name: string;
  readonly is_shared: number;
  /** The rest is null for a group without variables. */
  readonly name: string | null;
  readonly value: string | null;
  readonly is_secret: number | null;
  readonly set_at: number | null;
}

const insertGroup = statement<{ id: string; project: number | null; name: string; at: number }>(`
  insert into variable_groups (id, project_key, name, created_at) values (:id, :project, :name, :at)
  on conflict do nothing`);

const OWNED = "coalesce(project_key, 0) = cast(:owner as integer)";

const selectGroup = statement<{ owner: number; name: string }, { readonly id: string }>(
  `select id from variable_groups where ${OWNED} and name = :name`,
);

const deleteGroup = statement<{ owner: number; name: string }>(
  `delete from variable_groups where ${OWNED} and name = :name`,
);

const upsertVariable = statement<{ group: string; name: string; value: string; isSecret: number; at: number }>(`
  insert into variables (group_id, name, value, is_secret, set_at) values (:group, :name, :value, :isSecret, :at)
  on conflict (group_id, name) do update set value = :value, is_secret = :isSecret, set_at = :at`);

const deleteVariable = statement<{ group: string; name: string }>(
  "delete from variables where group_id = :group and name = :name",
);

/** The project's own first, then groups by name; those of the installation before those of the project. */
const selectVariables = statement<{ project: number }, VariableRow>(`
  select variable_groups.id as group_id, variable_groups.name as group_name,
    case when project_key is null then 1 else 0 end as is_shared, variables.name, value, is_secret, set_at
  from variable_groups left join variables on group_id = variable_groups.id
  where project_key = :project or project_key is null
  order by variable_groups.name, is_shared desc, variables.name`);

const selectSealed = statement<
  Record<string, never>,
  { readonly group_id: string; readonly name: string; readonly value: string }
>("select group_id, name, value from variables where is_secret = 1");

/** Only if nobody has set it meanwhile. */
const reseal = statement<{ group: string; name: string; value: string; former: string }>(
  "update variables set value = :value where group_id = :group and name = :name and value = :former",
);

export interface VariableRepository {
  /** Those that a project's steps may get: its own, its groups, and the shared ones. */
  list(project: ProjectRecord): Promise<readonly GroupRecord[]>;
  /** Makes a group without variables. Throws HR_CONFLICT where there is one of the name. */
  createGroup(where: GroupRef, wish: Wish): Promise<void>;
  /** Makes the group where it is not there. Throws HR_USAGE for a name or value that no variable can have. */
  set(where: GroupRef, variable: NewVariable, wish: Wish): Promise<void>;
  /** Throws HR_NOT_FOUND. */
  remove(where: GroupRef, name: string, wish: Wish): Promise<void>;
  /** Throws HR_NOT_FOUND. */
  removeGroup(where: GroupRef, wish: Wish): Promise<void>;
  /**
   * Opens the secrets of these names for a step that asks for these groups. If several have one name, the one of the
   * last group counts; the project's own count less than all groups, and a group of the project counts more than a
   * shared one. Throws HR_SECRETS for one that is not there any more, or cannot be opened.
   */
  openSecrets(
    project: ProjectRecord,
    groups: readonly string[],
    names: readonly string[],
  ): Promise<Readonly<Record<string, string>>>;
  /** The values of all secrets that steps of the project may get. Throws HR_SECRETS for one that cannot be opened. */
  secretValues(project: ProjectRecord): Promise<readonly string[]>;
  /** Seals with the first key what was sealed with another one; returns how many. */
  rotate(wish: Wish): Promise<number>;
}

const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,199}$/;
const GROUP = /^[A-Za-z0-9][A-Za-z0-9 ._-]{0,99}$/;
const LARGEST_VALUE = 65_536;
/** A shorter one could be guessed from where output is hidden, and would be hidden all over it. */
const SHORTEST_SECRET = 6;

/** `keys` is asked for when a secret is set or opened: a user without secrets needs no keys. */
export function variableRepository({ database, change }: InstallationScope, keys: () => KeyRing): VariableRepository {
  return {
    list: async ({ key }) => groupRows(await database.all(selectVariables, { project: key })),
    createGroup: ({ owner, group }, { actor, at }) =>
      change(async ({ queries, audit }) => {
        checkGroup(group);
        const project = owner === "installation" ? null : owner.key;
        if ((await queries.run(insertGroup, { id: createRecordId(at), project, name: group, at })) === 0)
          throw new HeadraceError("HR_CONFLICT", `there is a group of variables “${group}” already`, {
            hint: "choose another name, or set variables in it",
          });
        const detail = { group };
        await audit(
          { at, actor, action: "variable.create-group", subject: subjectOf(owner), detail },
          projectId(owner),
        );
      }),
    set: async ({ owner, group }, variable, { actor, at }) => {
      if (group !== "") checkGroup(group);
      checkVariable(variable);
      await change(async ({ queries, audit }) => {
        const id = await ensureGroup(queries, { owner, group }, at);
        const { name, isSecret } = variable;
        const value = isSecret ? sealSecret(keys(), variable.value, about(id, name)) : variable.value;
        await queries.run(upsertVariable, { group: id, name, value, isSecret: isSecret ? 1 : 0, at });
        const detail = { name, group, isSecret, ...(!isSecret && { value }) };
        await audit({ at, actor, action: "variable.set", subject: subjectOf(owner), detail }, projectId(owner));
      });
    },
    remove: ({ owner, group }, name, { actor, at }) =>
      change(async ({ queries, audit }) => {
        const id = (await queries.get(selectGroup, { owner: ownerKey(owner), name: group }))?.id;
        if (id === undefined || (await queries.run(deleteVariable, { group: id, name })) === 0)
          throw new HeadraceError("HR_NOT_FOUND", `there is no variable “${name}”`, { hint: "look it up in the list" });
        const detail = { name, group };
        await audit({ at, actor, action: "variable.delete", subject: subjectOf(owner), detail }, projectId(owner));
      }),
    removeGroup: ({ owner, group }, { actor, at }) =>
      change(async ({ queries, audit }) => {
        if ((await queries.run(deleteGroup, { owner: ownerKey(owner), name: group })) === 0) throw unknownGroup(group);
        const detail = { group };
        await audit(
          { at, actor, action: "variable.delete-group", subject: subjectOf(owner), detail },
          projectId(owner),
        );
      }),
    openSecrets: async ({ key }, groups, names) => {
      if (names.length === 0) return {};
      const rows = await database.all(selectVariables, { project: key });
      const layered = new Map<string | null, VariableRow>();
      for (const group of ["", ...groups])
        for (const row of rows) if (row.group_name === group) layered.set(row.name, row);
      return Object.fromEntries(
        names.map((name) => {
          const row = layered.get(name);
          if (row === undefined || row.value === null) throw vanished(name);
          // A variable that was made plain since the run was planned is kept as secret as it was then.
          return [name, row.is_secret === 1 ? openSecret(keys(), row.value, about(row.group_id, name)) : row.value];
        }),
      );
    },
    secretValues: async ({ key }) =>
      (await database.all(selectVariables, { project: key })).flatMap(({ group_id: group, name, value, is_secret }) =>
        is_secret === 1 && name !== null && value !== null ? [openSecret(keys(), value, about(group, name))] : [],
      ),
    rotate: ({ actor, at }) =>
      change(async ({ queries, audit }) => {
        let count = 0;
        for (const { group_id: group, name, value } of await queries.all(selectSealed, {})) {
          if (isSealedByFirst(keys(), value)) continue;
          const renewed = sealSecret(keys(), openSecret(keys(), value, about(group, name)), about(group, name));
          count += await queries.run(reseal, { group, name, value: renewed, former: value });
        }
        if (count > 0)
          await audit({
            at,
            actor,
            action: "secret.rotate",
            subject: { kind: "server", id: "secrets" },
            detail: { count },
          });
        return count;
      }),
  };
}

/** Variables that change what programs between Headrace and the step do stand on a command line of the latter. */
const STARTS_PROGRAMS =
  /^(LD_|DYLD_|BASH|GLIBC_|MALLOC_|LC_|PERL|HEADRACE_|VH_|__hr_)|^(PATH|HOME|ENV|IFS|PS4|LANG|LANGUAGE)$/;

function checkGroup(group: string): void {
  if (!GROUP.test(group))
    throw new HeadraceError("HR_USAGE", `“${group}” cannot be the name of a group`, {
      hint: "a name begins with a letter or a digit, and has letters, digits, spaces and ._- after it, up to 100",
    });
}

function checkVariable({ name, value, isSecret }: NewVariable): void {
  if (!NAME.test(name))
    throw new HeadraceError("HR_USAGE", `“${name}” cannot be the name of a variable`, {
      hint: "a name has letters, digits and _, and begins with no digit",
    });
  if (value.includes("\0") || Buffer.byteLength(value) > LARGEST_VALUE)
    throw new HeadraceError("HR_USAGE", `the value of ${name} does not fit into a variable`, {
      hint: `a value has at most ${LARGEST_VALUE} bytes, none of them zero; put a file into the inputs for more`,
    });
  if (isSecret && STARTS_PROGRAMS.test(name))
    throw new HeadraceError("HR_USAGE", `${name} cannot be a secret: it decides how programs are started`, {
      hint: "set it as a plain variable, or choose another name",
    });
  if (isSecret && value.trim().length < SHORTEST_SECRET)
    throw new HeadraceError("HR_USAGE", `${name} has fewer than ${SHORTEST_SECRET} characters, too few for a secret`, {
      hint: "so short a text stands in ordinary output, and could not be hidden there; set it as a plain variable",
    });
}

async function ensureGroup(queries: Queries, { owner, group }: GroupRef, at: number): Promise<string> {
  const project = owner === "installation" ? null : owner.key;
  await queries.run(insertGroup, { id: createRecordId(at), project, name: group, at });
  const row = await queries.get(selectGroup, { owner: ownerKey(owner), name: group });
  if (row === undefined) throw new Error(`group ${group} was added and is not there`);
  return row.id;
}

function groupRows(rows: readonly VariableRow[]): readonly GroupRecord[] {
  const groups = new Map<string, { name: string; isShared: boolean; variables: VariableRecord[] }>();
  for (const row of rows) {
    const group = groups.get(row.group_id) ?? { name: row.group_name, isShared: row.is_shared === 1, variables: [] };
    groups.set(row.group_id, group);
    const { name, value, is_secret: isSecret, set_at: setAt } = row;
    if (name === null || value === null || setAt === null) continue;
    group.variables.push({ name, isSecret: isSecret === 1, setAt, ...(isSecret !== 1 && { value }) });
  }
  return [...groups.values()];
}

/** Returns the text that a sealed text is bound to. */
function about(group: string, name: string): string {
  return `${group}/${name}`;
}

/** Keys of projects begin at 1. */
function ownerKey(owner: VariableOwner): number {
  return owner === "installation" ? 0 : owner.key;
}

function projectId(owner: VariableOwner): string | undefined {
  return owner === "installation" ? undefined : owner.id;
}

function subjectOf(owner: VariableOwner) {
  return owner === "installation" ? { kind: "server", id: "variables" } : { kind: "project", id: owner.id };
}

function vanished(name: string): HeadraceError {
  return new HeadraceError("HR_SECRETS", `the secret ${name}, which the step is to get, is not there any more`, {
    hint: "set it again, or start a new run without it",
  });
}

function unknownGroup(group: string): HeadraceError {
  return new HeadraceError("HR_NOT_FOUND", `there is no group of variables “${group}”`, {
    hint: "look it up in the list",
  });
}
