import * as z from "zod";

/** Valohai's clients ask for 9,000 where they want all. */
const LARGEST_PAGE = 10_000;
const PAGE = 50;

/** The query of a list that is paged like those of Valohai's API. */
export const pageQuery = z.strictObject({
  limit: z.coerce.number().int().min(0).max(LARGEST_PAGE).default(PAGE).describe("how many at most"),
  offset: z.coerce.number().int().min(0).default(0).describe("how many to pass over"),
});
export type PageQuery = z.output<typeof pageQuery>;

/** A page as Valohai's API answers it. */
export function listOf<Item extends z.ZodType>(item: Item) {
  return z.object({
    count: z.number().int().describe("how many there are in all"),
    next: z.string().nullable().describe("address of the next page"),
    previous: z.string().nullable().describe("address of the page before"),
    results: z.array(item).describe("the page"),
  });
}
