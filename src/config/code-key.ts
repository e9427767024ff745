import { Composer, type Document, isMap, isScalar, isSeq, type Node, type ParsedNode, Parser, visit } from "yaml";
import { depthProblem } from "./yaml/depth.ts";

/** A pattern of `reuse: {code: […]}`; with a key, only a value within the files that it names counts. */
export interface CodePattern {
  readonly files: string;
  readonly key?: string;
}

/** Larger files count as a whole. */
export const LARGEST_KEYED_FILE_BYTES = 1024 * 1024;

/** `params.yaml#train.lr` is a key of a YAML or JSON file. */
export function splitCodePattern(pattern: string): CodePattern {
  const match = /^(.+\.(?:ya?ml|json))#(.+)$/s.exec(pattern);
  return match?.[1] === undefined || match[2] === undefined ? { files: pattern } : { files: match[1], key: match[2] };
}

/** The content of a file at a key. */
export type KeyedValue =
  | { readonly kind: "value"; readonly text: string }
  /** `instead` says what stands at the nearest place around it. */
  | { readonly kind: "absent"; readonly instead: string };

/**
 * The text of the value at a key of a YAML or JSON file (`train.layers.0`: dots lead into mappings and lists), as it is
 * written: another spelling is another value, so that nothing hangs on how a step's own reader takes it. Undefined
 * where the value is more than that text, or the file cannot be read so (anchors, merges, tags, several documents, a
 * key twice, errors): then the file counts as a whole.
 */
export function valueAtKey(text: string, key: string): KeyedValue | undefined {
  const document = text.length > LARGEST_KEYED_FILE_BYTES ? undefined : readPlain(text);
  if (document === undefined) return undefined;
  let at: Node | null = document.contents;
  const passed: string[] = [];
  for (const part of key.split(".")) {
    const found = childOf(at, part);
    if (found === undefined) return { kind: "absent", instead: `${passed.join(".")}: ${kindOf(at, text)}` };
    at = found;
    passed.push(part);
  }
  return { kind: "value", text: textOf(at, text) };
}

function readPlain(text: string): Document.Parsed | undefined {
  const tokens = [...new Parser().parse(text)];
  if (depthProblem(tokens) !== undefined) return undefined;
  const composer = new Composer({
    schema: "failsafe",
    merge: false,
    uniqueKeys: true,
    prettyErrors: false,
    logLevel: "silent",
  });
  const [document, ...others] = [...composer.compose(tokens, true, text.length)] as Document.Parsed[];
  if (document === undefined || others.length > 0 || document.errors.length > 0 || /^%/m.test(text)) return undefined;
  let isPlain = true;
  visit(document, {
    Alias: () => {
      isPlain = false;
      return visit.BREAK;
    },
    Node: (_, node) => {
      isPlain &&= (node as { anchor?: string }).anchor === undefined && node.tag === undefined;
      return isPlain ? undefined : visit.BREAK;
    },
    Pair: (_, { key }) => {
      isPlain &&= isScalar(key) && key.value !== "<<";
      return isPlain ? undefined : visit.BREAK;
    },
  });
  return isPlain ? document : undefined;
}

/** Null for a value that is not written (`key:`). */
function childOf(node: Node | null, name: string): Node | null | undefined {
  if (isMap(node)) {
    const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === name);
    return pair === undefined ? undefined : ((pair.value ?? null) as Node | null);
  }
  if (!isSeq(node) || !/^\d+$/.test(name)) return undefined;
  return node.items[Number(name)] as Node | undefined;
}

function kindOf(node: Node | null, text: string): string {
  if (isMap(node)) return "a mapping";
  return isSeq(node) ? `a list of ${node.items.length}` : textOf(node, text);
}

function textOf(node: Node | null, text: string): string {
  const range = (node as ParsedNode | null)?.range;
  return range === undefined || range === null ? "" : text.slice(range[0], range[1]);
}
