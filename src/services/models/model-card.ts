import type { ModelEvidenceView, ModelVersionDetailView } from "../../api/index.ts";

type Detail = Omit<ModelVersionDetailView, "card">;

/** A version in words, for people who were not there: Markdown, of what is on record alone. */
export function modelCard(version: Detail, description: string): string {
  const { model, version: number, state, aliases, tags, note, createdAt, createdBy } = version;
  const evidence = version.history.find((decision) => decision.evidence !== null)?.evidence ?? null;
  const sections = [
    `# ${text(model)} ${number}`,
    description === "" ? "" : text(description),
    table(
      ["", ""],
      [
        ["state", state],
        ["aliases", aliases.join(", ")],
        ["tags", tags.join(", ")],
        ["made", `${createdAt} by ${createdBy}`],
        ["input", version.uri],
      ].filter(([, value]) => value !== ""),
    ),
    note === "" ? "" : `## Notes\n\n${text(note)}`,
    section("Metrics", ["metric", "value"], entries(version.metrics)),
    evidence === null ? "" : evidenceSection(evidence),
    section(
      "Decisions",
      ["when", "state", "by", "reason"],
      version.history.map(({ at, state: into, actor, reason }) => [at, into, actor, reason]),
    ),
    section(
      "Data",
      ["input", "files", "bytes", "from", "SHA-256 of the contents"],
      version.inputs.map(({ name, files, sizeBytes, uris, sources, sha256 }) => [
        ...[name, String(files), String(sizeBytes)],
        ...[(uris.length > 0 ? uris : sources.map(({ uri }) => uri)).slice(0, 5).join(", "), sha256],
      ]),
    ),
    checksSection(version.checks),
    section("Parameters", ["parameter", "value"], entries(version.parameters)),
    section(
      "Files",
      ["file", "bytes", "SHA-256"],
      version.contents.map(({ name, sizeBytes, sha256 }) => [name, String(sizeBytes), sha256]),
    ),
    section(
      "Origin",
      ["", ""],
      [
        ["run", String(version.run)],
        ["execution", `${version.execution} (${version.node})`],
        ["step", version.step],
        ["code", version.commit],
      ],
    ),
  ];
  return `${sections.filter((part) => part !== "").join("\n\n")}\n`;
}

function evidenceSection({ verdict, champion, rules, evaluation }: ModelEvidenceView): string {
  const against = champion === undefined ? "There was no champion." : `The champion was version ${champion}.`;
  const data =
    evaluation === undefined
      ? ""
      : evaluation.isSame
        ? ` Both were measured on the same data (${text(evaluation.inputs.join(", "))}).`
        : ` They were not compared: ${text(evaluation.message)}.`;
  const rows = rules.map(({ expression, outcome, figures, message }) => [
    ...[expression, outcome],
    [...figures.map(({ name, value }) => `${name} = ${JSON.stringify(value)}`), message]
      .filter((part) => part !== "")
      .join("; "),
  ]);
  return `## Evidence\n\nVerdict: ${verdict}. ${against}${data}\n\n${table(["required", "outcome", "figures"], rows)}`;
}

function checksSection(checks: Detail["checks"]): string {
  if (checks === null) return "";
  return `## Checks\n\n${checks.passed} passed, ${checks.warned} warned, ${checks.failed} failed.`;
}

function entries(values: Readonly<Record<string, unknown>>): readonly (readonly string[])[] {
  return Object.entries(values).map(([name, value]) => [
    name,
    typeof value === "string" ? value : (JSON.stringify(value) ?? ""),
  ]);
}

function section(title: string, head: readonly string[], rows: readonly (readonly string[])[]): string {
  return rows.length === 0 ? "" : `## ${title}\n\n${table(head, rows)}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(" | ")} |`;
  return [line(head), `|${" --- |".repeat(head.length)}`, ...rows.map(line)].join("\n");
}

const LONGEST_CELL = 500;

/** Texts of steps stand in a table as they are: no cell, line or element of the page begins within one. */
function cell(value: string): string {
  const line = value.replace(/\s+/g, " ").trim();
  return text(line.length > LONGEST_CELL ? `${line.slice(0, LONGEST_CELL - 1)}…` : line).replaceAll("|", "\\|");
}

function text(value: string): string {
  return value.replace(/[\\`<>[\]]/g, "\\$&");
}
