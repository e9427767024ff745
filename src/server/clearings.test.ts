import { mkdirSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { sha256Of } from "../blobs/index.ts";
import { ServerHome } from "../services/on-demand.ts";
import { tarOf } from "../snapshots/fixtures/tar.ts";
import { HomeRig } from "./fixtures/home-rig.ts";

const CONFIGURATION = `
- step:
    name: make
    image: alpine
    command: printf '{parameter-value:own}' > "$VH_OUTPUTS_DIR/own.txt" && printf shared > "$VH_OUTPUTS_DIR/shared.txt"
    parameters: [{name: own, type: string, default: x}]
`;
const DAY = 86_400_000;
const ALL = { tagged: false, leftovers: false, apply: true };
const ASKER = { actor: "local:tests", signal: new AbortController().signal } as const;

let server: HomeRig = undefined as never;
let [flights, trains] = ["", ""];

beforeEach(async () => {
  server = await HomeRig.start({ env: { HEADRACE_PYTHON_ENVIRONMENTS: "/nonexistent" } });
  [flights, trains] = [await server.project("flights"), await server.project("trains")];
});
afterEach(() => server[Symbol.asyncDispose]());

async function upload(project: string, files: Readonly<Record<string, string>> = {}): Promise<string> {
  const form = new FormData();
  form.append("data", new Blob([gzipSync(tarOf({ "valohai.yaml": CONFIGURATION, ...files }))]), "data.tgz");
  return (await server.call(`/projects/${project}/import-package/`, { method: "POST", body: form })).json.identifier;
}

async function make(project: string, commit: string, own: string): Promise<number> {
  const run = await server.run(project, {
    target: "make",
    commit,
    parameters: [{ name: "own", values: [own] }],
    fresh: true,
  });
  expect(run.state).toBe("complete");
  return run.number;
}

/** The home as it is after so many days, for as long as `use` takes. */
async function inDays<T>(days: number, use: (home: ServerHome) => Promise<T>): Promise<T> {
  const env = { ...process.env, HEADRACE_PYTHON_ENVIRONMENTS: "/nonexistent" };
  const options = { folder: server.home.folder, env, sandbox: "off", now: () => Date.now() + days * DAY } as const;
  await using home = await ServerHome.open(options);
  return await use(home);
}

/** Does, so many days from now, the clearing that the server of a home does once a day. */
async function clearedByItself(days: number, outcome: "done" | "done-before" = "done"): Promise<void> {
  const stopping = new AbortController();
  await inDays(days, async (later) => {
    const { promise: isCleared, resolve, reject } = Promise.withResolvers<void>();
    const running = later.runClearings({
      signal: stopping.signal,
      onFailure: reject,
      once: async (_day, work) => {
        if (outcome === "done") await work();
        resolve();
        return outcome;
      },
    });
    await isCleared;
    stopping.abort();
    await running;
  });
}

/** Returns those of the contents that lie in the store or its trash. */
function stored(...contents: readonly string[]): readonly string[] {
  const files = readdirSync(join(server.home.folder, "blobs"), { recursive: true, encoding: "utf8" });
  const names = new Set(files.map((file) => file.replaceAll("/", "")));
  return contents.filter((content) =>
    [...names].some((name) => name.includes(sha256Of(Buffer.from(content)).slice(4))),
  );
}

const numbers = async (project: string): Promise<readonly number[]> =>
  (await server.call(`/projects/${project}/runs/`)).json.items.map(({ number }: { number: number }) => number);

describe("clearing up a home", () => {
  test("removes runs of each project by the rules, and no file that another project needs", async () => {
    const [code, others] = [await upload(flights), await upload(trains)];
    for (const own of ["f1", "f2"]) await make(flights, code, own);
    await make(trains, others, "t1");

    const rules = { ...ALL, keepLast: 1 };
    const wanted = await inDays(1, (home) => home.clearUp({ ...rules, apply: false }, ASKER));
    expect(wanted).toMatchObject({ applied: false, projects: [{ runs: [{ number: 1 }] }, { runs: [] }] });
    expect(wanted.removals).toContainEqual({ kind: "blobs", count: 1, sizeBytes: 2 });
    expect(await numbers(flights)).toEqual([3, 1]);
    expect(await inDays(1, (home) => home.clearUp(rules, ASKER))).toMatchObject({
      projects: [
        { project: "owner/flights", problem: null },
        { project: "owner/trains", problem: null },
      ],
      removals: wanted.removals,
    });
    expect(await numbers(flights)).toEqual([3]);
    expect(await numbers(trains)).toEqual([1]);

    // All runs of one project: what it shares with the other stays.
    await inDays(3, (home) => home.clearUp({ ...ALL, keepLast: 0 }, { ...ASKER, only: "owner/flights" }));
    await inDays(6, (home) => home.clearUp(ALL, ASKER));
    expect(await numbers(flights)).toEqual([]);
    expect(stored("f1", "f2", "t1", "shared")).toEqual(["t1", "shared"]);
    await inDays(9, (home) => home.clearUp({ ...ALL, keepLast: 0 }, ASKER));
    await inDays(12, (home) => home.clearUp(ALL, ASKER));
    expect(stored("f1", "f2", "t1", "shared")).toEqual([]);
  });

  test("keeps code that was uploaded and not run yet: it is nowhere else", async () => {
    const [first, second] = [await upload(flights), await upload(flights, { "other.py": "1" })];
    await make(flights, first, "f1");
    for (const days of [1, 4]) await inDays(days, (home) => home.clearUp({ ...ALL, keepLast: 0 }, ASKER));
    expect(await numbers(flights)).toEqual([]);
    for (const commit of [first, second]) await make(flights, commit, "again");
  });

  test("also where a user removes a run", async () => {
    const [first, second] = [await upload(flights), await upload(flights, { "other.py": "1" })];
    const number = await make(flights, first, "f1");
    const project = await inDays(1, async (home) => {
      const record = (await home.database.project(flights)).project;
      return await home.apiFor(record, ASKER).runs.remove([`${number}`]);
    });
    expect(project.runs).toMatchObject([{ number }]);
    await make(flights, second, "f2");
  });

  test("keeps a run whose file the configuration of an upload names", async () => {
    const code = await upload(flights);
    await make(flights, code, "f1");
    const [datum] = (await server.call(`/projects/${flights}/files/`)).json.items;
    await upload(flights, {
      "valohai.yaml": `- step: {name: use, image: a, command: cat, inputs: [{name: i, default: "datum://${datum.id}"}]}`,
    });
    await inDays(1, (home) => home.clearUp({ ...ALL, keepLast: 0 }, ASKER));
    expect(await numbers(flights)).toEqual([1]);
  });

  test("leaves a project alone whose repository cannot be read, and clears up the others", async () => {
    const code = await upload(trains);
    for (const own of ["t1", "t2"]) await make(trains, code, own);
    await make(flights, await upload(flights), "f1");
    const body = { url: "http://127.0.0.1:1/nothing.git" };
    const set = await server.call(`/projects/${flights}/repository/`, { method: "PUT", body });
    expect(set.status).toBeLessThan(300);
    const scope = server.home.database.installation.scope;
    await scope.change(async ({ queries }) => {
      const text = `
        insert into code_refs (project_key, kind, name, commit_id)
        select key, 'branch', 'main', '${"1".repeat(40)}' from projects where id = :id`;
      await queries.run({ text }, { id: flights });
    });
    const { projects } = await inDays(1, (home) => home.clearUp({ ...ALL, keepLast: 0 }, ASKER));
    expect(projects).toMatchObject([
      { project: "owner/flights", runs: [], problem: expect.stringContaining("has no branch, tag or commit") },
      { project: "owner/trains", problem: null },
    ]);
    expect([await numbers(flights), await numbers(trains)]).toEqual([[1], []]);
  });

  test("by itself follows a clock by two days, so that no run looks older than it is", async () => {
    await make(flights, await upload(flights), "f1");
    writeFileSync(join(server.home.folder, "headrace.config.yaml"), "retention: {keep-for: 30d, keep-runs: 0}\n");
    await clearedByItself(0);
    await clearedByItself(700);
    expect(await numbers(flights)).toEqual([1]);
    await clearedByItself(29);
    await clearedByItself(31, "done-before");
    expect(await numbers(flights)).toEqual([1]);
  });

  test("removes uploads that nobody goes on with", async () => {
    const received = join(server.home.folder, "projects", flights, "received");
    mkdirSync(received, { recursive: true });
    for (const [name, days] of [
      ["old", 8],
      ["new", 1],
    ] as const) {
      writeFileSync(join(received, name), "part");
      const at = Date.now() / 1000 - (days * DAY) / 1000;
      utimesSync(join(received, name), at, at);
    }
    await inDays(0, (home) => home.clearUp(ALL, ASKER));
    expect(readdirSync(received)).toEqual(["new"]);
  });
});
