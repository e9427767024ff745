/**
 * A line of CSV as RFC 4180 has it: quoted where the text needs it, quotes doubled; lists and objects as JSON, what is
 * absent as nothing.
 */
export function csvLine(values: readonly unknown[]): string {
  return values.map(field).join(",");
}

function field(value: unknown): string {
  if (value === undefined || value === null) return "";
  const text = typeof value === "string" ? value : typeof value === "object" ? JSON.stringify(value) : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
