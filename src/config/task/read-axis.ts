import type { Parameter, Scalar, VariantParameter } from "../model.ts";
import { validateParameterValue } from "../parameter-value.ts";
import { type Axis, type AxisValues, countOf, valueAt } from "./axis.ts";

/** The axis, or everything that is wrong with the rules: each with the key that it is about. */
export type AxisResult =
  | { readonly ok: true; readonly axis: Axis }
  | { readonly ok: false; readonly problems: readonly AxisProblem[] };

export interface AxisProblem {
  /** The rule that is to blame; absent if no single one is. */
  readonly key?: string;
  readonly message: string;
}

/** So many values in steps are checked against the parameter one by one; if there are more, only the ends. */
const CHECKED_VALUES = 10_000;

/** Reads the rules of a varied parameter, and holds their values against the parameter of the step. */
export function readAxis({ name, style, rules }: VariantParameter, parameter: Parameter | undefined): AxisResult {
  const reader = new RulesReader(rules, parameter);
  const values = reader.values(style);
  if (values === undefined || reader.problems.length > 0) return { ok: false, problems: reader.problems };
  return checkedAxis(name, values, parameter);
}

/** The same for values that are listed already. */
export function listAxis(name: string, values: readonly Scalar[], parameter: Parameter | undefined): AxisResult {
  if (values.length === 0) return { ok: false, problems: [{ message: `\`${name}\` has no values` }] };
  return checkedAxis(name, { kind: "list", values }, parameter);
}

/** The same for values that keep their places, so that what is made of each stands at the place of its value. */
export function eachAxis(name: string, values: readonly Scalar[], parameter: Parameter): AxisResult {
  const result = listAxis(name, values, parameter);
  if (!result.ok) return result;
  const single: Parameter = { ...parameter, multiple: "none" };
  const typed = values.flatMap((value) => {
    const each = validateParameterValue(single, value);
    return each.ok ? [each.value as Scalar] : [];
  });
  return { ok: true, axis: { name, kind: "list", values: typed } };
}

function checkedAxis(name: string, values: AxisValues, parameter: Parameter | undefined): AxisResult {
  if (parameter === undefined) return { ok: true, axis: { name, ...values } };
  const single: Parameter = { ...parameter, multiple: "none" };
  const problems: AxisProblem[] = [];
  const typed: Scalar[] = [];
  for (const value of valuesToCheck(values)) {
    const result = validateParameterValue(single, value);
    if (result.ok) typed.push(result.value as Scalar);
    else if (problems.length < 3) problems.push({ message: `${name}: ${result.messages.join("; ")}` });
  }
  if (problems.length > 0) return { ok: false, problems };
  if (values.kind !== "list") return { ok: true, axis: { name, ...values } };
  const distinct = [...new Set(typed)];
  return { ok: true, axis: { name, kind: "list", values: distinct } };
}

function valuesToCheck(values: AxisValues): readonly Scalar[] {
  if (values.kind === "list") return values.values;
  if (values.kind === "range") return [values.low, values.high];
  const count = countOf(values) ?? 0;
  if (count > CHECKED_VALUES) return [valueAt(values, 0), valueAt(values, 1), valueAt(values, count - 1)];
  return Array.from({ length: count }, (_, index) => valueAt(values, index));
}

/** Reads the rules by the style that they belong to. */
class RulesReader {
  readonly problems: AxisProblem[] = [];
  readonly #rules: VariantParameter["rules"];
  readonly #parameter: Parameter | undefined;

  constructor(rules: VariantParameter["rules"], parameter: Parameter | undefined) {
    this.#rules = rules;
    this.#parameter = parameter;
  }

  values(style: VariantParameter["style"]): AxisValues | undefined {
    switch (style) {
      case "single":
        return this.#single();
      case "multiple":
        return this.#multiple();
      case "linear":
        return this.#linear();
      case "logspace":
        return this.#logspace();
      case "random":
        return this.#range();
    }
  }

  #single(): AxisValues | undefined {
    const { value } = this.#rules;
    if (isScalar(value)) return { kind: "list", values: [value] };
    return this.#fail("value", "the style `single` needs `value`");
  }

  #multiple(): AxisValues | undefined {
    const { items, numberify } = this.#rules;
    if (!Array.isArray(items)) return this.#fail("items", "the style `multiple` needs `items`");
    if (items.length === 0) return this.#fail("items", "`items` is empty: there is no value to run with");
    if (numberify !== true) return { kind: "list", values: items as readonly Scalar[] };
    return { kind: "list", values: items.map((item) => this.#number("items", item) ?? Number.NaN) };
  }

  #linear(): AxisValues | undefined {
    const ends = this.#ends();
    if (ends === undefined) return undefined;
    const [start, end] = ends;
    const step = this.#optional("step");
    const count = this.#count();
    if (this.problems.length > 0) return undefined;
    const width = end - start;
    if (step === undefined && count === undefined)
      return width === 0
        ? { kind: "linear", start, step: 0, count: 1, whole: this.#whole }
        : this.#fail("step", "the style `linear` needs `step`, or `count`");
    if (step === undefined) return this.#evenly("linear", start, width, count as number);
    if (step === 0) return width === 0 ? this.#evenly("linear", start, 0, 1) : this.#fail("step", "`step` is 0");
    if (width * step < 0)
      return this.#fail("step", `\`step\` ${step} leads away from \`end\`: from ${start} it never comes to ${end}`);
    const steps = Math.floor(Math.abs(width / step) + 1e-9) + 1;
    if (count !== undefined && count !== steps)
      return this.#fail("count", `\`step\` makes ${steps} values and \`count\` asks for ${count}`);
    return { kind: "linear", start, step, count: steps, whole: this.#whole };
  }

  #logspace(): AxisValues | undefined {
    const ends = this.#ends();
    if (ends === undefined) return undefined;
    const [start, end] = ends;
    const base = this.#optional("base") ?? 10;
    const count = this.#count();
    if (base <= 0 || base === 1) return this.#fail("base", "`base` has to be above 0, and not 1");
    if (this.problems.length > 0) return undefined;
    const [low, high] = [Math.min(base ** start, base ** end), Math.max(base ** start, base ** end)];
    if (!Number.isFinite(high) || low === 0)
      return this.#fail(
        "end",
        `${base} to the power of ${high === Number.POSITIVE_INFINITY ? end : start} is no number here: \`start\` and \`end\` are exponents`,
      );
    if (count !== undefined) return { ...this.#evenly("linear", start, end - start, count), kind: "logspace", base };
    if (start === end) return { kind: "logspace", base, start, step: 0, count: 1, whole: this.#whole };
    return { kind: "range", low, high, log: true, whole: this.#whole };
  }

  #range(): AxisValues | undefined {
    const low = this.#required("min");
    const high = this.#required("max");
    const count = this.#count();
    const seed = this.#optional("seed");
    const log = this.#isLogarithmic();
    if (low === undefined || high === undefined || log === undefined || this.problems.length > 0) return undefined;
    if (low > high) return this.#fail("min", `\`min\` ${low} is above \`max\` ${high}`);
    if (log && low <= 0) return this.#fail("min", "a log-uniform distribution needs a `min` above 0");
    if (this.#whole && Math.ceil(low) > Math.floor(high))
      return this.#fail("max", `there is no whole number between ${low} and ${high}`);
    return {
      ...{ kind: "range", log, whole: this.#whole },
      low: this.#whole ? Math.ceil(low) : low,
      high: this.#whole ? Math.floor(high) : high,
      ...(count === undefined ? {} : { count }),
      ...(seed === undefined ? {} : { seed }),
    };
  }

  #isLogarithmic(): boolean | undefined {
    const word = String(this.#rules.distribution ?? "uniform")
      .toLowerCase()
      .replace(/[-_ ]/g, "");
    if (word === "uniform") return false;
    if (word === "loguniform") return true;
    this.#fail(
      "distribution",
      `\`distribution\` is uniform or log-uniform, not \`${String(this.#rules.distribution)}\``,
    );
    return undefined;
  }

  #evenly(kind: "linear", start: number, width: number, count: number): Extract<AxisValues, { kind: "linear" }> {
    return { kind, start, step: count === 1 ? 0 : width / (count - 1), count, whole: this.#whole };
  }

  /** `min` and `max` say the same, as in Valohai's documentation. */
  #ends(): readonly [number, number] | undefined {
    const start = this.#either("start", "min");
    const end = this.#either("end", "max");
    return start === undefined || end === undefined ? undefined : [start, end];
  }

  #either(key: string, other: string): number | undefined {
    const [first, second] = [this.#optional(key), this.#optional(other)];
    if (first !== undefined && second !== undefined && first !== second) {
      this.#fail(other, `\`${key}\` is ${first} and \`${other}\`, which says the same, is ${second}`);
      return undefined;
    }
    return first ?? second ?? this.#required(key);
  }

  #required(key: string): number | undefined {
    if (this.#rules[key] === undefined) {
      this.#fail(key, `\`${key}\` is missing`);
      return undefined;
    }
    return this.#optional(key);
  }

  #optional(key: string): number | undefined {
    const value = this.#rules[key];
    return value === undefined ? undefined : this.#number(key, value);
  }

  #number(key: string, value: unknown): number | undefined {
    const read = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
    if (typeof read === "number" && Number.isFinite(read)) return read;
    this.#fail(key, `\`${key}\` has to be a number, not ${JSON.stringify(value) ?? String(value)}`);
    return undefined;
  }

  #count(): number | undefined {
    const count = this.#optional("count");
    if (count === undefined) return undefined;
    if (Number.isSafeInteger(count) && count > 0) return count;
    this.#fail("count", `\`count\` has to be a whole number above 0, not ${count}`);
    return undefined;
  }

  /** A parameter of whole numbers takes no others, whatever `integerify` says. */
  get #whole(): boolean {
    return this.#rules.integerify === true || this.#parameter?.type === "integer";
  }

  #fail(key: string, message: string): undefined {
    this.problems.push({ key, message });
  }
}

function isScalar(value: unknown): value is Scalar {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}
