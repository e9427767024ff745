import type { BlobStore } from "../../blobs/index.ts";
import { checkMetadata, describeMetadata } from "../../checks/index.ts";
import { Semaphore } from "../../concurrency/index.ts";
import type { StepCheck } from "../../config/index.ts";
import type { StepChecker, StepCheckRequest, StepChecksOutcome } from "../../engine/index.ts";
import type { Sources } from "../../sources/index.ts";
import type { CheckedSubject, CheckRecord, ProjectStore } from "../../store/index.ts";
import { brokenCheckText } from "../../views/index.ts";
import { PreviousChecks } from "./previous-checks.ts";

export interface StepCheckerParts {
  readonly blobs: BlobStore;
  readonly sources: Sources;
  readonly store: Pick<ProjectStore, "stepChecks" | "data">;
  readonly now: () => number;
}

/** So many executions of a process have their tables checked at a time: each takes a process and memory. */
const AT_ONCE = 2;
const turns = new Semaphore(AT_ONCE);

/** The checks of steps, made where their engine runs. The code for tables is loaded with the first one. */
export function stepChecker(parts: StepCheckerParts): StepChecker {
  return { check: (request) => checkStep(parts, request) };
}

async function checkStep(parts: StepCheckerParts, request: StepCheckRequest): Promise<StepChecksOutcome> {
  const previous = await PreviousChecks.of(parts.store, request);
  const tables = request.checks.filter((check): check is TableCheckOfStep => check.kind !== "metadata");
  const subjects: CheckedSubject[] = [];
  if (tables.length > 0)
    subjects.push(
      ...(await turns.hold(1, async () => {
        request.signal.throwIfAborted();
        const [{ checkTables }, { StepTables }] = await Promise.all([
          import("./check-tables.ts"),
          import("./step-tables.ts"),
        ]);
        await using opened = new StepTables(parts.blobs, request.folder);
        return await checkTables({ parts, request, previous, opened, checks: tables });
      })),
    );
  subjects.push(...metadataOf(request, previous));
  return { subjects, ...worded(subjects) };
}

export type TableCheckOfStep = Exclude<StepCheck, { readonly kind: "metadata" }>;

function metadataOf({ checks, metadata }: StepCheckRequest, previous: PreviousChecks): readonly CheckedSubject[] {
  const expectations = checks.flatMap((check) => (check.kind === "metadata" ? check.expectations : []));
  if (expectations.length === 0) return [];
  const figure = (key: string): string => JSON.stringify(["metadata", key]);
  const results = checkMetadata(expectations, metadata, (key) => previous.figure("metadata", "", figure(key)));
  const records = results.map(
    ({ expectation, outcome, observed, error, previous: before }): CheckRecord => ({
      figure: figure(expectation.key),
      ...{ subject: expectation.key, expected: describeMetadata(expectation), severity: expectation.severity },
      ...{ outcome, observed, rows: null, bad: null, examples: [], error: error ?? null },
      description: expectation.description ?? null,
      ...(before !== undefined && { previous: before }),
    }),
  );
  return [{ kind: "metadata", name: "", files: [], checks: records }];
}

function worded(subjects: readonly CheckedSubject[]): Pick<StepChecksOutcome, "failures" | "warnings"> {
  const broken = subjects.flatMap(({ kind, name, checks }) =>
    checks
      .filter(({ outcome }) => outcome !== "passed")
      .map((check) => ({
        severity: check.severity,
        text:
          kind === "metadata"
            ? brokenCheckText(check).replace(/^column /, "metadata ")
            : `${kind} ${name}: ${brokenCheckText(check)}`,
      })),
  );
  const texts = (wanted: string) => broken.filter(({ severity }) => severity === wanted).map(({ text }) => text);
  return { failures: texts("error"), warnings: texts("warn").map((text) => `not as expected: ${text}`) };
}
