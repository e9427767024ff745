import pg from "pg";
import { afterAll, beforeAll, beforeEach } from "vitest";

/**
 * A server works for all projects of its database, and its users count by name: on PostgreSQL, the tests of a file get
 * a database of their own, each or all together. Elsewhere nothing needs to be done.
 */
export function useOwnDatabase(of: "each test" | "the file"): void {
  const shared = process.env.HEADRACE_DATABASE_URL ?? "";
  if (shared === "") return;
  const make = async (): Promise<void> => {
    process.env.HEADRACE_DATABASE_URL = await createDatabase(shared);
  };
  if (of === "each test") beforeEach(make);
  else beforeAll(make);
  afterAll(() => {
    process.env.HEADRACE_DATABASE_URL = shared;
  });
}

/** Returns the address of a new database beside the one of this address. */
export async function createDatabase(shared: string): Promise<string> {
  const name = `own_${crypto.randomUUID().replaceAll("-", "")}`;
  const client = new pg.Client({ connectionString: shared });
  await client.connect();
  try {
    await client.query(`create database ${name}`);
  } finally {
    await client.end();
  }
  return shared.replace(/\/[^/?]+\?/, `/${name}?`);
}
