import { globSync } from "node:fs";
import { matchesGlob } from "node:path";
import { longTests, shortOnPostgres } from "../test/long-tests.ts";
import { withoutPostgres } from "../test/without-postgres.ts";

/** `npm test` runs the short tests, `npm run test:long` the long ones; vitest by hand knows all of them. */
export type TestShare = "all" | "short" | "long";

/** The files of one of vitest's projects, as its configuration has them. */
export interface TestFiles {
  readonly include: readonly string[];
  readonly exclude: readonly string[];
}

const EVERYWHERE = ["**/*.engine.test.ts", "**/*.podman.test.ts", "**/*.slurm.test.ts"];

/** Rooms without clock, files and randomness (`scripts/measures`): their tests can share a process and its modules. */
const PURE = ["config", "expressions", "planning", "settings", "views"].map((room) => `src/${room}/**/*.test.ts`);

const PROJECTS = {
  headrace: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts", "scripts/**/*.test.ts"],
    exclude: [...EVERYWHERE, ...PURE],
  },
  "of pure rooms": { include: PURE, exclude: [] },
  "in Docker": { include: ["src/**/*.engine.test.ts", "test/**/*.engine.test.ts"], exclude: [] },
  "in Podman": { include: ["src/**/*.podman.test.ts"], exclude: [] },
  "on Slurm": { include: ["src/**/*.slurm.test.ts", "test/**/*.slurm.test.ts"], exclude: [] },
  "on PostgreSQL": {
    include: ["test/**/*.test.ts"],
    exclude: [
      ...withoutPostgres(),
      "test/conformance/**",
      "test/docs/**",
      // All that a browser shows comes through the API, whose tests know both databases.
      "test/web/**",
      ...EVERYWHERE,
    ],
  },
} as const satisfies Readonly<Record<string, TestFiles>>;

export type TestProjectName = keyof typeof PROJECTS;
export const TEST_PROJECTS = Object.keys(PROJECTS) as readonly TestProjectName[];

/** The share that `scripts/test.ts` asks for. */
export function chosenShare(): TestShare {
  const share = process.env.HEADRACE_TEST_SHARE;
  return share === "short" || share === "long" ? share : "all";
}

/** Returns the files of a project that belong to a share of the tests. */
export function filesOf(name: TestProjectName, share: TestShare): { include: string[]; exclude: string[] } {
  const { include, exclude }: TestFiles = PROJECTS[name];
  if (share === "all") return { include: [...include], exclude: [...exclude] };
  const files = listFiles({ include, exclude });
  const long = new Set(longTests());
  const short = new Set(shortOnPostgres());
  const isLong = (path: string): boolean => long.has(path) || (name === "on PostgreSQL" && !short.has(path));
  return { include: files.filter((path) => isLong(path) === (share === "long")), exclude: [] };
}

/** The paths of the files that vitest would find. */
export function listFiles({ include, exclude }: TestFiles): readonly string[] {
  return globSync([...include])
    .filter((path) => !exclude.some((pattern) => matchesGlob(path, pattern)))
    .toSorted();
}
