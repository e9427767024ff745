import type { ApprovalRule } from "../../config/index.ts";
import { evaluate, namesOf, parseExpression } from "../../expressions/index.ts";

/** The facts of a version that count as evidence. */
export interface JudgedFacts {
  readonly metrics: Readonly<Record<string, unknown>>;
  readonly checks?: { readonly warned: number; readonly failed: number };
  readonly inputs: readonly { readonly name: string; readonly sha256: string }[];
}

type Figure = string | number | boolean | null;

export interface JudgedRequirement {
  readonly expression: string;
  /** `open`: it cannot be decided. */
  readonly outcome: "holds" | "fails" | "open";
  readonly figures: readonly { readonly name: string; readonly value: Figure }[];
  readonly message: string;
}

export interface Judgement {
  readonly verdict: "approved" | "rejected" | "undecided";
  readonly champion?: number;
  readonly rules: readonly JudgedRequirement[];
  readonly evaluation?: { readonly inputs: readonly string[]; readonly isSame: boolean; readonly message: string };
}

/** Names that inputs for evaluation have, where the file names none. */
const USUAL_INPUTS: ReadonlySet<string> = new Set(["evaluation", "holdout", "test", "validation"]);

/**
 * Holds a new version against what is required of it. One requirement that fails rejects it; one that cannot be decided
 * leaves it to a person. Requirements that name the champion count where both were measured on the same data, and where
 * there is a champion: the first version has nothing to be compared with.
 */
export function judgeModel(
  { require, evaluation: named }: ApprovalRule,
  candidate: JudgedFacts,
  champion: { readonly number: number; readonly facts: JudgedFacts } | undefined,
): Judgement {
  const compares = require.some((text) => championNames(text).length > 0);
  const evaluation = champion && compares ? sameEvaluation(named, candidate, champion) : undefined;
  const names = {
    metadata: candidate.metrics,
    checks: { failed: candidate.checks?.failed ?? 0, warned: candidate.checks?.warned ?? 0 },
    ...(champion !== undefined && { champion: champion.facts.metrics }),
  };
  const rules = require.map((text) => judged(text, names, { hasChampion: champion !== undefined, evaluation }));
  const decided = rules.filter(({ message }) => message !== NO_CHAMPION);
  const outcomes = new Set(decided.map(({ outcome }) => outcome));
  const isLeft = outcomes.has("open") || decided.length === 0;
  return {
    verdict: outcomes.has("fails") ? "rejected" : isLeft ? "undecided" : "approved",
    ...(champion !== undefined && { champion: champion.number }),
    rules,
    ...(evaluation !== undefined && { evaluation }),
  };
}

const NO_CHAMPION = "there is no champion yet to compare with";

interface Surroundings {
  readonly hasChampion: boolean;
  readonly evaluation: Judgement["evaluation"];
}

function judged(
  expression: string,
  names: Readonly<Record<string, unknown>>,
  { hasChampion, evaluation }: Surroundings,
): JudgedRequirement {
  const parsed = parseExpression(expression);
  // The check of the file refuses what does not parse.
  if (!parsed.ok) return { expression, outcome: "open", figures: [], message: parsed.message };
  const figures = [...new Set(namesOf(parsed.expression).map(({ name }) => name))].map((name) => ({
    name,
    value: figureOf(name, names),
  }));
  const compares = championNames(expression).length > 0;
  if (compares && !hasChampion) return { expression, outcome: "open", figures, message: NO_CHAMPION };
  if (compares && evaluation?.isSame === false)
    return { expression, outcome: "open", figures, message: evaluation.message };
  const result = evaluate(parsed.expression, names);
  if (result.ok) return { expression, outcome: result.truthy ? "holds" : "fails", figures, message: "" };
  const { missingName, message } = result;
  // A version that does not show what is asked for has not shown it; an old champion cannot be asked any more.
  const isOwn = missingName !== undefined && !missingName.startsWith("champion.");
  return { expression, outcome: isOwn ? "fails" : "open", figures, message };
}

function figureOf(name: string, names: Readonly<Record<string, unknown>>): Figure {
  const parsed = parseExpression(name);
  const result = parsed.ok ? evaluate(parsed.expression, names) : undefined;
  return result?.ok === true ? result.value : null;
}

function championNames(text: string): readonly string[] {
  const parsed = parseExpression(text);
  if (!parsed.ok) return [];
  return namesOf(parsed.expression).flatMap(({ name }) => (name.startsWith("champion.") ? [name] : []));
}

/** Figures are compared where both versions were measured on the same contents. */
function sameEvaluation(
  named: readonly string[],
  candidate: JudgedFacts,
  { number, facts }: { readonly number: number; readonly facts: JudgedFacts },
): NonNullable<Judgement["evaluation"]> {
  const all = [...new Set([...candidate.inputs, ...facts.inputs].map(({ name }) => name))];
  const usual = all.filter((name) => USUAL_INPUTS.has(name));
  const inputs = named.length > 0 ? named : usual.length > 0 ? usual : all;
  const contentOf = ({ inputs: own }: JudgedFacts, name: string): string | undefined =>
    own.find((input) => input.name === name)?.sha256;
  for (const name of inputs) {
    const [own, other] = [contentOf(candidate, name), contentOf(facts, name)];
    const who = `the champion (version ${number})`;
    if (own === undefined || other === undefined) {
      const lacking = own === undefined ? "this version" : who;
      return { inputs, isSame: false, message: `${lacking} was measured without the input ${name}` };
    }
    if (own !== other)
      return { inputs, isSame: false, message: `${who} was measured on other data: the input ${name} differs` };
  }
  return { inputs, isSame: true, message: "" };
}
