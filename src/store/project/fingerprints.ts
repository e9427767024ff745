import type { Fingerprint } from "../../planning/index.ts";
import type { Change } from "../change.ts";
import { type Queries, statement } from "../database.ts";
import { CODE_SHARE } from "../documents/plan-documents.ts";
import { NO_LIMIT } from "../page.ts";
import { jsonOf, namesOf, OF_PROJECT, storable } from "./execution-keys.ts";
import type { NearestFilter, NewestFilter, NodesFilter, ReusableFilter, ReusableRecord } from "./requests.ts";

const insertFingerprint = statement<{
  executionKey: number;
  base: string;
  code: string;
}>(`
  insert into fingerprints (execution_key, project_key, step, node, base, code, v)
  select key, project_key, step, node, :base, :code, ${CODE_SHARE.version} from executions where key = :executionKey`);

/**
 * Keys grow as numbers do, so that what was begun before a run is a range of the index: the thousand equal nodes of a
 * fan-out do not walk over each other's rows.
 */
const BEFORE = `
  and fingerprints.execution_key <=
    coalesce((select key from executions where project_key = :project and number < :before order by number desc limit 1), 0)`;

const COLUMNS = `
  select executions.id, executions.number, executions.node, executions.commit_id, fingerprints.base, fingerprints.code, fingerprints.v
  from fingerprints join executions on executions.key = fingerprints.execution_key`;

/** A SHA-256 in hexadecimal digits. */
const BASE_LENGTH = 64;

const SELECTION = `${COLUMNS} where fingerprints.project_key = :project`;

interface FingerprintRow {
  readonly id: string;
  readonly number: number;
  readonly node: string;
  readonly commit_id: string;
  readonly base: string;
  readonly code: string;
  readonly v: number;
}

const selectOfNode = statement<
  { project: number; base: string; node: string; before: number; limit: number },
  FingerprintRow
>(`
  ${SELECTION} and fingerprints.base = :base and fingerprints.node = :node ${BEFORE}
  order by fingerprints.execution_key desc limit :limit`);

const selectOfAnyNode = statement<{ project: number; base: string; before: number; limit: number }, FingerprintRow>(`
  ${SELECTION} and fingerprints.base = :base ${BEFORE} order by fingerprints.execution_key desc limit :limit`);

/** The names in the JSON object `:wanted` are a base each, 64 letters, with the node's name behind it. */
const selectNewest = statement<{ project: number; wanted: string; before: number }, FingerprintRow>(`
  with wanted (base, node) as (select substr(key, 1, ${BASE_LENGTH}), substr(key, ${BASE_LENGTH + 1}) from json_each(:wanted)),
  newest (key) as (
    select (
      select max(execution_key) from fingerprints
      where project_key = :project and fingerprints.base = wanted.base and fingerprints.node = wanted.node ${BEFORE})
    from wanted
  )
  ${COLUMNS} where fingerprints.execution_key in (select key from newest)`);

const selectNewestOfNodes = statement<{ project: number; wanted: string; before: number }, FingerprintRow>(`
  with wanted (node, step) as (select key, value ->> 'step' from json_each(:wanted)),
  newest (key) as (
    select (
      select max(execution_key) from fingerprints
      where project_key = :project and fingerprints.step = wanted.step and fingerprints.node = wanted.node ${BEFORE})
    from wanted
  )
  ${COLUMNS} where fingerprints.execution_key in (select key from newest)`);

const selectNearest = statement<
  { project: number; step: string; node: string; before: number; limit: number },
  FingerprintRow
>(`
  ${SELECTION} and fingerprints.step = :step and fingerprints.node = :node ${BEFORE} order by fingerprints.execution_key desc limit :limit`);

const selectNearestOfAnyNode = statement<
  { project: number; step: string; before: number; limit: number },
  FingerprintRow
>(`
  ${SELECTION} and fingerprints.step = :step ${BEFORE} order by fingerprints.execution_key desc limit :limit`);

const selectByExecution = statement<{ project: number; executionId: string }, FingerprintRow>(
  `${COLUMNS} where executions.id = :executionId and executions.${OF_PROJECT}`,
);

/** Part of the end of an execution; only a complete one leaves a fingerprint. */
export async function addFingerprint(
  { queries }: Change,
  executionKey: number,
  { base, code }: Fingerprint,
): Promise<void> {
  await queries.run(insertFingerprint, { executionKey, base, code: JSON.stringify(code) });
}

export async function listReusable(
  queries: Queries,
  project: number,
  filter: ReusableFilter,
): Promise<readonly ReusableRecord[]> {
  const { base, node, limit } = filter;
  const before = filter.beforeNumber ?? NO_LIMIT;
  const rows =
    node === undefined
      ? await queries.all(selectOfAnyNode, { project, base, before, limit })
      : await queries.all(selectOfNode, { project, base, node, before, limit });
  return rows.map(toReusable);
}

export async function listNewestReusable(
  queries: Queries,
  project: number,
  { wanted, beforeNumber }: NewestFilter,
): Promise<readonly ReusableRecord[]> {
  const names = namesOf(wanted.map(({ base, node }) => `${base}${node}`));
  return (await queries.all(selectNewest, { project, wanted: names, before: beforeNumber ?? NO_LIMIT })).map(
    toReusable,
  );
}

export async function listNewestOfNodes(
  queries: Queries,
  project: number,
  { nodes, beforeNumber }: NodesFilter,
): Promise<readonly ReusableRecord[]> {
  const wanted = jsonOf(nodes.map(({ node, step }) => [node, { step: storable(step) }]));
  return (await queries.all(selectNewestOfNodes, { project, wanted, before: beforeNumber ?? NO_LIMIT })).map(
    toReusable,
  );
}

export async function listNearest(
  queries: Queries,
  project: number,
  { step, node, beforeNumber, limit }: NearestFilter,
): Promise<readonly ReusableRecord[]> {
  const before = beforeNumber ?? NO_LIMIT;
  const rows =
    node === undefined
      ? await queries.all(selectNearestOfAnyNode, { project, step, before, limit })
      : await queries.all(selectNearest, { project, step, node, before, limit });
  return rows.map(toReusable);
}

export async function getFingerprint(
  queries: Queries,
  project: number,
  executionId: string,
): Promise<ReusableRecord | undefined> {
  const row = await queries.get(selectByExecution, { project, executionId });
  return row && toReusable(row);
}

function toReusable({ id, number, node, commit_id: commit, base, code, v }: FingerprintRow): ReusableRecord {
  return { executionId: id, number, node, commit, base, code: CODE_SHARE.read(v, code) };
}
