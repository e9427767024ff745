import { spawn, spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bundleCommand, projectRoot } from "../scripts/bundle.ts";

const root = mkdtempSync(join(tmpdir(), "headrace-replaced-"));
const built = join(root, "built");
beforeAll(async () => {
  await bundleCommand({ outdir: join(built, "dist"), faultPoints: false });
  for (const name of ["bin", "python", "package.json"])
    cpSync(join(projectRoot, name), join(built, name), { recursive: true });
}, 120_000);
afterAll(() => rmSync(root, { recursive: true, force: true, maxRetries: 5 }));

/** Node `a` goes on when the file `go` is there, and says that it has begun by making `begun`. */
const CONFIG = (folder: string): string => `
- step: { name: a, image: "", command: ["touch ${folder}/begun", "until [ -e ${folder}/go ]; do sleep 0.05; done; echo 7 > $VH_OUTPUTS_DIR/a"] }
- step: { name: b, image: "", command: "cat $VH_INPUTS_DIR/x/a", inputs: [{ name: x }] }
- pipeline:
    name: both
    nodes: [{ name: a, step: a, type: execution }, { name: b, step: b, type: execution }]
    edges: [[a.output.a, b.input.x]]
`;

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await delay(20);
}

/** A package as npm installs it, a project, and a run of it that has come as far as `since` says. */
async function upgraded(
  name: string,
  hasCome: (project: string) => boolean,
): Promise<{ readonly project: string; readonly status: number | null; readonly said: string }> {
  const installed = join(root, name, "package");
  const project = join(root, name, "project");
  mkdirSync(project, { recursive: true });
  install(installed);
  writeFileSync(join(project, "valohai.yaml"), CONFIG(project));
  const engine = spawn(process.execPath, [join(installed, "bin/headrace.mjs"), "run", "both", "--sandbox", "off"], {
    cwd: project,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  for (const stream of [engine.stdout, engine.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => (said += text));
  const ended = new Promise<number | null>((resolve) => engine.once("close", resolve));
  await Promise.race([until(() => hasCome(project)), ended]);
  // As npm does it: the old folder goes, one with other names of the parts comes.
  renameSync(installed, join(root, name, "old"));
  rmSync(join(root, name, "old"), { recursive: true });
  mkdirSync(join(installed, "dist"), { recursive: true });
  writeFileSync(join(project, "go"), "");
  const status = await ended;
  rmSync(installed, { recursive: true });
  install(installed);
  return { project, status, said };
}

function install(installed: string): void {
  cpSync(built, installed, { recursive: true });
  symlinkSync(join(projectRoot, "node_modules"), join(installed, "node_modules"));
}

function headrace(
  project: string,
  ...words: readonly string[]
): { readonly status: number | null; readonly stdout: string } {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(project, "../package/bin/headrace.mjs"), ...words],
    {
      cwd: project,
      encoding: "utf8",
    },
  );
  return { status, stdout: stdout + stderr };
}

const hasExecution = (project: string): boolean =>
  existsSync(join(project, ".headrace/executions")) && readdirSync(join(project, ".headrace/executions")).length > 0;

test.each<[string, (project: string) => boolean]>([
  ["before its first step has begun", hasExecution],
  ["while a step runs", (project) => existsSync(join(project, "begun"))],
])(
  "an engine whose program is replaced %s goes on, or says so and loses nothing",
  { timeout: 240_000 },
  async (name, hasCome) => {
    const { project, status, said } = await upgraded(name.replaceAll(" ", "-"), hasCome);
    if (status !== 0) {
      expect([status, said]).toEqual([
        1,
        expect.stringContaining(
          "error: Headrace was replaced by another version, or removed, while it ran [HR_PROGRAM_REPLACED]",
        ),
      ]);
      expect(said).toContain("`headrace resume` carries on with a run");
      expect(headrace(project, "resume", "--sandbox", "off").status).toBe(0);
    }
    expect(JSON.parse(headrace(project, "info", "1", "--json").stdout).run).toMatchObject({
      state: "complete",
      nodes: [
        { name: "a", state: "complete" },
        { name: "b", state: "complete" },
      ],
    });
    expect(headrace(project, "logs", "1.b", "--raw").stdout).toContain("7");
  },
);
