import type { MigrationView } from "../../api/index.ts";
import { formatSize, plural } from "../../views/index.ts";
import type { Style } from "../terminal/style.ts";

/** Says what `headrace migrate` did, and what must be set for the new place to be used. */
export function renderMigration(
  { records, files, environment, filesAreLocal }: MigrationView,
  style: Style,
): readonly string[] {
  const lines: string[] = [];
  const done = style.green("✓");
  if (records !== null) {
    lines.push(`${done} ${plural(records.rows, "record")} copied and compared`, ...journey(records, style));
  }
  if (files !== null) {
    const copied = `${files.copied} of ${plural(files.files, "stored file")} copied (${formatSize(files.copiedBytes)})`;
    lines.push(
      `${done} ${files.copied < files.files ? `${copied}, the others were there` : copied}`,
      ...journey(files, style),
    );
  }
  lines.push(
    "",
    "From now on, set:",
    ...Object.entries(environment).map(([name, value]) => `  ${assignment(name, value)}`),
  );
  if (Object.values(environment).some((value) => value?.includes(":PASSWORD@") === true)) {
    lines.push("", "PASSWORD stands for the password, which is not shown.");
  }
  if (records !== null && files === null && filesAreLocal) {
    lines.push(
      "",
      "The stored files stay on this machine's disk. `headrace migrate --blobs s3://BUCKET/PREFIX` copies them to where others reach them.",
    );
  }
  lines.push(
    "",
    style.dim(
      "Nothing was removed here. Do not go on working in the former place: what runs there is not copied any more.",
    ),
  );
  return lines;
}

function journey({ from, to }: { readonly from: string; readonly to: string }, style: Style): readonly string[] {
  return [style.dim(`  from ${from}`), style.dim(`  to   ${to}`)];
}

function assignment(name: string, value: string | null): string {
  return value === null ? `unset ${name}` : `export ${name}='${value.replaceAll("'", "'\\''")}'`;
}
