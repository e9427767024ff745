import type { Dialect } from "../database.ts";

export const SQLITE_DIALECT: Dialect = {
  name: "sqlite",
  words: {
    integer: "integer",
    text: "text",
    key: "integer primary key",
    neverReusedKey: "integer primary key autoincrement",
    // Strict tables refuse a text in an integer column, as PostgreSQL does.
    table: "strict",
    clusteredTable: "strict, without rowid",
  },
  ordersCommits: true,
  singleProject: true,
  // Kept in the file's header: reading it needs no table and no prepared statement, which keeps `headrace ls` quick.
  setSchemaVersion: (version) => `pragma user_version = ${version}`,
};
