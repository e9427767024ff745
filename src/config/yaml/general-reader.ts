import { Composer, type Document, Parser, type YAMLError } from "yaml";
import type { Problem } from "../report/problem.ts";
import { depthProblem } from "./depth.ts";
import { NodeConverter } from "./node-converter.ts";
import { nodeLocator } from "./node-locator.ts";
import { nowhere, unreadable, type YamlDocument } from "./yaml-document.ts";

/**
 * Reads any YAML with the `yaml` library. Scalars are not resolved by the library, whose YAML 1.1 differs from PyYAML's
 * in places (`y` and `n`, floats without a dot), but by `scalar.ts`.
 */
export function readGeneralYaml(text: string): YamlDocument {
  const tokens = [...new Parser().parse(text)];
  const tooDeep = depthProblem(tokens);
  if (tooDeep !== undefined) return unreadable(tooDeep);
  const composer = new Composer({
    version: "1.1",
    schema: "failsafe",
    merge: false,
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: "silent",
  });
  const documents = [...composer.compose(tokens, true, text.length)] as Document.Parsed[];
  const first = documents[0];
  if (first === undefined) return { value: null, problems: [], locator: nowhere };
  const error = documents.flatMap((document) => document.errors).find((candidate) => !isForgivable(candidate));
  if (error !== undefined) return unreadable(syntaxProblem(error, text));
  const second = documents[1];
  if (second !== undefined) return unreadable(severalDocuments(second));
  const converter = new NodeConverter(first);
  const value = converter.convert();
  return { value, problems: converter.problems, locator: nodeLocator(first, converter.aliasTargets) };
}

/** PyYAML accepts these; tags are judged by the converter. */
function isForgivable(error: YAMLError): boolean {
  return error.code === "TAG_RESOLVE_FAILED";
}

const TAB = "a tab cannot indent YAML; indent with spaces";

const EXPLANATIONS: Readonly<Partial<Record<YAMLError["code"], string>>> = {
  TAB_AS_INDENT: TAB,
  BLOCK_AS_IMPLICIT_KEY:
    "a mapping begins inside a value; put text with `: ` in quotes, or begin the mapping on a line of its own",
  MULTILINE_IMPLICIT_KEY: "a key has to stand on one line and end with `:`; is a `:` missing here?",
  BAD_INDENT: "this line's indentation fits none of the levels above it",
  BAD_DQ_ESCAPE: "unknown escape in double quotes; write `\\\\` for a backslash, or use single quotes",
  KEY_OVER_1024_CHARS: "a key may have no more than 1,024 characters",
  BAD_ALIAS: "a `*` begins an alias, and this one has no name; put the text in quotes",
  MULTIPLE_ANCHORS: "one value can have only one anchor",
  MULTIPLE_TAGS: "one value can have only one tag",
  BAD_DIRECTIVE: "a line that begins with `%` is a YAML directive, and this one is none",
};

function syntaxProblem(error: YAMLError, text: string): Problem {
  const [start, end] = error.pos;
  const tab = tabBefore(text, start);
  if (tab !== -1) return { code: "yaml-syntax", message: TAB, path: [], mark: { offset: tab, length: 1 } };
  const message = EXPLANATIONS[error.code] ?? `YAML cannot be read here: ${uncapitalised(error.message)}`;
  const code = error.code === "RESOURCE_EXHAUSTION" ? "too-deep" : "yaml-syntax";
  return { code, message, path: [], mark: { offset: start, length: Math.max(1, end - start) } };
}

/** A tab in the indentation of the line on which the library stumbled: what it says then is beside the point. */
function tabBefore(text: string, offset: number): number {
  const start = text.lastIndexOf("\n", offset - 1) + 1;
  const indentation = /^[ \t]*/.exec(text.slice(start, offset + 1))?.[0] ?? "";
  return indentation.includes("\t") ? start + indentation.indexOf("\t") : -1;
}

/** The library's words in the middle of ours; they may quote the file and end with its dots. */
function uncapitalised(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1, 120).replace(/[.\s]+$/, "");
}

function severalDocuments(second: Document.Parsed): Problem {
  const offset = Math.max(0, second.range[0]);
  const message = "a second document begins here, and a configuration is a single one; remove the `---` line";
  return { code: "several-documents", message, path: [], mark: { offset, length: 3 } };
}
