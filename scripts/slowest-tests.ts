import type { Reporter, TestModule } from "vitest/node";

const SHOWN = 20;

/** Prints the tests that took longest, and the files, so that what makes the suite slow is seen at each run. */
export class SlowestTests implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const tests = modules.flatMap((module) =>
      [...module.children.allTests()].map((test) => ({
        ms: test.diagnostic()?.duration ?? 0,
        name: `${fileOf(module)} > ${test.fullName}`,
      })),
    );
    // A single file shows it without help.
    if (modules.length < SHOWN) return;
    print(`The slowest ${SHOWN} tests:`, tests);
    print(
      `The slowest ${SHOWN} files:`,
      modules.map((module) => ({ ms: module.diagnostic().duration, name: fileOf(module) })),
    );
  }
}

function print(title: string, entries: readonly { readonly ms: number; readonly name: string }[]): void {
  console.log(`\n${title}`);
  for (const { ms, name } of entries.toSorted((a, b) => b.ms - a.ms).slice(0, SHOWN)) {
    console.log(`${(ms / 1000).toFixed(1).padStart(7)} s  ${name}`);
  }
}

function fileOf({ project, relativeModuleId }: TestModule): string {
  return `[${project.name}] ${relativeModuleId}`;
}
