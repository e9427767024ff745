import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Link, type LinkSource, type Walked, walkLineage } from "./walk.ts";

/** Links in memory; `asked` counts how often each id was asked for, by way. */
class Links implements LinkSource {
  readonly asked: string[] = [];
  readonly #links: readonly Link[];

  constructor(links: readonly Link[]) {
    this.#links = links;
  }

  makersOf = this.#by("makers", (link, ids) => link.input === undefined && ids.has(link.file));
  receiversOf = this.#by("receivers", (link, ids) => link.input !== undefined && ids.has(link.file));
  inputsOf = this.#by("inputs", (link, ids) => link.input !== undefined && ids.has(link.execution));
  outputsOf = this.#by("outputs", (link, ids) => link.input === undefined && ids.has(link.execution));

  #by(way: string, fits: (link: Link, ids: ReadonlySet<string>) => boolean) {
    return async (ids: readonly string[], limit: number): Promise<readonly Link[]> => {
      this.asked.push(...ids.map((id) => `${way} ${id}`));
      const among = new Set(ids);
      return this.#links.filter((link) => fits(link, among)).slice(0, limit);
    };
  }
}

/** `a > E`: execution E received file a; `E > a`: it made a. Executions have capital letters. */
function linksOf(text: string): readonly Link[] {
  return text.split(",").map((pair) => {
    const [from = "", to = ""] = pair.trim().split(" > ");
    return /^[A-Z]/.test(to) ? { file: from, execution: to, input: "in" } : { file: to, execution: from };
  });
}

const WHOLE = { directions: ["up", "down"], depth: 100, limit: 100 } as const;

function generations({ places }: Walked): Readonly<Record<string, number>> {
  return Object.fromEntries([...places].map(([id, { generation }]) => [id, generation]));
}

describe("walkLineage", () => {
  const source = () => new Links(linksOf("raw > A, A > clean, A > report, clean > B, B > model, model > C, C > score"));

  test("leads from a file to its sources and to what was made of it, and to nothing beside", async () => {
    const walked = await walkLineage(source(), { files: ["clean"], executions: [] }, WHOLE);
    expect(generations(walked)).toEqual({ raw: -1, A: -1, clean: 0, B: 1, model: 1, C: 2, score: 2 });
    expect(walked.links).toHaveLength(6);
    expect(walked.isCut).toBe(false);
  });

  test("leads from an execution to its inputs and outputs first", async () => {
    const walked = await walkLineage(source(), { files: [], executions: ["B"] }, { ...WHOLE, depth: 0 });
    expect(generations(walked)).toEqual({ clean: 0, B: 0, model: 0 });
    expect(walked.isCut).toBe(true);
  });

  test("goes one way where one way is asked for", async () => {
    const walked = await walkLineage(
      source(),
      { files: ["model"], executions: [] },
      { ...WHOLE, directions: ["down"] },
    );
    expect(generations(walked)).toEqual({ model: 0, C: 1, score: 1 });
  });

  test("is not cut where its depth is that of the whole", async () => {
    const walked = await walkLineage(source(), { files: ["clean"], executions: [] }, { ...WHOLE, depth: 2 });
    expect([walked.places.size, walked.isCut]).toEqual([7, false]);
    const less = await walkLineage(source(), { files: ["clean"], executions: [] }, { ...WHOLE, depth: 1 });
    expect([less.places.size, less.isCut]).toEqual([5, true]);
  });

  test("asks for nothing twice and leaves no link without its ends, whatever the links and limits are", async () => {
    const file = fc.constantFrom(..."abcdefgh");
    const execution = fc.constantFrom(..."ABCDEF");
    const link = fc.record({ file, execution }, { requiredKeys: ["file", "execution"] });
    const links = fc.array(
      fc.tuple(link, fc.boolean()).map(([ends, made]): Link => (made ? ends : { ...ends, input: "in" })),
      { maxLength: 40 },
    );
    await fc.assert(
      fc.asyncProperty(links, file, fc.nat(4), fc.integer({ min: 1, max: 14 }), async (all, begin, depth, limit) => {
        const linked = new Links(all);
        const {
          places,
          links: found,
          isCut,
        } = await walkLineage(linked, { files: [begin], executions: [] }, { directions: ["up"], depth, limit });
        expect(places.size).toBeLessThanOrEqual(limit);
        for (const { file: one, execution: other } of found)
          expect([places.has(one), places.has(other)]).toEqual([true, true]);
        const whole = reachedFrom(begin, all);
        if (!isCut) expect(new Set(places.keys())).toEqual(whole);
        for (const id of places.keys()) expect(whole).toContain(id);
        const uncut = linked.asked.filter((each, index) => linked.asked.indexOf(each) !== index);
        if (!isCut) expect(uncut).toEqual([]);
      }),
    );
  });
});

/** The same by a search that knows neither depth nor limit. */
function reachedFrom(begin: string, links: readonly Link[]): ReadonlySet<string> {
  const found = new Set([begin]);
  for (let size = 0; size !== found.size; ) {
    size = found.size;
    for (const { file, execution, input } of links) {
      if (input === undefined && found.has(file)) found.add(execution);
      if (input !== undefined && found.has(execution)) found.add(file);
    }
  }
  return found;
}
