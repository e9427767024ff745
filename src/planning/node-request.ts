import type { DraftNode } from "./draft.ts";

/** Typed values for a parameter, and the setting that gave them. */
export interface RequestedTexts {
  readonly texts: readonly string[];
  /** The setting as the user wrote it, for messages: `--param epochs`. */
  readonly label: string;
}

/** The input of a pipeline that goes to an input of a node, and its default. */
export interface HandedInput {
  readonly name: string;
  readonly uris: readonly string[];
}

/** The parts of the request about single nodes, found by node. Nodes that the request does not name have no entry. */
export class NodeRequests {
  readonly #parameters = new Map<DraftNode, Map<string, RequestedTexts>>();
  readonly #inputs = new Map<DraftNode, Map<string, readonly string[]>>();

  readonly #handed = new Map<DraftNode, Map<string, HandedInput>>();

  /** A later one replaces an earlier one, but for its files where it has none. */
  handInput(node: DraftNode, input: string, { name, uris }: HandedInput): void {
    const handed = entry(this.#handed, node);
    handed.set(input, { name, uris: uris.length === 0 ? (handed.get(input)?.uris ?? []) : uris });
  }

  handedInputs(node: DraftNode): ReadonlyMap<string, HandedInput> | undefined {
    return this.#handed.get(node);
  }

  setParameter(node: DraftNode, name: string, value: RequestedTexts): void {
    entry(this.#parameters, node).set(name, value);
  }

  setInput(node: DraftNode, name: string, uris: readonly string[]): void {
    entry(this.#inputs, node).set(name, uris);
  }

  parameters(node: DraftNode): ReadonlyMap<string, RequestedTexts> | undefined {
    return this.#parameters.get(node);
  }

  inputs(node: DraftNode): ReadonlyMap<string, readonly string[]> | undefined {
    return this.#inputs.get(node);
  }
}

function entry<V>(map: Map<DraftNode, Map<string, V>>, node: DraftNode): Map<string, V> {
  const known = map.get(node);
  if (known !== undefined) return known;
  const created = new Map<string, V>();
  map.set(node, created);
  return created;
}
