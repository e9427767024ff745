import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import type { RunDetailView } from "../src/api/index.ts";
import { ProjectRig } from "./rig.ts";

const GOOD_STEP = `- step: { name: good, image: i, command: "echo fine" }\n`;

/** Each row: what is wrong, the file, the arguments, the exit code, and what the user must be told. */
const REFUSED: readonly (readonly [
  title: string,
  yaml: string | undefined,
  args: readonly string[],
  says: readonly (string | RegExp)[],
])[] = [
  ["no configuration at all", undefined, ["run", "x"], ["no valohai.yaml or headrace.yaml in", "headrace init"]],
  ["an empty file", "", ["run", "x"], [/no step or pipeline|x/]],
  ["a step that does not exist", GOOD_STEP, ["run", "god"], ["god", "good"]],
  [
    "an unknown key",
    "- step: { name: a, image: i, command: c, enviroment: x }\n",
    ["run", "a"],
    ["valohai.yaml:1:", "enviroment", "environment"],
  ],
  ["a wrong type", "- step:\n    name: a\n    image: 3\n    command: c\n", ["run", "a"], ["valohai.yaml:3:12"]],
  ["unreadable YAML", "- step: [\n", ["run", "a"], ["valohai.yaml:"]],
  ["a tab as indentation", "- step:\n\tname: a\n", ["run", "a"], ["valohai.yaml:2:1"]],
  [
    "a cycle",
    `${GOOD_STEP}- pipeline:
    name: p
    nodes:
      - { name: a, step: good, type: execution }
      - { name: b, step: good, type: execution }
    edges:
      - [a.dependency.x, b.dependency.x]
      - [b.dependency.x, a.dependency.x]
`,
    ["run", "p"],
    [/a → b → a|b → a → b/],
  ],
  ["an unknown parameter", GOOD_STEP, ["run", "good", "--param", "sede=1"], ["sede"]],
  ["an unknown input", GOOD_STEP, ["run", "good", "--input", "data=x"], ["data"]],
  [
    "a required input that nobody gives",
    "- step: { name: a, image: i, command: c, inputs: [{ name: images }] }\n",
    ["run", "a"],
    ["images", "--input"],
  ],
  [
    "a parameter that is no number",
    "- step: { name: a, image: i, command: c, parameters: [{ name: n, type: integer }] }\n",
    ["run", "a", "--param", "n=many"],
    ["n", "many"],
  ],
];

describe("what a user can get wrong before a run", () => {
  it.each(REFUSED)("%s is one clear error, and nothing is recorded", async (_title, yaml, args, says) => {
    await using rig = new ProjectRig(yaml === undefined ? {} : { "valohai.yaml": yaml });
    const result = await rig.headrace(...args);
    expect(result.code).toBe(2);
    for (const text of says)
      expect(result.stderr).toMatch(
        text instanceof RegExp ? text : new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")),
      );
    expect(result.stderr).not.toMatch(/\n\s+at .+:\d+:\d+/);
    if (yaml !== undefined && yaml !== "") expect((await rig.headrace("ls", "--json")).stdout.trim()).toMatch(/^\[\]$/);
  });

  it("reports every error of a file at once", async () => {
    await using rig = new ProjectRig({
      "valohai.yaml": "- step: { name: a, image: 1, command: c, foo: 1 }\n- step: { name: b, command: c }\n",
    });
    const { stderr } = await rig.headrace("run", "a");
    expect(stderr.match(/valohai\.yaml:\d+:\d+: error/g)?.length).toBeGreaterThanOrEqual(3);
  });
});

/** Each row: a step whose command goes wrong, and the reason that the record gives. */
const FAILING: readonly (readonly [title: string, command: string, exitCode: number | null, reason: RegExp])[] = [
  ["an exit status", "exit 7", 7, /exit(ed)? (code|status|with).*7/],
  ["a command that does not exist", "no-such-command-anywhere", 127, /127/],
  ["the first failing line of several", "true\nfalse\necho not reached", 1, /1/],
  ["a step killed by a signal", "kill -KILL $$", null, /SIGKILL/],
];

describe("what goes wrong in a step", () => {
  it.each(FAILING)("%s is recorded with its reason", async (_title, command, exitCode, reason) => {
    const yaml = `- step:\n    name: s\n    image: i\n    command:\n${command
      .split("\n")
      .map((line) => `      - ${JSON.stringify(line)}\n`)
      .join("")}`;
    await using rig = new ProjectRig({ "valohai.yaml": yaml });
    const run = await rig.json<RunDetailView>(1, "run", "s");
    expect(run.nodes[0]?.execution).toMatchObject({ state: "error", exitCode });
    expect(run.nodes[0]?.execution?.reason).toMatch(reason);
    expect((await rig.headrace("logs", "latest.s")).stdout).not.toContain("not reached");
  });

  it("an input URI that is not there names the URI and the answer", async () => {
    await using server = await serving(404);
    await using rig = new ProjectRig({
      "valohai.yaml": `- step: { name: s, image: i, command: "true", inputs: [{ name: data, default: "${server.url}/gone.csv" }] }\n`,
    });
    const run = await rig.json<RunDetailView>(1, "run", "s");
    expect(run.nodes[0]?.execution?.reason).toContain(`${server.url}/gone.csv`);
    expect(run.nodes[0]?.execution?.reason).toContain("404");
  });

  it("links and devices in outputs are refused by name, and the rest is kept", async () => {
    const command = [
      "echo good > /valohai/outputs/good.txt",
      "ln -s /etc/passwd /valohai/outputs/absolute",
      "ln -s ../config/parameters.json /valohai/outputs/outside",
      "mkfifo /valohai/outputs/pipe",
    ];
    await using rig = new ProjectRig({
      "valohai.yaml": `- step: { name: s, image: i, command: ${JSON.stringify(command)} }\n`,
    });
    const result = await rig.headrace("run", "s");
    const outputs = await rig.json<readonly { readonly name: string }[]>(0, "outputs", "latest");
    expect(outputs.map((datum) => datum.name)).toEqual(["good.txt"]);
    for (const name of ["absolute", "outside", "pipe"]) expect(result.stdout + result.stderr).toContain(name);
  });

  it("keeps earlier records when a later run fails before it starts", async () => {
    await using rig = new ProjectRig({ "valohai.yaml": GOOD_STEP });
    await rig.json<RunDetailView>(0, "run", "good");
    rig.write("valohai.yaml", "- step: [");
    expect((await rig.headrace("run", "good")).code).toBe(2);
    expect(await rig.json<readonly unknown[]>(0, "ls")).toHaveLength(1);
  });
});

async function serving(status: number): Promise<AsyncDisposable & { readonly url: string }> {
  const server = createServer((_request, response) => response.writeHead(status).end("no"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
