import type * as z from "zod";
import type { Parameter, ParameterValue, Scalar } from "../model.ts";
import type { Path } from "../report/problem.ts";
import type { parameterSchema } from "../schema/parts.ts";
import { YamlTimestamp } from "../yaml/timestamp.ts";
import { parameterValue, plainMapping } from "./plain-value.ts";
import { filled, listed, present } from "./present.ts";
import type { Report } from "./report.ts";

type ParameterSource = z.infer<typeof parameterSchema>;

/** The parameter that a checked mapping describes. */
export function buildParameter(source: ParameterSource, path: Path, report: Report): Parameter {
  const type = source.type ?? "string";
  const isFlag = type === "flag";
  const multiple = source.multiple ?? "none";
  if (isFlag && multiple !== "none") {
    report(
      "flag-with-multiple",
      [...path, "multiple"],
      `the flag \`${source.name}\` cannot be \`multiple\`; remove the key or choose another type`,
    );
  }
  reportIneffective(source, path, report);
  return present({
    name: source.name,
    type,
    default: defaultOf(source, multiple !== "none", path, report),
    optional: isFlag || (source.optional ?? false),
    description: source.description,
    category: filled(source.category),
    min: source.min,
    max: source.max,
    choices: isFlag ? undefined : choicesOf(source.choices, path, report),
    multiple,
    multipleSeparator: filled(source["multiple-separator"]) ?? ",",
    passAs: filled(source["pass-as"]),
    // Without effect on other types, and dropped as Valohai drops them.
    passTrueAs: isFlag ? filled(source["pass-true-as"]) : undefined,
    passFalseAs: isFlag ? filled(source["pass-false-as"]) : undefined,
    widget: widgetOf(source.widget),
  }) as Parameter;
}

/** Keys that Valohai reads and then does not use. */
function reportIneffective(source: ParameterSource, path: Path, report: Report): void {
  const ignored = (key: string, why: string): void =>
    report("no-effect", [...path, key], `\`${key}\` has no effect ${why}`, { mark: "key" });
  if (source.type === "flag") {
    if (source.optional === true) ignored("optional", "on a flag, which is always optional");
    if (source["pass-as"] && (source["pass-true-as"] || source["pass-false-as"]))
      ignored("pass-as", "beside `pass-true-as` and `pass-false-as`");
    return;
  }
  if (source["pass-true-as"]) ignored("pass-true-as", "on a parameter that is no flag");
  if (source["pass-false-as"]) ignored("pass-false-as", "on a parameter that is no flag");
}

function defaultOf(
  source: ParameterSource,
  isMultiple: boolean,
  path: Path,
  report: Report,
): ParameterValue | undefined {
  if (source.default === undefined || source.default === null) return undefined;
  if (
    (source.type ?? "string") === "string" &&
    listed(source.default).some((value) => value instanceof YamlTimestamp)
  ) {
    report(
      "default-not-valid",
      [...path, "default"],
      `the default of \`${source.name}\` is a date and not text; put it in quotes`,
    );
  }
  const value = parameterValue(source.default);
  if (value === undefined) {
    report(
      "default-not-valid",
      [...path, "default"],
      `the default of \`${source.name}\` has to be one value or a list of values; this one is ignored`,
    );
    return undefined;
  }
  return isMultiple && !Array.isArray(value) ? [value as Scalar] : value;
}

function choicesOf(source: readonly unknown[] | undefined, path: Path, report: Report): readonly Scalar[] | undefined {
  if (source === undefined || source.length === 0) return undefined;
  const choices = parameterValue(source);
  if (choices === undefined) {
    report("unusual-value", [...path, "choices"], "lists and mappings cannot be chosen; these choices are ignored");
    return undefined;
  }
  return choices as readonly Scalar[];
}

function widgetOf(source: ParameterSource["widget"]): Parameter["widget"] {
  if (source === undefined) return undefined;
  if (typeof source === "string") return { type: source.toLowerCase(), settings: {} };
  return { type: source.type.toLowerCase(), settings: plainMapping(source.settings) };
}
