import type { Database } from "../database.ts";
import { MIGRATIONS } from "../migrate.ts";

export interface DatabaseFacts {
  readonly kind: "file" | "server";
  /** A file, or an address without its password. */
  readonly location: string;
  /** Version of the tables. */
  readonly schema: number;
  /** Undefined where the user of the database may not ask. */
  readonly sizeBytes: number | undefined;
}

export async function measureDatabase(database: Database): Promise<DatabaseFacts> {
  const { dialect, location } = database;
  const size = await database.get(dialect.size, {}).catch(() => undefined);
  return {
    kind: dialect.place,
    location,
    schema: MIGRATIONS.at(-1)?.version ?? 0,
    sizeBytes: size === undefined ? undefined : Number(size.size),
  };
}
