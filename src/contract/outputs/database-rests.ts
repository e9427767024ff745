import type { CollectedOutput } from "./output-journal.ts";
import type { OutputWarning } from "./output-warning.ts";

/** Endings of the files where SQLite and DuckDB keep rows that the database itself lacks, until it is closed. */
const ENDINGS = ["-wal", "-journal", ".wal"] as const;

/** Each file is a datum of its own, and an edge such as `*.db` brings the database without the rest. */
export function warnOfDatabaseRests(outputs: readonly CollectedOutput[]): readonly OutputWarning[] {
  const names = new Set(outputs.map(({ name }) => name));
  return outputs.flatMap(({ name, sizeBytes }): readonly OutputWarning[] => {
    const ending = ENDINGS.find((one) => name.endsWith(one));
    const database = ending === undefined ? "" : name.slice(0, -ending.length);
    if (sizeBytes === 0 || !names.has(database)) return [];
    return [
      {
        name,
        message: `output ${JSON.stringify(name)} seems to hold rows of the database ${JSON.stringify(database)}`,
        hint: `close the database before the step ends: a step that gets ${JSON.stringify(database)} alone lacks these rows`,
      },
    ];
  });
}
