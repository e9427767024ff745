import { execFile, execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import type { DatumView, EventView, LineageView } from "../src/api/index.ts";
import { GitServer } from "../src/remotes/fixtures/git-server.ts";
import { HomeProcesses, PASSWORD } from "./home-process.ts";

const EXAMPLE = join(dirname(fileURLToPath(import.meta.url)), "../examples/flights");
const NODES = ["extract", "validate", "preprocess", "train", "evaluate", "approve"];

/** `npm run acceptance` trains on the whole year; here two months and ten trees do, the other parts are the same. */
const PARAMETERS =
  process.env.HEADRACE_TEST_WHOLE_FLIGHTS === "1"
    ? []
    : [
        { name: "holdout-month", values: ["3"] },
        { name: "iterations", values: ["10"] },
        { name: "min-auc", values: ["0.5"] },
      ];

const run = promisify(execFile);

interface Streamed {
  readonly id: string;
  readonly event: EventView;
}

/** Somebody with a token, who calls the server by curl alone. */
class Caller {
  readonly #url: string;
  readonly #token: string;

  constructor(url: string, token: string) {
    this.#url = url;
    this.#token = token;
  }

  #curl(path: string, args: readonly string[]): readonly string[] {
    const header = (text: string) => ["-H", text];
    return [
      ...["-s", "-w", "\n%{http_code}", ...header(`Authorization: Token ${this.#token}`)],
      ...[...header("content-type: application/json"), ...args, `${this.#url}/api/v0/${path}`],
    ];
  }

  // biome-ignore lint/suspicious/noExplicitAny: the test looks into whatever was answered
  async call(path: string, ...args: readonly string[]): Promise<{ readonly status: number; readonly body: any }> {
    const { stdout } = await run("curl", this.#curl(path, args), { maxBuffer: 64 * 1024 * 1024 });
    const end = stdout.lastIndexOf("\n");
    const text = stdout.slice(0, end);
    return { status: Number(stdout.slice(end + 1)), body: /^[[{]/.test(text) ? JSON.parse(text) : text };
  }

  // biome-ignore lint/suspicious/noExplicitAny: the test looks into whatever was answered
  async get(path: string): Promise<any> {
    const { status, body } = await this.call(path);
    expect([path, status]).toEqual([path, 200]);
    return body;
  }

  async post(path: string, body: object, ...args: readonly string[]) {
    return await this.call(path, "-d", JSON.stringify(body), ...args);
  }

  async bytes(path: string): Promise<Buffer> {
    const args = ["-s", "-H", `Authorization: Token ${this.#token}`, `${this.#url}/api/v0/${path}`];
    return (await run("curl", args, { encoding: "buffer", maxBuffer: 64 * 1024 * 1024 })).stdout;
  }

  /** The events of a stream until one of them is the last; what comes after it is left. */
  async follow(path: string, after: string | undefined, isLast: (event: EventView) => boolean): Promise<Streamed[]> {
    const leaving = new AbortController();
    const response = await fetch(`${this.#url}/api/v0/${path}`, {
      signal: leaving.signal,
      headers: { authorization: `Token ${this.#token}`, ...(after !== undefined && { "last-event-id": after }) },
    });
    expect(response.headers.get("content-type")).toContain("text/event-stream");
    const found: Streamed[] = [];
    let text = "";
    for await (const piece of (response.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) {
      const blocks = (text + piece).split("\n\n");
      text = blocks.pop() ?? "";
      for (const block of blocks) {
        const [, id = ""] = /^id: ?(.*)$/m.exec(block) ?? [];
        const [, data] = /^data: ?(.*)$/m.exec(block) ?? [];
        if (data === undefined) continue;
        const event = JSON.parse(data) as EventView;
        found.push({ id, event });
        if (!isLast(event)) continue;
        leaving.abort();
        return found;
      }
    }
    throw new Error(`the stream ${path} ended after ${found.length} events`);
  }
}

/** The example as a repository of its own, pushed by git and served over HTTP. */
function push(git: GitServer, folder: string): string {
  cpSync(EXAMPLE, folder, { recursive: true, filter: (path) => !path.includes(".headrace") });
  const inFolder = (...args: readonly string[]) =>
    execFileSync("git", ["-c", "user.name=ada", "-c", "user.email=ada@example.org", ...args], {
      ...{ cwd: folder, encoding: "utf8" },
    }).trim();
  inFolder("init", "--quiet", "--initial-branch=main");
  inFolder("add", "-A");
  inFolder("commit", "--quiet", "-m", "flights");
  inFolder("push", "--quiet", git.repository, "main");
  return inFolder("rev-parse", "HEAD");
}

test("flights runs from a git URL, started by a token from curl, watched by one who may only look", {
  timeout: 3_600_000,
}, async () => {
  await using git = await GitServer.start();
  await using home = await HomeProcesses.make();
  const commit = push(git, join(home.rig.root, "flights"));
  const server = await home.start({ args: ["--sandbox", "auto"] });

  // The administrator makes the project from its URL, a token to start runs, and a user who may only look.
  const project = await home.project();
  await home.call(`/projects/${project}/repository/`, { method: "PUT", body: { url: git.url } });
  expect(await home.call(`/projects/${project}/fetch/`, { body: {} })).toEqual({
    commits: [{ ref: "main", identifier: commit }],
    errors: [],
  });
  const made = await home.call("/users/me/tokens/", { body: { name: "ci", level: "write", projects: [project] } });
  await home.call("/users/", { body: { username: "grace", password: PASSWORD } });
  await home.call(`/projects/${project}/members/user/grace/`, { method: "PUT", body: { role: "viewer" } });
  const starter = new Caller(home.url, made.token);
  const login = JSON.stringify({ username: "grace", password: PASSWORD });
  const { body: own } = await new Caller(home.url, "none").call("get-token/", "-d", login);
  const viewer = new Caller(home.url, own.token);
  const of = `projects/${project}`;

  // Started by curl, once, however often it is sent.
  const wish = { target: "flights", parameters: PARAMETERS, inputs: [], environmentVariables: {} };
  expect((await viewer.post(`${of}/plans/`, wish)).status).toBe(403);
  const plan = await starter.post(`${of}/plans/`, wish);
  expect(plan.status).toBe(201);
  const started = await starter.post(
    `${of}/runs/`,
    { plan: plan.body.id, title: "by curl" },
    "-H",
    "Idempotency-Key: 1",
  );
  const again = await starter.post(`${of}/runs/`, { plan: plan.body.id, title: "by curl" }, "-H", "Idempotency-Key: 1");
  expect([started.status, again.body]).toEqual([201, started.body]);
  const { number } = started.body as { readonly number: number };
  expect((await viewer.post(`${of}/runs/`, { plan: plan.body.id })).status).toBe(403);
  expect((await viewer.post(`${of}/runs/${number}/stop/`, {})).status).toBe(403);
  expect((await viewer.post(`executions/${project}:latest/stop/`, {})).status).toBe(403);

  // Watched live, over two connections: nothing is missing and nothing stands twice.
  const stream = `${of}/events/follow/?run=${number}`;
  const first = await viewer.follow(stream, undefined, ({ body }) => body.kind === "node-state");
  const rest = await viewer.follow(
    stream,
    first.at(-1)?.id,
    ({ body }) => body.kind === "run-state" && ["complete", "error", "stopped"].includes(body.state),
  );
  const seen = [...first, ...rest];
  const listed = await viewer.get(`${of}/events/?run=${number}&limit=10000`);
  expect(seen.map(({ id }) => id)).toEqual(listed.items.slice(0, seen.length).map((event: EventView) => event.id));
  const log = await viewer.bytes(`${of}/records/${number}.train/log/`);
  expect(seen.at(-1)?.event, `${log}`).toMatchObject({ body: { kind: "run-state", state: "complete" } });

  // The results, as the one who may only look gets them.
  const nodes = (await viewer.get(`${of}/runs/${number}/nodes/`)).items;
  expect(nodes.map(({ name, state }: { name: string; state: string }) => [name, state])).toEqual(
    NODES.map((name) => [name, "complete"]),
  );
  const evaluate = await viewer.get(`${of}/executions/${number}.evaluate/`);
  expect(evaluate).toMatchObject({ commit, metadata: { auc: expect.any(Number) } });
  expect(evaluate.metadata.auc).toBeGreaterThan(0.5);
  expect(log.toString()).toContain("Saved model.joblib");
  const lines = await viewer.get(`${of}/records/${number}.train/log/lines/?limit=5&stream=stdout`);
  expect(lines.lines[0].text).toMatch(/^Training on [\d,]+ flights/);
  const outputs = (await viewer.get(`${of}/records/${number}/outputs/?limit=100`)).items as readonly DatumView[];
  const model = outputs.find(({ name }) => name === "model.joblib");
  const bytes = await viewer.bytes(`${of}/files/${model?.id}/content/`);
  expect(createHash("sha256").update(bytes).digest("hex")).toBe(model?.sha256);
  const datum = await viewer.get(`data/${model?.id}/download/`);
  const link = await run("curl", ["-s", "-r", "0-9", datum.url], { encoding: "buffer" });
  expect(link.stdout).toEqual(bytes.subarray(0, 10));
  const lineage = (await viewer.get(`${of}/lineage/?datum=${model?.id}&direction=up`)) as LineageView;
  const makers = lineage.nodes.flatMap((node) => (node.kind === "execution" ? [node.node] : []));
  expect(makers).toEqual(["extract", "preprocess", "train"]);
  expect((await viewer.call(`executions/${project}:latest/`, "-X", "DELETE")).status).toBe(403);

  server.child.kill("SIGTERM");
  expect((await server.result).code).toBe(0);
  expect(readFileSync(join(home.folder, "server.log"), "utf8")).not.toContain(made.token);
});
