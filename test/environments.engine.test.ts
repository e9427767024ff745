import { describe, expect, inject, it } from "vitest";
import type { EnvironmentView, RunDetailView } from "../src/api/index.ts";
import { TEST_IMAGE } from "../src/executors/docker/fixtures/test-image.ts";
import { type CommandResult, ProjectRig } from "./rig.ts";

const YAML = `
- step:
    name: plain
    image: ${TEST_IMAGE}
    command: echo made > /valohai/outputs/x.txt
- step:
    name: own
    image: ${TEST_IMAGE}
    python: { packages: [] }
    command: echo here
- step:
    name: placed
    image: ${TEST_IMAGE}
    environment: The quiet one
    command: python3 -c 'import os; print(os.environ["WHERE"])'
`;

const SETTINGS = `
environments:
  quiet: { executor: docker, name: The quiet one, variables: { WHERE: quietly }, docker: { network: none } }
  loud: { executor: docker, name: The loud one, concurrency: 1 }
`;

describe("environments of the command", () => {
  const docker = { DOCKER_HOST: inject("dockerHost"), HEADRACE_DATABASE_URL: "", HEADRACE_ENVIRONMENT: "" };
  const headrace = (
    rig: ProjectRig,
    variables: Readonly<Record<string, string>>,
    ...args: readonly string[]
  ): Promise<CommandResult> => rig.startIn(rig.root, { ...docker, ...variables }, ...args).result;
  const runOf = ({ stdout }: CommandResult): RunDetailView => JSON.parse(stdout) as RunDetailView;

  it("lists them, with what is wrong", async () => {
    await using rig = new ProjectRig({ "valohai.yaml": YAML, "headrace.config.yaml": SETTINGS });
    const listed = JSON.parse((await headrace(rig, {}, "environments", "--json")).stdout) as readonly EnvironmentView[];
    expect(listed.map(({ slug, executor, healthy, concurrency }) => [slug, executor, healthy, concurrency])).toEqual([
      ["quiet", "docker", true, null],
      ["loud", "docker", true, 1],
      ["local", "local", true, null],
      ["docker", "docker", true, null],
    ]);
    const { stdout } = await headrace(rig, { DOCKER_HOST: "unix:///no/such.sock" }, "environments");
    expect(stdout).toContain(
      "quiet: the container engine cannot be used: the container engine does not answer (ENOENT)",
    );
    expect(stdout).toContain("hint: start Docker (or Podman's socket), or run with `--environment local`");
  });

  it("sends a step where it belongs", async () => {
    await using rig = new ProjectRig({ "valohai.yaml": YAML, "headrace.config.yaml": SETTINGS });
    const place = async (
      variables: Readonly<Record<string, string>>,
      ...args: readonly string[]
    ): Promise<string | undefined> =>
      runOf(await headrace(rig, variables, "run", ...args, "--fresh", "--json")).nodes[0]?.execution?.runtimeFacts
        .executor;
    expect(await place({}, "plain")).toBe("docker");
    expect(await place({}, "own")).toBe("local");
    expect(await place({}, "plain", "--environment", "local")).toBe("local");
    expect(await place({ HEADRACE_ENVIRONMENT: "local" }, "plain")).toBe("local");
    expect(await place({ DOCKER_HOST: "unix:///no/such.sock" }, "plain")).toBe("local");
  });

  it("runs no step on this machine whose engine is there and does not answer", async () => {
    await using rig = new ProjectRig({ "valohai.yaml": YAML, "docker.sock": "" });
    const socket = { DOCKER_HOST: `unix://${rig.root}/docker.sock` };
    expect(await headrace(rig, socket, "run", "plain")).toMatchObject({
      code: 2,
      stderr: [
        `error: step plain: its image ${TEST_IMAGE} is for a container, and the container engine cannot be used: the container engine does not answer (ECONNREFUSED) [HR_PLAN_INVALID]`,
        "hint: start Docker (or Podman's socket), or run with `--environment local`",
        "",
      ].join("\n"),
    });
    expect((await headrace(rig, socket, "run", "plain", "--environment", "local")).code).toBe(0);
  });

  it("gives it what the environment says, and refuses what it does not know", async () => {
    await using rig = new ProjectRig({ "valohai.yaml": YAML, "headrace.config.yaml": SETTINGS });
    expect((await headrace(rig, {}, "run", "placed")).code).toBe(0);
    expect((await headrace(rig, {}, "logs", "latest")).stdout).toContain("quietly");
    const ambiguous = await headrace(rig, {}, "run", "plain", "--environment", "one");
    expect(ambiguous).toMatchObject({ code: 2 });
    expect(ambiguous.stderr).toContain('"one" may be several environments: quiet (The quiet one), loud (The loud one)');
  });
});
