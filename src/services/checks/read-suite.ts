import { basename } from "node:path";
import { readBounded, WRITTEN_BY_HAND_BYTES } from "../../bounded-file.ts";
import { dbtTables, importDbt, importGreatExpectations, type SkippedExpectation } from "../../checks/index.ts";
import {
  checkSuiteSchema,
  type Diagnostic,
  type Expectation,
  expectationsOf,
  formatDiagnostics,
  openMapping,
  parseDocument,
} from "../../config/index.ts";
import { HeadraceError, systemErrorCode } from "../../errors.ts";

export interface Suite {
  readonly expectations: readonly Expectation[];
  readonly skipped: readonly SkippedExpectation[];
}

/** The table that a suite is for. */
export interface SuiteTable {
  readonly files: readonly string[];
  readonly reference?: string;
}

/** Reads a suite: ours (YAML), one of Great Expectations (JSON), or the tests of a dbt properties file (YAML). */
export function readSuite(file: string, table: SuiteTable): Suite {
  const bytes = read(file);
  if (/\.json$/i.test(file)) return readGreatExpectations(file, bytes.toString());
  if (IS_DBT.test(bytes.toString())) return readDbt(file, bytes, table);
  const { value, diagnostics } = parseDocument({ file, text: bytes }, checkSuiteSchema, ({ checks }) => [
    ...expectationsOf(checks).problems,
  ]);
  if (value === undefined) throw unusable(file, bytes, diagnostics);
  return { expectations: expectationsOf(value.checks).expectations, skipped: [] };
}

function unusable(file: string, bytes: Buffer, diagnostics: readonly Diagnostic[]): HeadraceError {
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  return new HeadraceError("HR_CONFIG_INVALID", `${file} cannot be used`, {
    details: formatDiagnostics(errors, bytes.toString(), { color: false }).trimEnd().split("\n"),
    hint: [{ do: "read-manual", page: "checks" }, " describes the file"],
  });
}

const IS_DBT = /^(?:models|seeds|snapshots|sources):/m;

/** The tests of the table that the file is called after, or of the only one. */
function readDbt(file: string, bytes: Buffer, { files, reference }: SuiteTable): Suite {
  const { value, diagnostics } = parseDocument(
    { file, text: bytes },
    openMapping("A properties file of dbt."),
    () => [],
  );
  if (value === undefined) throw unusable(file, bytes, diagnostics);
  const names = dbtTables(value);
  const wanted = basename(files[0] ?? "").replace(/\..*$/, "");
  const table = names.length === 1 ? names[0] : names.find((name) => name === wanted);
  if (table === undefined)
    throw new HeadraceError("HR_CONFIG_INVALID", `${file} does not say which of its tables ${wanted} is`, {
      hint: `call the file of the table after one of them: ${names.join(", ") || "there is none"}`,
    });
  const suite = importDbt(value, table, reference !== undefined);
  if (suite.expectations.length > 0) return suite;
  throw new HeadraceError("HR_CONFIG_INVALID", `${file} has no test of ${table} that can be checked`, {
    hint: "the tests not_null, unique, accepted_values and relationships can be",
  });
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
