/** One problem found in a configuration file, with the place where it stands. */
export interface Diagnostic {
  readonly severity: "error" | "warning";
  /** Stable kebab-case name of the kind of problem, e.g. `unknown-key`. docs/lint.md lists them all. */
  readonly code: string;
  /** Says what is wrong, and what would be right. No trailing full stop. */
  readonly message: string;
  /** E.g. "did you mean `environment-variables`?" */
  readonly hint?: string;
  /** JSON pointer (RFC 6901) into the document. */
  readonly path: string;
  /** As given by the caller, for printing. */
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  readonly column: number;
  /** Length in characters of the offending text on its first line; at least 1. */
  readonly length: number;
}

/** A configuration with everything that was found out about it. `config` is present exactly when there is no error. */
export interface ConfigResult {
  readonly config?: import("./model.ts").Config;
  readonly diagnostics: readonly Diagnostic[];
}
