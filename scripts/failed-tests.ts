import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Reporter, TestModule } from "vitest/node";
import { projectRoot } from "./bundle.ts";

/** A file of tests of which one failed. */
export interface FailedFile {
  readonly project: string;
  readonly file: string;
  /** Full names of its failed tests; none where the file itself could not be loaded. */
  readonly tests: readonly string[];
}

const RECORD = join(projectRoot, "node_modules", ".cache", "failed-tests.json");

/** Records the failed files of a whole run, so that `scripts/test.ts` can run these once more. */
export class FailedTests implements Reporter {
  onTestRunStart(): void {
    rmSync(RECORD, { force: true });
  }

  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    // An error outside of all tests belongs to no file.
    if (errors.length > 0) return;
    const failed = modules
      .filter((module) => !module.ok())
      .map((module) => ({
        project: module.project.name,
        file: module.relativeModuleId,
        tests: [...module.children.allTests("failed")].map((test) => test.fullName),
      }));
    mkdirSync(dirname(RECORD), { recursive: true });
    writeFileSync(RECORD, JSON.stringify(failed));
  }
}

/** The failed files of the last run; none where it did not come to its end. */
export function lastFailedFiles(): readonly FailedFile[] {
  try {
    return JSON.parse(readFileSync(RECORD, "utf8")) as FailedFile[];
  } catch {
    return [];
  }
}
