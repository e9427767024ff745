import type { TestProject } from "vitest/node";
import { startPostgres, whyNoPostgres } from "../src/store/postgres/test-server.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Absent in the tests whose projects keep their records in a file. */
    readonly databaseUrl?: string;
  }
}

/**
 * Called by vitest: one server for all tests of the behaviour on PostgreSQL. Each test's folder is a project of its own
 * in its one database, as a team's folders are.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  if (whyNoPostgres() !== undefined) return async () => undefined;
  const server = await startPostgres({ max_connections: 200 });
  project.provide("databaseUrl", await server.createDatabase("shared"));
  return async () => await server[Symbol.asyncDispose]();
}
