import type { Page } from "../api/index.ts";

/** All items of a list, page after page; no more than `most`. */
export async function* everyItem<Item>(
  ask: (page: { readonly limit: number; readonly after?: string }) => Promise<Page<Item>>,
  { atOnce, most = Number.POSITIVE_INFINITY }: { readonly atOnce: number; readonly most?: number },
): AsyncGenerator<Item> {
  let left = most;
  for (let after: string | null | undefined; after !== null && left > 0; ) {
    const page: Page<Item> = await ask({ limit: Math.min(atOnce, left), ...(after === undefined ? {} : { after }) });
    yield* page.items;
    left -= page.items.length;
    after = page.next;
  }
}
