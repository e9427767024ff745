import type { DocumentProblem } from "../parse-document.ts";
import type { StepCheckForm } from "../schema/checks.ts";
import type { MetadataExpectation, StepCheck } from "./expectation.ts";
import { RuleReader } from "./expectations-of.ts";

/** Rows that break a rule and are kept, unless the check says otherwise. */
const EXAMPLES = 5;

const SUBJECTS = ["input", "output", "metadata"] as const;

/** Reads the checks of a step, and finds the problems that go beyond their form; paths begin at `checks`. */
export function stepChecksOf(
  forms: readonly StepCheckForm[],
  inputs: readonly string[],
): { readonly checks: readonly StepCheck[]; readonly problems: readonly DocumentProblem[] } {
  const problems: DocumentProblem[] = [];
  const checks = forms.flatMap((form, index) => {
    const found = checkOf(form, inputs, ["checks", index], problems);
    return found === undefined ? [] : [found];
  });
  return { checks, problems };
}

type Place = readonly (string | number)[];

function checkOf(
  form: StepCheckForm,
  inputs: readonly string[],
  place: Place,
  problems: DocumentProblem[],
): StepCheck | undefined {
  const problem = (path: Place, message: string, hint: string): undefined => {
    problems.push({ path: [...place, ...path], message, hint });
    return undefined;
  };
  const subjects = SUBJECTS.filter((key) => form[key] !== undefined);
  if (subjects.length === 0)
    return problem([], "the check does not say what it is about", "name an `input`, an `output` or `metadata`");
  if (subjects.length > 1)
    return problem([], `the check is about ${subjects.join(" and ")}`, "write a check for each of them");
  const rules = new RuleReader(problems, place, "step");
  if (form.metadata !== undefined) {
    const foreign = Object.keys(form).filter((key) => !["metadata", "on-fail", "description"].includes(key));
    if (foreign.length > 0)
      return problem(
        [foreign[0] ?? ""],
        `metadata is no table: \`${foreign[0]}\` is not for it`,
        "write a check apart",
      );
    return { kind: "metadata", expectations: metadataOf(form, rules) };
  }
  const input = (name: string, path: Place): undefined => {
    if (inputs.includes(name)) return undefined;
    const hint = inputs.length === 0 ? "the step has no inputs" : `its inputs are ${inputs.join(", ")}`;
    return problem(path, `the step has no input \`${name}\``, hint);
  };
  if (form.input !== undefined) input(form.input, ["input"]);
  else if (form.files !== undefined) problem(["files"], "`files` is for an input", "write the pattern as `output`");
  const expectations = rules.check(form);
  for (const each of expectations)
    if (each.rule === "references" && each.input !== undefined)
      input(each.input, ["columns", each.column, "references", "input"]);
  if (expectations.length === 0 && form.drift === undefined)
    return problem([], "nothing is expected", "write for example `rows: {min: 1}`");
  const { drift } = form;
  if (drift !== undefined && drift.against !== "previous" && !drift.against.includes("://"))
    input(drift.against, ["drift", "against"]);
  const table = {
    expectations,
    examples: form.examples ?? EXAMPLES,
    redact: form.redact ?? [],
    ...(drift !== undefined && {
      drift: {
        ...{ against: drift.against, share: drift.share ?? 0.3, severity: form["on-fail"] ?? "error" },
        ...(drift.columns !== undefined && { columns: drift.columns }),
        ...(form.description !== undefined && { description: form.description }),
      },
    }),
  };
  if (form.input === undefined) return { kind: "output", output: form.output ?? "", ...table };
  return { kind: "input", input: form.input, ...(form.files !== undefined && { files: form.files }), ...table };
}

function metadataOf(form: StepCheckForm, rules: RuleReader): readonly MetadataExpectation[] {
  return Object.entries(form.metadata ?? {}).map(([key, wanted]): MetadataExpectation => {
    const { in: values, ...limits } = typeof wanted === "object" ? wanted : { in: undefined, equals: wanted };
    const isFree = Object.keys(limits).length === 0 && values !== undefined;
    return {
      key,
      severity: form["on-fail"] ?? "error",
      bounds: isFree ? {} : rules.bounds(limits, ["metadata", key]),
      ...(values !== undefined && { values }),
      ...(form.description !== undefined && { description: form.description }),
    };
  });
}
