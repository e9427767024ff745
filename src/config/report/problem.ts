import type { DiagnosticCode } from "./catalogue.ts";

/** Keys and indexes from the document's root. */
export type Path = readonly (string | number)[];

/** A stretch of the source text, in UTF-16 units. */
export interface Span {
  readonly offset: number;
  readonly length: number;
}

/** A problem before its place is looked up: most files have none, so that nobody pays for positions. */
export interface Problem {
  readonly code: DiagnosticCode;
  readonly message: string;
  readonly hint?: string | undefined;
  readonly path: Path;
  /** The part to underline: the key that stands there, the value, or a known stretch of the source. */
  readonly mark: "key" | "value" | Span;
}

/** Finds the source text of a key or value. If the path leads nowhere, its nearest ancestor answers. */
export type Locate = (path: Path, part: "key" | "value") => Span;

/** Prepares to find the given paths. */
export type Locator = (paths: readonly Path[]) => Locate;
