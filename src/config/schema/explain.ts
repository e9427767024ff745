import * as z from "zod";
import type { DiagnosticCode } from "../report/catalogue.ts";
import type { Path, Problem } from "../report/problem.ts";
import { expectation, kindOf, knownKeys, nounOf, schemaAt, valueAt } from "./describe.ts";
import { suggestionHint } from "./suggest.ts";

type Issue = z.core.$ZodIssue;

/** The item that was checked: its schema, its data, and where it stands in the document. */
export interface Checked {
  readonly schema: z.ZodType;
  readonly data: unknown;
  readonly base: Path;
}

/** Puts what zod found into words: what is wrong, and what would be right. */
export function explainIssues(checked: Checked, issues: readonly Issue[]): Problem[] {
  return issues.flatMap((issue) => explain(checked, issue, issue.path as Path));
}

function explain(checked: Checked, issue: Issue, path: Path): Problem[] {
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => unknownKey(checked, path, key));
    case "invalid_union":
      return explainUnion(checked, issue, path);
    case "invalid_type":
      return [wrongType(checked, path)];
    case "invalid_value":
      return [wrongValue(checked, path, issue.values.map(String))];
    case "too_big":
    case "too_small":
      return [outOfRange(checked, issue, path)];
    case "invalid_format":
      return [problem(checked, "wrong-format", path, "value", `${named(path)} has to be ${issue.message}`)];
    case "custom":
      return [problem(checked, codeOf(issue.params), path, "key", issue.message)];
    default:
      return [problem(checked, "wrong-format", path, "key", `${named(path)} is not valid: ${issue.message}`)];
  }
}

function codeOf(params: Record<string, unknown> | undefined): DiagnosticCode {
  return params?.code === "conflicting-keys" ? "conflicting-keys" : "missing-key";
}

/** A union fails in every option; only one with the value's own outer form has something to say. */
function explainUnion(checked: Checked, issue: z.core.$ZodIssueInvalidUnion, path: Path): Problem[] {
  if (issue.errors.length === 0) return [wrongDiscriminator(checked, path)];
  const value = valueAt(checked.data, path);
  const telling = issue.errors.filter((errors) => !errors.some((error) => isOuterMismatch(error, value)));
  const only = telling[0];
  if (only !== undefined && telling.length === 1)
    return only.flatMap((error) => explain(checked, error, [...path, ...(error.path as Path)]));
  return [wrongType(checked, path)];
}

function isOuterMismatch(issue: Issue, value: unknown): boolean {
  if (issue.path.length > 0) return false;
  return issue.code === "invalid_type" || (issue.code === "invalid_value" && typeof value !== "string");
}

function wrongDiscriminator(checked: Checked, path: Path): Problem {
  const value = valueAt(checked.data, path);
  if (value === undefined)
    return problem(
      checked,
      "missing-key",
      path.slice(0, -1),
      "key",
      "a node needs `type`: execution, task or deployment",
    );
  return wrongValue(checked, path, ["execution", "task", "deployment"]);
}

function unknownKey(checked: Checked, path: Path, key: string): Problem {
  const schema = schemaAt(checked.schema, path, checked.data);
  const hint = suggestionHint(key, knownKeys(schema), "known keys");
  return { ...problem(checked, "unknown-key", [...path, key], "key", `${nounOf(schema)} has no key \`${key}\``), hint };
}

function wrongType(checked: Checked, path: Path): Problem {
  const value = valueAt(checked.data, path);
  const parent = path.slice(0, -1);
  if (value === undefined && path.length > 0 && kindOf(valueAt(checked.data, parent)) !== "a mapping")
    return wrongType(checked, parent);
  if (value === undefined && path.length > 0) {
    const noun = nounOf(schemaAt(checked.schema, parent, checked.data));
    return problem(checked, "missing-key", parent, "key", `${noun} needs \`${path.at(-1)}\``);
  }
  const schema = outerSchemaAt(checked, path);
  const expected = schema === undefined ? "something else" : expectation(schema);
  if (value === null) {
    return problem(checked, "wrong-type", path, "key", `${named(path)} is empty; it has to be ${expected}`);
  }
  const hint = typeHint(value, expected);
  return {
    ...problem(checked, "wrong-type", path, "value", `${named(path)} has to be ${expected}, not ${kindOf(value)}`),
    hint,
  };
}

/** The schema as declared, unions included, so that all that would be right is named. */
function outerSchemaAt(checked: Checked, path: Path): z.core.$ZodType | undefined {
  if (path.length === 0) return checked.schema;
  const parent = schemaAt(checked.schema, path.slice(0, -1), checked.data);
  const key = path.at(-1) ?? "";
  if (parent instanceof z.ZodObject) return parent.shape[String(key)];
  if (parent instanceof z.ZodArray) return parent.element;
  return parent instanceof z.ZodRecord ? parent.valueType : schemaAt(checked.schema, path, checked.data);
}

function typeHint(value: unknown, expected: string): string | undefined {
  if (!expected.startsWith("text")) return undefined;
  switch (kindOf(value)) {
    case "a boolean":
      return "yes, no, on, off, true and false are booleans in YAML; put text in quotes";
    case "a date":
      return "YAML reads this as a date; put text in quotes";
    case "a number":
    case "a whole number":
      return "put text in quotes";
    default:
      return undefined;
  }
}

function wrongValue(checked: Checked, path: Path, values: readonly string[]): Problem {
  const value = valueAt(checked.data, path);
  if (value === undefined || typeof value !== "string") return wrongType(checked, path);
  const allowed = values.join(", ");
  const message = `${named(path)} has to be one of ${allowed}, not \`${shortened(value)}\``;
  return { ...problem(checked, "wrong-value", path, "value", message), hint: suggestionHint(value, values) };
}

function outOfRange(checked: Checked, issue: z.core.$ZodIssueTooBig | z.core.$ZodIssueTooSmall, path: Path): Problem {
  const value = valueAt(checked.data, path);
  const bound = boundOf(issue);
  if (Array.isArray(value)) {
    return problem(
      checked,
      "out-of-range",
      path,
      "value",
      `an edge is a pair \`[source, target]\`, and this list has ${value.length} entries`,
    );
  }
  if (typeof value === "string") {
    return problem(
      checked,
      "out-of-range",
      path,
      "value",
      `${named(path)} may have ${bound} characters, and it has ${[...value].length}`,
    );
  }
  return problem(checked, "out-of-range", path, "value", `${named(path)} has to be ${bound}, not ${String(value)}`);
}

function boundOf(issue: z.core.$ZodIssueTooBig | z.core.$ZodIssueTooSmall): string {
  const isExclusive = issue.inclusive === false;
  if (issue.code === "too_big") return `${isExclusive ? "less than" : "at most"} ${issue.maximum}`;
  return `${isExclusive ? "more than" : "at least"} ${issue.minimum}`;
}

function problem(checked: Checked, code: DiagnosticCode, path: Path, mark: "key" | "value", message: string): Problem {
  return { code, message, path: [...checked.base, ...path], mark };
}

/** “`image`”, or “entry 2 of `inputs`”. */
function named(path: Path): string {
  const last = path.at(-1);
  if (last === undefined) return "the item";
  if (typeof last === "string") return `\`${last}\``;
  const list = path.findLast((part) => typeof part === "string");
  return list === undefined ? `entry ${last + 1}` : `entry ${last + 1} of \`${list}\``;
}

/** Values in messages stay short. */
export function shortened(value: string): string {
  const line = value.replace(/\s+/g, " ");
  return line.length > 60 ? `${line.slice(0, 59)}…` : line;
}
