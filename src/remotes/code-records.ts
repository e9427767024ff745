import { HeadraceError } from "../errors.ts";
import type { ProjectRecord, Wish } from "../store/index.ts";
import { type InstallationScope, type Queries, statement } from "../store/sql.ts";
import type { RemoteRef } from "./mirror.ts";

/** The way to reach a project's repository, and the result of the last fetch. */
export interface RepositoryRecord {
  readonly url: string;
  /** The branch that runs if nobody names a version; absent: the repository's `main`, `master` or only branch. */
  readonly branch?: string;
  /** The configuration file in the repository; absent: one of the usual names at its top. */
  readonly configPath?: string;
  /** Sealed. */
  readonly credential?: { readonly kind: "ssh-key" | "token"; readonly sealed: string };
  /** Sealed. */
  readonly webhookSecret?: string;
  readonly fetchEveryS?: number;
  readonly fetchedAt?: number;
  /** The error of the last fetch; absent if it succeeded. */
  readonly fetchError?: string;
}

export type RepositorySetting = Omit<RepositoryRecord, "fetchedAt" | "fetchError">;

/** A version of the code that was fetched or uploaded. */
export interface CommitRecord {
  readonly identifier: string;
  /** The branch or tag that it was fetched for. */
  readonly ref?: string;
  /** The moment at which it was committed, or uploaded. */
  readonly committedAt: number;
  readonly isAdhoc: boolean;
  readonly description: string;
  /** Absent: as the repository says. */
  readonly configPath?: string;
}

export interface CommitFilter {
  readonly isAdhoc?: boolean;
  readonly limit: number;
  readonly offset: number;
}

interface RepositoryRow {
  readonly url: string;
  readonly branch: string | null;
  readonly config_path: string | null;
  readonly credential_kind: "ssh-key" | "token" | null;
  readonly credential: string | null;
  readonly webhook_secret: string | null;
  readonly fetch_every_s: number | null;
  readonly fetched_at: number | null;
  readonly fetch_error: string | null;
}

interface CommitRow {
  readonly identifier: string;
  readonly ref: string | null;
  readonly committed_at: number;
  readonly is_adhoc: number;
  readonly description: string;
  readonly config_path: string | null;
}

type OfProject = { readonly project: number };

const selectRepository = statement<OfProject, RepositoryRow>(`
  select url, branch, config_path, credential_kind, credential, webhook_secret, fetch_every_s, fetched_at, fetch_error
  from code_repositories where project_key = :project`);

const upsertRepository = statement<
  OfProject & {
    readonly url: string;
    readonly branch: string | null;
    readonly configPath: string | null;
    readonly credentialKind: string | null;
    readonly credential: string | null;
    readonly webhookSecret: string | null;
    readonly everyS: number | null;
    readonly dueAt: number | null;
  }
>(`
  insert into code_repositories
    (project_key, url, branch, config_path, credential_kind, credential, webhook_secret, fetch_every_s, fetch_due_at)
  values (:project, :url, :branch, :configPath, :credentialKind, :credential, :webhookSecret, :everyS, :dueAt)
  on conflict (project_key) do update set url = :url, branch = :branch, config_path = :configPath,
    credential_kind = :credentialKind, credential = :credential, webhook_secret = :webhookSecret,
    fetch_every_s = :everyS, fetch_due_at = :dueAt`);

const deleteRepository = statement<OfProject>("delete from code_repositories where project_key = :project");

const deleteRefs = statement<OfProject>("delete from code_refs where project_key = :project");

const insertRef = statement<OfProject & { kind: string; name: string; commit: string }>(`
  insert into code_refs (project_key, kind, name, commit_id) values (:project, :kind, :name, :commit)`);

const selectRefs = statement<OfProject, { kind: RemoteRef["kind"]; name: string; commit_id: string }>(
  "select kind, name, commit_id from code_refs where project_key = :project order by kind, name",
);

const upsertCommit = statement<
  OfProject & {
    readonly identifier: string;
    readonly ref: string | null;
    readonly at: number;
    readonly isAdhoc: number;
    readonly description: string;
    readonly configPath: string | null;
  }
>(`
  insert into code_commits (project_key, identifier, ref, committed_at, is_adhoc, description, config_path)
  values (:project, :identifier, :ref, :at, :isAdhoc, :description, :configPath)
  on conflict (project_key, identifier) do update set ref = :ref, description = :description,
    config_path = :configPath`);

const COMMIT_COLUMNS = "identifier, ref, committed_at, is_adhoc, description, config_path";

const selectCommit = statement<OfProject & { identifier: string }, CommitRow>(
  `select ${COMMIT_COLUMNS} from code_commits where project_key = :project and identifier = :identifier`,
);

const OF_KIND = "project_key = :project and (:isAdhoc = -1 or is_adhoc = :isAdhoc)";

const selectCommits = statement<OfProject & { isAdhoc: number; limit: number; offset: number }, CommitRow>(`
  select ${COMMIT_COLUMNS} from code_commits where ${OF_KIND}
  order by committed_at desc, identifier limit :limit offset :offset`);

const countCommits = statement<OfProject & { isAdhoc: number }, { readonly count: number }>(
  `select count(*) as count from code_commits where ${OF_KIND}`,
);

const updateFetched = statement<OfProject & { at: number; error: string | null }>(
  "update code_repositories set fetched_at = :at, fetch_error = :error where project_key = :project",
);

const updateDue = statement<OfProject & { at: number }>(
  "update code_repositories set fetch_due_at = :at where project_key = :project",
);

/** A fetch, also one after a failure, is never put off for longer than this beyond its interval. */
const LONGEST_DELAY_MS = 3_600_000;
/** Also where it is due later than it can be: whoever put it off had a clock that was ahead. */
const IS_DUE = `(fetch_due_at <= :now or fetch_due_at > :now + coalesce(fetch_every_s, 0) * 1000 + ${LONGEST_DELAY_MS})`;

const selectDue = statement<{ now: number }, { readonly id: string }>(`
  select projects.id from code_repositories join projects on key = project_key
  where fetch_due_at is not null and ${IS_DUE} order by fetch_due_at limit 100`);

/** One of several servers takes it: until `until`, it is not due for the others. */
const takeDue = statement<OfProject & { now: number; until: number }>(`
  update code_repositories set fetch_due_at = :until where project_key = :project and ${IS_DUE}`);

/** Not where it was asked for again meanwhile. */
const moveDue = statement<OfProject & { from: number; to: number | null }>(
  "update code_repositories set fetch_due_at = :to where project_key = :project and fetch_due_at = :from",
);

/** The versions of the code of projects, and where they come from. */
export interface CodeRecords {
  repository(project: ProjectRecord): Promise<RepositoryRecord | undefined>;
  /** Branches, tags and versions of another address stay until the next fetch. */
  setRepository(project: ProjectRecord, setting: RepositorySetting, wish: Wish): Promise<void>;
  /** Throws HR_NOT_FOUND where there is none. The fetched code stays, as it may run again. */
  removeRepository(project: ProjectRecord, wish: Wish): Promise<void>;
  /** As of the last fetch, by kind and name. */
  refs(project: ProjectRecord): Promise<readonly RemoteRef[]>;
  commit(project: ProjectRecord, identifier: string): Promise<CommitRecord | undefined>;
  /** The newest first. */
  commits(
    project: ProjectRecord,
    filter: CommitFilter,
  ): Promise<{ readonly count: number; readonly results: readonly CommitRecord[] }>;
  /** Records the result of a fetch in one transaction. */
  recordFetch(
    project: ProjectRecord,
    fetched: { readonly refs: readonly RemoteRef[]; readonly commits: readonly CommitRecord[] },
    at: number,
  ): Promise<void>;
  recordFailure(project: ProjectRecord, error: string, at: number): Promise<void>;
  addUpload(project: ProjectRecord, commit: CommitRecord, wish: Wish): Promise<void>;
  /** Has the repository fetched at `at`, or as soon as a server is there after it. */
  askForFetch(project: ProjectRecord, at: number): Promise<void>;
  /** Ids of the projects whose repository is to be fetched by now. */
  dueFetches(now: number): Promise<readonly string[]>;
  /** False where another server has taken the fetch. It is this one's until `until`, and due again after that. */
  takeDueFetch(project: ProjectRecord, now: number, until: number): Promise<boolean>;
  /** Moves when the fetch that is taken until `from` is due again; false where it was asked for anew meanwhile. */
  moveDueFetch(project: ProjectRecord, from: number, to: number | null): Promise<boolean>;
}

export function codeRecords({ database, change }: InstallationScope): CodeRecords {
  return {
    repository: async ({ key }) => {
      const row = await database.get(selectRepository, { project: key });
      return row && toRepository(row);
    },
    setRepository: (project, setting, { actor, at }) =>
      change(async ({ queries, audit }) => {
        const { credential, webhookSecret, fetchEveryS, ...shown } = setting;
        await queries.run(upsertRepository, {
          ...{ project: project.key, url: setting.url, branch: setting.branch ?? null },
          ...{ configPath: setting.configPath ?? null, webhookSecret: webhookSecret ?? null },
          ...{ credentialKind: credential?.kind ?? null, credential: credential?.sealed ?? null },
          ...{ everyS: fetchEveryS ?? null, dueAt: fetchEveryS === undefined ? null : at },
        });
        const detail = { ...shown, credential: credential?.kind ?? null, fetchEveryS: fetchEveryS ?? null };
        const subject = { kind: "project", id: project.id };
        await audit({ at, actor, action: "project.repository", subject, detail }, project.id);
      }),
    removeRepository: (project, { actor, at }) =>
      change(async ({ queries, audit }) => {
        if ((await queries.run(deleteRepository, { project: project.key })) === 0)
          throw new HeadraceError("HR_NOT_FOUND", "the project has no repository", {
            hint: "there is nothing to remove",
          });
        await queries.run(deleteRefs, { project: project.key });
        const subject = { kind: "project", id: project.id };
        await audit({ at, actor, action: "project.repository-remove", subject }, project.id);
      }),
    refs: async ({ key }) =>
      (await database.all(selectRefs, { project: key })).map(({ kind, name, commit_id: commit }) => ({
        ...{ kind, name, commit },
      })),
    commit: async ({ key }, identifier) => {
      const row = await database.get(selectCommit, { project: key, identifier });
      return row && toCommit(row);
    },
    commits: async ({ key }, { isAdhoc, limit, offset }) => {
      const filter = { project: key, isAdhoc: isAdhoc === undefined ? -1 : isAdhoc ? 1 : 0 };
      const [counted, rows] = await Promise.all([
        database.get(countCommits, filter),
        database.all(selectCommits, { ...filter, limit, offset }),
      ]);
      return { count: counted?.count ?? 0, results: rows.map(toCommit) };
    },
    recordFetch: ({ key }, { refs, commits }, at) =>
      change(async ({ queries }) => {
        await queries.run(deleteRefs, { project: key });
        await queries.runMany(
          insertRef,
          refs.map(({ kind, name, commit }) => ({ project: key, kind, name, commit })),
        );
        for (const commit of commits) await addCommit(queries, key, commit);
        await queries.run(updateFetched, { project: key, at, error: null });
      }),
    recordFailure: ({ key }, error, at) =>
      change(async ({ queries }) => void (await queries.run(updateFetched, { project: key, at, error }))),
    addUpload: (project, commit, { actor, at }) =>
      change(async ({ queries, audit }) => {
        await addCommit(queries, project.key, commit);
        const subject = { kind: "commit", id: commit.identifier };
        await audit({ at, actor, action: "code.upload", subject, detail: {} }, project.id);
      }),
    askForFetch: ({ key }, at) =>
      change(async ({ queries }) => void (await queries.run(updateDue, { project: key, at }))),
    dueFetches: async (now) => (await database.all(selectDue, { now })).map(({ id }) => id),
    takeDueFetch: ({ key }, now, until) =>
      change(async ({ queries }) => (await queries.run(takeDue, { project: key, now, until })) > 0),
    moveDueFetch: ({ key }, from, to) =>
      change(async ({ queries }) => (await queries.run(moveDue, { project: key, from, to })) > 0),
  };
}

async function addCommit(queries: Queries, project: number, commit: CommitRecord): Promise<void> {
  const { identifier, ref = null, committedAt: at, isAdhoc, description, configPath = null } = commit;
  await queries.run(upsertCommit, {
    ...{ project, identifier, ref, at, isAdhoc: isAdhoc ? 1 : 0, description, configPath },
  });
}

function toRepository(row: RepositoryRow): RepositoryRecord {
  const { branch, config_path: configPath, credential_kind: kind, credential: sealed } = row;
  return {
    url: row.url,
    ...(branch !== null && { branch }),
    ...(configPath !== null && { configPath }),
    ...(kind !== null && sealed !== null && { credential: { kind, sealed } }),
    ...(row.webhook_secret !== null && { webhookSecret: row.webhook_secret }),
    ...(row.fetch_every_s !== null && { fetchEveryS: row.fetch_every_s }),
    ...(row.fetched_at !== null && { fetchedAt: row.fetched_at }),
    ...(row.fetch_error !== null && { fetchError: row.fetch_error }),
  };
}

function toCommit(row: CommitRow): CommitRecord {
  const { identifier, ref, committed_at: committedAt, description, config_path: configPath } = row;
  return {
    ...{ identifier, committedAt, description, isAdhoc: row.is_adhoc === 1 },
    ...(ref !== null && { ref }),
    ...(configPath !== null && { configPath }),
  };
}
