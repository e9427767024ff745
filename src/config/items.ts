import type { Path, Problem } from "./report/problem.ts";
import type { ProblemList } from "./report/problem-list.ts";
import { ITEM_KINDS, ITEM_SCHEMAS, type ItemKind } from "./schema/document.ts";
import { explainIssues } from "./schema/explain.ts";
import { suggestionHint } from "./schema/suggest.ts";
import { THIS_MACHINE } from "./this-machine.ts";
import { YamlTimestamp } from "./yaml/timestamp.ts";

/** One entry of the document: its kind and its content, wherever that stands. */
export interface Item {
  readonly kind: ItemKind;
  readonly content: unknown;
  /** Path of the content: `/3/step`, or `/3` for an out-dented item. */
  readonly path: Path;
}

/** The items of a document. Problems of its outer form are reported. */
export function itemsOf(root: unknown, problems: ProblemList): readonly Item[] {
  if (root === null) return [];
  if (!Array.isArray(root)) {
    problems.add(notAList(root));
    return [];
  }
  const items: Item[] = [];
  for (const [index, entry] of root.entries()) {
    const item = itemOf(entry, index, problems);
    if (item !== undefined) items.push(item);
  }
  return items;
}

/** Returns the problems of an item by the definition of its kind; none when it is sound. */
export function checkItem(item: Item): readonly Problem[] {
  const schema = ITEM_SCHEMAS[item.kind];
  const data = needsNoImage(item) ? { image: "", ...(item.content as object) } : item.content;
  const result = schema.safeParse(data);
  if (result.success) return [];
  return explainIssues({ schema, data, base: item.path }, result.error.issues).map((problem) =>
    problem.message === "a step needs `image`" ? { ...problem, hint: IMAGE_HINT } : problem,
  );
}

const IMAGE_HINT = "a step that runs on this machine may leave it out: `environment: local`";

/**
 * Valohai runs every step in an image. A step that says that it runs on this machine, or that brings its Python, has no
 * use for one.
 */
function needsNoImage({ kind, content }: Item): boolean {
  if (kind !== "step" || !isMapping(content) || Object.hasOwn(content, "image")) return false;
  return content.environment === THIS_MACHINE || isMapping(content.python);
}

function notAList(root: unknown): Problem {
  const kind = isMapping(root) ? ITEM_KINDS.find((known) => known in root) : undefined;
  const hint = kind === undefined ? undefined : `write \`- ${kind}:\` with a dash, and indent what belongs to it`;
  const message = "the file has to be a list of items, each beginning with `- step:`, `- pipeline:` or another kind";
  return { code: "not-a-list", message, hint, path: [], mark: "value" };
}

function itemOf(entry: unknown, index: number, problems: ProblemList): Item | undefined {
  if (!isMapping(entry)) {
    problems.add({
      code: "not-an-item",
      message: "an entry of the file is a mapping such as `step:`; this one is not",
      path: [index],
      mark: "value",
    });
    return undefined;
  }
  const kinds = ITEM_KINDS.filter((known) => Object.hasOwn(entry, known));
  const empty = kinds.find((known) => entry[known] === null);
  // In an out-dented task `step: NAME` is a key of the task and no step of its own.
  const [kind, ...others] = empty !== undefined && kinds.every((known) => !isMapping(entry[known])) ? [empty] : kinds;
  if (kind === undefined) {
    if (problems.wants("unknown-item")) problems.add(unknownItem(entry, index));
    return undefined;
  }
  for (const other of others) problems.add(secondKind(kind, other, index));
  return entry[kind] === null
    ? outdented(entry, kind, index, problems)
    : { kind, content: entry[kind], path: [index, kind] };
}

function secondKind(kind: ItemKind, other: ItemKind, index: number): Problem {
  const message = `this entry is a ${kind} already; its \`${other}\` is ignored`;
  return {
    code: "several-kinds",
    message,
    hint: `begin a new entry: \`- ${other}:\``,
    path: [index, other],
    mark: "key",
  };
}

/** `- step:` with `name:` and the rest below it at the same indentation, so that `step` itself is empty. */
function outdented(
  entry: Readonly<Record<string, unknown>>,
  kind: ItemKind,
  index: number,
  problems: ProblemList,
): Item | undefined {
  const content = Object.fromEntries(
    Object.entries(entry).filter(([key, value]) => key !== kind && !(isKind(key) && isMapping(value))),
  );
  if (Object.keys(content).length > 0) return { kind, content, path: [index] };
  problems.add({
    code: "not-an-item",
    message: `this ${kind} is empty; indent its keys below it`,
    path: [index, kind],
    mark: "key",
  });
  return undefined;
}

function isKind(key: string): boolean {
  return (ITEM_KINDS as readonly string[]).includes(key);
}

function unknownItem(entry: Readonly<Record<string, unknown>>, index: number): Problem {
  const [first] = Object.keys(entry);
  const message =
    first === undefined ? "this entry is empty; it is ignored" : `there is no kind of item \`${first}\`; it is ignored`;
  const hint = first === undefined ? undefined : suggestionHint(first, ITEM_KINDS, "kinds");
  return { code: "unknown-item", message, hint, path: first === undefined ? [index] : [index, first], mark: "key" };
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof YamlTimestamp);
}
