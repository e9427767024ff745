import { HeadraceError } from "../../errors.ts";
import { didYouMean } from "../closest-name.ts";
import type { RawAssignment } from "./assignments.ts";
import type { Settable } from "./target.ts";

export interface DynamicAssignments {
  readonly parameters: readonly RawAssignment[];
  readonly inputs: readonly RawAssignment[];
}

/**
 * Reads the options that the program does not know itself as values of the target's parameters and inputs:
 * `--rate=0.1`, `--rate 0.1`, `--train.rate=0.1`, `--images=URI`, `--verbose` and `--no-verbose` for a flag.
 * `-` and `_` are interchangeable where that leaves no doubt. `ownOptions` are the command's, for "did you mean".
 */
export function parseDynamicOptions(
  tokens: readonly string[],
  context: { readonly target: string; readonly settables: readonly Settable[]; readonly ownOptions: readonly string[] },
): DynamicAssignments {
  const parameters: RawAssignment[] = [];
  const inputs: RawAssignment[] = [];
  for (let index = 0; index < tokens.length; index++) {
    const token = tokens[index] ?? "";
    const option = OPTION.exec(token)?.groups;
    if (option === undefined) throw unexpectedWord(token, context.target);
    const { settable, negated } = findSettable(option.key ?? "", option.value === undefined, context);
    let value = option.value;
    if (value === undefined && settable.isFlag) value = negated ? "false" : "true";
    if (value === undefined) {
      index += 1;
      value = tokens[index];
    }
    if (value === undefined) {
      throw new HeadraceError("HR_USAGE", `option --${settable.key} has no value`, {
        hint: `write --${settable.key}=VALUE`,
      });
    }
    (settable.kind === "parameter" ? parameters : inputs).push({ key: settable.key, value });
  }
  return { parameters, inputs };
}

const OPTION = /^--(?<key>[^=\s-][^=]*)(?:=(?<value>.*))?$/s;

function findSettable(
  key: string,
  isBare: boolean,
  context: { readonly target: string; readonly settables: readonly Settable[]; readonly ownOptions: readonly string[] },
): { readonly settable: Settable; readonly negated: boolean } {
  const settable = byKey(context.settables, key);
  if (settable !== undefined) return { settable, negated: false };
  if (isBare && key.startsWith("no-")) {
    const flag = byKey(context.settables, key.slice("no-".length));
    if (flag?.isFlag === true) return { settable: flag, negated: true };
  }
  const known = [...context.settables.map((item) => `--${item.key}`), ...context.ownOptions];
  const suggestion = didYouMean(`--${key}`, known);
  throw new HeadraceError(
    "HR_USAGE",
    `unknown option --${key}: neither an option of \`headrace run\` nor a parameter or input of ${context.target}`,
    {
      hint:
        placesOf(key, context.settables) ??
        suggestion ??
        `\`headrace run ${context.target} --dry-run\` shows the parameters and inputs of ${context.target}`,
    },
  );
}

/** A name that belongs to nodes, typed without one. */
function placesOf(key: string, settables: readonly Settable[]): string | undefined {
  const places = settables
    .filter((item) => normalised(item.key).endsWith(`.${normalised(key)}`))
    .map((item) => `--${item.key}`);
  return places.length === 0
    ? undefined
    : `it belongs to ${places.length === 1 ? "a node" : "nodes"}: say ${places.slice(0, 5).join(" or ")}`;
}

function byKey(settables: readonly Settable[], key: string): Settable | undefined {
  const exact = settables.find((item) => item.key === key);
  if (exact !== undefined) return exact;
  const alike = settables.filter((item) => normalised(item.key) === normalised(key));
  return alike.length === 1 ? alike[0] : undefined;
}

function normalised(key: string): string {
  return key.replaceAll("_", "-").toLowerCase();
}

function unexpectedWord(token: string, target: string): HeadraceError {
  return new HeadraceError("HR_USAGE", `unexpected argument ${JSON.stringify(token)} after ${target}`, {
    hint: "set a parameter with --param NAME=VALUE, an input with --input NAME=URI",
  });
}
