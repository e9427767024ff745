import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { GitServer } from "../src/remotes/fixtures/git-server.ts";
import { tarOf } from "../src/snapshots/fixtures/tar.ts";
import { HomeProcesses, kill, linesOf, PASSWORD, seen } from "./home-process.ts";
import { COMMAND, isOnPostgres } from "./rig.ts";

const CONFIGURATION = `
- step: {name: greet, image: alpine, command: 'cat file.txt'}
- step:
    name: wait
    image: alpine
    command:
      - echo began
      - 'while [ -d "$(dirname "$HR_GO")" ] && [ ! -e "$HR_GO" ]; do sleep 0.1; done'
      - echo ended
      - echo text > "$VH_OUTPUTS_DIR/a.txt"
    environment-variables: [{name: HR_GO, optional: true}]
`;
const FILES = { "valohai.yaml": CONFIGURATION, "file.txt": "hello\n" };

/** A project with code in it, and the name of that. */
async function projectWithCode(home: HomeProcesses) {
  const project = await home.project();
  const { answer, send } = await upload(home, project);
  send();
  expect((await answer).status).toBe(201);
  const { results } = await home.call(`/commits/?project=${project}`);
  return { project, commit: results[0].identifier as string };
}

/** Sends the first half of packed code. `send` sends the rest; `answer` fails where the connection ends before. */
async function upload(home: HomeProcesses, project: string) {
  const boundary = "boundary-of-the-test";
  const body = Buffer.concat([
    Buffer.from(
      `--${boundary}\r\nContent-Disposition: form-data; name="data"; filename="data.tgz"\r\n` +
        "Content-Type: application/octet-stream\r\n\r\n",
    ),
    gzipSync(tarOf({ ...FILES, "large.bin": randomText() }), { level: 0 }),
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ]);
  const sending = request(`${home.url}/api/v0/projects/${project}/import-package/`, {
    method: "POST",
    headers: {
      authorization: `Token ${await home.token()}`,
      "content-type": `multipart/form-data; boundary=${boundary}`,
      "content-length": body.length,
    },
  });
  const answer = new Promise<{ readonly status: number; readonly text: string }>((resolve, reject) => {
    sending.on("error", reject);
    sending.on("response", (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
      });
      response.on("error", reject).on("end", () => resolve({ status: response.statusCode ?? 0, text }));
    });
  });
  answer.catch(() => undefined);
  sending.write(body.subarray(0, body.length >> 1));
  return { answer, send: () => sending.end(body.subarray(body.length >> 1)) };
}

/** The same each time: equal code has the same name. */
function randomText(): string {
  return Array.from({ length: 60_000 }, (_, index) => ((index * 2_654_435_761) >>> 0).toString(36)).join("\n");
}

const partsOfUploads = (home: HomeProcesses, project: string) =>
  home.filesOf(project, "uploads").filter((name) => name.endsWith("package"));

async function beginsToWait(home: HomeProcesses, project: string, run: number): Promise<void> {
  await seen(async () => {
    const { items } = await home.call(`/projects/${project}/executions/?run=${run}`);
    const number = items[0]?.number;
    if (number === undefined || items[0].state !== "started") return undefined;
    return (await home.call(`/projects/${project}/records/${number}/log/`)).includes("began") || undefined;
  });
}

describe("the first start", () => {
  test("tells the password of the administrator once", async () => {
    await using home = await HomeProcesses.make();
    const first = await home.start({ env: { HEADRACE_ADMIN_PASSWORD: "" } });
    expect(linesOf(first)[0]).toEqual({ kind: "admin", name: "admin", password: expect.stringMatching(/^[\w-]{24}$/) });
    const password = linesOf(first)[0]?.password ?? "";
    expect((await home.logIn("another password")).status).toBe(401);
    await home.token(password);
    expect(await home.call("/users/me/")).toMatchObject({ username: "admin", isAdmin: true });
    expect(readFileSync(join(home.folder, "server.log"), "utf8")).not.toContain(password);
    first.child.kill("SIGTERM");
    expect((await first.result).code).toBe(0);
    const second = await home.start({ env: { HEADRACE_ADMIN_PASSWORD: "" } });
    expect(linesOf(second).filter(({ kind }) => kind.startsWith("admin"))).toEqual([]);
    expect((await home.logIn(password)).status).toBe(200);
  });

  test("that was killed before it told it is followed by one that says how to set another", async () => {
    await using home = await HomeProcesses.make();
    await kill(await home.start({ env: { HEADRACE_ADMIN_PASSWORD: "" } }));
    const second = await home.start({ env: { HEADRACE_ADMIN_PASSWORD: "" } });
    expect(linesOf(second)[0]).toEqual({ kind: "admin-without-login", name: "admin" });
    const { status } = spawnSync(process.execPath, [COMMAND, "user", "set-password", "admin", "--home", home.folder], {
      ...{ input: PASSWORD, env: { ...process.env, ...home.environment } },
    });
    expect([status, (await home.logIn(PASSWORD)).status]).toEqual([0, 200]);
    await kill(second);
    const third = await home.start({ env: { HEADRACE_ADMIN_PASSWORD: "" } });
    expect(linesOf(third).filter(({ kind }) => kind.startsWith("admin"))).toEqual([]);
  });
});

describe("kill -9 of the server", () => {
  test("during a fetch loses no commit and doubles none", async () => {
    await using git = await GitServer.start();
    await using home = await HomeProcesses.make();
    const commit = git.commit("main", "one", { files: FILES });
    const first = await home.start();
    const project = await home.project();
    await home.call(`/projects/${project}/repository/`, { method: "PUT", body: { url: git.url } });
    const gate = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<void>();
    git.before = (path) => {
      if (!path.endsWith("git-upload-pack")) return Promise.resolve();
      asked.resolve();
      return gate.promise;
    };
    const fetching = home.call(`/projects/${project}/fetch/`, { body: {} });
    await Promise.all([asked.promise.then(() => kill(first)), expect(fetching).rejects.toThrow("fetch failed")]);
    await home.start();
    expect(await home.call(`/projects/${project}/refs/`)).toEqual([]);
    const again = home.call(`/projects/${project}/fetch/`, { body: {} });
    // Git of the killed server ends beside that of the new one.
    gate.resolve();
    expect(await again).toEqual({ commits: [{ ref: "main", identifier: commit }], errors: [] });
    expect((await home.call(`/commits/?project=${project}`)).count).toBe(1);
    expect(await home.ended(project, await home.run(project, "greet", "main"))).toBe("complete");
  });

  test("during an upload leaves nothing of it; sent again it is there once", async () => {
    await using home = await HomeProcesses.make();
    const first = await home.start();
    const project = await home.project();
    const { answer } = await upload(home, project);
    await seen(async () => partsOfUploads(home, project).length > 0 || undefined);
    await kill(first);
    await expect(answer).rejects.toThrow();
    await home.start();
    expect((await home.call(`/commits/?project=${project}`)).count).toBe(0);
    for (const _ of ["once", "twice"]) {
      const { answer: said, send } = await upload(home, project);
      send();
      expect((await said).status).toBe(201);
    }
    const { results } = await home.call(`/commits/?project=${project}`);
    expect(results).toHaveLength(1);
    expect(home.filesOf(project, "uploads")).toEqual([]);
    expect(await home.ended(project, await home.run(project, "greet", results[0].identifier))).toBe("complete");
  });

  test("during a run leaves its step alone, and the next start carries on", async () => {
    await using home = await HomeProcesses.make();
    const first = await home.start();
    const { project, commit } = await projectWithCode(home);
    const run = await home.run(project, "wait", commit);
    await beginsToWait(home, project, run);
    await kill(first);
    const second = await home.start();
    await second.sees('"adopted"');
    home.letGo();
    expect(await home.ended(project, run)).toBe("complete");
    const { items } = await home.call(`/projects/${project}/executions/?run=${run}`);
    expect(items).toMatchObject([{ state: "complete" }]);
    const number = items[0].number;
    expect(await home.call(`/projects/${project}/records/${number}/log/`)).toBe("began\nended\n");
    expect(await home.call(`/projects/${project}/records/${number}/outputs/`)).toMatchObject({
      items: [{ name: "a.txt" }],
    });
    expect((await home.call(`/projects/${project}/runs/`)).items).toHaveLength(1);
  });
});

test("the API and the engine are two processes that may end and start apart", async () => {
  await using home = await HomeProcesses.make();
  const api = await home.start({ args: ["--only", "api"] });
  const { project, commit } = await projectWithCode(home);
  const run = await home.run(project, "greet", commit);
  const engine = await home.start({ args: ["--only", "engine"], until: '"ready"' });
  expect(await home.ended(project, run)).toBe("complete");
  const second = await home.run(project, "wait", commit);
  await beginsToWait(home, project, second);
  await kill(engine);
  expect((await home.call(`/projects/${project}/runs/${second}/`)).state).toBe("started");
  const next = await home.start({ args: ["--only", "engine"], until: '"adopted"' });
  home.letGo();
  expect(await home.ended(project, second)).toBe("complete");
  expect(linesOf(api).map(({ kind }) => kind)).toEqual(["listening"]);
  expect(linesOf(next).map(({ kind }) => kind)).not.toContain("listening");
});

test("SIGTERM answers what was asked, ends, and leaves steps to the next start", async () => {
  await using home = await HomeProcesses.make();
  const first = await home.start();
  const { project, commit } = await projectWithCode(home);
  const run = await home.run(project, "wait", commit);
  await beginsToWait(home, project, run);
  const before = partsOfUploads(home, project).length;
  const { answer, send } = await upload(home, project);
  await seen(async () => partsOfUploads(home, project).length > before || undefined);
  first.child.kill("SIGTERM");
  await first.sees('"leaving"');
  await expect(seen(() => home.logIn(PASSWORD).then(() => undefined))).rejects.toThrow("fetch failed");
  send();
  expect((await answer).status).toBe(201);
  expect((await first.result).code).toBe(0);
  const second = await home.start();
  await second.sees('"adopted"');
  home.letGo();
  expect(await home.ended(project, run)).toBe("complete");
  expect((await home.call(`/commits/?project=${project}`)).count).toBe(1);
});

test.runIf(isOnPostgres)("a server without work asks its database little", async () => {
  await using home = await HomeProcesses.make();
  await home.start();
  const { project, commit } = await projectWithCode(home);
  expect(await home.ended(project, await home.run(project, "greet", commit))).toBe("complete");
  const transactions = async () => {
    const [row] = await home.query(
      `select xact_commit + xact_rollback as count from pg_stat_database where datname = '${home.databaseName}'`,
    );
    return Number(row?.count);
  };
  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
  // PostgreSQL tells of what a connection did up to ten seconds later.
  await pause(15_000);
  const before = await transactions();
  const began = performance.now();
  await pause(20_000);
  const perSecond = ((await transactions()) - before) / ((performance.now() - began) / 1000);
  console.log(`an idle server has ${perSecond.toFixed(2)} transactions a second`);
  expect(perSecond).toBeGreaterThan(0);
  expect(perSecond).toBeLessThan(5);
});
