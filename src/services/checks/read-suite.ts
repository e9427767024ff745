import { readBounded, WRITTEN_BY_HAND_BYTES } from "../../bounded-file.ts";
import { importGreatExpectations, type SkippedExpectation } from "../../checks/index.ts";
import {
  checkSuiteSchema,
  type Expectation,
  expectationsOf,
  formatDiagnostics,
  parseDocument,
} from "../../config/index.ts";
import { HeadraceError, systemErrorCode } from "../../errors.ts";

export interface Suite {
  readonly expectations: readonly Expectation[];
  readonly skipped: readonly SkippedExpectation[];
}

/** Reads a suite: ours (YAML), or one of Great Expectations (JSON). */
export function readSuite(file: string): Suite {
  const bytes = read(file);
  if (/\.json$/i.test(file)) return readGreatExpectations(file, bytes.toString());
  const { value, diagnostics } = parseDocument({ file, text: bytes }, checkSuiteSchema, ({ checks }) => [
    ...expectationsOf(checks).problems,
  ]);
  if (value === undefined) {
    const errors = diagnostics.filter(({ severity }) => severity === "error");
    throw new HeadraceError("HR_CONFIG_INVALID", `${file} cannot be used`, {
      details: formatDiagnostics(errors, bytes.toString(), { color: false }).trimEnd().split("\n"),
      hint: [{ do: "read-manual", page: "checks" }, " describes the file"],
    });
  }
  return { expectations: expectationsOf(value.checks).expectations, skipped: [] };
}

function readGreatExpectations(file: string, text: string): Suite {
  try {
    const suite = importGreatExpectations(JSON.parse(text));
    if (suite.expectations.length > 0) return suite;
    const [first] = suite.skipped;
    const why = first === undefined ? "it expects nothing" : `${first.name}: ${first.reason}`;
    throw new TypeError(why);
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error;
    throw new HeadraceError("HR_CONFIG_INVALID", `${file} is no suite that can be checked: ${error.message}`, {
      hint: "name a suite of Great Expectations in JSON, or one of Headrace in YAML",
      cause: error,
    });
  }
}

function read(file: string): Buffer {
  try {
    return readBounded(file, WRITTEN_BY_HAND_BYTES);
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === "ENOENT")
      throw new HeadraceError("HR_NOT_FOUND", `there is no file ${file}`, { hint: "check the name", cause: error });
    throw new HeadraceError("HR_CONFIG_UNREADABLE", `${file} cannot be read (${code ?? "unknown error"})`, {
      hint: "check that it is a file and that you may read it",
      cause: error,
    });
  }
}
