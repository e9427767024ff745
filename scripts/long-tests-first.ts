import { BaseSequencer, type TestSpecification } from "vitest/node";

/**
 * Files that take minutes by waiting, however small they are. One that began last would keep the whole suite waiting
 * with idle cores: without earlier times at hand, as in CI, vitest begins with the largest files.
 */
const LONG: readonly string[] = [
  "test/crash/crash.test.ts",
  "test/docs/pages.test.ts",
  "test/conformance/local.test.ts",
  "test/conformance/docker.engine.test.ts",
  "test/conformance/cluster.slurm.test.ts",
  "test/crash/remote-troubles.test.ts",
  "test/home-process.test.ts",
  "test/old-databases.test.ts",
  "test/web/",
  "src/executors/slurm/",
  "src/executors/docker/",
];

/** Begins with the files that take longest, then with the tests of the behaviour, then with those beside the code. */
export class LongTestsFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.toSorted((a, b) => rankOf(a) - rankOf(b));
  }
}

function rankOf({ moduleId }: TestSpecification): number {
  const rank = LONG.findIndex((place) => moduleId.includes(`/${place}`));
  if (rank >= 0) return rank;
  return moduleId.includes("/test/") ? LONG.length : LONG.length + 1;
}
