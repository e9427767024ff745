import type { Change } from "../change.ts";
import { type Queries, statement } from "../database.ts";
import { GIT_STATE } from "../documents/record-documents.ts";
import type { SnapshotRecord } from "./requests.ts";
import { type SnapshotRow, toSnapshot } from "./rows.ts";

const insertSnapshot = statement<{
  project: number;
  identifier: string;
  manifestSha256: string;
  fileCount: number;
  sizeBytes: number;
  git: string | null;
  at: number;
}>(`
  insert into snapshots (project_key, identifier, manifest_sha256, file_count, size_bytes, git, v, created_at)
  values (:project, :identifier, :manifestSha256, :fileCount, :sizeBytes, :git, ${GIT_STATE.version}, :at)
  on conflict (project_key, identifier) do nothing`);

const selectSnapshot = statement<{ project: number; identifier: string }, SnapshotRow>(`
  select identifier, manifest_sha256, file_count, size_bytes, git, v, created_at from snapshots
  where project_key = :project and identifier = :identifier`);

const selectNewest = statement<{ project: number; limit: number }, SnapshotRow>(`
  select identifier, manifest_sha256, file_count, size_bytes, git, v, created_at from snapshots
  where project_key = :project order by created_at desc, identifier limit :limit`);

/** The identifier names the content, so a snapshot that is there already is the same one. */
export async function addSnapshot({ queries, project }: Change, snapshot: SnapshotRecord): Promise<void> {
  await queries.run(insertSnapshot, {
    project,
    identifier: snapshot.identifier,
    manifestSha256: snapshot.manifestSha256,
    fileCount: snapshot.fileCount,
    sizeBytes: snapshot.sizeBytes,
    git: snapshot.git === undefined ? null : JSON.stringify(snapshot.git),
    at: snapshot.createdAt,
  });
}

export async function getSnapshot(
  queries: Queries,
  project: number,
  identifier: string,
): Promise<SnapshotRecord | undefined> {
  const row = await queries.get(selectSnapshot, { project, identifier });
  return row && toSnapshot(row);
}

export async function listSnapshots(
  queries: Queries,
  project: number,
  limit: number,
): Promise<readonly SnapshotRecord[]> {
  return (await queries.all(selectNewest, { project, limit })).map(toSnapshot);
}
