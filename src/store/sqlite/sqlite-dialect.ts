import { type Dialect, statement } from "../database.ts";

/** "HdRc": marks the file as ours, so that another program's database is not taken for an empty one. */
export const APPLICATION_ID = 0x48_64_52_63;

export const SQLITE_DIALECT: Dialect = {
  words: {
    integer: "integer",
    text: "text",
    key: "integer primary key",
    neverReusedKey: "integer primary key autoincrement",
    // Strict tables refuse a text in an integer column, as PostgreSQL does.
    table: "strict",
    clusteredTable: "strict, without rowid",
    continueKeys: (from, to) => `
      delete from sqlite_sequence where name = '${to}';
      insert into sqlite_sequence (name, seq) select '${to}', seq from sqlite_sequence where name = '${from}'`,
    appendOnly: (table) =>
      ["update", "delete"]
        .map(
          (change) => `
      create trigger ${table}_no_${change} before ${change} on ${table}
      begin select raise(abort, 'rows of ${table} are never changed or removed'); end`,
        )
        .join(";"),
    real: "real",
    pairsOf: (json) => ({
      from: `json_each(case when json_type(${json}) = 'array' then json_extract(${json}, '$[0]') else ${json} end) as pair`,
      name: "pair.key",
      value: "case when pair.type in ('integer', 'real') then cast(pair.value as real) end",
      text: "case when pair.type = 'text' then pair.value when pair.type in ('true', 'false') then pair.type end",
    }),
  },
  place: "file",
  size: statement("select page_count * page_size as size from pragma_page_count, pragma_page_size"),
  selfCheck: statement("select quick_check as fault from pragma_quick_check"),
  // Kept in the file's header: reading it needs no table and no prepared statement, which keeps `headrace ls` quick.
  setSchemaVersion: (version) => `pragma application_id = ${APPLICATION_ID}; pragma user_version = ${version}`,
};
