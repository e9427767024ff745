import { spawn } from "node:child_process";
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ROUTES, type RouteContract } from "../src/api/index.ts";
import { useOwnDatabase } from "./own-database.ts";
import { type CommandResult, ProjectRig, type RunningCommand } from "./rig.ts";

useOwnDatabase("the file");

/** As PyPI has them. */
const PACKAGES = ["valohai-cli==0.37.0", "valohai-utils==0.8.0"];

const CONFIGURATION = `
- step:
    name: train
    image: python:3.12
    environment: local
    command:
      - python3 -m pip install --quiet valohai-utils==0.8.0
      - python3 use.py {parameters}
    parameters:
      - {name: epochs, type: integer, default: 3}
      - {name: label, type: string, default: plain}
    inputs:
      - {name: table, optional: true}
    environment-variables:
      - {name: GREETING, default: hello}
- step:
    name: sleep
    image: python:3.12
    environment: local
    command: [echo asleep, sleep 600]
- step:
    name: merge
    image: python:3.12
    environment: local
    command: cat "$VH_INPUTS_DIR"/models/* > "$VH_OUTPUTS_DIR/all.txt" || echo {parameter-value:word} > "$VH_OUTPUTS_DIR/all.txt"
    inputs:
      - {name: models, optional: true}
    parameters:
      - {name: word, default: none}
- task:
    name: sweep
    step: merge
    type: grid_search
    parameters:
      - {name: word, style: multiple, rules: {items: [one, two]}}
- pipeline:
    name: searched
    nodes:
      - {name: all, type: task, task: sweep, actions: [{when: node-complete, if: "1 > 2", then: stop-pipeline}]}
      - {name: last, type: execution, step: merge, actions: [{when: node-starting, if: "parameters.word == 'none'", then: noop}]}
      - {name: not-reached, type: execution, step: merge}
    edges:
      - [all.output.*, last.input.models]
      - [last.output.*, not-reached.input.models]
- pipeline:
    name: both
    parameters:
      - {name: rounds, targets: [first.parameters.epochs], default: 5}
    nodes:
      - {name: first, type: execution, step: train}
      - {name: last, type: execution, step: merge}
    edges:
      - [first.output.model-*, last.input.models]
`;

/** Stock valohai-utils in a step: parameters, inputs, metadata, outputs, and the calls of `api.json`. */
const SCRIPT = `
import os
import valohai

valohai.set_status_detail("half way")
epochs = valohai.parameters("epochs").value
print("epochs", epochs, "label", valohai.parameters("label").value, os.environ["GREETING"], os.environ.get("TEAM"))
for path in valohai.inputs("table").paths():
    print("input", os.path.basename(path), open(path).read().strip())
with valohai.logger() as logger:
    logger.log("loss", 1 / epochs)
with open(valohai.outputs().path(f"model-{epochs}.txt"), "w") as out:
    out.write(f"weights {epochs}\\n")
`;

/** A virtual environment with the packages, made once. */
let venv = "";
beforeAll(async () => {
  venv = mkdtempSync(join(tmpdir(), "headrace-vh-"));
  await mustRun("python3", ["-m", "venv", venv]);
  await mustRun(join(venv, "bin/python"), ["-m", "pip", "install", "--quiet", ...PACKAGES]);
}, 600_000);
afterAll(() => rmSync(venv, { recursive: true, force: true }));

async function mustRun(program: string, args: readonly string[]): Promise<void> {
  const { code, stderr } = await run(program, args, {});
  if (code !== 0) throw new Error(`${program} ${args.join(" ")} ended with ${code}:\n${stderr}`);
}

function run(
  program: string,
  args: readonly string[],
  { cwd, env }: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> },
): Promise<CommandResult> {
  const child = spawn(program, args, {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...env },
    ...(cwd !== undefined && { cwd }),
  });
  const texts = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"] as const)
    child[stream].setEncoding("utf8").on("data", (text: string) => {
      texts[stream] += text;
    });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code, signal, ...texts }));
  });
}

/** A server of a home, and somebody at a terminal with the stock client. */
class ClientRig implements AsyncDisposable {
  readonly #home: ProjectRig;
  readonly #folder: string;
  readonly server: RunningCommand;
  url = "";
  password = "";

  private constructor() {
    this.#home = new ProjectRig();
    this.#folder = mkdtempSync(join(tmpdir(), "headrace-client-"));
    mkdirSync(join(this.#folder, "config"));
    mkdirSync(join(this.#folder, "work"));
    const home = join(this.#home.root, "home");
    this.server = this.#home.start("serve", "--home", home, "--port", "0", "--json");
  }

  static async start(): Promise<ClientRig> {
    const rig = new ClientRig();
    await rig.server.sees('"listening"');
    for (const line of rig.server.stdout.split("\n").filter(Boolean)) {
      const said = JSON.parse(line) as Record<string, string>;
      rig.url = said.url ?? rig.url;
      rig.password = said.password ?? rig.password;
    }
    return rig;
  }

  write(name: string, text: string): void {
    const path = join(this.#folder, "work", name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }

  read(name: string): string {
    return readFileSync(join(this.#folder, "work", name), "utf8");
  }

  /** `vh …`, which has to end well; returns what it printed. */
  async vh(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.tryVh(...args);
    if (code !== 0) throw new Error(`vh ${args.join(" ")} ended with ${code}:\n${stdout}\n${stderr}`);
    return stdout + stderr;
  }

  tryVh(...args: readonly string[]): Promise<CommandResult> {
    return run(join(venv, "bin/vh"), args, {
      cwd: join(this.#folder, "work"),
      env: { VALOHAI_CONFIG_DIR: join(this.#folder, "config"), PYTHONUTF8: "1", COLUMNS: "300" },
    });
  }

  /** The number that `vh` says it has made. */
  async counterOf(...args: readonly string[]): Promise<number> {
    const said = await this.vh(...args);
    return Number(/[#=](\d+) (?:created|queued)/.exec(said)?.[1]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#home[Symbol.asyncDispose]();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

test("the unmodified valohai-cli and valohai-utils work against a server", async () => {
  await using rig = await ClientRig.start();
  const vh = rig.vh.bind(rig);
  rig.write("valohai.yaml", CONFIGURATION);
  rig.write("use.py", SCRIPT);
  expect(await vh("login", "--host", `${rig.url}/`, "--username", "admin", "--password", rig.password)).toContain(
    "Logged in. Hey admin!",
  );
  expect(await vh("project", "create", "--name", "flights", "--description", "of planes", "--yes")).toContain("Linked");
  expect(await vh("project", "list")).toContain("flights");
  expect(await vh("project", "unlink", "--yes")).toBeDefined();
  expect(await vh("project", "link", "flights", "--yes")).toContain("Linked");
  expect(await vh("environments")).toMatch(/local/);
  await vh("project", "environment-variables", "create", "TEAM=ada");
  await vh("project", "environment-variables", "create", "--secret", "KEY=swordfish");
  const variables = await vh("project", "environment-variables", "list");
  expect([variables.includes("ada"), variables.includes("swordfish"), variables.includes("****")]).toEqual([
    ...[true, false, true],
  ]);
  const first = await rig.counterOf(
    ...["execution", "run", "--adhoc", "train", "--title", "one", "--tag", "t", "--var", "GREETING=hey", "--epochs=4"],
  );
  expect(first).toBeGreaterThan(0);
  const followed = await vh("execution", "logs", String(first), "--stream");
  expect(followed).toContain("epochs 4 label plain hey ada");
  expect(followed).toContain("The execution has finished");
  expect(await vh("execution", "logs", "latest", "--no-status", "--all")).toContain("epochs 4");
  const info = await vh("execution", "info", String(first));
  for (const text of ["complete", "flights", "epochs", "4"]) expect(info).toContain(text);
  const json = JSON.parse(await vh("--table-format", "json", "execution", "info", String(first))) as {
    readonly outputs: readonly { readonly id: string; readonly name: string }[];
    readonly cumulative_metadata: Readonly<Record<string, unknown>>;
  };
  expect([json.cumulative_metadata.loss, json.outputs.map(({ name }) => name)]).toEqual([0.25, ["model-4.txt"]]);
  expect(await vh("execution", "list")).toMatch(/complete\s+train/);
  expect(await vh("execution", "summarize", String(first))).toContain("0.25");
  expect(await vh("execution", "outputs", String(first), "--download", "out")).toContain("Downloaded 1 outputs");
  expect(rig.read("out/model-4.txt")).toBe("weights 4\n");
  expect(await vh("data", "list")).toContain("model-4.txt");
  const second = await rig.counterOf(
    ...["execution", "run", "--adhoc", "train", `--table=datum://${json.outputs[0]?.id}`, "--label=two words"],
  );
  expect(await vh("execution", "logs", String(second), "--stream")).toContain("input model-4.txt weights 4");
  const pipeline = await rig.counterOf("pipeline", "run", "--adhoc", "both", "--rounds=2", "--tag", "p");
  const pipelines = async () => await vh("pipeline", "list");
  while (!/complete|error|stopped/.test(await pipelines())) await new Promise((resolve) => setTimeout(resolve, 500));
  expect(await pipelines()).toMatch(new RegExp(`${pipeline}\\s+complete\\s+both`));
  await vh("execution", "outputs", "latest", "--download", "all");
  expect(rig.read("all/all.txt")).toBe("weights 2\n");
  expect(await vh("pipeline", "run", "--adhoc", "both", "--rounds=9", "--reuse", "latest:first")).toContain("Reusing");
  while ((await pipelines()).match(/complete\s+both/g)?.length !== 2)
    await new Promise((resolve) => setTimeout(resolve, 500));
  // The inputs are those that the first node made then, whatever it would make now.
  await vh("execution", "outputs", "latest", "--download", "again");
  expect(rig.read("again/all.txt")).toBe("weights 2\n");
  const asleep = await rig.counterOf("execution", "run", "--adhoc", "sleep");
  expect(await vh("project", "status")).toContain("flights");
  while (!(await vh("execution", "logs", String(asleep))).includes("asleep"))
    await new Promise((resolve) => setTimeout(resolve, 500));
  expect(await vh("execution", "stop", String(asleep))).toContain("Done.");
  expect(await vh("execution", "logs", String(asleep), "--stream")).toContain("stopped");
  expect(await vh("execution", "stop", "--all")).toContain("Nothing to stop");
  expect(await vh("execution", "delete", String(asleep))).toContain("Deleted 1 executions");
  expect((await rig.tryVh("execution", "info", String(asleep))).code).not.toBe(0);
  await vh("project", "environment-variables", "delete", "TEAM");
  expect(await vh("task", "run", "--adhoc", "sweep", "--title", "alone")).toMatch(/Task !\d+ created/);
  const searched = await rig.counterOf("pipeline", "run", "--adhoc", "searched");
  while ((await vh("task", "list")).match(/complete/g)?.length !== 2)
    await new Promise((resolve) => setTimeout(resolve, 500));
  expect(await vh("task", "list")).toMatch(/complete\s+alone/);
  while (!/complete\s+searched|error|stopped/.test(await pipelines()))
    await new Promise((resolve) => setTimeout(resolve, 500));
  expect(await pipelines()).toMatch(new RegExp(`${searched}\\s+complete\\s+searched`));
  expect(await vh("task", "stop", "latest")).toContain("Done");
  const later = await rig.tryVh("alias", "list");
  expect([later.code, later.stderr]).toEqual([1, expect.stringContaining("HR_NOT_SUPPORTED")]);
}, 900_000);

test("every address that the stock clients call is one that the server knows", () => {
  const known = Object.values<RouteContract>(ROUTES).map(
    ({ path }) => new RegExp(`^${path.replaceAll("/", "\\/").replace(/:\w+/g, "[^/]+")}$`),
  );
  const files = globSync(join(venv, "lib/python*/site-packages/{valohai,valohai_cli}/**/*.py"));
  const called = files.flatMap((file) => [...readFileSync(file, "utf8").matchAll(/"(\/api\/v0\/[^"?]*)/g)]);
  const addresses = new Set(called.map(([, text = ""]) => text.replace(/\{url_part\}/, "executions")));
  expect(addresses.size).toBeGreaterThan(25);
  const asked = [...addresses].map((text) => text.replace(/\{[^}]*\}/g, "x").replace(/\/?$/, "/"));
  expect(asked.filter((address) => !known.some((pattern) => pattern.test(address)))).toEqual([]);
});
