import { itemsOf } from "./items.ts";
import { ProblemList } from "./report/problem-list.ts";
import type { ItemKind } from "./schema/document.ts";
import { decodeSource } from "./yaml/decode.ts";
import { readYaml } from "./yaml/read-yaml.ts";

/** A step, a pipeline or another item of a configuration. */
export interface Definition {
  readonly kind: ItemKind;
  readonly name: string;
}

/**
 * Tells by the path of a diagnostic to which definition of the file it belongs; undefined for those of the file as a
 * whole.
 */
export function definitionsOf(source: string | Uint8Array): (path: string) => Definition | undefined {
  const { text } = decodeSource(source);
  const { value = null } = readYaml(text);
  const definitions = new Map<string, Definition>();
  for (const { kind, content, path } of itemsOf(value, new ProblemList())) {
    const name = typeof content === "object" && content !== null && "name" in content ? content.name : undefined;
    if (typeof name === "string") definitions.set(String(path[0]), { kind, name });
  }
  return (path) => definitions.get(path.split("/")[1] ?? "");
}
