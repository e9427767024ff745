import { type CheckResult, describeExpectation, figureKey, runChecks, subjectOf } from "../../checks/index.ts";
import { compileGlob, type DriftExpectation, type Expectation, isRowRule } from "../../config/index.ts";
import { type CheckedFile, inputFile, type StepCheckRequest } from "../../engine/index.ts";
import { HeadraceError } from "../../errors.ts";
import type { CheckedSubject, CheckRecord } from "../../store/index.ts";
import { systemFailure } from "../../system-failure.ts";
import { driftOfTables } from "../drift/drift-of-files.ts";
import type { PreviousChecks } from "./previous-checks.ts";
import { redactedResult, shortened } from "./redact-result.ts";
import type { StepCheckerParts, TableCheckOfStep } from "./step-checker.ts";
import { type StepTables, tabular } from "./step-tables.ts";

interface Checking {
  readonly parts: StepCheckerParts;
  readonly request: StepCheckRequest;
  readonly previous: PreviousChecks;
  readonly opened: StepTables;
  readonly checks: readonly TableCheckOfStep[];
}

/** All checks of the same files. */
interface Subject {
  readonly kind: "input" | "output";
  readonly name: string;
  readonly pattern: string | undefined;
  readonly checks: readonly TableCheckOfStep[];
}

/** Checks tables one after the other; all that is expected of the same files is asked for in one scan. */
export async function checkTables(checking: Checking): Promise<readonly CheckedSubject[]> {
  const subjects = Map.groupBy(checking.checks, (check) =>
    check.kind === "input" ? JSON.stringify([check.input, check.files ?? null]) : JSON.stringify([check.output]),
  );
  const results: CheckedSubject[] = [];
  for (const checks of subjects.values()) {
    const [first] = checks;
    if (first === undefined) continue;
    const { kind } = first;
    const subject: Subject =
      kind === "input"
        ? { kind, name: first.input, pattern: first.files, checks }
        : { kind, name: first.output, pattern: first.output, checks };
    const checked = await checkSubject(checking, subject);
    if (checked !== undefined) results.push(checked);
  }
  return results;
}

async function checkSubject(checking: Checking, subject: Subject): Promise<CheckedSubject | undefined> {
  const { request } = checking;
  const input = request.inputs.find(({ name }) => name === subject.name);
  const all = subject.kind === "input" ? (input?.files ?? []) : request.outputs;
  // Nothing is expected of an input that may be missing.
  if (subject.kind === "input" && input?.optional === true && all.length === 0) return undefined;
  const files = tabular(matching(all, subject.pattern));
  const named = { kind: subject.kind, name: subject.name, files: files.map(({ name }) => name) };
  if (files.length === 0) {
    const has = subject.kind === "input" ? "the input has no such file" : "the step made no such file";
    return { ...named, checks: untold(subject, has) };
  }
  try {
    const { rows, records } = await checkTable(checking, subject, files);
    const drifts: CheckRecord[] = [];
    for (const { drift } of subject.checks)
      if (drift !== undefined) drifts.push(await checkDrift(checking, subject, files, drift));
    return { ...named, rows, checks: [...records, ...drifts] };
  } catch (error) {
    return { ...named, checks: untold(subject, wordsOf(error, request.signal)) };
  }
}

function matching(files: readonly CheckedFile[], pattern: string | undefined): readonly CheckedFile[] {
  if (pattern === undefined) return files;
  const matches = compileGlob(pattern);
  return files.filter(({ name }) => matches(name));
}

async function checkTable(
  { parts, request, previous, opened }: Checking,
  subject: Subject,
  files: readonly CheckedFile[],
): Promise<{ readonly rows: number; readonly records: readonly CheckRecord[] }> {
  const expectations = subject.checks.flatMap((check) => check.expectations);
  const examples = new Map(subject.checks.flatMap((check) => check.expectations.map((each) => [each, check.examples])));
  const redact = redactedOf(subject);
  const others = [...new Set(expectations.flatMap((each) => (each.rule === "references" ? [each.input ?? ""] : [])))];
  const sources = [
    files,
    ...others.map((name) => tabular(request.inputs.find((input) => input.name === name)?.files ?? [])),
  ];
  return await opened.use(sources, request.signal, async (tables) => {
    const { columns, rows } = await tables.describe(0);
    const ask = async (sql: string) => {
      try {
        return (await tables.query(sql)).rows;
      } catch (error) {
        if (error instanceof HeadraceError) throw new Error(error.message.replace(/^the query failed: /, ""));
        throw error;
      }
    };
    const relationOf = (input: string | undefined) => tables.relation(1 + others.indexOf(input ?? ""));
    const results = await runChecks({ columns, ask, relationOf }, expectations, {
      now: new Date(parts.now()),
      examples: (expectation) => examples.get(expectation) ?? 0,
      previous: (key) => previous.figure(subject.kind, subject.name, key),
    });
    return { rows, records: results.map((result) => recordOf(redactedResult(result, redact))) };
  });
}

function redactedOf(subject: Subject): ReadonlySet<string> {
  return new Set(subject.checks.flatMap(({ redact }) => redact));
}

function recordOf({ expectation, ...result }: CheckResult): CheckRecord {
  return {
    ...(isRowRule(expectation) ? {} : { figure: figureKey(expectation) }),
    ...described(expectation),
    outcome: result.outcome,
    observed: shortened(result.observed ?? null),
    rows: result.counted ?? null,
    bad: result.bad ?? null,
    examples: (result.examples ?? []).map(({ row, values }) => ({
      row,
      values: Object.fromEntries(Object.entries(values).map(([column, value]) => [column, shortened(value)])),
    })),
    error: result.error ?? null,
    ...(result.previous === undefined ? {} : { previous: result.previous }),
  };
}

function described(expectation: Expectation): Pick<CheckRecord, "subject" | "expected" | "severity" | "description"> {
  return {
    subject: subjectOf(expectation) ?? null,
    expected: describeExpectation(expectation),
    severity: expectation.severity,
    description: expectation.description ?? null,
  };
}

/** Nothing can be told of the table. */
function untold({ checks }: Subject, error: string): readonly CheckRecord[] {
  const nothing = { outcome: "error", observed: null, rows: null, bad: null, examples: [], error } as const;
  return checks.flatMap(({ expectations, drift }) => [
    ...expectations.map((expectation): CheckRecord => ({ ...described(expectation), ...nothing })),
    ...(drift === undefined ? [] : [{ ...describedDrift(drift), ...nothing }]),
  ]);
}

/** Throws what is no fault of the table: a check that was not made must not look like one that failed. */
function wordsOf(error: unknown, signal: AbortSignal): string {
  if (signal.aborted) throw signal.reason;
  const known = systemFailure(error) ?? error;
  if (!(known instanceof HeadraceError) || !ABOUT_DATA.has(known.code)) throw known;
  return known.message;
}

const ABOUT_DATA = new Set(["HR_TABLE", "HR_NOT_FOUND", "HR_INPUT_FETCH", "HR_BLOB_MISSING", "HR_BLOB_DAMAGED"]);

function describedDrift(
  drift: DriftExpectation,
): Pick<CheckRecord, "subject" | "expected" | "severity" | "description"> {
  const { against, share, columns, severity, description } = drift;
  const of = against === "previous" ? "the last execution" : against;
  return {
    subject: columns === undefined ? null : columns.join(", "),
    expected: `drift against ${of} in less than ${Number((share * 100).toFixed(3))} % of the columns`,
    severity,
    description: description ?? null,
  };
}

/** A column is compared where either side has so many values. */
const LEAST_VALUES = 30;

async function checkDrift(
  checking: Checking,
  subject: Subject,
  files: readonly CheckedFile[],
  drift: DriftExpectation,
): Promise<CheckRecord> {
  const { opened, request } = checking;
  const record = { ...describedDrift(drift), rows: null, bad: null, examples: [], error: null, observed: null };
  try {
    const reference = await referenceOf(checking, subject, drift.against);
    if (reference === undefined) return { ...record, outcome: "passed", observed: "no execution before" };
    const view = await opened.use([reference, files], request.signal, (tables) =>
      driftOfTables(tables, {
        ...{ reference: drift.against, current: subject.name, flavour: "default", leastCount: LEAST_VALUES },
        share: drift.share,
        ...(drift.columns !== undefined && { columns: drift.columns }),
      }),
    );
    const { driftedColumns, comparedColumns } = view;
    return {
      ...record,
      outcome: view.verdict === "drifted" ? "failed" : "passed",
      observed: comparedColumns === 0 ? "too few values to compare" : driftedColumns / comparedColumns,
      drift: view.columns.map(({ name, verdict, scores }) => ({
        column: name,
        verdict,
        measure: scores[0]?.measure ?? "",
        score: scores[0]?.score ?? null,
      })),
    };
  } catch (error) {
    return { ...record, outcome: "error", error: wordsOf(error, request.signal) };
  }
}

const nobody = (): void => undefined;

/** Undefined where there was no execution before. */
async function referenceOf(
  { parts, request, previous }: Checking,
  subject: Subject,
  against: string,
): Promise<readonly CheckedFile[] | undefined> {
  if (against === "previous") {
    const files = await previous.files(subject.kind, subject.name);
    return files && tabular(matching(files, subject.pattern));
  }
  if (!against.includes("://")) return tabular(request.inputs.find(({ name }) => name === against)?.files ?? []);
  return tabular(
    (await parts.sources.fetch(against, { signal: request.signal, report: nobody, warn: nobody })).map(inputFile),
  );
}
