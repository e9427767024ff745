import type { CheckResultView, ChecksView } from "../../api/index.ts";
import { type CheckResult, describeExpectation, runChecks, subjectOf } from "../../checks/index.ts";
import { HeadraceError } from "../../errors.ts";
import { Tables } from "../../tables/index.ts";
import { readSuite } from "./read-suite.ts";

export interface CheckRequest {
  readonly suite: string;
  /** Read as one table, which is called `data` in SQL. */
  readonly files: readonly string[];
  /** Another table, which is called `reference` in SQL. */
  readonly reference?: string;
  /** So many rows that break a rule are shown. */
  readonly examples: number;
  readonly now: Date;
}

/**
 * Holds a table against a suite. Throws HR_NOT_FOUND for a file that is not there, HR_CONFIG_INVALID for a suite and
 * HR_TABLE for a table that cannot be read.
 */
export async function checkFiles(request: CheckRequest): Promise<ChecksView> {
  const { expectations, skipped } = readSuite(request.suite, request);
  const { reference, now, examples } = request;
  await using tables = Tables.open([request.files, ...(reference === undefined ? [] : [reference])]);
  const { columns, rows } = await tables.describe(0);
  const ask = async (sql: string) => {
    try {
      return (await tables.query(sql)).rows;
    } catch (error) {
      // The hint is for a person who wrote a query; here it is one result of many.
      if (error instanceof HeadraceError) throw new Error(error.message.replace(/^the query failed: /, ""));
      throw error;
    }
  };
  const results = await runChecks({ columns, ask }, expectations, { now, examples });
  const broken = results.filter(({ outcome }) => outcome !== "passed");
  const failed = broken.filter(({ expectation }) => expectation.severity === "error").length;
  return {
    kind: "checks",
    suite: request.suite,
    files: [...request.files],
    rows,
    verdict: failed > 0 ? "failed" : broken.length > 0 ? "warned" : "passed",
    passed: results.length - broken.length,
    warned: broken.length - failed,
    failed,
    checks: results.map(viewOf),
    skipped: skipped.map((each) => ({ ...each })),
  };
}

function viewOf({ expectation, outcome, observed, counted, bad, examples, error }: CheckResult): CheckResultView {
  return {
    subject: subjectOf(expectation) ?? null,
    expected: describeExpectation(expectation),
    severity: expectation.severity,
    outcome,
    observed: observed ?? null,
    rows: counted ?? null,
    bad: bad ?? null,
    examples: (examples ?? []).map(({ row, values }) => ({ row, values: { ...values } })),
    error: error ?? null,
    description: expectation.description ?? null,
    previous: null,
    drift: null,
  };
}
