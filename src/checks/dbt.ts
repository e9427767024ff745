import type { CheckValue, Expectation, ExpectationOptions, FigureRule, RowRule } from "../config/index.ts";
import type { ImportedSuite, SkippedExpectation } from "./great-expectations.ts";

type Mapping = Readonly<Record<string, unknown>>;

/** A model, source, seed or snapshot of a dbt properties file, with the tests of it and of its columns. */
interface Resource {
  readonly name: string;
  readonly content: Mapping;
}

const LISTS = ["models", "seeds", "snapshots"] as const;

/** Returns the names of all tables that a properties file describes. */
export function dbtTables(document: Mapping): readonly string[] {
  return resourcesOf(document).map(({ name }) => name);
}

/**
 * Reads dbt's standard tests of one table (https://docs.getdbt.com/reference/resource-properties/data-tests): not_null,
 * unique, accepted_values and relationships, whose other table is the reference of the suite. `hasReference`: there is
 * one.
 */
export function importDbt(document: Mapping, table: string, hasReference: boolean): ImportedSuite {
  const resource = resourcesOf(document).find(({ name }) => name === table);
  const expectations: Expectation[] = [];
  const skipped: SkippedExpectation[] = [];
  const add = (column: string | undefined, test: unknown): void => {
    const { name, options } = readTest(test);
    const found = column === undefined ? undefined : ruleOf(name, column, options, hasReference);
    if (typeof found === "object") expectations.push({ ...severityOf(options), ...found });
    else {
      const of = column === undefined ? table : `${table}.${column}`;
      skipped.push({ name: `${name} of ${of}`, reason: found ?? "it has no equal here" });
    }
  };
  for (const test of testsOf(resource?.content ?? {})) add(undefined, test);
  for (const column of listOf(resource?.content.columns).filter(isMapping))
    for (const test of testsOf(column)) add(String(column.name), test);
  return { expectations, skipped };
}

function resourcesOf(document: Mapping): readonly Resource[] {
  const named = (all: unknown): readonly Resource[] =>
    listOf(all)
      .filter(isMapping)
      .map((content) => ({ name: String(content.name), content }));
  const sources = listOf(document.sources)
    .filter(isMapping)
    .flatMap(({ tables }) => named(tables));
  return [...LISTS.flatMap((key) => named(document[key])), ...sources];
}

/** They are called `data_tests` since dbt 1.8, and were `tests` before. */
function testsOf({ data_tests, tests }: Mapping): readonly unknown[] {
  return [...listOf(data_tests), ...listOf(tests)];
}

/** `unique`, `{unique: {config}}`, or since dbt 1.10 `{accepted_values: {arguments: {values}}}`. */
function readTest(test: unknown): { readonly name: string; readonly options: Mapping } {
  if (!isMapping(test)) return { name: String(test), options: {} };
  const name = Object.keys(test).find((key) => !["name", "config", "description"].includes(key)) ?? "";
  const given = isMapping(test[name]) ? test[name] : {};
  const config = [test.config, given.config].filter(isMapping);
  const beneath = isMapping(given.arguments) ? given.arguments : {};
  return {
    name: String(test.test_name ?? name),
    options: Object.assign({}, ...config, test, given, beneath) as Mapping,
  };
}

/** A text says why there is no rule. */
function ruleOf(
  name: string,
  column: string,
  options: Mapping,
  hasReference: boolean,
): RowRule | FigureRule | string | undefined {
  switch (name) {
    case "not_null":
      return { rule: "not-null", column };
    case "unique":
      return { rule: "unique", columns: [column] };
    case "accepted_values":
      return { rule: "in", column, values: listOf(options.values).flatMap(spelled) };
    case "relationships":
      if (!hasReference) return `it needs the table ${String(options.to)} as the reference`;
      return { rule: "references", column, to: String(options.field) };
    default:
      return undefined;
  }
}

/** SQL compares a number with its text, whichever of both the column holds. */
function spelled(value: unknown): readonly CheckValue[] {
  if (typeof value === "boolean") return [value, String(value)];
  if (typeof value === "number") return [value, String(value)];
  if (typeof value !== "string") return [];
  return value.trim() !== "" && Number.isFinite(Number(value)) ? [value, Number(value)] : [value];
}

function severityOf({ severity, where, description }: Mapping): ExpectationOptions {
  return {
    severity: String(severity).toLowerCase() === "warn" ? "warn" : "error",
    ...(typeof where === "string" && { where }),
    ...(typeof description === "string" && { description }),
  };
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function isMapping(value: unknown): value is Mapping {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
