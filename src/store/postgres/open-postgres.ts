import type { Database } from "../database.ts";
import { readAddress } from "./address.ts";
import { Connections, type PostgresOptions } from "./connections.ts";
import { PostgresDatabase } from "./postgres-database.ts";

/** Connects once, so that whatever is wrong with the URL, the user or the server is told now. */
export async function openPostgres(options: PostgresOptions & { readonly url: string }): Promise<Database> {
  const connections = new Connections(readAddress(options.url), options);
  try {
    await connections.check();
  } catch (error) {
    await connections[Symbol.asyncDispose]();
    throw error;
  }
  return new PostgresDatabase(connections);
}
