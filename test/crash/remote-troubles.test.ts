import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunDetailView } from "../../src/api/index.ts";
import { type FaultProxy, startFaultProxy } from "../../src/blobs/s3/fixtures/fault-proxy.ts";
import {
  S3_SERVER_TIMEOUT_MS,
  type S3Server,
  s3ServerProblem,
  startS3Server,
} from "../../src/blobs/s3/fixtures/s3-server.ts";
import { startPostgres, type TestServer, whyNoPostgres } from "../../src/store/postgres/test-server.ts";
import { stepYaml, WAIT, WaitingRig } from "./waiting-rig.ts";

/** Waits in the middle, and has something to keep at the end. */
const STEP = stepYaml(`${WAIT}; echo kept > $VH_OUTPUTS_DIR/kept.txt; touch $XDG_CACHE_HOME/done`);

function endOf(stdout: string): readonly unknown[] {
  const { state, nodes } = JSON.parse(stdout) as RunDetailView;
  const [node] = nodes;
  return [state, node?.execution?.metadata, node?.execution?.outputs.map(({ name, sizeBytes }) => [name, sizeBytes])];
}

const WELL = ["complete", { half: 2 }, [["kept.txt", 5]]];

describe.skipIf(whyNoPostgres() !== undefined)("a PostgreSQL", () => {
  let server: TestServer;
  let databases = 0;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
  });

  const rigOnDatabase = async (): Promise<WaitingRig> => {
    const url = await server.createDatabase(`troubles_${++databases}`);
    return new WaitingRig({ "valohai.yaml": STEP }, { HEADRACE_DATABASE_URL: url, HEADRACE_BLOBS: "" });
  };

  it.each<readonly [string, () => Promise<void> | void, () => Promise<void> | void]>([
    ["is shut down", () => server.stop("fast"), () => server.start()],
    ["dies as by a power cut", () => server.stop("crash"), () => server.start()],
    ["freezes", () => server.pause(), () => server.resume()],
  ])("that %s while a step ends is waited for; nothing is lost", async (_what, away, back) => {
    await using rig = await rigOnDatabase();
    const run = rig.begin("run", "s", "--json");
    await rig.appears("half");
    await away();
    rig.go();
    await rig.appears("done");
    await back();
    const { code, stdout, stderr } = await run.result;
    expect(code, stdout + stderr).toBe(0);
    expect(endOf(stdout)).toEqual(WELL);
  });

  it("that stays away ends the engine after 30 s, in words; the step goes on, and `resume` collects it", {
    timeout: 120_000,
  }, async () => {
    await using rig = await rigOnDatabase();
    const run = rig.begin("run", "s");
    await rig.appears("half");
    await server.stop("fast");
    rig.go();
    const { code, stderr, stdout } = await run.result;
    await server.start();
    expect(code).toBe(1);
    expect(stdout + stderr).toMatch(
      /the database postgres:\/\/postgres@.* cannot be reached .*\[HR_STORE_UNAVAILABLE\]/,
    );
    expect(stdout + stderr).not.toContain(server.password);
    await rig.appears("done");
    const resumed = await rig.begin("resume", "latest", "--json").result;
    expect(resumed.code, resumed.stdout).toBe(0);
    expect(endOf(resumed.stdout)).toEqual(WELL);
  });
});

describe.skipIf(s3ServerProblem() !== undefined)("an S3 store", () => {
  let server: S3Server;
  let proxy: FaultProxy;
  let folders = 0;
  beforeAll(async () => {
    server = await startS3Server();
    proxy = await startFaultProxy(server.endpoint);
  }, S3_SERVER_TIMEOUT_MS);
  afterAll(async () => {
    await proxy?.[Symbol.asyncDispose]();
    await server?.stop();
  });

  const rigOnBucket = (): WaitingRig => {
    const blobs = `s3://${server.bucket}/troubles-${++folders}?endpoint=${proxy.endpoint}`;
    return new WaitingRig({ "valohai.yaml": STEP }, { ...server.env, HEADRACE_BLOBS: blobs });
  };
  const OVERLOADED = "<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>";
  const DENIED = "<Error><Code>AccessDenied</Code><Message>Access Denied.</Message></Error>";

  it("that is overloaded for a while, while a step ends, is waited for; nothing is lost", async () => {
    await using rig = rigOnBucket();
    const run = rig.begin("run", "s", "--json");
    await rig.appears("half");
    await proxy.set({ kind: "answer", status: 503, body: OVERLOADED, times: 4 });
    rig.go();
    const { code, stdout, stderr } = await run.result;
    expect(code, stdout + stderr).toBe(0);
    expect(endOf(stdout)).toEqual(WELL);
    expect(proxy.connections).toBeGreaterThan(4);
  });

  it("that breaks connections off in the middle, again and again, loses nothing", async () => {
    await using rig = rigOnBucket();
    // A store that has never answered is given up after 5 s, which six pauses between tries may come near to.
    await proxy.set({ kind: "cut", afterBytes: 20, times: 3 });
    const run = rig.begin("run", "s", "--json");
    await rig.appears("half");
    await proxy.set({ kind: "cut", afterBytes: 20, times: 7 });
    rig.go();
    const { code, stdout, stderr } = await run.result;
    expect(code, stdout + stderr).toBe(0);
    expect(endOf(stdout)).toEqual(WELL);
  });

  it("that refuses ends the engine, in words; what the step has made waits for `resume`", async () => {
    await using rig = rigOnBucket();
    await proxy.set({ kind: "none" });
    const run = rig.begin("run", "s");
    await rig.appears("half");
    await proxy.set({ kind: "answer", status: 403, body: DENIED });
    rig.go();
    const { code, stdout, stderr } = await run.result;
    expect(code).toBe(1);
    expect(stdout + stderr).toMatch(/access was denied .*\[HR_BLOBS_UNAVAILABLE\]/s);
    expect(stdout + stderr).not.toContain(server.env.AWS_SECRET_ACCESS_KEY);
    const listed = await rig.begin("ls", "--json").result;
    expect(JSON.parse(listed.stdout)).toMatchObject([{ name: "s", state: "started" }]);
    await proxy.set({ kind: "none" });
    const resumed = await rig.begin("resume", "latest", "--json").result;
    expect(resumed.code, resumed.stdout).toBe(0);
    expect(endOf(resumed.stdout)).toEqual(WELL);
  });
});
