import { type Document, isAlias, isMap, isScalar, isSeq, type Node, type Pair, type YAMLMap } from "yaml";
import type { Locator } from "../report/problem.ts";
import { isMergeKey, spanOf } from "./node-converter.ts";

interface Found {
  readonly key: Node | null;
  readonly value: Node | null;
}

/** Finds keys and values of a parsed document again by their path. `aliasTargets`: what each alias stands for. */
export function nodeLocator(document: Document.Parsed, aliasTargets: ReadonlyMap<Node, Node>): Locator {
  const follow = (node: Node | null): Node | null => (isAlias(node) ? (aliasTargets.get(node) ?? node) : node);
  return () => (path, part) => {
    let found: Found = { key: null, value: document.contents };
    for (const step of path) {
      const next = childOf(follow(found.value), step, follow);
      if (next === undefined) break;
      found = next;
    }
    return spanOf(part === "key" ? (found.key ?? found.value) : (found.value ?? found.key));
  };
}

function childOf(
  node: Node | null,
  step: string | number,
  follow: (node: Node | null) => Node | null,
): Found | undefined {
  if (isSeq(node) && typeof step === "number") {
    const item = node.items[step] as Node | null | undefined;
    return item === undefined ? undefined : { key: item, value: item };
  }
  return isMap(node) ? (ownPair(node, String(step)) ?? mergedPair(node, String(step), follow)) : undefined;
}

function ownPair(map: YAMLMap, name: string): Found | undefined {
  const pair = (map.items as Pair<Node | null, Node | null>[]).findLast(
    ({ key }) => !isMergeKey(key) && isScalar(key) && keyText(key) === name,
  );
  return pair === undefined ? undefined : { key: pair.key, value: pair.value };
}

function keyText(key: { readonly value: unknown; readonly source?: string }): string {
  return String(key.value ?? key.source ?? "");
}

function mergedPair(map: YAMLMap, name: string, follow: (node: Node | null) => Node | null): Found | undefined {
  for (const pair of map.items as Pair<Node | null, Node | null>[]) {
    if (!isMergeKey(pair.key)) continue;
    const merged = follow(pair.value);
    const parts = isSeq(merged) ? (merged.items as (Node | null)[]) : [merged];
    for (const part of parts) {
      const child = childOf(follow(part), name, follow);
      if (child !== undefined) return child;
    }
  }
  return undefined;
}
