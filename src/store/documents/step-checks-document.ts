import { DocumentKind } from "./document-kind.ts";
import { anything, list, literal, number, object, optional, record, type Shape, text } from "./shape.ts";

/** The results of the checks of one execution. */
export interface StepChecksRecord {
  readonly at: number;
  readonly verdict: ChecksVerdict;
  /** Numbers of checks. */
  readonly passed: number;
  readonly warned: number;
  readonly failed: number;
  readonly subjects: readonly CheckedSubject[];
}

/** `warned`: only rules that warn are broken. */
export type ChecksVerdict = "passed" | "warned" | "failed";

/** One of the tables that were checked, or the metadata. */
export interface CheckedSubject {
  readonly kind: "input" | "output" | "metadata";
  /** The name of the input, or the name or pattern of outputs; empty for metadata. */
  readonly name: string;
  readonly files: readonly string[];
  /** Absent where it could not be read, and for metadata. */
  readonly rows?: number;
  readonly checks: readonly CheckRecord[];
}

export interface CheckRecord {
  /** The same for the same figure of every execution; absent for rules about rows. */
  readonly figure?: string;
  readonly subject: string | null;
  readonly expected: string;
  readonly severity: "error" | "warn";
  readonly outcome: "passed" | "failed" | "error";
  readonly observed: unknown;
  /** The figure of the last complete execution, where it was asked for. */
  readonly previous?: number;
  readonly rows: number | null;
  readonly bad: number | null;
  readonly examples: readonly { readonly row: number; readonly values: Readonly<Record<string, unknown>> }[];
  readonly error: string | null;
  readonly description: string | null;
  /** The columns that a check of drift compared. */
  readonly drift?: readonly DriftedColumn[];
}

export interface DriftedColumn {
  readonly column: string;
  readonly verdict: string;
  readonly measure: string;
  readonly score: number | null;
}

const nullable =
  <T>(shape: Shape<T>): Shape<T | null> =>
  (value) =>
    value === null ? undefined : shape(value);

const check = object<CheckRecord>({
  figure: optional(text),
  subject: nullable(text),
  expected: text,
  severity: literal("error", "warn"),
  outcome: literal("passed", "failed", "error"),
  observed: anything,
  previous: optional(number),
  rows: nullable(number),
  bad: nullable(number),
  examples: list(object<CheckRecord["examples"][number]>({ row: number, values: record(anything) })),
  error: nullable(text),
  description: nullable(text),
  drift: optional(list(object<DriftedColumn>({ column: text, verdict: text, measure: text, score: nullable(number) }))),
});

export const STEP_CHECKS = new DocumentKind<StepChecksRecord>(
  "checks",
  object<StepChecksRecord>({
    at: number,
    verdict: literal("passed", "warned", "failed"),
    ...{ passed: number, warned: number, failed: number },
    subjects: list(
      object<CheckedSubject>({
        kind: literal("input", "output", "metadata"),
        name: text,
        files: list(text),
        rows: optional(number),
        checks: list(check),
      }),
    ),
  }),
);
