import { createHash, createHmac } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { WISH } from "../access/fixtures/access-rig.ts";
import { GitServer } from "../remotes/fixtures/git-server.ts";
import { ServerHome } from "../services/on-demand.ts";
import { tarOf } from "../snapshots/fixtures/tar.ts";
import { encodeManifest } from "../snapshots/index.ts";
import { HomeRig } from "./fixtures/home-rig.ts";

const CONFIGURATION = `
- step:
    name: greet
    image: alpine
    command: ['cat file.txt', 'echo "hello {parameter-value:who}"', 'echo text > "$VH_OUTPUTS_DIR/a.txt"']
    parameters: [{name: who, type: string, default: world}]
- step: {name: wait, image: alpine, command: 'while [ ! -e "$HR_GO" ]; do sleep 0.05; done', environment-variables: [{name: HR_GO, optional: true}]}
`;

let rig: HomeRig;
let git: GitServer;

beforeEach(async () => {
  [rig, git] = await Promise.all([HomeRig.start(), GitServer.start()]);
});
afterEach(async () => {
  await rig[Symbol.asyncDispose]();
  await git[Symbol.asyncDispose]();
});

/** A project from the git server; returns its id. */
async function projectOfGit(change: object = {}): Promise<string> {
  const project = await rig.project("flights");
  const set = await rig.call(`/projects/${project}/repository/`, { method: "PUT", body: { url: git.url, ...change } });
  expect([set.status, set.json.url]).toEqual([200, git.url]);
  return project;
}

function packageOf(files: Readonly<Record<string, string>>, details: Readonly<Record<string, string>> = {}): FormData {
  const form = new FormData();
  form.append("data", new Blob([gzipSync(tarOf(files))]), "data.tgz");
  for (const [name, value] of Object.entries(details)) form.append(name, value);
  return form;
}

const upload = (project: string, body: FormData, as = "owner") =>
  rig.call(`/projects/${project}/import-package/`, { method: "POST", body, as });

describe("a project from a git repository", () => {
  test("is fetched, listed, and runs its newest commit, a branch or a commit; a viewer only watches", async () => {
    const first = git.commit("main", "first", { files: { "valohai.yaml": CONFIGURATION } });
    const project = await projectOfGit();
    const before = await rig.call(`/projects/${project}/configuration/`);
    expect([before.status, before.json.detail]).toEqual([404, "the project's repository was not fetched yet"]);
    const fetched = await rig.call(`/projects/${project}/fetch/`, { method: "POST" });
    expect(fetched.json).toEqual({ commits: [{ ref: "main", identifier: first }], errors: [] });
    const side = git.commit("side", "side", { files: { "valohai.yaml": CONFIGURATION } });
    expect(await rig.run(project, { target: "greet" })).toMatchObject({ state: "complete", commit: first });
    await rig.call(`/projects/${project}/fetch/`, { method: "POST" });
    expect(await rig.run(project, { target: "greet", commit: "side" })).toMatchObject({
      state: "complete",
      commit: side,
    });
    expect((await rig.call(`/projects/${project}/records/4/log/`)).text).toBe("side\nhello world\n");
    const list = (await rig.call(`/commits/?project=${project}&adhoc=false`)).json;
    expect(list.results.map((each: { identifier: string }) => each.identifier).toSorted()).toEqual(
      [first, side].toSorted(),
    );
    expect((await rig.call(`/commits/${first.slice(0, 10)}/?project=${project}`)).status).toBe(404);
    const detail = (await rig.call(`/commits/main/?project=${project}&include=config`)).json;
    expect(detail).toMatchObject({ identifier: first, ref: "main", adhoc: false, description: "first" });
    expect(detail.config[0].step.name).toBe("greet");
    // The second user may look, and no more.
    await rig.tokenOf("guest");
    expect((await rig.call(`/projects/${project}/runs/1/`, { as: "guest" })).status).toBe(404);
    await rig.call(`/projects/${project}/members/user/guest/`, { method: "PUT", body: { role: "viewer" } });
    expect((await rig.call(`/projects/${project}/runs/1/`, { as: "guest" })).json.state).toBe("complete");
    const denied = [
      rig.call(`/projects/${project}/fetch/`, { method: "POST", as: "guest" }),
      rig.call(`/projects/${project}/repository/`, { method: "PUT", body: { url: "https://x.test/y" }, as: "guest" }),
      upload(project, packageOf({ "valohai.yaml": CONFIGURATION }), "guest"),
      rig.call(`/projects/${project}/`, { method: "DELETE", as: "guest" }),
    ];
    expect((await Promise.all(denied)).map(({ status }) => status)).toEqual([403, 403, 403, 403]);
  });

  test("may be one of several in a repository, each with its configuration file", async () => {
    git.commit("main", "one", { files: { "a/valohai.yaml": CONFIGURATION, "b/other.yaml": CONFIGURATION } });
    const project = await projectOfGit({ configPath: "b/other.yaml" });
    await rig.call(`/projects/${project}/fetch/`, { method: "POST" });
    expect(await rig.run(project, { target: "greet" })).toMatchObject({ state: "complete" });
    await rig.call(`/projects/${project}/repository/`, { method: "PUT", body: { configPath: null } });
    const none = await rig.call(`/projects/${project}/configuration/`);
    expect([none.status, none.json.code]).toEqual([404, "HR_CONFIG_NOT_FOUND"]);
    const wrong = await rig.call(`/projects/${project}/repository/`, { method: "PUT", body: { configPath: "../x" } });
    expect(wrong.status).toBe(400);
  });

  test("keeps its credential to itself, and gives it to no other host", async () => {
    git.password = "ci:s3cret-token";
    git.commit("main", "one", { files: { "valohai.yaml": CONFIGURATION } });
    const project = await projectOfGit({ credential: { kind: "token", user: "ci", token: "s3cret-token" } });
    expect((await rig.call(`/projects/${project}/fetch/`, { method: "POST" })).status).toBe(200);
    const shown = await rig.call(`/projects/${project}/repository/`);
    expect(shown.json.credential).toBe("token");
    const audit = await rig.call(`/projects/${project}/audit/?limit=100`);
    expect(shown.text + audit.text).not.toContain("s3cret");
    const put = (body: object) => rig.call(`/projects/${project}/repository/`, { method: "PUT", body });
    expect((await put({ branch: "main" })).json.credential).toBe("token");
    expect((await put({ url: git.url.replace("127.0.0.1", "localhost") })).json.credential).toBe(null);
  });

  test.each([
    ["a path of the server", "/etc", 400],
    ["a file address", "file:///etc", 400],
    ["a helper that runs a program", "ext::sh -c id", 400],
    ["an option", "--upload-pack=id", 400],
    ["an inner address", "https://169.254.169.254/x.git", 403],
  ])("is not fetched from %s", async (_, url, status) => {
    const project = await rig.project("p");
    const set = await rig.call(`/projects/${project}/repository/`, { method: "PUT", body: { url } });
    const answer = set.status === 200 ? await rig.call(`/projects/${project}/fetch/`, { method: "POST" }) : set;
    expect(answer.status).toBe(status);
  });

  test("that is hostile reaches nothing of the server", async () => {
    const first = git.commit("main", "one", { files: { "valohai.yaml": CONFIGURATION } });
    const blob = (text: string) => git.git(["hash-object", "-w", "--stdin"], text);
    const modules =
      '[submodule "s"]\n\tpath = s\n\turl = file:///etc\n[submodule "t"]\n\tpath = t\n\turl = ext::sh -c id\n';
    const tree = git.git(
      ["mktree"],
      [
        `120000 blob ${blob("/etc/passwd")}\tvalohai.yaml`,
        `100644 blob ${blob(modules)}\t.gitmodules`,
        `160000 commit ${first}\ts`,
        `160000 commit ${first}\tt`,
        "",
      ].join("\n"),
    );
    git.git(["update-ref", "refs/heads/linked", git.git(["commit-tree", tree, "-m", "linked"])]);
    // A branch that every git command takes for an option, where it may.
    git.git(["update-ref", "refs/heads/-upload-pack=id", first]);
    const project = await projectOfGit();
    const fetched = await rig.call(`/projects/${project}/fetch/`, { method: "POST" });
    expect(fetched.json.commits).toContainEqual({ ref: "main", identifier: first });
    const configuration = await rig.call(`/projects/${project}/configuration/?commit=linked`);
    expect([Math.floor(configuration.status / 100), configuration.text.includes("root:")]).toEqual([4, false]);
    const planned = async (commit: string) =>
      await rig.call(`/projects/${project}/plans/`, {
        ...{ method: "POST", body: { target: "greet", commit, parameters: [], inputs: [], environmentVariables: {} } },
      });
    expect((await planned("-upload-pack=id")).status).toBe(201);
    for (const commit of ["--output=x", "a/../b", "main..linked", "@{0}", "main^{/x}", "--all"])
      expect([commit, (await planned(commit)).status]).toEqual([commit, 404]);
  });

  test("is fetched when a push is told with the project's signature, and not otherwise", async () => {
    git.commit("main", "one", { files: { "valohai.yaml": CONFIGURATION } });
    const project = await projectOfGit();
    const { secret, url } = (await rig.call(`/projects/${project}/repository/webhook-secret/`, { method: "POST" }))
      .json;
    expect(url).toContain(`/api/v0/projects/${project}/push/`);
    const body = '{"ref": "refs/heads/main"}';
    const tell = (signature: string, id = project) =>
      rig.call(`/projects/${id}/push/`, {
        ...{ method: "POST", body, as: "nobody" },
        headers: { "content-type": "application/json", "x-hub-signature-256": signature },
      });
    const sign = (key: string) => `sha256=${createHmac("sha256", key).update(body).digest("hex")}`;
    expect((await tell(sign("wrong"))).status).toBe(401);
    expect((await tell("")).status).toBe(401);
    expect((await tell(sign(secret), "nothing")).status).toBe(401);
    expect((await rig.call(`/projects/${project}/refs/`)).json).toEqual([]);
    expect((await tell(sign(secret))).status).toBe(202);
    while ((await rig.call(`/projects/${project}/refs/`)).json.length === 0)
      await new Promise((resolve) => setTimeout(resolve, 100));
    expect((await rig.call(`/projects/${project}/refs/`)).json).toMatchObject([{ name: "main", kind: "branch" }]);
  }, 60_000);
});

describe("uploaded code", () => {
  const FILES = { "valohai.yaml": CONFIGURATION, "file.txt": "uploaded\n" };

  test("runs under the name that its client gave it, is stored once, and leaves nothing aside", async () => {
    const project = await rig.project("p");
    const sha256 = createHash("sha256")
      .update(gzipSync(tarOf(FILES)))
      .digest("hex");
    const missing = await rig.call(`/commits/~${sha256}/?project=${project}`);
    expect(missing.status).toBe(404);
    const form = packageOf(FILES, { description: "tried out" });
    const made = await upload(project, form);
    expect([made.status, made.json]).toMatchObject([
      201,
      { identifier: `~${sha256}`, adhoc: true, description: "tried out", ref: null },
    ]);
    expect((await upload(project, packageOf(FILES))).json.identifier).toBe(`~${sha256}`);
    expect((await rig.call(`/commits/?project=${project}&adhoc=true`)).json.count).toBe(1);
    expect((await rig.call(`/commits/~${sha256}/?project=${project}`)).status).toBe(200);
    expect(await rig.run(project, { target: "greet", commit: `~${sha256}` })).toMatchObject({ state: "complete" });
    expect((await rig.call(`/projects/${project}/records/2/log/`)).text).toBe("uploaded\nhello world\n");
    expect(readdirSync(join(rig.home.folder, "projects", project, "uploads"))).toEqual([]);
    // Another project has nothing of it.
    const other = await rig.project("q");
    expect((await rig.call(`/commits/~${sha256}/?project=${other}`)).status).toBe(404);
    const plan = { target: "greet", commit: `~${sha256}`, parameters: [], inputs: [], environmentVariables: {} };
    expect((await rig.call(`/projects/${other}/plans/`, { method: "POST", body: plan })).status).toBe(404);
  });

  test("tells its steps who started them", async () => {
    const ada = await rig.access.users.create({ name: "ada", email: "ada@example.org" }, WISH);
    const project = await rig.project("p", "ada");
    const command = `grep -o '"valohai.creator-[a-z]*": [^,}]*' "$VH_CONFIG_DIR/execution.json"`;
    const step = JSON.stringify({ step: { name: "who", image: "alpine", command } });
    const { identifier } = (await upload(project, packageOf({ "valohai.yaml": `- ${step}` }), "ada")).json;
    expect(await rig.run(project, { target: "who", commit: identifier }, "ada")).toMatchObject({ state: "complete" });
    const log = (await rig.call(`/projects/${project}/records/2/log/`, { as: "ada" })).text;
    expect(JSON.parse(`{${log.trim().replaceAll("\n", ",")}}`)).toEqual({
      "valohai.creator-email": "ada@example.org",
      "valohai.creator-id": ada.id,
      "valohai.creator-name": "ada",
    });
  });

  test("has its configuration where the upload says, also if that is said after the file", async () => {
    const project = await rig.project("p");
    const form = packageOf({ "sub/vh.yaml": CONFIGURATION, "file.txt": "x" }, { yaml_path: "sub/vh.yaml" });
    const { identifier } = (await upload(project, form)).json;
    expect(await rig.run(project, { target: "greet", commit: identifier })).toMatchObject({ state: "complete" });
    expect((await upload(project, packageOf(FILES, { yaml_path: "../../x" }))).status).toBe(400);
  });

  test.each([
    ["a path that leaves the code", tarOf({ "../x": "x" }), 400, "HR_PATH_ESCAPES"],
    ["an absolute path", tarOf({ "/etc/x": "x" }), 400, "HR_PATH_ESCAPES"],
    ["a link that leaves the code", tarOf({}, { x: "../../etc/passwd" }), 400, "HR_PATH_ESCAPES"],
    ["a device", tarOf({}, {}, ["x"]), 422, "HR_SNAPSHOT_FAILED"],
    ["what is no archive", Buffer.from("no archive at all, whatever it is called"), 422, "HR_SNAPSHOT_FAILED"],
    ["nothing", tarOf({}), 422, "HR_SNAPSHOT_FAILED"],
  ])("with %s is refused, and nothing of it stays", async (_, content, status, code) => {
    const project = await rig.project("p");
    const form = new FormData();
    form.append("data", new Blob([gzipSync(content)]), "data.tgz");
    const answer = await upload(project, form);
    expect([answer.status, answer.json.code]).toEqual([status, code]);
    expect((await rig.call(`/commits/?project=${project}`)).json.count).toBe(0);
    expect(readdirSync(join(rig.home.folder, "projects", project, "uploads"))).toEqual([]);
  });

  test("counts once where it is sent again with its idempotency key, of either kind", async () => {
    const project = await rig.project("code");
    const send = (path: string, body: string | FormData, type?: string) =>
      rig.call(`/projects/${project}/${path}/`, {
        ...{ method: "POST", body },
        headers: { "idempotency-key": path, ...(type !== undefined && { "content-type": type }) },
      });
    const manifest = encodeManifest([]).toString();
    for (const [path, body, type] of [
      ["import-package", packageOf({ "valohai.yaml": CONFIGURATION })],
      ["code/missing", manifest, "application/octet-stream"],
      ["code", `{"manifestBytes": ${manifest.length}, "sends": []}\n${manifest}`, "application/octet-stream"],
    ] as const) {
      const first = await send(path, body, type);
      expect(first.status, first.text).toBeLessThan(300);
      expect(await send(path, body, type)).toEqual(first);
    }
  });

  test("comes as a form with one file", async () => {
    const project = await rig.project("p");
    const url = `/projects/${project}/import-package/`;
    expect((await rig.call(url, { method: "POST", body: {} })).status).toBe(400);
    const without = new FormData();
    without.append("description", "x");
    expect((await upload(project, without)).status).toBe(400);
    const two = packageOf(FILES);
    two.append("more", new Blob(["x"]), "x");
    expect((await upload(project, two)).status).toBe(413);
    expect((await rig.call(`/commits/?project=${project}`)).json.count).toBe(0);
  });
});

test("a project is removed with everything of it, once nothing of it runs, and others stay", async () => {
  const flag = join(mkdtempSync(join(tmpdir(), "headrace-go-")), "go");
  const [project, other] = [await rig.project("p"), await rig.project("q")];
  for (const each of [project, other])
    await upload(each, packageOf({ "valohai.yaml": CONFIGURATION, "file.txt": "x" }));
  const { results } = (await rig.call(`/commits/?project=${project}`)).json;
  const commit = results[0].identifier;
  expect(await rig.run(other, { target: "greet", commit })).toMatchObject({ state: "complete" });
  const waiting = rig.run(project, { target: "wait", commit, environmentVariables: { HR_GO: flag } });
  while ((await rig.call(`/projects/${project}/runs/1/`)).json.state !== "started")
    await new Promise((resolve) => setTimeout(resolve, 50));
  const busy = await rig.call(`/projects/${project}/`, { method: "DELETE" });
  expect([busy.status, busy.json.code]).toEqual([409, "HR_CONFLICT"]);
  writeFileSync(flag, "");
  await waiting;
  // A link to a file of it that still holds.
  await rig.run(project, { target: "greet", commit });
  const [file] = (await rig.call(`/data/?project=${project}`)).json.results;
  expect((await rig.call(`/data/${file.id}/download/`)).status).toBe(200);
  expect((await rig.call(`/projects/${project}/`, { method: "DELETE" })).status).toBe(204);
  expect((await rig.call(`/projects/${project}/`)).status).toBe(404);
  expect(existsSync(join(rig.home.folder, "projects", project))).toBe(false);
  expect((await rig.call(`/projects/${other}/runs/1/`)).json.state).toBe("complete");
  expect(await rig.run(other, { target: "greet", commit })).toMatchObject({ state: "complete" });
  const again = await rig.project("p");
  expect((await rig.call(`/projects/${again}/runs/`)).json.items).toEqual([]);
  rmSync(join(flag, ".."), { recursive: true });
});

test("folders of projects that are gone go at a start, and none where the database is another one", async () => {
  const folder = mkdtempSync(join(tmpdir(), "headrace-home-"));
  const projects = join(folder, "projects");
  await (await ServerHome.open(optionsOf(folder)))[Symbol.asyncDispose]();
  for (const id of ["a", "b"]) mkdirSync(join(projects, id));
  await (await ServerHome.open(optionsOf(folder)))[Symbol.asyncDispose]();
  expect(readdirSync(projects)).toEqual(["a", "b"]);
  await using home = await ServerHome.open(optionsOf(folder));
  const { id } = await home.database.installation.createProject({ name: "ada/p" }, WISH);
  mkdirSync(join(projects, id));
  await (await ServerHome.open(optionsOf(folder)))[Symbol.asyncDispose]();
  expect(readdirSync(projects)).toEqual([id]);
  rmSync(folder, { recursive: true });
});

function optionsOf(folder: string): Parameters<typeof ServerHome.open>[0] {
  return { folder, sandbox: "off", now: Date.now, env: process.env };
}
