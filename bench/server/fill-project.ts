/** Fills a project with a million executions, straight into the tables of either database. */
import Sqlite from "better-sqlite3";
import pg from "pg";

export type Records = { readonly file: string } | { readonly url: string };

/** Keys of these rows begin here: others have filled the tables before. */
const FIRST_KEY = 10_000_000;

/** `rows` executions, a tenth as many runs, and three values of each execution. */
export async function fillProject(records: Records, projectId: string, rows: number): Promise<void> {
  const isFile = "file" in records;
  const padded = isFile ? "printf('%012d', i)" : "lpad(cast(i as text), 12, '0')";
  const id = (letter: string): string => `'00000000-0000-7000-${letter}000-' || ${padded}`;
  const state = "case when i % 5000 = 0 then 'error' else 'complete' end";
  const project = `(select key from projects where id = '${projectId}')`;
  const counter = (most: number): string =>
    `with recursive counter (i) as (select 1 union all select i + 1 from counter where i < ${most})`;
  const made = `executions as e where e.project_key = ${project}`;
  const value = (name: string, origin: 0 | 1, number: string, text: string): string => `
    insert into execution_values (execution_key, origin, name, project_key, number, hidden, value, text)
    select e.key, ${origin}, '${name}', ${project}, e.number, 0, ${number}, ${text} from ${made}`;
  const statements = [
    `${counter(Math.ceil(rows / 10))} insert into runs (key, id, project_key, number, kind, name, state, tags, parameters,
       commit_id, jobs, created_at, started_at, finished_at)
     select ${FIRST_KEY} + i, ${id("b")}, ${project}, i * 11, 'pipeline', 'pipeline-' || (i % 20), ${state}, '["nightly"]', '{}', '~c', 1,
       i, i, i + i % 977 from counter`,
    `insert into run_tags (project_key, tag, state, number, name, run_key)
       select project_key, 'nightly', state, number, name, key from runs where project_key = ${project}`,
    `${counter(rows)} insert into executions (key, id, project_key, number, run_key, node, step, state, commit_id, image,
       environment, metadata, created_at, started_at, finished_at, fence)
     select ${FIRST_KEY} + i, ${id("e")}, ${project}, i + (i - 1) / 10, ${FIRST_KEY} + 1 + (i - 1) / 10, 'node-' || i, 'step-' || (i % 6),
       ${state}, '~c', 'python:3.12', '{"sandbox":"bubblewrap"}', '{"auc":' || (i % 9973 / 9973.0) || ',"loss":0.25}', i, i, i + i % 1009, 1
     from counter`,
    `insert into execution_specs (execution_key, command, parameters, inputs, environment_variables)
       select e.key, '["python train.py"]', '{"depth":' || (e.key % 12) || ',"kind":"kind-' || (e.key % 3) || '"}', '[]', '{}' from ${made}`,
    `insert into nodes (run_key, name, position, state) select e.run_key, e.node, e.key, 'complete' from ${made}`,
    `insert into node_executions (run_key, node, ordinal, role, execution_key)
       select e.run_key, e.node, 1, 'attempt', e.key from ${made}`,
    value("auc", 1, "e.key % 9973 / 9973.0", "null"),
    value("depth", 0, "e.key % 12", "null"),
    value("kind", 0, "null", "'kind-' || e.key % 3"),
    `update projects set next_number = ${Math.ceil(rows * 1.2)} where id = '${projectId}'`,
  ];
  if (isFile) fillFile(records.file, statements);
  else await fillPostgres(records.url, statements);
}

function fillFile(file: string, statements: readonly string[]): void {
  const connection = new Sqlite(file);
  connection.pragma("synchronous = off");
  connection.transaction(() => statements.forEach((statement) => void connection.exec(statement)))();
  connection.pragma("wal_checkpoint(truncate)");
  connection.close();
}

async function fillPostgres(url: string, statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query("set search_path to headrace; set synchronous_commit to off");
  for (const statement of statements) await client.query(statement);
  for (const table of ["runs", "executions"])
    await client.query(`select setval(pg_get_serial_sequence('${table}', 'key'), (select max(key) from ${table}))`);
  await client.query("vacuum analyze");
  await client.end();
}
