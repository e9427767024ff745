import type { ReactElement } from "react";
import type { CheckResultView, StepChecksView } from "../../../../src/api/index.ts";
import { cellText, checksVerdictText, foundByCheck, grouped } from "../../../../src/views/index.ts";
import { CommandText } from "../../shared/command.tsx";

type Subject = StepChecksView["subjects"][number];

/** The checks of the execution: the verdict, each expectation with its finding, and rows that break it. */
export function Checks({
  execution,
  checks,
}: {
  readonly execution: number;
  readonly checks: StepChecksView;
}): ReactElement {
  return (
    <div className="stack">
      <p className={checks.verdict === "failed" ? "error-text" : checks.verdict === "warned" ? "warning-text" : "soft"}>
        {checksVerdictText(checks)}
      </p>
      {checks.subjects.map((subject) => (
        <section key={`${subject.kind} ${subject.name} ${subject.files.join()}`} className="block">
          <h2 className="breaks">
            {subject.kind === "metadata"
              ? "Metadata"
              : `${subject.kind === "input" ? "Input" : "Output"} ${subject.name}`}{" "}
            <span className="quiet small">{sizeOf(subject)}</span>
          </h2>
          <div className="table-frame">
            <table className="table">
              <thead>
                <tr>
                  <th aria-label="Verdict" />
                  <th>{subject.kind === "metadata" ? "Key" : "Column"}</th>
                  <th>Expected</th>
                  <th>Found</th>
                </tr>
              </thead>
              <tbody>
                {subject.checks.map((check) => (
                  <Row key={`${check.subject} ${check.expected} ${check.severity}`} check={check} />
                ))}
              </tbody>
            </table>
          </div>
          {subject.checks.map((check) => (
            <Examples key={`${check.subject} ${check.expected} ${check.severity}`} check={check} />
          ))}
        </section>
      ))}
      <div>
        <h3>Write a report of it</h3>
        <CommandText command={`headrace checks show ${execution} --html checks.html`} />
      </div>
    </div>
  );
}

function sizeOf({ kind, files, rows }: Subject): string {
  if (kind === "metadata") return "";
  const named = files.length === 1 ? (files[0] ?? "") : `${files.length} files`;
  return rows === null ? named : `${named}, ${grouped(rows)} rows`;
}

const MARKS = { passed: "✓", warned: "!", failed: "✗" } as const;

function Row({ check }: { readonly check: CheckResultView }): ReactElement {
  const { outcome, severity, subject, expected, description, error, previous, drift } = check;
  const state = outcome === "passed" ? "passed" : severity === "warn" ? "warned" : "failed";
  const drifted = (drift ?? []).filter(({ verdict }) => verdict === "drifted").map(({ column }) => column);
  return (
    <tr>
      <td>
        <span className={`check-${state}`} role="img" aria-label={state}>
          {MARKS[state]}
        </span>
      </td>
      <td className="breaks">{subject ?? <span className="quiet">the table</span>}</td>
      <td className="breaks">
        {expected}
        {description !== null && <div className="quiet small">{description}</div>}
      </td>
      <td className="breaks">
        {error ?? foundByCheck(check)}
        {previous !== null && <div className="quiet small">last: {cellText(previous)}</div>}
        {drifted.length > 0 && <div className="quiet small">{drifted.join(", ")} drifted</div>}
      </td>
    </tr>
  );
}

/** Some rows that break a rule, with the columns that it is about. */
function Examples({
  check: { subject, expected, examples },
}: {
  readonly check: CheckResultView;
}): ReactElement | null {
  const [first] = examples;
  if (first === undefined) return null;
  const columns = Object.keys(first.values);
  return (
    <>
      <h3 className="breaks">{subject === null ? expected : `${subject}: ${expected}`}</h3>
      <div className="table-frame">
        <table className="table">
          <thead>
            <tr>
              <th className="number">Row</th>
              {columns.map((column) => (
                <th key={column}>{column}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {examples.map(({ row, values }) => (
              <tr key={row}>
                <td className="number">{grouped(row)}</td>
                {columns.map((column) => (
                  <td key={column} className="breaks">
                    {values[column] === null ? <span className="quiet">null</span> : cellText(values[column])}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}
