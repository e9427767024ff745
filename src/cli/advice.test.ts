import { describe, expect, test } from "vitest";
import { type Action, inPlainWords, joined, partsOf } from "../advice.ts";
import { inCommands } from "./advice.ts";
import type { Cli } from "./cli.ts";
import { buildProgram } from "./program.ts";
import { TestScreen } from "./terminal/test-screen.ts";

const ACTIONS: readonly (readonly [Action, string, string])[] = [
  [{ do: "list-runs" }, "headrace ls", "the overview"],
  [{ do: "list-environments" }, "headrace environments", "the page of environments"],
  [{ do: "verify-files" }, "headrace verify", "a check of the stored files"],
  [{ do: "clean-up" }, "headrace gc", "a clean-up"],
  [{ do: "examine" }, "headrace doctor", "an examination"],
  [{ do: "write-note" }, "headrace note", "the note"],
  [{ do: "check-configuration" }, "headrace lint", "a check of the configuration"],
  [{ do: "start-project" }, "headrace init", "setting up a project"],
  [{ do: "start-engine" }, "headrace engine", "an engine"],
  [{ do: "list-files" }, "headrace outputs N", "the page of files"],
  [{ do: "download-files" }, "headrace outputs RUN.NODE --download DIR", "a download of a node's files"],
  [{ do: "upload-data" }, "headrace data upload FILE", "an upload of data"],
  [{ do: "list-datasets" }, "headrace dataset ls", "the list of datasets"],
  [{ do: "show-dataset", dataset: "flights" }, "headrace dataset info flights", "the page of the dataset flights"],
  [{ do: "list-models" }, "headrace model ls", "the list of models"],
  [{ do: "show-model", model: "delay" }, "headrace model info delay", "the page of the model delay"],
  [{ do: "show-run" }, "headrace info", "the page of the run"],
  [{ do: "show-run", run: 12 }, "headrace info 12", "the page of run 12"],
  [{ do: "resume" }, "headrace resume", "resuming the run"],
  [{ do: "resume", run: 12 }, "headrace resume 12", "resuming run 12"],
  [{ do: "stop" }, "headrace stop NUMBER", "stopping the run"],
  [{ do: "stop", run: 12 }, "headrace stop 12", "stopping run 12"],
  [{ do: "attach", run: 12 }, "headrace attach 12", "following run 12"],
  [{ do: "remove-runs", runs: [12] }, "headrace rm 12", "removing run 12"],
  [{ do: "remove-runs", runs: [12, 13] }, "headrace rm 12 13", "removing runs 12, 13"],
  [{ do: "explain", execution: 12 }, "headrace why 12", "the explanation of execution 12"],
  [{ do: "run", target: "train" }, "headrace run train", "running train"],
  [
    { do: "run", target: "train", from: "latest", interactive: true },
    "headrace run train --from latest --interactive",
    "running train from latest interactively",
  ],
  [{ do: "move-records", to: "sqlite" }, "headrace migrate --to sqlite", "moving the project to SQLite"],
  [{ do: "read-manual", page: "s3" }, "headrace docs s3", "the page s3 of the manual"],
  [
    { do: "log-in", server: "https://headrace.example.org" },
    "headrace login https://headrace.example.org",
    "logging in to https://headrace.example.org",
  ],
  [{ do: "set", option: "environment", value: "gpu" }, "--environment gpu", "the option environment “gpu”"],
  [{ do: "set", option: "overwrite" }, "--overwrite", "the option overwrite"],
];

/** Options that are no option of any command would send users astray. */
const program = buildProgram({
  cwd: "/",
  env: {},
  out: new TestScreen(),
  err: new TestScreen(),
  now: Date.now,
  exitCode: 0,
} satisfies Cli);
const known = new Map(program.commands.map((command) => [command.name(), command]));
const flags = new Set([...program.commands, program].flatMap(({ options }) => options.map(({ long }) => long)));

describe("what can be done", () => {
  test.each(ACTIONS)("%j", (action, command, plain) => {
    expect(inCommands(["before, ", action, " after"])).toBe(`before, \`${command}\` after`);
    expect(inPlainWords(["before, ", action, " after"])).toBe(`before, ${plain} after`);
  });

  test.each(ACTIONS.map(([, command]) => [command] as const))("%s is there", (line) => {
    const [first = "", name = ""] = line.split(" ");
    if (first === "headrace") expect([...known.keys()]).toContain(name);
    const options = known.get(name)?.options.map(({ long }) => long) ?? [...flags];
    for (const [flag] of line.matchAll(/--[a-z-]+/g)) expect(options).toContain(flag);
  });

  const OPTIONS = [
    "blobs",
    "certificate",
    "config",
    "debug",
    "destination",
    "downstream",
    "environment",
    "fresh",
    "from",
    "input",
  ]
    .concat(["interactive", "jobs", "keep", "local", "overwrite", "parameter", "project", "project-name", "sandbox"])
    .concat(["variable", "where"]) as Extract<Action, { do: "set" }>["option"][];
  test.each(OPTIONS)("the option %s is there", (option) => {
    expect([...flags].map((flag) => `\`${flag}\``)).toContain(inCommands([{ do: "set", option }]));
  });
});

test("advice is joined with texts and actions, and a text is advice of one part", () => {
  const advice = joined("node a: gone (", ["see ", { do: "list-runs" }], ")", { do: "examine" });
  expect(advice).toEqual(["node a: gone (", "see ", { do: "list-runs" }, ")", { do: "examine" }]);
  expect(partsOf("gone")).toEqual(["gone"]);
  expect([inCommands("gone"), inPlainWords("gone")]).toEqual(["gone", "gone"]);
});
