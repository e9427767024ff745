import * as z from "zod";

/** A part of a list, and where the next part begins. */
export interface Page<Item> {
  readonly items: readonly Item[];
  /** The value that asks for the next page as `after`; null at the end. */
  readonly next: string | null;
}

export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({
    items: z.array(item).describe("in the order asked for"),
    next: z.string().nullable().describe("what asks for the next page; `null` at the end"),
  });
}
