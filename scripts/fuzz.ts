/**
 * Throws mutated configurations at the reader: no exception, no wrong report, no document that takes long.
 * `npm run fuzz -- --count 1000000 --seed 1`; a failure prints the seed that repeats it.
 */
import { parseArgs } from "node:util";
import { configFault } from "./fuzz/check-config.ts";
import { CONFIG_CORPUS } from "./fuzz/config-corpus.ts";
import { mutate, mutateBytes } from "./fuzz/mutate.ts";
import { Random } from "./fuzz/random.ts";

const { values } = parseArgs({
  options: { count: { type: "string", default: "100000" }, seed: { type: "string", default: "1" } },
});
const count = Number(values.count);
const firstSeed = Number(values.seed);
const MAX_DOCUMENT_MS = 1000;

let failures = 0;
let slowestMs = 0;
let slowestSeed = firstSeed;
const start = performance.now();
for (let seed = firstSeed; seed < firstSeed + count; seed++) {
  const random = new Random(seed);
  const source = random.next() < 0.25 ? mutateBytes(CONFIG_CORPUS, random) : mutate(CONFIG_CORPUS, random);
  const before = performance.now();
  const fault = configFault(source);
  const tookMs = performance.now() - before;
  if (tookMs > slowestMs) [slowestMs, slowestSeed] = [tookMs, seed];
  if (fault !== undefined || tookMs > MAX_DOCUMENT_MS) {
    failures++;
    console.error(`--seed ${seed} --count 1: ${fault ?? `took ${tookMs.toFixed(0)} ms`}`);
    if (failures >= 20) break;
  }
}
const seconds = (performance.now() - start) / 1000;
const peakMb = process.resourceUsage().maxRSS / 1024;
console.log(
  `${count} documents in ${seconds.toFixed(1)} s (${(count / seconds).toFixed(0)}/s), slowest ${slowestMs.toFixed(0)} ms (seed ${slowestSeed}), peak ${peakMb.toFixed(0)} MB, ${failures} failures`,
);
process.exitCode = failures === 0 ? 0 : 1;
