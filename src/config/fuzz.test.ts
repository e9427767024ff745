import { expect, test } from "vitest";
import { configFault } from "../../scripts/fuzz/check-config.ts";
import { CONFIG_CORPUS } from "../../scripts/fuzz/config-corpus.ts";
import { mutate, mutateBytes } from "../../scripts/fuzz/mutate.ts";
import { Random } from "../../scripts/fuzz/random.ts";

/** The bounded share of `npm run fuzz`; a failure names the seed. */
test("mutated documents are never thrown out or wrongly reported", () => {
  const faults = Array.from({ length: 1000 }, (_, seed) => {
    const random = new Random(seed);
    const source = random.next() < 0.25 ? mutateBytes(CONFIG_CORPUS, random) : mutate(CONFIG_CORPUS, random);
    const fault = configFault(source);
    return fault === undefined ? "" : `seed ${seed}: ${fault}`;
  });
  expect(faults.filter((fault) => fault !== "")).toEqual([]);
});

test.each(CONFIG_CORPUS.map((text, index) => [index, text] as const))(
  "document %i of the corpus is sound",
  (_, text) => {
    expect(configFault(text)).toBeUndefined();
  },
);
