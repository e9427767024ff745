import { describe, expect, test } from "vitest";
import { buildCommand } from "../command/build-command.ts";
import { parseConfig } from "../parse-config.ts";

function configOf(text: string) {
  const { config, diagnostics } = parseConfig({ file: "valohai.yaml", text });
  if (config === undefined) throw new Error(diagnostics.map((item) => item.message).join("\n"));
  return config;
}

/** The words that a step with this parameter passes on. */
function passed(parameter: string): string | undefined {
  const [step] = configOf(
    `- step:\n    name: s\n    image: i\n    command: c {parameters}\n    parameters:\n      - ${parameter}\n`,
  ).steps;
  return step && buildCommand(step.command, step.parameters, {})[0];
}

describe("defaults reach the command as they are written", () => {
  test.each([
    ["{name: x, type: float, default: 1}", "c --x=1"],
    ["{name: x, type: float, default: 1.0}", "c --x=1.0"],
    ["{name: x, type: float, default: -0.0}", "c --x=-0.0"],
    ["{name: x, type: float, default: +1_000}", "c --x=1000"],
    ["{name: x, type: float, default: 1.0e+20}", "c --x=1e+20"],
    ["{name: x, type: float, default: 0x10}", "c --x=16"],
    ["{name: x, type: float, default: 0.5}", "c --x=0.5"],
    ["{name: x, default: 1}", "c --x=1"],
    ["{name: x, default: 1.0}", "c --x=1.0"],
    ["{name: x, default: '1.0'}", "c --x=1.0"],
    ["{name: x, type: integer, default: 5}", "c --x=5"],
    ["{name: x, type: integer, default: 12345678901234567890}", "c --x=12345678901234567890"],
    ["{name: x, type: float, multiple: separate, default: [1000, 1, 0.01, 2.0]}", "c --x=1000,1,0.01,2.0"],
    ["{name: x, type: float, multiple: repeat, default: 3}", "c --x=3"],
    ["{name: x, type: float, default: &one 1}", "c --x=1"],
    ["{name: x, type: float, default: 1e-5}", "c --x=1e-5"],
    ["{name: x, type: integer, default: '0012'}", "c --x=0012"],
    ["{name: x, default: no}", "c --x=False"],
  ])("%s", (parameter, words) => {
    expect(passed(parameter)).toBe(words);
  });

  test("whichever way the same value comes", () => {
    const [step] = configOf(`- step:
    name: s
    image: i
    command: "c {parameters} {parameter-value:many}"
    parameters:
      - {name: one, type: float, default: 1e-5}
      - {name: many, type: float, multiple: separate, default: [1e-3, 1, 0.1]}
`).steps;
    const command = (values: Parameters<typeof buildCommand>[2]) =>
      step && buildCommand(step.command, step.parameters, values)[0];
    const written = `c --one=1e-5 --many=1e-3,1,0.1 '['"'"'1e-3'"'"', 1, 0.1]'`;
    expect(command({})).toBe(written);
    expect(command({ one: 0.00001, many: [0.001, 1, 0.1] })).toBe(written);
    expect(command({ one: 0.0001, many: [0.001] })).toBe("c --one=0.0001 --many=0.001 '[0.001]'");
  });

  test("in an override, in an out-dented step, and of the last of two namesakes", () => {
    const config = configOf(`
- step:
  name: s
  image: i
  command: c
  parameters:
    - {name: x, type: float, default: 1.0}
    - {name: x, type: float, default: 2}
- pipeline:
    name: p
    nodes:
      - name: n
        type: execution
        step: s
        override:
          parameters:
            - {name: x, type: float, default: 3}
    edges: []
`);
    expect(config.steps[0]?.parameters).toMatchObject([{ default: 2, defaultTexts: ["2"] }]);
    expect(config.pipelines[0]?.nodes[0]).toMatchObject({
      override: { parameters: [{ default: 3, defaultTexts: ["3"] }] },
    });
  });

  test("clear defaults carry no texts", () => {
    const [step] = configOf(
      "- step: {name: s, image: i, command: c, parameters: [{name: x, type: float, default: 0.5}, {name: y, default: a}, {name: z, type: integer, default: 1}]}",
    ).steps;
    for (const parameter of step?.parameters ?? []) expect(parameter).not.toHaveProperty("defaultTexts");
  });
});
