/**
 * Makes the fixtures of `old-homes.test.ts` with the program as it is, before its schema or a document of it changes:
 * `node test/databases/make-home.ts`. README.md says what they hold.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { Asker, lineOf } from "../../scripts/fuzz/fuzzed-server.ts";
import { tarOf } from "../../src/snapshots/fixtures/tar.ts";
import { MIGRATIONS } from "../../src/store/migrate.ts";
import { startPostgres } from "../../src/store/postgres/test-server.ts";

const FOLDER = import.meta.dirname;
const COMMAND = join(FOLDER, "../../src/cli/main.ts");
const PASSWORD = "correct horse battery";
const NAME = `home-${MIGRATIONS.length}`;
const CONFIGURATION = `
- step:
    name: greet
    image: alpine
    command:
      - echo "hello {parameter-value:who}"
      - printf %s "$HIDDEN" | sha256sum > "$VH_OUTPUTS_DIR/secret.txt"
    parameters: [{name: who, type: string, default: world}]
`;

await make(NAME);
{
  await using server = await startPostgres();
  const url = await server.createDatabase("old");
  await make(`${NAME}-postgres`, url);
}

async function make(name: string, database?: string): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), "headrace-old-"));
  const home = join(root, "home");
  const records = database === undefined ? {} : { HEADRACE_DATABASE_URL: database };
  const start = (...more: readonly string[]): ChildProcess =>
    spawn(process.execPath, [COMMAND, "serve", "--home", home, "--port", "0", "--sandbox", "off", "--json", ...more], {
      ...{ cwd: root, stdio: ["ignore", "pipe", "inherit"] },
      env: { HOME: root, PATH: "/usr/bin:/bin", LANG: "C.UTF-8", HEADRACE_ADMIN_PASSWORD: PASSWORD, ...records },
    });
  const first = start();
  const { project, commit, told, admin } = await fill(await urlOf(first));
  const run = await startRun(admin, project, commit, "first");
  while ((await admin.ask("GET", `/projects/${project}/runs/${run}/`)).state !== "complete") await delay(100);
  await end(first);
  // Nobody works for this one any more.
  const second = start("--only", "api");
  const again = new Asker(await urlOf(second), told.token);
  await startRun(again, project, commit, "second");
  await end(second);
  writeFileSync(join(home, "told.json"), `${JSON.stringify({ ...told, project, commit }, undefined, 1)}\n`);
  if (database !== undefined) {
    const options = ["--inserts", "--no-owner", "--no-privileges", "--dbname", database];
    const dump = execFileSync("pg_dump", options, { encoding: "utf8", maxBuffer: 64 * 1_048_576 });
    // `\restrict` is for psql, and the tests hand the text to a server themselves.
    writeFileSync(join(home, "dump.sql"), dump.replaceAll(/^\\.*$/gm, ""));
  }
  const left = ["./server.log", "./projects/*/cache"].flatMap((path) => ["--exclude", path]);
  execFileSync("tar", [
    ...["-czf", join(FOLDER, `${name}.tar.gz`), "--owner=0", "--group=0", ...left, "-C", home, "."],
  ]);
  rmSync(root, { recursive: true });
}

async function urlOf(child: ChildProcess): Promise<string> {
  return (await lineOf<{ url: string }>(child, (line) => "kind" in line && line.kind === "listening")).url;
}

async function end(child: ChildProcess): Promise<void> {
  child.kill("SIGTERM");
  await once(child, "exit");
}

async function fill(url: string) {
  const { token } = await new Asker(url, "").ask("POST", "/get-token/", { username: "admin", password: PASSWORD });
  const admin = new Asker(url, token);
  const ada = await admin.ask("POST", "/users/", { username: "ada", fullName: "Ada L.", password: PASSWORD });
  const team = await admin.ask("POST", "/teams/", { name: "research" });
  await admin.ask("PUT", `/teams/${team.id}/members/${ada.id}/`);
  const project: string = (await admin.ask("POST", "/projects/", { name: "flights" })).id;
  await admin.ask("PUT", `/projects/${project}/members/team/${team.id}/`, { role: "viewer" });
  for (const [name, secret] of [
    ["PLAIN", false],
    ["HIDDEN", true],
  ] as const)
    await admin.ask("PUT", `/projects/${project}/variables/`, { name, value: `the value of ${name}`, secret });
  await admin.ask("PUT", `/projects/${project}/views/mine/`, { search: "state=error", shared: true });
  const form = new FormData();
  form.append("data", new Blob([gzipSync(tarOf({ "valohai.yaml": CONFIGURATION }))]), "data.tgz");
  const commit: string = (await admin.ask("POST", `/projects/${project}/import-package/`, form)).identifier;
  return { admin, project, commit, told: { token: token as string } };
}

async function startRun(asker: Asker, project: string, commit: string, title: string): Promise<number> {
  const wish = { target: "greet", commit, parameters: [], inputs: [], environmentVariables: {}, fresh: true };
  const { id } = await asker.ask("POST", `/projects/${project}/plans/`, wish);
  return (await asker.ask("POST", `/projects/${project}/runs/`, { plan: id, title })).number;
}
