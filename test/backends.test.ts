import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunDetailView } from "../src/api/index.ts";
import {
  S3_SERVER_TIMEOUT_MS,
  type S3Server,
  s3ServerProblem,
  startS3Server,
} from "../src/blobs/s3/fixtures/s3-server.ts";
import { startPostgres, type TestServer, whyNoPostgres } from "../src/store/postgres/test-server.ts";
import { ProjectRig, type RunningCommand } from "./rig.ts";

const YAML = `
- step: { name: make, image: i, command: "echo made | tee /valohai/outputs/a.txt; echo '{\\"score\\": 0.5}'" }
- step: { name: use, image: i, command: "cat /valohai/inputs/from/a.txt; echo {parameters}", inputs: [{ name: from }], parameters: [{ name: score, type: float }] }
- pipeline:
    name: p
    nodes:
      - { name: make, step: make, type: execution }
      - { name: use, step: use, type: execution }
    edges:
      - [make.output.a.txt, use.input.from]
      - [make.metadata.score, use.parameter.score]
`;

const problem = whyNoPostgres() ?? s3ServerProblem();

describe.skipIf(problem !== undefined)("the same project on PostgreSQL and S3", () => {
  let database: TestServer;
  let bucket: S3Server;
  let env: Record<string, string>;

  beforeAll(async () => {
    database = await startPostgres();
    bucket = await startS3Server();
    env = {
      ...bucket.env,
      HEADRACE_DATABASE_URL: database.url,
      HEADRACE_BLOBS: `s3://${bucket.bucket}/project`,
      HEADRACE_PROJECT: "shared",
    };
  }, S3_SERVER_TIMEOUT_MS);
  afterAll(async () => {
    await database?.[Symbol.asyncDispose]();
    await bucket?.stop();
  });

  const headrace = (rig: ProjectRig, ...args: readonly string[]): RunningCommand => rig.startIn(rig.root, env, ...args);

  it("runs, keeps everything there, and shows it from another machine's checkout", async () => {
    await using rig = new ProjectRig({ "valohai.yaml": YAML });
    const ran = await headrace(rig, "run", "p", "--json").result;
    expect(ran.code, ran.stdout + ran.stderr).toBe(0);
    expect((JSON.parse(ran.stdout) as RunDetailView).nodes[1]?.execution?.parameters).toEqual({ score: 0.5 });
    expect(existsSync(join(rig.root, ".headrace/headrace.db"))).toBe(false);
    expect(existsSync(join(rig.root, ".headrace/blobs"))).toBe(false);

    await using elsewhere = new ProjectRig({ "valohai.yaml": YAML });
    const listed = await headrace(elsewhere, "ls", "--json").result;
    expect(JSON.parse(listed.stdout)).toMatchObject([{ name: "p", state: "complete" }]);
    const downloaded = await headrace(elsewhere, "outputs", "latest.make", "--download", "got").result;
    expect(downloaded.code, downloaded.stderr).toBe(0);
    expect(elsewhere.read("got/a.txt")).toBe("made\n");
    expect((await headrace(elsewhere, "checkout", "latest", "code").result).code).toBe(0);
    expect(elsewhere.read("code/valohai.yaml")).toBe(YAML);
  });

  it("leaves a run that another checkout drives to it, and stops it through the database", async () => {
    await using rig = new ProjectRig({
      "valohai.yaml": `- step: { name: slow, image: i, command: "echo begun; exec sleep 600" }\n`,
    });
    await using elsewhere = new ProjectRig({ "valohai.yaml": YAML });
    const running = headrace(rig, "run", "slow");
    await running.sees("started");
    expect((await headrace(elsewhere, "resume").result).stdout).toContain("Nothing to resume");
    const resumed = await headrace(elsewhere, "resume", "latest").result;
    expect(resumed.code).not.toBe(0);
    expect(resumed.stderr).toMatch(/run \d+ is being driven by another process/);
    const stopped = await headrace(elsewhere, "stop", "latest").result;
    expect(stopped.code, stopped.stdout + stopped.stderr).toBe(0);
    expect((await running.result).code).toBe(1);
    const shown = await headrace(rig, "info", "latest", "--json").result;
    const { run } = JSON.parse(shown.stdout) as { readonly run: RunDetailView };
    expect(run.nodes.map((node) => [node.state, node.reason])).toEqual([["stopped", "stopped by request"]]);
    // Nothing of it was prepared, let alone begun, over there.
    expect(existsSync(join(elsewhere.root, ".headrace/executions"))).toBe(false);
  });

  it("says what is wrong with a bucket before anything is recorded", async () => {
    await using rig = new ProjectRig({ "valohai.yaml": YAML });
    const broken = { ...env, HEADRACE_BLOBS: "s3://no-such-bucket/x", HEADRACE_PROJECT: "other" };
    const ran = await rig.startIn(rig.root, broken, "run", "p").result;
    expect(ran.code).not.toBe(0);
    expect(ran.stderr).toContain("no-such-bucket");
    expect(ran.stderr).not.toContain(env.AWS_SECRET_ACCESS_KEY ?? "no secret");
    expect(JSON.parse((await rig.startIn(rig.root, broken, "ls", "--json").result).stdout)).toEqual([]);
  });
});
