import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bundleCommand, projectRoot } from "../../scripts/bundle.ts";
import { isOnPostgres } from "../rig.ts";

interface Counts {
  readonly statements: number;
  readonly commits: number;
  readonly files: number;
  readonly bytes: number;
  readonly programs: number;
  /** Files that were looked for, without being read. */
  readonly looks: number;
}

const root = mkdtempSync(join(tmpdir(), "headrace-costs-"));
const built = join(root, "built");
beforeAll(async () => {
  if (isOnPostgres) return;
  await bundleCommand({ outdir: join(built, "dist"), faultPoints: false });
  for (const name of ["bin", "python", "package.json"])
    cpSync(join(projectRoot, name), join(built, name), { recursive: true });
  symlinkSync(join(projectRoot, "node_modules"), join(built, "node_modules"));
});
afterAll(() => rmSync(root, { recursive: true, force: true, maxRetries: 5 }));

/** Half of the nodes are a chain; the others all follow its last. */
function pipelineOf(nodes: number): string {
  const names = Array.from({ length: nodes }, (_, index) => `n${index}`);
  const edges = names.slice(1).map((name, index) => `[${names[Math.min(index, nodes / 2)]}.output.*, ${name}.input.x]`);
  return `
- step: { name: s, image: "", command: "echo $VH_NODE > $VH_OUTPUTS_DIR/out", inputs: [{ name: x, optional: true }] }
- pipeline:
    name: p
    nodes: [${names.map((name) => `{ name: ${name}, type: execution, step: s }`).join(", ")}]
    edges: [${edges.join(", ")}]
`;
}

function projectWith(nodes: number): string {
  const folder = join(root, `project-${nodes}`);
  mkdirSync(folder);
  writeFileSync(join(folder, "valohai.yaml"), pipelineOf(nodes));
  return folder;
}

/** Counts the costs of one run of the bundled command. */
function run(folder: string, ...options: readonly string[]): Counts {
  // Outside the project: it is no code.
  const file = join(root, "counts.json");
  const program = ["--import", join(import.meta.dirname, "count-calls.mjs"), join(built, "bin/headrace.mjs")];
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [...program, "run", "p", "--json", "--sandbox", "off", "--jobs", "2", ...options],
    {
      cwd: folder,
      encoding: "utf8",
      // Clearing up once a day is no part of it.
      env: { ...process.env, COUNTS_FILE: file, HEADRACE_RETENTION: "off", XDG_CACHE_HOME: join(root, "cache") },
    },
  );
  expect([status, stderr]).toEqual([0, ""]);
  expect(stdout.includes('"reused": false')).toBe(options.includes("--fresh"));
  return JSON.parse(readFileSync(file, "utf8")) as Counts;
}

/** The modules of Node itself that a command loads, by those that Node loads for nothing. */
function modulesOfNode(folder: string, ...command: readonly string[]): number {
  const file = join(root, "modules.json");
  const script = `
    process.on("exit", () => process.getBuiltinModule("fs").writeFileSync(process.env.MODULES_FILE,
      JSON.stringify(process.moduleLoadList.filter((name) => name.startsWith("NativeModule ")))));`;
  const [nothing = 0, some = 0] = [
    ["-e", "0"],
    [join(built, "bin/headrace.mjs"), ...command],
  ].map((given) => {
    const { status } = spawnSync(process.execPath, ["--import", `data:text/javascript,${script}`, ...given], {
      cwd: folder,
      // A stream to a pipe has modules of its own.
      stdio: "ignore",
      env: { ...process.env, MODULES_FILE: file, XDG_CACHE_HOME: join(root, "cache") },
    });
    expect(status).toBe(0);
    return (JSON.parse(readFileSync(file, "utf8")) as readonly string[]).length;
  });
  return some - nothing;
}

/** The part of a run that grows with its nodes, for one of them. */
function eachOf(nodes: number, many: Counts, few: Counts): Pick<Counts, "statements" | "commits" | "looks"> {
  return {
    statements: (many.statements - few.statements) / nodes,
    commits: (many.commits - few.commits) / nodes,
    looks: (many.looks - few.looks) / nodes,
  };
}

// Not milliseconds, which the machine's other work decides. A figure that rises makes every run dearer.
test.skipIf(isOnPostgres)("a run costs no more than it has to, whether its steps run or are reused", () => {
  const [small, large] = [projectWith(4), projectWith(24)];
  const [few, many] = [run(small, "--fresh"), run(large, "--fresh")];
  // With an input and an output. Those that wait together share a commit.
  const step = eachOf(20, many, few);
  expect.soft(step.statements, "statements of a step").toBeLessThanOrEqual(37);
  expect.soft(step.commits, "commits of a step").toBeLessThanOrEqual(4.5);
  // Some are made once a second, however many steps there are: on a busy machine each step pays for them.
  expect.soft(step.looks, "looks for files of a step").toBeLessThanOrEqual(36);

  const [again, largeAgain] = [run(small), run(large)];
  const node = eachOf(20, largeAgain, again);
  expect.soft(node.statements, "statements of an unchanged node").toBeLessThanOrEqual(3.5);
  expect.soft(largeAgain.commits, "commits of an unchanged run").toBeLessThanOrEqual(8);
  expect.soft(largeAgain.programs, "programs of an unchanged run").toBe(0);
  expect.soft(largeAgain.files, "files of the bundle").toBeLessThanOrEqual(30);
  // SQLite's scripts are among them. It was 2.2 MB before versions of data and models, groups of members, and pipelines
  // within pipelines.
  expect.soft(largeAgain.bytes, "bytes of the bundle").toBeLessThanOrEqual(2_320_000);
  // They were 90, while import statements of the bundle asked for all that a module exports.
  expect.soft(modulesOfNode(large, "ls"), "modules of Node for ls").toBeLessThanOrEqual(52);
});
