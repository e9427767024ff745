import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { describe, expect, test } from "vitest";
import type { OpenLineageEvent } from "../src/api/index.ts";
import { ProjectRig } from "./rig.ts";

const YAML = `- step:
    name: raw
    environment: local
    inputs: [{name: csv, default: data.csv}]
    command: cp "$VH_INPUTS_DIR/csv/data.csv" "$VH_OUTPUTS_DIR/out.csv"
- step:
    name: use
    environment: local
    inputs: [{name: in}]
    checks: [{input: in, rows: {min: 2}}]
    command: exit 3
- pipeline:
    name: p
    nodes:
      - {name: raw, type: execution, step: raw}
      - {name: use, type: execution, step: use}
    edges: [[raw.output.*, use.input.in]]
`;

/** A server of OpenLineage; or one that never answers. */
class Receiver implements AsyncDisposable {
  readonly events: OpenLineageEvent[] = [];
  readonly authorizations: (string | undefined)[] = [];
  hangs = false;
  readonly #server = createServer(async (request, response) => {
    if (this.hangs) return;
    expect([request.method, request.url]).toEqual(["POST", "/api/v1/lineage"]);
    this.authorizations.push(request.headers.authorization);
    this.events.push((await json(request)) as OpenLineageEvent);
    response.writeHead(201).end();
  });

  static async listen(): Promise<Receiver> {
    const receiver = new Receiver();
    await new Promise<void>((resolve) => receiver.#server.listen(0, "127.0.0.1", resolve));
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

const told = ({ eventType, job, inputs, outputs }: OpenLineageEvent) =>
  `${eventType} ${job.name}: ${inputs.map(({ name }) => name).join()} → ${outputs.map(({ name }) => name).join()}`;

describe("events of OpenLineage", () => {
  test("are told as a run goes on, and again from its records", async () => {
    await using receiver = await Receiver.listen();
    await using rig = new ProjectRig({ "valohai.yaml": YAML, "data.csv": "a,b\n1,2\n3,4\n" });
    const env = { OPENLINEAGE_URL: receiver.url, OPENLINEAGE_API_KEY: "k", OPENLINEAGE_NAMESPACE: "team" };
    expect((await rig.startIn(rig.root, env, "run", "p").result).code).not.toBe(0);

    const raw = receiver.events.find(({ inputs }) => inputs.length > 0)?.inputs[0]?.name ?? "";
    expect(raw).toMatch(/^\/.*\/data\.csv$/);
    const project = receiver.events[0]?.job.name.replace(/\/p$/, "");
    const [made, use] = [`${project}/p.raw/out.csv`, `${project}/p.use`];
    expect(receiver.events.map(told)).toEqual([
      `START ${project}/p:  → `,
      expect.stringMatching(`^START ${project}/p.raw: `),
      `RUNNING ${project}/p.raw: ${raw} → `,
      `COMPLETE ${project}/p.raw: ${raw} → ${made}`,
      expect.stringMatching(`^START ${use}: `),
      `RUNNING ${use}: ${made} → `,
      `FAIL ${use}: ${made} → `,
      `FAIL ${project}/p:  → `,
    ]);
    expect(new Set(receiver.authorizations)).toEqual(new Set(["Bearer k"]));
    const failed = receiver.events[6];
    expect(failed?.run.facets).toMatchObject({
      parent: { run: { runId: receiver.events[0]?.run.runId }, job: { namespace: "team", name: `${project}/p` } },
      errorMessage: { message: expect.stringContaining("code 3") },
    });
    expect(failed?.inputs[0]).toMatchObject({
      namespace: "team",
      facets: { version: { datasetVersion: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) } },
      inputFacets: { dataQualityAssertions: { assertions: [{ success: true, severity: "error" }] } },
    });

    const again = await rig.startIn(rig.root, { OPENLINEAGE_NAMESPACE: "team" }, "lineage", "1", "--openlineage")
      .result;
    const events = again.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as OpenLineageEvent);
    const ends = ({ eventType }: OpenLineageEvent) => eventType !== "START" && eventType !== "RUNNING";
    const bySubject = (all: readonly OpenLineageEvent[]) => all.filter(ends).map(told).toSorted();
    expect(bySubject(events)).toEqual(bySubject(receiver.events));
    expect(new Set(events.map(({ run }) => run.runId))).toEqual(new Set(receiver.events.map(({ run }) => run.runId)));
  });

  test("hold up nothing where their server hangs, and a wrong address is told at the start", async () => {
    await using receiver = await Receiver.listen();
    receiver.hangs = true;
    await using rig = new ProjectRig({ "valohai.yaml": YAML, "data.csv": "a,b\n1,2\n3,4\n" });
    const run = await rig.startIn(rig.root, { OPENLINEAGE_URL: receiver.url }, "run", "raw").result;
    expect([run.code, run.stderr]).toEqual([0, ""]);
    const wrong = await rig.startIn(rig.root, { OPENLINEAGE_URL: "marquez:5000" }, "run", "raw").result;
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain("OPENLINEAGE_URL is no address: marquez:5000");
    expect((await rig.headrace("lineage", "1", "--openlineage", "--up")).stderr).toContain("does not go with");
  });
});
