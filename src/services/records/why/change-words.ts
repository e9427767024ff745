import type { WhyChange } from "../../../api/index.ts";
import type { TraceDifference } from "../../../code-tracing/index.ts";
import type { FactChange } from "../../../planning/index.ts";

const SHOWN_VALUE = 80;

/** A difference of facts, with its words. `origin` says which node or place an input's file came from. */
export function factChange(change: FactChange, origin: (input: string, name: string) => string | undefined): WhyChange {
  switch (change.kind) {
    case "command":
      return {
        kind: "command",
        name: "command",
        before: change.before,
        after: change.after,
        text: "the command differs",
        diff: null,
      };
    case "input-file": {
      const file = `${change.input}/${change.name}`;
      const from = origin(change.input, change.name);
      const text = `${verb(change, "input file")} ${file}${from === undefined ? "" : ` (${from})`}`;
      return {
        kind: "input-file",
        name: file,
        before: change.before ?? null,
        after: change.after ?? null,
        text,
        diff: null,
      };
    }
    case "input-properties": {
      const { before = null, after = null } = change;
      const file = `${change.input}/${change.name}`;
      return {
        kind: change.kind,
        name: file,
        before,
        after,
        text: `the properties of input file ${file} differ`,
        diff: null,
      };
    }
    case "input": {
      const text = `input ${change.input} ${change.what === "reordered" ? "has its files in another order" : `was ${change.what}`}`;
      return { kind: "input", name: change.input, before: null, after: null, text, diff: null };
    }
    case "requirements-file": {
      const text = `${verb(change, "requirements file")} ${change.path}`;
      return {
        kind: change.kind,
        name: change.path,
        before: change.before ?? null,
        after: change.after ?? null,
        text,
        diff: null,
      };
    }
    case "surroundings-unknown": {
      const text =
        "the earlier execution was recorded by a version of Headrace that did not note what steps see of the machine";
      return { kind: change.kind, name: "surroundings", before: null, after: null, text, diff: null };
    }
    default: {
      const { kind, name, before, after } = change;
      const what = kind === "image" || kind === "surroundings" ? name : `${NAMES[kind]} ${name}`;
      return { kind, name, before: before ?? null, after: after ?? null, text: valueText(what, change), diff: null };
    }
  }
}

const NAMES = {
  parameter: "parameter",
  "environment-variable": "environment variable",
  place: "the place's",
  python: "python",
  setting: "the step's",
} as const;

function valueText(what: string, change: { readonly before?: unknown; readonly after?: unknown }): string {
  if (change.before === undefined) return `${what} is new: ${shown(change.after)}`;
  if (change.after === undefined) return `${what} is gone (it was ${shown(change.before)})`;
  return `${what}: ${shown(change.before)} → ${shown(change.after)}`;
}

/** A file of the code that differs from what the step saw. */
export function codeChange({ path, what, names, values }: TraceDifference, diff: readonly string[] | null): WhyChange {
  if (values !== undefined) return keyChange(path, values);
  const text = {
    changed: `changed code file ${path}`,
    removed: `code file ${path} is gone`,
    appeared: `new code file ${path}`,
    listing: `the step listed folder ${path}, and ${listingWords(names)}`,
  }[what];
  return { kind: "code-file", name: path, before: null, after: null, text, diff };
}

function keyChange(path: string, { before, after }: NonNullable<TraceDifference["values"]>): WhyChange {
  const [file = "", key = ""] = [path.slice(0, path.indexOf("#")), path.slice(path.indexOf("#") + 1)];
  const words = (value: string | null): string =>
    value === null ? "(no file)" : shorten(value.replaceAll(/\s+/g, " "));
  return {
    kind: "code-file",
    name: path,
    before,
    after,
    text: `${key} in ${file}: ${words(before)} → ${words(after)}`,
    diff: null,
  };
}

/** Names that the words for a listing mention. */
const NAMED = 3;

function listingWords({ added, removed }: NonNullable<TraceDifference["names"]> = { added: [], removed: [] }): string {
  const parts = [
    ...(added.length === 0 ? [] : [`${several(added)} ${added.length === 1 ? "is" : "are"} new in it`]),
    ...(removed.length === 0 ? [] : [`${several(removed)} ${removed.length === 1 ? "is" : "are"} gone from it`]),
  ];
  return parts.length === 0 ? "other names stand in it now" : parts.join(" and ");
}

function several(names: readonly string[]): string {
  const more = names.length - NAMED;
  return more > 0 ? `${names.slice(0, NAMED).join(", ")} and ${more} more` : names.join(", ");
}

function verb(change: { readonly before?: string; readonly after?: string }, what: string): string {
  if (change.before === undefined) return `new ${what}`;
  return change.after === undefined ? `missing ${what}` : `changed ${what}`;
}

function shown(value: unknown): string {
  return shorten(JSON.stringify(value) ?? "nothing");
}

function shorten(text: string): string {
  return text.length > SHOWN_VALUE ? `${text.slice(0, SHOWN_VALUE)}…` : text;
}
