import { parseDuration } from "../duration.ts";
import type { DocumentProblem } from "../parse-document.ts";
import type { CheckForm, ColumnRules } from "../schema/checks.ts";
import {
  type Bounds,
  type CheckValue,
  COLUMN_FIGURES,
  COMPARISONS,
  type Expectation,
  type ExpectationOptions,
  type FigureRule,
  type RowRule,
  VALUE_TYPES,
  type ValueType,
} from "./expectation.ts";

type Place = readonly (string | number)[];

/**
 * Reads a suite's form into expectations, and finds the problems that go beyond its form. `mostly` is for rules of rows
 * alone.
 */
export function expectationsOf(checks: readonly CheckForm[]): {
  readonly expectations: readonly Expectation[];
  readonly problems: readonly DocumentProblem[];
} {
  const problems: DocumentProblem[] = [];
  const expectations = checks.flatMap((check, index) => {
    const reader = new RuleReader(problems, ["checks", index], "suite");
    return reader.check(check);
  });
  if (expectations.length === 0 && problems.length === 0)
    problems.push({ path: ["checks"], message: "nothing is expected", hint: "write for example `rows: {min: 1}`" });
  return { expectations, problems };
}

/** Reads the rules of one check; `place` is where it stands in its file. */
export class RuleReader {
  readonly #problems: DocumentProblem[];
  readonly #place: Place;
  readonly #of: "suite" | "step";

  constructor(problems: DocumentProblem[], place: Place, of: "suite" | "step") {
    this.#problems = problems;
    this.#place = place;
    this.#of = of;
  }

  check(check: CheckForm): readonly Expectation[] {
    const options: ExpectationOptions = {
      severity: check["on-fail"] ?? "error",
      ...(check.where !== undefined && { where: check.where }),
      ...(check.description !== undefined && { description: check.description }),
    };
    const table = this.#tableRules(check).map((rule): Expectation => ({ ...options, ...rule }));
    const rows = this.#rowRules(check);
    const mostly = check.mostly === undefined ? {} : { mostly: check.mostly };
    const columns = Object.entries(check.columns ?? {}).flatMap(([column, rules]) =>
      [rules].flat().flatMap((each, index) => {
        const place = ["columns", column, ...(Array.isArray(rules) ? [index] : [])];
        const share = each.mostly ?? check.mostly;
        const ofValues = share === undefined ? {} : { mostly: share };
        return [
          ...this.#valueRules(column, each, place).map((rule): Expectation => ({ ...options, ...ofValues, ...rule })),
          ...this.#figureRules(column, each, place).map((rule): Expectation => ({ ...options, ...rule })),
        ];
      }),
    );
    return [...table, ...rows.map((rule): Expectation => ({ ...options, ...mostly, ...rule })), ...columns];
  }

  #tableRules(check: CheckForm): readonly FigureRule[] {
    const rules: FigureRule[] = [];
    if (check.rows !== undefined) rules.push({ rule: "rows", bounds: this.bounds(check.rows, ["rows"]) });
    if (check.schema !== undefined) {
      const { columns, others = true, ordered = false } = check.schema;
      rules.push({ rule: "columns", names: columns, others, ordered });
    }
    for (const query of check.sql ?? []) rules.push({ rule: "sql", query });
    if (check.sql !== undefined && check.where !== undefined)
      this.#problem(["where"], "`where` is not for queries", "write the condition into the query");
    return rules;
  }

  #rowRules(check: CheckForm): readonly RowRule[] {
    return [
      ...(check.unique ?? []).map((columns): RowRule => ({ rule: "unique", columns })),
      ...(check.compare ?? []).flatMap((text, index) => this.#comparison(text, ["compare", index])),
      ...(check["row-conditions"] ?? []).map((condition): RowRule => ({ rule: "row", condition })),
    ];
  }

  #comparison(text: string, place: Place): readonly RowRule[] {
    const match = /^\s*(.+?)\s*(<=|>=|==|=|<|>)\s*(.+?)\s*$/.exec(text);
    const [, left, sign, right] = match ?? [];
    const comparison = COMPARISONS.find((each) => each === (sign === "==" ? "=" : sign));
    if (left === undefined || right === undefined || comparison === undefined) {
      this.#problem(place, `${JSON.stringify(text)} compares no two columns`, "write for example `start <= end`");
      return [];
    }
    return [{ rule: "compare", left, comparison, right }];
  }

  #valueRules(column: string, rules: ColumnRules, place: Place): readonly (RowRule & { mostly?: number })[] {
    const found: (RowRule & { mostly?: number })[] = [];
    const notNull = rules["not-null"];
    if (typeof notNull === "number") found.push({ rule: "not-null", column, mostly: notNull });
    else if (notNull === true) found.push({ rule: "not-null", column });
    if (rules.null === true) found.push({ rule: "null", column });
    if (rules.type !== undefined) found.push({ rule: "type", column, types: this.#types(rules.type, place) });
    if (rules.references !== undefined) {
      const { input, column: to = column } = rules.references;
      if ((input === undefined) !== (this.#of === "suite"))
        this.#problem(
          [...place, "references"],
          input === undefined ? "there is no table that the values refer to" : "a suite has no inputs",
          input === undefined
            ? "name the `input` that has it"
            : "leave out `input`: the suite is run with another table as its reference",
        );
      found.push({ rule: "references", column, to, ...(input !== undefined && { input }) });
    }
    if (rules.unique === true) found.push({ rule: "unique", columns: [column] });
    const bounds = pick(rules);
    this.#requireRoom(bounds, place);
    if (Object.keys(bounds).length > 0) found.push({ rule: "between", column, bounds });
    if (rules.in !== undefined) found.push({ rule: "in", column, values: rules.in });
    if (rules["not-in"] !== undefined) found.push({ rule: "not-in", column, values: rules["not-in"] });
    if (rules.matches !== undefined) found.push({ rule: "matches", column, patterns: [rules.matches].flat() });
    if (rules["not-matches"] !== undefined)
      found.push({ rule: "not-matches", column, patterns: [rules["not-matches"]].flat() });
    if (rules.length !== undefined)
      found.push({ rule: "length", column, bounds: this.#fixed(rules.length, [...place, "length"]) });
    if (rules.format !== undefined) found.push({ rule: "format", column, format: rules.format });
    if (rules["time-format"] !== undefined) found.push({ rule: "time-format", column, format: rules["time-format"] });
    for (const rule of ["increasing", "decreasing"] as const) {
      const order = rules[rule];
      if (order !== undefined && order !== false) found.push({ rule, column, strictly: order === "strictly" });
    }
    if (rules["z-score"] !== undefined)
      found.push({ rule: "z-score", column, below: rules["z-score"], bothSides: true });
    return found;
  }

  #figureRules(column: string, rules: ColumnRules, place: Place): readonly FigureRule[] {
    const found: FigureRule[] = [];
    for (const rule of COLUMN_FIGURES) {
      const form = rules[rule];
      if (form !== undefined) found.push({ rule, column, bounds: this.bounds(form, [...place, rule]) });
    }
    for (const [text, form] of Object.entries(rules.quantiles ?? {})) {
      const quantile = Number(text);
      const at = [...place, "quantiles", text];
      if (text.trim() === "" || !(quantile >= 0 && quantile <= 1))
        this.#problem(at, `${JSON.stringify(text)} is no quantile`, "write a number from 0 to 1, e.g. 0.5");
      else found.push({ rule: "quantile", column, quantile, bounds: this.bounds(form, at) });
    }
    if (rules.contains !== undefined) found.push({ rule: "values-contain", column, values: rules.contains });
    if (rules["most-common"] !== undefined)
      found.push({ rule: "most-common-in", column, values: rules["most-common"] });
    if (rules.fresh !== undefined) {
      const age = parseDuration(rules.fresh);
      if (!age.ok) this.#problem([...place, "fresh"], age.message, "write for example 2d");
      else if (age.seconds === undefined) this.#problem([...place, "fresh"], "there is no age", "write for example 2d");
      else found.push({ rule: "fresh", column, seconds: age.seconds });
    }
    return found;
  }

  #types(given: string | readonly string[], place: Place): readonly ValueType[] {
    return [given].flat().flatMap((name) => {
      const type = VALUE_TYPES.find((each) => each === name);
      if (type !== undefined) return [type];
      this.#problem([...place, "type"], `${JSON.stringify(name)} is no type`, `types are ${VALUE_TYPES.join(", ")}`);
      return [];
    });
  }

  /** The limits of a figure, which may be held against that of before. */
  bounds(form: FigureForm, place: Place): Bounds {
    if (typeof form !== "object" || form.change === undefined) return this.#fixed(form, place);
    const { change, ...fixed } = form;
    if (this.#of === "suite")
      this.#problem([...place, "change"], "a suite knows no figures of before", "use `change` in the checks of a step");
    return { change, ...(Object.keys(fixed).length === 0 ? {} : this.#fixed(fixed, place)) };
  }

  #fixed(form: FigureForm, place: Place): Bounds {
    if (typeof form !== "object") return { min: form, max: form };
    const { equals, change } = form;
    if (change !== undefined) this.#problem([...place, "change"], "`change` is for figures", "leave it out");
    const bounds = pick(form);
    if (equals !== undefined) return { min: equals, max: equals };
    if (Object.keys(bounds).length === 0)
      this.#problem(place, "there is no limit", "write `min`, `max`, `above`, `below` or `equals`");
    this.#requireRoom(bounds, place);
    return bounds;
  }

  #requireRoom(bounds: Bounds, place: Place): void {
    if (isEmpty(bounds)) this.#problem(place, "no value lies within these limits", "exchange them");
  }

  #problem(path: Place, message: string, hint: string): void {
    this.#problems.push({ path: [...this.#place, ...path], message, hint });
  }
}

type FigureForm =
  | CheckValue
  | (PartialBounds & { readonly equals?: CheckValue | undefined; readonly change?: number | undefined });

interface PartialBounds {
  readonly min?: CheckValue | undefined;
  readonly max?: CheckValue | undefined;
  readonly above?: CheckValue | undefined;
  readonly below?: CheckValue | undefined;
}

function pick({ min, max, above, below }: PartialBounds): Bounds {
  return {
    ...(min !== undefined && { min }),
    ...(max !== undefined && { max }),
    ...(above !== undefined && { above }),
    ...(below !== undefined && { below }),
  };
}

function isEmpty({ min, max, above, below }: Bounds): boolean {
  const low = above ?? min;
  const high = below ?? max;
  if (typeof low !== "number" || typeof high !== "number") return false;
  return low > high || (low === high && (above !== undefined || below !== undefined));
}
