import { HeadraceError } from "../../../errors.ts";

/** The end of a page: the section of the order, the value that it is sorted by, and the number of the row. */
export interface Position {
  readonly section: number;
  readonly value: number | string;
  readonly number: number;
}

/** `order` names the order of the list: a cursor of another order would silently leave rows out. */
export function writeCursor(order: string, { section, value, number }: Position): string {
  return Buffer.from(JSON.stringify([order, section, value, number])).toString("base64url");
}

/** Throws HR_USAGE for anything that `writeCursor` has not written for this order. */
export function readCursor(order: string, text: string): Position {
  const read = parse(text);
  if (Array.isArray(read) && read.length === 4) {
    const [of, section, value, number] = read as readonly unknown[];
    const isValue = typeof value === "string" || (typeof value === "number" && Number.isFinite(value));
    if (of === order && isIndex(section) && isIndex(number) && isValue) return { section, value, number };
  }
  throw new HeadraceError("HR_USAGE", "the cursor does not belong to this list", {
    hint: "take `next` of the page before, and keep filters and order as they were",
  });
}

function isIndex(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, "base64url").toString("utf8"));
  } catch {
    return undefined;
  }
}
