import { formatValue } from "../../views/index.ts";
import { oneLine } from "../terminal/width.ts";

/** Last values of metadata in one line: `auc=0.7312  loss=0.41`. Keys that begin with `_` are a library's own. */
export function metricsText(metadata: Readonly<Record<string, unknown>>): string {
  return Object.entries(metadata)
    .filter(([key, value]) => !key.startsWith("_") && isShort(value))
    .map(([key, value]) => `${key}=${oneLine(formatValue(value, { short: true }))}`)
    .join("  ");
}

/** Lists and objects (a confusion matrix, say) have their place in `info`, not in a line. */
function isShort(value: unknown): boolean {
  return typeof value === "number" || typeof value === "boolean" || (typeof value === "string" && value.length <= 40);
}
