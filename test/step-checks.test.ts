import { describe, expect, it } from "vitest";
import type { ChecksOfExecutionView, RunDetailView, StepChecksView } from "../src/api/index.ts";
import { ProjectRig } from "./rig.ts";

const JULY = "carrier,delay\nAA,3\nDL,20\nUA,7\n";
const BROKEN = "carrier,delay\nAA,3\nXX,20\nUA,late\n";

const INPUT =
  "{ input: month, rows: { min: 3, change: 0.5 }, columns: { carrier: { in: [AA, DL, UA] }, delay: { type: number } } }";
const WARNED =
  "{ input: month, columns: { delay: { max: 10 } }, on-fail: warn, description: a calm month, redact: [delay] }";

interface Checks {
  readonly clean?: readonly string[];
  readonly train?: readonly string[];
}

function project({ clean = [INPUT, WARNED], train = ["{ metadata: { auc: { min: 0.7 } } }"] }: Checks = {}): string {
  return `- step:
    name: clean
    image: ""
    command: 'echo cleaning; cp /valohai/inputs/month/*.csv /valohai/outputs/clean.csv'
    inputs: [{ name: month, default: july.csv }]
    checks: [${clean.join(", ")}, { output: clean.csv, columns: { carrier: { not-null: true } } }]
- step:
    name: train
    image: ""
    command: 'cat /valohai/inputs/data/* > /valohai/outputs/model; sh print.sh {parameter-value:auc}'
    inputs: [{ name: data }]
    parameters: [{ name: auc, type: float, default: 0.8 }]
    checks: [${train.join(", ")}]
- step: { name: after, image: "", command: 'echo after', inputs: [{ name: model }] }
- pipeline:
    name: p
    nodes:
      - { name: clean, type: execution, step: clean }
      - { name: train, type: execution, step: train }
      - { name: after, type: execution, step: after }
    parameters: [{ name: auc, targets: [train.parameter.auc], default: 0.8 }]
    edges: [[clean.output.*, train.input.data], [train.output.*, after.input.model]]
`;
}

const PRINT = `echo '{"auc": '$1'}'\n`;
const rigOf = (month = JULY): ProjectRig =>
  new ProjectRig({ "valohai.yaml": project(), "july.csv": month, "print.sh": PRINT });
const statesOf = (run: RunDetailView): readonly string[] => run.nodes.map(({ state }) => state);

async function checksOf(rig: ProjectRig, ref: string): Promise<StepChecksView> {
  const { checks } = await rig.json<ChecksOfExecutionView>(0, "checks", "show", ref);
  if (checks === null) throw new Error(`${ref} has no checks`);
  return checks;
}

describe("the checks of a step", () => {
  it("are kept with the execution, in metadata and warnings, also of a run that uses it again", async () => {
    await using rig = rigOf();
    const run = await rig.json<RunDetailView>(0, "run", "p");
    expect(statesOf(run)).toEqual(["complete", "complete", "complete"]);
    const checks = await checksOf(rig, "1.clean");
    expect(checks).toMatchObject({ verdict: "warned", passed: 4, warned: 1, failed: 0 });
    expect(checks.subjects.map(({ kind, name, files, rows }) => [kind, name, files, rows])).toEqual([
      ["input", "month", ["july.csv"], 3],
      ["output", "clean.csv", ["clean.csv"], 3],
    ]);
    const [warned] = checks.subjects[0]?.checks.filter(({ outcome }) => outcome === "failed") ?? [];
    expect(warned).toMatchObject({ subject: "delay", expected: "at most 10", bad: 1, description: "a calm month" });
    expect(warned?.examples).toEqual([{ row: 2, values: { delay: "redacted" } }]);
    const [clean] = run.nodes;
    expect(clean?.execution?.warnings).toEqual([
      "not as expected: input month: column delay: at most 10: 1 of 3 rows are not, e.g. row 2 (redacted)",
    ]);
    expect(clean?.execution?.metadata).toMatchObject({ "checks.passed": 4, "checks.warned": 1, "checks.failed": 0 });

    const again = await rig.json<RunDetailView>(0, "run", "p");
    expect(again.nodes.map(({ reused }) => reused)).toEqual([true, true, true]);
    expect(await checksOf(rig, `${again.number}.clean`)).toEqual(checks);

    // Other checks may not hold for what passed these.
    rig.write("valohai.yaml", project({ clean: [INPUT] }));
    const changed = await rig.json<RunDetailView>(0, "run", "p");
    expect(changed.nodes.map(({ reused }) => reused)).toEqual([false, true, true]);
    expect((await rig.headrace("why", `${changed.number}.clean`)).stdout).toContain("checks");
    const page = await rig.headrace("checks", "show", `${changed.number}.clean`, "--html", "page.html");
    expect(page.stdout).toContain("passed: 4 checks");
    expect(rig.read("page.html")).toContain("<h2>input month</h2>");
  });

  it("keep a step from starting on inputs that are not as expected, and name column, rule and rows", async () => {
    await using rig = rigOf(BROKEN);
    const run = await rig.json<RunDetailView>(1, "run", "p");
    expect(statesOf(run)).toEqual(["error", "skipped", "skipped"]);
    const execution = run.nodes[0]?.execution;
    expect(execution?.reason?.split("\n")).toEqual([
      "its inputs are not as expected: 2 of 4 checks failed",
      "  input month: column carrier: one of AA, DL, UA: 1 of 3 rows are not, e.g. row 2 (XX)",
      "  input month: column delay: of type number: 1 of 3 rows are not, e.g. row 3 (redacted)",
    ]);
    expect([execution?.exitCode, execution?.outputs]).toEqual([null, []]);
    expect((await rig.headrace("logs", "1.clean")).stdout).not.toContain("cleaning");
    expect(await checksOf(rig, "1.clean")).toMatchObject({ verdict: "failed", failed: 2 });
    expect((await rig.headrace("info", "1.clean")).stdout).toContain("failed: 2 of 4 checks failed, 1 warned");
  });

  it("keep outputs from flowing on where results are not as expected; the outputs stay", async () => {
    await using rig = rigOf();
    const run = await rig.json<RunDetailView>(1, "run", "p", "--param", "auc=0.6");
    expect(statesOf(run)).toEqual(["complete", "error", "skipped"]);
    const train = run.nodes[1]?.execution;
    expect(train?.reason).toBe(
      "its results are not as expected: 1 of 1 checks failed\n  metadata auc: at least 0.7: 0.6",
    );
    expect([train?.exitCode, train?.outputs.map(({ name }) => name)]).toEqual([0, ["model"]]);
  });

  it("hold figures and files against the last complete execution, and a table against another input", async () => {
    const row = (n: number): string => `${["AA", "DL"][n % 2]},${n % 60}\n`;
    const month = (count: number, shift = ""): string =>
      `carrier,delay\n${Array.from({ length: count }, (_, n) => row(n).replace(",", `,${shift}`)).join("")}`;
    await using rig = rigOf(month(200));
    const drift = "{ output: clean.csv, drift: { against: previous } }";
    rig.write("valohai.yaml", project({ clean: ["{ input: month, rows: { change: 0.2 } }", drift] }));
    await rig.json<RunDetailView>(0, "run", "clean");
    rig.write("july.csv", month(220, "9"));
    const drifted = await rig.json<RunDetailView>(1, "run", "clean");
    expect(drifted.nodes[0]?.execution?.reason).toContain("drift against the last execution in less than 30 %");
    const checks = await checksOf(rig, "latest.clean");
    expect(checks.subjects[0]?.checks[0]).toMatchObject({ observed: 220, previous: 200, outcome: "passed" });
    expect(checks.subjects[1]?.checks.find((check) => check.drift !== null)?.drift).toContainEqual(
      expect.objectContaining({ column: "delay", verdict: "drifted" }),
    );
    rig.write("july.csv", month(500));
    const grown = await rig.json<RunDetailView>(1, "run", "clean");
    expect(grown.nodes[0]?.execution?.reason).toContain("within 20 % of the last one: 500");
  });

  it("are not those of a file that is there no more, or is no table: that is said", async () => {
    await using rig = rigOf("carrier,delay\nAA,3,4\nDL\n");
    const run = await rig.json<RunDetailView>(1, "run", "clean");
    expect(run.nodes[0]?.execution?.reason).toContain("the table july.csv cannot be read: line 2");
    rig.write("valohai.yaml", project({ clean: ["{ output: gone.csv, rows: 3 }"] }));
    const gone = await rig.json<RunDetailView>(1, "run", "clean");
    expect(gone.nodes[0]?.execution?.reason).toContain(
      "output gone.csv: row count equal to 3: the step made no such file",
    );
  });
});
