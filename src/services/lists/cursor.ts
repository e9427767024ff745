import { HeadraceError } from "../../errors.ts";

/** A cursor of plain JSON values. A reader must take it for text that anybody may have written. */
export function writeCursor(parts: readonly (string | number | boolean | null)[]): string {
  return Buffer.from(JSON.stringify(parts)).toString("base64url");
}

/** Throws HR_USAGE for what is no cursor, and where `read` finds that it belongs to another list. */
export function readCursor<T>(text: string, read: (parts: readonly unknown[]) => T | undefined): T {
  const parts = parse(text);
  const position = Array.isArray(parts) ? read(parts) : undefined;
  if (position !== undefined) return position;
  throw new HeadraceError("HR_USAGE", "the cursor does not belong to this list", {
    hint: "take `next` of the page before, and keep filters and order as they were",
  });
}

export function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

/** The cursor of a list within; null at its beginning. */
export function isInnerCursor(value: unknown): value is string | null {
  return value === null || typeof value === "string";
}

function parse(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, "base64url").toString("utf8"));
  } catch {
    return undefined;
  }
}
