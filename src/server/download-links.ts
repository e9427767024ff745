import { createHash, randomBytes } from "node:crypto";
import type { Actor, ProjectRecord } from "../store/index.ts";
import { type InstallationScope, statement } from "../store/sql.ts";

/** A link holds for so long; a download that has begun goes on. */
const VALID_MS = 15 * 60_000;
/** The clocks of two servers may differ by so much; a link for longer than this was made while a clock was ahead. */
const SKEW_MS = 15 * 60_000;
const SECRET_BYTES = 32;

const deleteOld = statement<{ now: number }>("delete from download_links where expires_at <= :now");

const insertLink = statement<{ hash: string; project: number; datum: string; actor: string; expiresAt: number }>(`
  insert into download_links (hash, project_key, datum_id, actor, expires_at)
  values (:hash, :project, :datum, :actor, :expiresAt)`);

const selectLink = statement<
  { hash: string; now: number; latest: number },
  { readonly project: string; readonly datum_id: string; readonly actor: Actor }
>(`
  select projects.id as project, datum_id, actor from download_links join projects on projects.key = project_key
  where hash = :hash and expires_at > :now and expires_at <= :latest`);

/** The stored file that a link is for, and the user who made the link. */
export interface LinkedFile {
  readonly project: string;
  readonly datum: string;
  readonly actor: Actor;
}

/** Links that need no token: clients of Valohai fetch files without one. */
export class DownloadLinks {
  readonly #scope: InstallationScope;
  readonly #now: () => number;

  constructor(scope: InstallationScope, now: () => number) {
    this.#scope = scope;
    this.#now = now;
  }

  /** The secret parts of links to files of a project, in their order. */
  async create(project: Pick<ProjectRecord, "key">, data: readonly string[], actor: Actor): Promise<readonly string[]> {
    const expiresAt = this.#now() + VALID_MS;
    const links = data.map((datum) => ({ datum, secret: randomBytes(SECRET_BYTES).toString("base64url") }));
    await this.#scope.change(async ({ queries }) => {
      await queries.run(deleteOld, { now: this.#now() });
      await queries.runMany(
        insertLink,
        links.map(({ datum, secret }) => ({ hash: hashOf(secret), project: project.key, datum, actor, expiresAt })),
      );
    });
    return links.map(({ secret }) => secret);
  }

  /** Undefined for a link that was never made, or holds no more. */
  async find(secret: string): Promise<LinkedFile | undefined> {
    const now = this.#now();
    const latest = now + VALID_MS + SKEW_MS;
    const row = await this.#scope.database.get(selectLink, { hash: hashOf(secret), now, latest });
    return row && { project: row.project, datum: row.datum_id, actor: row.actor };
  }
}

function hashOf(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}
