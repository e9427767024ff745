import { describe, expect, test } from "vitest";
import { inPlainWords } from "../../advice.ts";
import { parseConfig } from "../../config/index.ts";
import type { Presence } from "../../executors/index.ts";
import { INSTALLED_KINDS } from "../../executors/kinds.ts";
import { planRun } from "../../planning/index.ts";
import { mergeSettings, parseSettings } from "../../settings/index.ts";
import { placeNodes } from "./place-nodes.ts";

async function place(
  step: string,
  options: { readonly settings?: string; readonly wanted?: string; readonly docker?: true | Presence } = {},
) {
  const { config } = parseConfig({ file: "x", text: `- step: { name: s, command: c, image: "i", ${step} }` });
  const { settings } = parseSettings({ file: "y", text: options.settings ?? "" }, INSTALLED_KINDS.forms);
  if (config === undefined || settings === undefined) throw new Error("not sound");
  const planned = planRun(config, { target: "s", parameters: [], inputs: [], environmentVariables: {} });
  if (!planned.ok) throw new Error("no plan");
  let asked = 0;
  const placed = await placeNodes(planned.plan, {
    settings: { ...mergeSettings([settings], INSTALLED_KINDS.forms), kinds: INSTALLED_KINDS },
    wanted: options.wanted,
    imagePresence: async () => {
      asked++;
      return options.docker === true ? { kind: "answers" } : (options.docker ?? { kind: "absent" });
    },
  });
  const [node] = placed.plan.nodes;
  return {
    environment: node?.environment,
    image: node?.step.image,
    warnings: placed.warnings,
    problems: placed.problems,
    asked,
  };
}

const GPU =
  "environments: { gpu: { executor: docker, name: Big GPU, image: base:1, limits: { cpu: 2 }, docker: { allow-mounts: [/data] } } }";
const quiet = { warnings: [], problems: [] };

describe("where a step runs", () => {
  test.each<[string, string, Parameters<typeof place>[1], object]>([
    [
      "with an image, and an engine that answers: in a container",
      "",
      { docker: true },
      { environment: "docker", asked: 1 },
    ],
    ["with an image, and no engine: here", "", {}, { environment: "local", asked: 1 }],
    [
      "with `python`: here, and nobody is asked",
      "python: { packages: [] }",
      { docker: true },
      { environment: "local", asked: 0 },
    ],
    ["without an image: here", 'image: ""', { docker: true }, { environment: "local", asked: 0 }],
    ["where it says", "environment: gpu", { settings: GPU }, { environment: "gpu", asked: 0 }],
    ["where a part of a name says", "environment: big", { settings: GPU }, { environment: "gpu", asked: 0 }],
    [
      "where the installation says",
      "",
      { settings: `default-environment: gpu\n${GPU}`, docker: true },
      { environment: "gpu", asked: 0 },
    ],
    [
      "where the request says, whatever else is said",
      "environment: nowhere",
      { settings: GPU, wanted: "local" },
      { environment: "local", asked: 0 },
    ],
    [
      "with the environment's image",
      'image: "", environment: gpu',
      { settings: GPU },
      { environment: "gpu", image: "base:1" },
    ],
  ])("%s", async (_, step, options, expected) => {
    expect(await place(step, options)).toMatchObject({ ...quiet, ...expected });
  });

  test("without a container, and that is said, where the engine is one of another machine", async () => {
    const reason = "the engine at tcp://box:2375 is not reached by a socket of this machine";
    expect(await place("", { docker: { kind: "absent", reason } })).toMatchObject({
      environment: "local",
      warnings: [`step s: ${reason}; the step runs on this machine, without its image i`],
      problems: [],
    });
  });

  test("a name from another installation is no mistake where nothing is set up", async () => {
    expect(await place("environment: aws-eu-west-1-g3s")).toMatchObject({
      environment: "local",
      warnings: [
        "step s: the environment aws-eu-west-1-g3s is not known here, where none are set up; the step runs on this machine",
      ],
      problems: [],
    });
  });
});

describe("what keeps a step from running", () => {
  test.each<[string, string, Parameters<typeof place>[1], string, string]>([
    [
      "an unknown environment",
      "environment: gpo",
      { settings: GPU },
      'step s: there is no environment "gpo"',
      "did you mean `gpu`?",
    ],
    ["an unknown wish", "", { wanted: "x" }, 'there is no environment "x"', "environments: local, docker"],
    [
      "an unknown default",
      "",
      { settings: "default-environment: x" },
      'default-environment: there is no environment "x"',
      "environments: local, docker",
    ],
    [
      "more than there is",
      "environment: gpu, resources: { cpu: { min: 4 } }",
      { settings: GPU },
      "step s asks for more than the environment gpu has: 4 processors of at most 2",
      "ask for less, or name another environment (the page of environments lists them)",
    ],
    ...(
      [
        ["/etc:/x", "/etc", "it is not among those that steps may see"],
        ["/data/../etc:/x", "/data/../etc", "it is not among those that steps may see"],
        ["/database:/x", "/database", "it is not among those that steps may see"],
      ] as const
    ).map(([mount, source, reason]): [string, string, Parameters<typeof place>[1], string, string] => [
      `the mount ${mount}`,
      `environment: gpu, mounts: ["${mount}"]`,
      { settings: GPU },
      `step s: the folder ${source} cannot be mounted in the environment gpu: ${reason}`,
      "whoever runs this installation may add the folder to `docker.allow-mounts` of the environment (the page docker of the manual)",
    ]),
    [
      "an engine that is there and does not answer",
      "",
      { docker: { kind: "silent", reason: "the container engine cannot be used", hint: "start it" } },
      "step s: its image i is for a container, and the container engine cannot be used",
      "start it",
    ],
  ])("%s", async (_, step, options, message, hint) => {
    const { problems } = await place(step, options);
    expect(problems.map((problem) => ({ ...problem, hint: inPlainWords(problem.hint ?? "") }))).toEqual([
      { kind: "configuration", message, hint },
    ]);
  });

  test("a folder that is allowed is none, nor is one below it", async () => {
    expect(await place('environment: gpu, mounts: ["/data:/a", "/data/sub:/b"]', { settings: GPU })).toMatchObject(
      quiet,
    );
  });

  test("mounts without a container are said to have no effect", async () => {
    expect((await place('mounts: ["/data:/a"]')).warnings).toEqual([
      "step s: mounts are for containers and have no effect in the environment local, where the step sees the machine's own folders",
    ]);
  });
});
