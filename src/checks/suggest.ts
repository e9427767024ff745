import { sqlName } from "../sql-text.ts";
import type { CheckedTable } from "./run-checks.ts";
import { MOST_AT_ONCE, valueType } from "./sql.ts";

/** Above this share of missing values, nothing is said of how many there may be. */
const MOST_MISSING = 0.5;
/** So many different values may be a list of what is allowed. */
const MOST_LISTED = 20;
/** Each of them has to be there so often on average. */
const ROWS_A_VALUE = 20;
/** Limits of numbers are so much of their range wider than what is there. */
const MARGIN = 0.1;
/** Without as many rows, what all values have in common is chance. */
const FEWEST_ROWS = 20;

interface Profile {
  readonly column: string;
  readonly type: string;
  readonly there: number;
  readonly distinct: number;
  readonly min: number | undefined;
  readonly max: number | undefined;
  readonly values: readonly (string | number | boolean)[] | undefined;
}

/**
 * Drafts a suite from a table that is right: few rules, with room around what was seen. Each line says from what it was
 * made; a person is to read it.
 */
export async function suggestSuite(table: CheckedTable): Promise<string> {
  const [[rows = 0] = []] = await table.ask("SELECT count(*) FROM data");
  const count = Number(rows);
  const lines = ["checks:", ...rowLines(count)];
  const profiles = await profilesOf(table, count);
  const columns = profiles.flatMap((profile) => {
    const rules = rulesOf(profile, count);
    return rules.length === 0 ? [] : [`      ${yamlText(profile.column)}:`, ...rules.map((rule) => `        ${rule}`)];
  });
  if (columns.length > 0) lines.push("    columns:", ...columns);
  const names = table.columns.map((column) => yamlText(column.name)).join(", ");
  lines.push("    schema:", `      columns: [${names}]`, "      others: true # false: no other column is allowed");
  return `${lines.join("\n")}\n`;
}

function rowLines(count: number): readonly string[] {
  const least = Math.max(1, Math.floor(count / 2));
  return [`  - rows: {min: ${least}} # half of the ${count} that there were`];
}

async function profilesOf(table: CheckedTable, rows: number): Promise<readonly Profile[]> {
  if (rows === 0) return [];
  const figures = table.columns.flatMap(({ name: column, type }) => {
    const value = sqlName(column);
    const isNumber = ["integer", "number"].includes(valueType(type) ?? "");
    const ends = isNumber ? [`min(${value})::DOUBLE`, `max(${value})::DOUBLE`] : ["NULL", "NULL"];
    return [`count(${value})`, `approx_count_distinct(${value})`, ...ends];
  });
  const row: unknown[] = [];
  for (let at = 0; at < figures.length; at += MOST_AT_ONCE) {
    const [part = []] = await table.ask(`SELECT ${figures.slice(at, at + MOST_AT_ONCE).join(", ")} FROM data`);
    row.push(...part);
  }
  const profiles: Profile[] = [];
  for (const [index, { name: column, type }] of table.columns.entries()) {
    const [there, about, min, max] = row.slice(4 * index, 4 * index + 4);
    profiles.push({
      ...{ column, type, there: Number(there) },
      ...{ min: typeof min === "number" ? min : undefined, max: typeof max === "number" ? max : undefined },
      ...(await distinctOf(table, column, type, Number(there), Number(about))),
    });
  }
  return profiles;
}

/** Exact where it matters: few values, or as many as rows. */
async function distinctOf(
  table: CheckedTable,
  column: string,
  type: string,
  there: number,
  about: number,
): Promise<Pick<Profile, "distinct" | "values">> {
  const value = sqlName(column);
  const kind = valueType(type);
  if (about <= 2 * MOST_LISTED && (kind === "text" || kind === "integer")) {
    const rows = await table.ask(
      `SELECT DISTINCT ${value} FROM data WHERE ${value} IS NOT NULL ORDER BY ${value} LIMIT ${MOST_LISTED + 1}`,
    );
    const values = rows.map(([each]) => (kind === "integer" ? Number(each) : String(each)));
    return { distinct: values.length, values: values.length > MOST_LISTED ? undefined : values };
  }
  if ((kind !== "text" && kind !== "integer") || about < 0.8 * there) return { distinct: about, values: undefined };
  const [[distinct = 0] = []] = await table.ask(`SELECT count(DISTINCT ${value}) FROM data`);
  return { distinct: Number(distinct), values: undefined };
}

function rulesOf({ column, type, there, distinct, min, max, values }: Profile, rows: number): readonly string[] {
  const kind = valueType(type);
  const rules: string[] = [];
  if (kind !== undefined && kind !== "text") rules.push(`type: ${kind}`);
  const missing = (rows - there) / rows;
  if (rows >= FEWEST_ROWS && missing === 0) rules.push("not-null: true # none is missing");
  else if (rows >= FEWEST_ROWS && missing <= MOST_MISSING)
    rules.push(`not-null: ${floor(1 - missing - MARGIN / 2)} # ${percent(missing)} are missing`);
  if (
    there >= FEWEST_ROWS &&
    distinct === there &&
    (kind === "text" || kind === "integer") &&
    looksLikeKey(column, kind)
  )
    rules.push("unique: true # no value is there twice");
  else if (values !== undefined && values.length > 1 && there >= ROWS_A_VALUE * values.length && kind === "text")
    rules.push(
      `in: [${values.map((each) => yamlText(String(each))).join(", ")}] # all ${values.length} that there are`,
    );
  else if (min !== undefined && max !== undefined && there >= FEWEST_ROWS) rules.push(...limitRules(min, max, kind));
  return rules;
}

/** Numbers that are all different by chance are no key. */
function looksLikeKey(column: string, kind: string): boolean {
  return kind === "text" || /(?:^|[^a-z])(?:id|key|uuid|number|no|code)s?$|[a-z](?:Id|Key)$/i.test(column);
}

function limitRules(min: number, max: number, kind: string | undefined): readonly string[] {
  const room = (max - min) * MARGIN;
  const whole = kind === "integer";
  const low = min >= 0 && min - room < 0 ? 0 : min - room;
  const high = max <= 0 && max + room > 0 ? 0 : max + room;
  const shown = (value: number, round: (value: number) => number): string =>
    String(whole ? round(value) : Number(value.toPrecision(4)));
  if (!Number.isFinite(low) || !Number.isFinite(high)) return [];
  return [
    `min: ${shown(low, Math.floor)} # ${min} is the smallest`,
    `max: ${shown(high, Math.ceil)} # ${max} is the largest`,
  ];
}

function floor(share: number): number {
  return Math.max(0, Math.floor(share * 100) / 100);
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(2))} %`;
}

/** Quoted, so that no text is taken for something else. */
function yamlText(text: string): string {
  return /^[A-Za-z][A-Za-z_ -]*[A-Za-z_]$/.test(text) && !/^(?:true|false|yes|no|on|off|null)$/i.test(text)
    ? text
    : JSON.stringify(text);
}
