import { type Change, getRow } from "../change.ts";
import { type Queries, statement } from "../database.ts";
import { LAST_VALUES, METADATA_POINT } from "../documents/record-documents.ts";
import type { MetadataRecord } from "../records.ts";
import { requireHeld } from "./claims.ts";
import { OF_PROJECT } from "./execution-keys.ts";
import { LastValues, readLastValues } from "./last-values.ts";
import { indexMetadata } from "./lists/values.ts";
import { type PointRow, toPoint } from "./rows.ts";

const PAGE = 10_000;

const insertPoint = statement<{ executionKey: number; offset: number; at: number; point: string }>(`
  insert into metadata_points (execution_key, log_offset, at, point, v)
  values (:executionKey, :offset, :at, :point, ${METADATA_POINT.version})
  on conflict (execution_key, log_offset) do nothing`);

const selectLastOffset = statement<{ executionKey: number }, { last: number | null }>(`
  select max(log_offset) as last from metadata_points where execution_key = :executionKey`);

const selectPoints = statement<{ executionKey: number; after: number; limit: number }, PointRow>(`
  select log_offset, at, point, v from metadata_points
  where execution_key = :executionKey and log_offset > :after order by log_offset limit :limit`);

const selectPage = statement<{ project: number; executionId: string; after: number; limit: number }, PointRow>(`
  select log_offset, at, point, v from metadata_points
  where execution_key = (select key from executions where id = :executionId and ${OF_PROJECT})
    and log_offset > :after
  order by log_offset limit :limit`);

const selectLastValues = statement<{ executionKey: number }, { metadata: string; metadata_v: number }>(
  "select metadata, metadata_v from executions where key = :executionKey",
);

const updateLastValues = statement<{ executionKey: number; metadata: string }>(
  `update executions set metadata = :metadata, metadata_v = ${LAST_VALUES.version} where key = :executionKey`,
);

export async function addMetadata(
  change: Change,
  id: string,
  fence: number,
  points: readonly MetadataRecord[],
): Promise<void> {
  const { queries } = change;
  const execution = await requireHeld(change, id, fence);
  const executionKey = execution.key;
  const { last } = await getRow(queries, selectLastOffset, { executionKey });
  const added = await queries.runMany(
    insertPoint,
    points.values().map(({ offset, at, values }) => ({ executionKey, offset, at, point: JSON.stringify(values) })),
  );
  if (added === 0) return;
  const fresh = inOrder(points.filter((point) => last === null || point.offset > last));
  const values = new LastValues();
  if (fresh.length === added) {
    const { metadata, metadata_v: v } = await getRow(queries, selectLastValues, { executionKey });
    values.addKept(readLastValues(v, metadata));
    for (const point of fresh) values.add(point.values);
  } else {
    // Points came late, from the middle of the log: rare enough to read all of them again.
    for await (const point of allPoints(queries, executionKey)) values.add(point.values);
  }
  const { kept, text } = values.withinLimits();
  await queries.run(updateLastValues, { executionKey, metadata: text });
  const touched = new Set(points.flatMap((point) => Object.keys(point.values)));
  // Not by assignment: a key may be called `__proto__`.
  const newest = [...kept].filter(([key]) => touched.has(key));
  await indexMetadata(change, execution, newest);
  change.emit(execution.run_key, points.at(-1)?.at ?? 0, {
    kind: "execution-metadata",
    runId: execution.run_id,
    executionId: id,
    node: execution.node,
    values: Object.fromEntries(newest),
  });
}

export async function listMetadata(
  queries: Queries,
  project: number,
  executionId: string,
  page: { readonly afterOffset?: number; readonly limit: number },
): Promise<readonly MetadataRecord[]> {
  const rows = await queries.all(selectPage, {
    project,
    executionId,
    after: page.afterOffset ?? -1,
    limit: Math.max(0, page.limit),
  });
  return rows.map(toPoint);
}

async function* allPoints(queries: Queries, executionKey: number): AsyncIterable<MetadataRecord> {
  let after = -1;
  for (;;) {
    const page = await queries.all(selectPoints, { executionKey, after, limit: PAGE });
    yield* page.values().map(toPoint);
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return;
    after = last.log_offset;
  }
}

/** By offset, the first of equal ones only: that is the one the database kept. */
function inOrder(points: readonly MetadataRecord[]): readonly MetadataRecord[] {
  const sorted = points.toSorted((a, b) => a.offset - b.offset);
  return sorted.filter((point, index) => point.offset !== sorted[index - 1]?.offset);
}
