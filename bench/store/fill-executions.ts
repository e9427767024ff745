import Sqlite from "better-sqlite3";

/**
 * Executions, and a tenth as many runs, straight into the tables of the project with key 1: through the store it would
 * take a quarter of an hour. They come after what the project has.
 */
export function fillExecutions(
  file: string,
  { rows, endMs = rows }: { readonly rows: number; readonly endMs?: number },
): void {
  const connection = new Sqlite(file);
  const one = (sql: string): number => Number(connection.prepare(sql).pluck().get());
  const [run, execution] = ["runs", "executions"].map((table) => one(`select coalesce(max(key), 0) from ${table}`));
  const numbered = one(
    "select coalesce(max(number), 0) from (select number from runs union all select number from executions)",
  );
  const counting = "with recursive counter (i) as (select 1 union all select i + 1 from counter where i < ?)";
  const id = (letter: string): string => `'00000000-0000-7000-${letter}000-' || printf('%012d', i)`;
  const state = "case when i % 5000 = 0 then 'error' else 'complete' end";
  const at = `(${endMs - rows} + i)`;
  connection.pragma("synchronous = off");
  connection.transaction(() => {
    connection
      .prepare(
        `${counting} insert into runs (key, id, project_key, number, kind, name, state, tags, parameters, commit_id, jobs, created_at, started_at,
           finished_at)
         select ${run} + i, ${id("b")}, 1, ${numbered} + i * 11, 'pipeline', 'pipeline-' || (i % 20), ${state}, '["nightly"]', '{}', '~c', 1, ${at}, ${at}, ${at} + i % 977 from counter`,
      )
      .run(Math.ceil(rows / 10));
    connection.exec(`insert into run_tags select 1, 'nightly', state, number, name, key from runs where key > ${run}`);
    connection
      .prepare(
        `${counting} insert into executions (key, id, project_key, number, run_key, node, step, state, commit_id, image, environment,
           metadata, created_at, started_at, finished_at, fence)
         select ${execution} + i, ${id("e")}, 1, ${numbered} + i + (i - 1) / 10, ${run} + 1 + (i - 1) / 10, 'node-' || i, 'step-' || (i % 6), ${state}, '~c', 'python:3.12',
           '{"sandbox":"bubblewrap"}', '{"auc":' || (i % 9973 / 9973.0) || ',"loss":0.25}', ${at}, ${at}, ${at} + i % 1009, 1 from counter`,
      )
      .run(rows);
    const made = `executions where key > ${execution}`;
    connection.exec(
      `insert into execution_specs (execution_key, command, parameters, inputs, environment_variables)
       select key, '["python train.py"]', '{"depth":' || (key % 12) || ',"kind":"kind-' || (key % 3) || '"}', '[]', '{}' from ${made}`,
    );
    connection.exec(`insert into nodes (run_key, name, position, state) select run_key, node, key, state from ${made}`);
    connection.exec(
      `insert into node_executions (run_key, node, ordinal, role, execution_key) select run_key, node, 1, 'attempt', key from ${made}`,
    );
    const value = `insert into execution_values select key, ?, ?, 1, number, 0, %s, %s from ${made}`;
    connection.prepare(value.replace("%s", "key % 9973 / 9973.0").replace("%s", "null")).run(1, "auc");
    connection.prepare(value.replace("%s", "key % 12").replace("%s", "null")).run(0, "depth");
    connection.prepare(value.replace("%s", "null").replace("%s", "'kind-' || key % 3")).run(0, "kind");
    connection.exec(
      `update projects set next_number = ${numbered} + ${rows + Math.ceil(rows / 10) + 12} where key = 1`,
    );
  })();
  connection.close();
}
