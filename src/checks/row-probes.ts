import type { RowRule, TableShape, TextFormat, ValueType } from "../config/index.ts";
import { ownSqlName, sqlName } from "../sql-text.ts";
import type { RowProbe } from "./probe.ts";
import { comparable, literal, READ_AS, valueType, within } from "./sql.ts";

const [COUNT, VALUE, BEFORE] = [ownSqlName("count"), ownSqlName("value"), ownSqlName("before")];

/** `scope` has the columns of `table`. */
export function rowProbe(rule: RowRule, table: TableShape): RowProbe {
  const typeOf = (column: string) => valueType(table.columns.find((each) => each.name === column)?.type ?? "");
  switch (rule.rule) {
    case "not-null":
      return missing(rule.column, "IS NULL", `count(*) - count(${sqlName(rule.column)})`);
    case "null":
      return missing(rule.column, "IS NOT NULL", `count(${sqlName(rule.column)})`);
    case "type":
      return ofColumn(rule.column, (value) => hasOtherType(value, typeOf(rule.column), rule.types));
    case "between": {
      const type = typeOf(rule.column);
      const isNumeric = Object.values(rule.bounds).some((bound) => typeof bound === "number");
      if (type === "text" && isNumeric)
        return ofColumn(rule.column, (value) => {
          const read = `TRY_CAST(${value} AS DOUBLE)`;
          return `NOT coalesce(${within(read, rule.bounds)} AND NOT isnan(${read}), false)`;
        });
      const orNone = (value: string): string => (type === "number" ? ` OR isnan(${value}::DOUBLE)` : "");
      return ofValue(rule.column, (value) => `NOT ${within(value, rule.bounds)}${orNone(value)}`);
    }
    case "in":
    case "not-in": {
      const values = rule.values.filter((each) => comparable(typeOf(rule.column), each)).map(literal);
      if (values.length === 0) return ofColumn(rule.column, () => String(rule.rule === "in"));
      return ofValue(rule.column, (value) => `${value} ${rule.rule === "in" ? "NOT IN" : "IN"} (${values.join(", ")})`);
    }
    case "matches":
    case "not-matches":
      return ofValue(rule.column, (value) => {
        const matches = rule.patterns.map((pattern) => `regexp_matches(${value}::VARCHAR, ${literal(pattern)})`);
        if (rule.rule === "not-matches") return matches.join(" OR ");
        return `NOT (${matches.join(rule.any === true ? " OR " : " AND ")})`;
      });
    case "length":
      return ofValue(rule.column, (value) => `NOT ${within(`length(${value})`, rule.bounds)}`);
    case "format":
      return ofColumn(rule.column, (value) => `NOT coalesce(${hasFormat(`${value}::VARCHAR`, rule.format)}, false)`);
    case "time-format":
      return ofColumn(rule.column, (value) => `try_strptime(${value}::VARCHAR, ${literal(rule.format)}) IS NULL`);
    case "unique":
      return unique(rule.columns.map(sqlName), rule.columns);
    case "references": {
      const relation = table.relationOf?.(rule.input) ?? "reference";
      const keys = `SELECT ${sqlName(rule.to)} FROM ${relation} WHERE ${sqlName(rule.to)} IS NOT NULL`;
      return ofValue(rule.column, (value) => `${value} NOT IN (${keys})`);
    }
    case "increasing":
    case "decreasing":
      return ordered(rule.column, rule.rule === "increasing" ? ">" : "<", rule.strictly);
    case "compare": {
      const [left, right] = [sqlName(rule.left), sqlName(rule.right)];
      return {
        kind: "rows",
        counted: `${left} IS NOT NULL OR ${right} IS NOT NULL`,
        bad: `NOT coalesce(${left} ${rule.comparison} ${right}, false)`,
        shows: [rule.left, rule.right],
      };
    }
    case "pair-in": {
      const [left, right] = rule.columns.map(sqlName);
      const isOne = rule.pairs.map(([a, b]) => `(${equals(left ?? "", a)} AND ${equals(right ?? "", b)})`);
      return ofSeveral(rule.columns, isOne.length === 0 ? "true" : `NOT (${isOne.join(" OR ")})`);
    }
    case "unique-within-row":
      return ofSeveral(rule.columns, pairsOf(rule.columns.map(sqlName), "IS NOT DISTINCT FROM"));
    case "equal-within-row":
      return ofSeveral(rule.columns, pairsOf(rule.columns.map(sqlName), "IS DISTINCT FROM"));
    case "sum-within-row":
      return ofSeveral(
        rule.columns,
        `coalesce(${rule.columns.map(sqlName).join(" + ")} <> ${literal(rule.total)}, true)`,
      );
    case "z-score": {
      const value = sqlName(rule.column);
      const score = `(${value} - (SELECT avg(${value}) FROM scope)) / (SELECT stddev_samp(${value}) FROM scope)`;
      const distance = rule.bothSides ? `abs(${score})` : score;
      return ofColumn(rule.column, () => `NOT coalesce(${distance} < ${literal(rule.below)}, false)`);
    }
    case "row":
      return {
        kind: "rows",
        counted: "true",
        bad: `NOT coalesce((${rule.condition}), false)`,
        shows: table.columns.map((column) => column.name).filter((column) => rule.condition.includes(column)),
      };
  }
}

function ofColumn(column: string, bad: (value: string) => string): RowProbe {
  const value = sqlName(column);
  return {
    kind: "rows",
    counted: `${value} IS NOT NULL`,
    ...{ count: `count(${value})`, bad: bad(value), shows: [column] },
  };
}

/** For a rule that is unknown where there is no value, as comparisons are. */
function ofValue(column: string, bad: (value: string) => string): RowProbe {
  return { ...ofColumn(column, bad), isUnknownElsewhere: true };
}

function missing(column: string, bad: string, badCount: string): RowProbe {
  return {
    kind: "rows",
    counted: "true",
    count: "count(*)",
    bad: `${sqlName(column)} ${bad}`,
    badCount,
    shows: [column],
  };
}

/** Rows in which all of them are missing are left out. */
function ofSeveral(columns: readonly string[], bad: string): RowProbe {
  const counted = columns.map((column) => `${sqlName(column)} IS NOT NULL`).join(" OR ");
  return { kind: "rows", counted, bad, shows: columns };
}

function hasOtherType(value: string, type: ValueType | undefined, wanted: readonly ValueType[]): string {
  if (wanted.some((each) => each === type || (each === "number" && type === "integer"))) return "false";
  // Each value of a text file is looked at; a type that a file declares is taken as declared.
  if (type !== "text") return "true";
  return wanted.map((each) => `TRY_CAST(${value} AS ${READ_AS[each]}) IS NULL`).join(" AND ");
}

function unique(columns: readonly string[], shows: readonly string[]): RowProbe {
  const list = columns.join(", ");
  const counted = columns.map((column) => `${column} IS NOT NULL`).join(" OR ");
  return {
    kind: "rows",
    counted,
    bad: `count(*) OVER (PARTITION BY ${list}) > 1`,
    badCount:
      `(SELECT coalesce(sum(${COUNT}), 0) FROM ` +
      `(SELECT count(*) AS ${COUNT} FROM scope WHERE ${counted} GROUP BY ${list} HAVING count(*) > 1))`,
    shows,
  };
}

/** Each value is compared with the one before it that is there. */
function ordered(column: string, sign: ">" | "<", strictly: boolean): RowProbe {
  const value = sqlName(column);
  const comparison = strictly ? sign : `${sign}=`;
  const before = `lag(${value} IGNORE NULLS) OVER ()`;
  return {
    kind: "rows",
    counted: `${value} IS NOT NULL`,
    bad: `NOT ${value} ${comparison} ${before}`,
    badCount:
      `(SELECT count(*) FILTER (WHERE NOT ${VALUE} ${comparison} ${BEFORE}) FROM ` +
      `(SELECT ${value} AS ${VALUE}, lag(${value}) OVER () AS ${BEFORE} FROM scope WHERE ${value} IS NOT NULL))`,
    shows: [column],
  };
}

function equals(column: string, value: string | number | boolean | null): string {
  return value === null ? `${column} IS NULL` : `${column} IS NOT DISTINCT FROM ${literal(value)}`;
}

function pairsOf(columns: readonly string[], comparison: string): string {
  const pairs = columns.flatMap((a, index) => columns.slice(index + 1).map((b) => `${a} ${comparison} ${b}`));
  return pairs.length === 0 ? "false" : pairs.join(" OR ");
}

const PATTERNS: Readonly<Partial<Record<TextFormat, string>>> = {
  email: "^[^@\\s]+@[^@\\s]+\\.[^@\\s.]+$",
  uuid: "^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$",
  url: "^[a-zA-Z][a-zA-Z0-9+.-]*://[^\\s/]+",
};

function hasFormat(text: string, format: TextFormat): string {
  const pattern = PATTERNS[format];
  if (pattern !== undefined) return `regexp_matches(${text}, ${literal(pattern)})`;
  if (format === "json") return `json_valid(${text})`;
  return `TRY_CAST(${text} AS ${format === "date" ? "DATE" : "TIMESTAMPTZ"}) IS NOT NULL`;
}
