import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";
import type { DiagnosticCode } from "../report/catalogue.ts";
import type { Path, Problem, Span } from "../report/problem.ts";
import { MAX_ALIASED_VALUES } from "./limits.ts";
import { isSurprisingNumber, resolvePlainScalar, resolveTaggedScalar, type YamlScalar } from "./scalar.ts";
import { setKey } from "./yaml-document.ts";

const COLLECTION_TAGS = new Set(["tag:yaml.org,2002:map", "tag:yaml.org,2002:seq", "!"]);

interface Converted {
  readonly value: unknown;
  /** Number of values that this one would be if its aliases were written out. */
  readonly size: number;
}

/** Turns a document of the `yaml` library into plain data, as PyYAML's `safe_load` would. */
export class NodeConverter {
  readonly problems: Problem[] = [];
  readonly aliasTargets = new Map<Node, Node>();
  readonly #document: Document.Parsed;
  readonly #anchored = new Map<string, Node>();
  readonly #converted = new Map<Node, Converted>();
  readonly #open = new Set<Node>();
  #aliasedValues = 0;

  constructor(document: Document.Parsed) {
    this.#document = document;
  }

  convert(): unknown {
    return this.#convertNode(this.#document.contents, []).value;
  }

  #convertNode(node: Node | null, path: Path): Converted {
    if (node === null) return { value: null, size: 1 };
    if (isAlias(node)) return this.#convertAlias(node, path);
    const anchor = isScalar(node) || isMap(node) || isSeq(node) ? node.anchor : undefined;
    if (anchor !== undefined) this.#anchored.set(anchor, node);
    this.#open.add(node);
    const converted = this.#convertContent(node, path);
    this.#open.delete(node);
    if (anchor !== undefined) this.#converted.set(node, converted);
    return converted;
  }

  #convertContent(node: Node, path: Path): Converted {
    if (isScalar(node)) return { value: this.#scalar(node, path), size: 1 };
    if (node.tag !== undefined && !COLLECTION_TAGS.has(node.tag)) this.#refuseTag(node, path);
    if (isMap(node)) return this.#mapping(node, path);
    return isSeq(node) ? this.#sequence(node, path) : { value: null, size: 1 };
  }

  #convertAlias(alias: Node & { readonly source: string }, path: Path): Converted {
    const target = this.#anchored.get(alias.source);
    if (target === undefined) {
      this.#report("yaml-syntax", `no anchor \`&${alias.source}\` stands before this alias`, path, alias);
      return { value: null, size: 1 };
    }
    this.aliasTargets.set(alias, target);
    if (this.#open.has(target)) {
      this.#report("too-many-aliases", `the alias \`*${alias.source}\` stands inside its own anchor`, path, alias);
      return { value: null, size: 1 };
    }
    const converted = this.#converted.get(target) ?? { value: null, size: 1 };
    const before = this.#aliasedValues;
    this.#aliasedValues += converted.size;
    if (before <= MAX_ALIASED_VALUES && this.#aliasedValues > MAX_ALIASED_VALUES) {
      this.#report(
        "too-many-aliases",
        "aliases expand to more than 100,000 values by here; write the file without them",
        path,
        alias,
      );
    }
    // Past the limit nothing is shared any more, or checking the data would take for ever.
    return this.#aliasedValues > MAX_ALIASED_VALUES ? { value: null, size: 1 } : converted;
  }

  #sequence(node: YAMLSeq, path: Path): Converted {
    let size = 1;
    const value = node.items.map((item, index) => {
      const converted = this.#convertNode(item as Node | null, [...path, index]);
      size += converted.size;
      return converted.value;
    });
    return { value, size };
  }

  #mapping(node: YAMLMap, path: Path): Converted {
    const value: Record<string, unknown> = {};
    let size = 1 + this.#mergeInto(value, node, path);
    const seen = new Set<string>();
    for (const pair of node.items as Pair<Node | null, Node | null>[]) {
      if (isMergeKey(pair.key)) continue;
      const key = this.#key(pair.key, path);
      if (key === undefined) continue;
      if (seen.has(key))
        this.#report(
          "duplicate-key",
          `\`${key}\` stands twice in this mapping; this later one counts`,
          [...path, key],
          pair.key,
        );
      seen.add(key);
      const converted = this.#convertNode(pair.value, [...path, key]);
      size += converted.size;
      setKey(value, key, converted.value);
    }
    return { value, size };
  }

  /**
   * `<<`: keys of other mappings. The mapping's own keys count before them; if there are several mappings, the first
   * counts before the next.
   */
  #mergeInto(target: Record<string, unknown>, node: YAMLMap, path: Path): number {
    let size = 0;
    for (const pair of node.items as Pair<Node | null, Node | null>[]) {
      if (!isMergeKey(pair.key)) continue;
      const merged = this.#convertNode(pair.value, path);
      size += merged.size;
      const parts: readonly unknown[] = Array.isArray(merged.value) ? merged.value.toReversed() : [merged.value];
      for (const part of parts) {
        if (isPlainMapping(part)) for (const [key, value] of Object.entries(part)) setKey(target, key, value);
        else
          this.#report(
            "wrong-merge",
            "`<<` takes a mapping or a list of mappings, usually an alias such as `*defaults`",
            path,
            pair.key,
          );
      }
    }
    return size;
  }

  /** Keys are text: `on:` and `1:`, which YAML 1.1 reads as a boolean and a number, keep their spelling. */
  #key(key: Node | null, path: Path): string | undefined {
    const resolved = isAlias(key) ? this.#anchored.get(key.source) : key;
    if (resolved === null || resolved === undefined) return "null";
    if (isScalar(resolved)) {
      if (key !== resolved) return String(resolved.source ?? resolved.value);
      const value = this.#convertNode(resolved, path).value;
      return typeof value === "string" ? value : String(resolved.source ?? value) || "null";
    }
    this.#report(
      "key-not-text",
      "a key has to be text, not a list or a mapping; put text with braces or brackets in quotes",
      path,
      resolved,
    );
    return undefined;
  }

  #scalar(node: Scalar, path: Path): YamlScalar {
    const text = typeof node.value === "string" ? node.value : (node.source ?? "");
    if (node.tag !== undefined) {
      const value = resolveTaggedScalar(node.tag, text);
      if (value !== undefined) return this.#precise(value, node, path);
      this.#refuseTag(node, path);
      return text;
    }
    if (node.type !== "PLAIN") return text;
    const value = resolvePlainScalar(text);
    if (isSurprisingNumber(text, value)) {
      const how = text.includes(":") ? "in base 60" : "as an octal number";
      const message = `YAML 1.1 reads \`${text}\` ${how}: it is ${String(value)}; put it in quotes if it is a text`;
      this.#report("surprising-number", message, path, node);
    }
    return this.#precise(value, node, path);
  }

  #precise(value: YamlScalar, node: Scalar, path: Path): Exclude<YamlScalar, bigint> {
    if (typeof value !== "bigint") return value;
    const message = "this number has more digits than can be kept exactly; put it in quotes if it is a name";
    this.#report("imprecise-number", message, path, node);
    return Number(value);
  }

  #refuseTag(node: Node & { tag?: string | undefined }, path: Path): void {
    const tag = (node.tag ?? "").replace("tag:yaml.org,2002:", "!!");
    this.#report("unknown-tag", `the tag \`${tag}\` does not fit this value; remove it`, path, node);
  }

  #report(code: DiagnosticCode, message: string, path: Path, node: Node | null): void {
    this.problems.push({ code, message, path, mark: spanOf(node) });
  }
}

/** The stretch of a node's own text, without comments behind it. */
export function spanOf(node: Node | null | undefined): Span {
  const range = node?.range;
  return range ? { offset: range[0], length: Math.max(1, range[1] - range[0]) } : { offset: 0, length: 1 };
}

export function isMergeKey(key: Node | null): boolean {
  return isScalar(key) && key.type === "PLAIN" && key.value === "<<" && key.tag === undefined;
}

function isPlainMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
