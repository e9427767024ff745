/** A name of a column or a relation, as SQL spells it. */
export function sqlName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A text, as SQL spells it. */
export function sqlText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A name of our own, as SQL spells it, beside the columns of tables, which may have any name that is short. */
export function ownSqlName(name: string): string {
  return sqlName(`headrace ${name}`);
}
