import { expect } from "vitest";
import { type ContractStep, python } from "../contract-step.ts";

const READ_ALL = python(
  "import json, os",
  "folder = os.environ['VH_CONFIG_DIR']",
  "print(json.dumps({name: json.load(open(os.path.join(folder, name))) for name in sorted(os.listdir(folder)) if name.endswith('.json')}))",
  "import sys; print(' '.join(sorted(os.listdir(folder))), file=sys.stderr)",
);

/** Steps that show what a step can learn from its folders, files and variables. */
export const configSteps: readonly ContractStep[] = [
  {
    name: "folders-and-their-variables",
    step: {
      command: [
        'test "$PWD" -ef "$VH_REPOSITORY_DIR" && test -f "$VH_REPOSITORY_DIR/valohai.yaml" && echo repository',
        'for d in "$VH_INPUTS_DIR" "$VH_OUTPUTS_DIR" "$VH_CONFIG_DIR"; do test -d "$d" && basename "$d"; done',
      ],
    },
    check: ({ stdout }) => expect(stdout).toBe("repository\ninputs\noutputs\nconfig\n"),
  },
  {
    name: "slash-valohai",
    needsIsolation: true,
    step: { command: ["pwd -P", 'echo "$VH_REPOSITORY_DIR $VH_INPUTS_DIR $VH_OUTPUTS_DIR $VH_CONFIG_DIR"'] },
    check: ({ stdout }) =>
      expect(stdout).toBe(
        "/valohai/repository\n/valohai/repository /valohai/inputs /valohai/outputs /valohai/config\n",
      ),
  },
  {
    name: "variables-say-who-it-is",
    step: {
      command: python(
        "import json, os",
        "print(json.dumps({n: v for n, v in os.environ.items() if n.startswith('VH_') and not n.endswith('_DIR')}))",
      ),
    },
    check: ({ stdout, execution }) => {
      const variables = JSON.parse(stdout) as Record<string, string>;
      expect(variables).toEqual({
        VH_JOB_ID: `exec-${execution.id}`,
        VH_EXECUTION_ID: execution.id,
        VH_PROJECT_ID: expect.stringMatching(/^[0-9a-f-]{36}$/),
        VH_PIPELINE_ID: expect.stringMatching(/^[0-9a-f-]{36}$/),
        VH_PIPELINE_NODE_ID: `${variables.VH_PIPELINE_ID}-variables-say-who-it-is`,
      });
    },
  },
  {
    name: "own-variables-byte-for-byte",
    step: {
      command: python(
        "import json, os",
        "print(json.dumps([os.environ.get(n) for n in ('PLAIN', 'QUOTES', 'LINES', 'UNICODE', 'EMPTY', 'PYTHONUNBUFFERED')]))",
      ),
      "environment-variables": [
        { name: "PLAIN", default: "a" },
        { name: "QUOTES", default: `'"\\$x \`y\`` },
        { name: "LINES", default: "a\n\nb\n" },
        { name: "UNICODE", default: "ä 🚀" },
        { name: "EMPTY", default: "" },
      ],
    },
    check: ({ stdout }) => expect(JSON.parse(stdout)).toEqual(["a", `'"\\$x \`y\``, "a\n\nb\n", "ä 🚀", "", "1"]),
  },
  {
    name: "nothing-of-the-users-own-variables",
    step: { command: 'echo "[$AWS_SECRET_ACCESS_KEY] [$GITHUB_TOKEN]"' },
    check: ({ stdout }) => expect(stdout).toBe("[] []\n"),
  },
  {
    name: "ten-config-files",
    step: {
      command: READ_ALL,
      parameters: [
        { name: "rate", type: "float", default: 1 },
        { name: "name", type: "string", default: "x" },
        { name: "nothing", type: "string", optional: true },
      ],
    },
    check: ({ stdout, stderr, execution }) => {
      const files = JSON.parse(stdout) as Record<string, Record<string, unknown>>;
      expect(stderr).toBe(
        "api.json api.yaml execution.json execution.yaml inputs.json inputs.yaml parameters.json parameters.yaml runtime.json runtime.yaml\n",
      );
      expect(files["parameters.json"]).toEqual({ rate: 1, name: "x" });
      expect(files["inputs.json"]).toEqual({});
      expect(files["api.json"]).toEqual({});
      expect(files["execution.json"]).toMatchObject({
        "valohai.execution-id": execution.id,
        "valohai.execution-counter": execution.number,
        "valohai.execution-step": "ten-config-files",
        "valohai.creator-id": expect.stringMatching(/^local:./),
        "valohai.creator-name": expect.stringMatching(/./),
        "valohai.pipeline-node-id": expect.stringMatching(/-ten-config-files$/),
      });
      const { executor: _executor, ...facts } = execution.runtimeFacts;
      // The rest of the record says what the machine had of its own: that is for reuse, and no part of the contract.
      const told = Object.entries(facts).filter(
        ([name]) => !/^(?:program |packages of |variable |time zone$)/.test(name),
      );
      expect(files["runtime.json"]).toMatchObject(Object.fromEntries(told));
    },
  },
  {
    name: "floats-keep-their-point",
    step: {
      command: 'grep -o \'"rate": [0-9.]*\' "$VH_CONFIG_DIR/parameters.json"',
      parameters: [{ name: "rate", type: "float", default: 2 }],
    },
    check: ({ stdout }) => expect(stdout).toBe('"rate": 2.0\n'),
  },
  {
    name: "temporary-folders",
    step: {
      command: 'for d in /tmp /var/tmp; do echo x > "$d/$VH_EXECUTION_ID" && rm "$d/$VH_EXECUTION_ID" && echo ok; done',
    },
    check: ({ stdout }) => expect(stdout).toBe("ok\nok\n"),
  },
];
