import { existsSync, globSync, readdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { GarbageView, RunDetailView } from "../src/api/index.ts";
import { DockerDaemon } from "../src/executors/docker/fixtures/docker-daemon.ts";
import { BARE_IMAGE, importTestImages } from "../src/executors/docker/fixtures/test-image.ts";
import { type CommandResult, ProjectRig } from "./rig.ts";

const YAML = `
- step:
    name: waits
    image: ${BARE_IMAGE}
    environment: docker
    command:
      - echo ready
      - until [ -e go ]; do :; done
      - echo made > "$VH_OUTPUTS_DIR/made"
- step: { name: quick, image: "${BARE_IMAGE}", environment: docker, command: echo quick, inputs: [{ name: x, optional: true }] }
- pipeline:
    name: both
    nodes:
      - { name: a, type: execution, step: waits }
      - { name: b, type: execution, step: quick }
    edges:
      - [a.output.made, b.input.x]
`;

describe("while the daemon is away", () => {
  const daemon = new DockerDaemon();
  const variables = { HEADRACE_DATABASE_URL: "", HEADRACE_ENVIRONMENT: "", DOCKER_HOST: daemon.host };
  const headrace = (rig: ProjectRig, ...args: readonly string[]): Promise<CommandResult> =>
    rig.startIn(rig.root, variables, ...args).result;
  const containers = (): readonly string[] => daemon.docker("ps", "-aq").split("\n").filter(Boolean);
  const letGo = (rig: ProjectRig): void => {
    for (const folder of globSync(join(rig.root, ".headrace/executions/*/valohai/repository")))
      writeFileSync(join(folder, "go"), "");
  };
  beforeAll(async () => {
    await daemon.start();
    importTestImages(daemon);
  });
  afterAll(() => daemon[Symbol.asyncDispose]());

  it("a node that begins then waits for it", async () => {
    await using rig = new ProjectRig({ "valohai.yaml": YAML });
    const run = rig.startIn(rig.root, variables, "run", "both", "--logs");
    await run.sees("ready");
    await daemon.stop("crash");
    letGo(rig);
    await run.sees("waiting for the container engine, which does not answer (ECONNREFUSED)");
    await daemon.start();
    expect(await run.result).toMatchObject({ code: 0 });
    expect(containers()).toEqual([]);
  });

  it("what could not be removed goes with the next run, or by gc", async () => {
    await using rig = new ProjectRig({ "valohai.yaml": YAML });
    const run = rig.startIn(rig.root, variables, "run", "waits");
    await run.sees("ready");
    await daemon.stop("crash");
    letGo(rig);
    const { code, stdout, stderr } = await run.result;
    const [folder = ""] = globSync(join(rig.root, ".headrace/executions/*"));
    expect(code).toBe(0);
    expect(stdout + stderr).toContain(
      `the folder ${folder} could not be cleared: a container cannot be removed: the container engine does not answer (ECONNREFUSED); the next run or clean-up tries again`,
    );
    expect(readdirSync(join(rig.root, ".headrace/uncleared"))).toEqual([basename(folder)]);
    const garbage = JSON.parse((await headrace(rig, "gc", "--json")).stdout) as GarbageView;
    expect(garbage.removals).toMatchObject([{ kind: "places", count: 1 }]);
    // Away for gc as well: nothing is said to be removed.
    expect((JSON.parse((await headrace(rig, "gc", "--yes", "--json")).stdout) as GarbageView).removals).toEqual([]);
    await daemon.start();
    expect(containers()).toHaveLength(1);
    expect((await headrace(rig, "run", "quick")).code).toBe(0);
    expect(containers()).toEqual([]);
    expect(existsSync(join(folder, "valohai"))).toBe(false);
    expect(readdirSync(join(rig.root, ".headrace/uncleared"))).toEqual([]);
  });

  it("a step that never got a container leaves nothing, and nothing is said of that", async () => {
    await using rig = new ProjectRig({ "valohai.yaml": YAML });
    const result = await rig.startIn(
      rig.root,
      { ...variables, DOCKER_HOST: "unix:///no/such.sock" },
      "run",
      "quick",
      "--json",
    ).result;
    const [node] = (JSON.parse(result.stdout) as RunDetailView).nodes;
    expect(result.code).toBe(1);
    expect(node?.execution?.reason).toContain(
      "the step cannot run in a container: the container engine does not answer (ENOENT)",
    );
    expect(result.stdout + result.stderr).not.toContain("could not be cleared");
    expect(globSync(join(rig.root, ".headrace/executions/*/valohai"))).toEqual([]);
  });
});
