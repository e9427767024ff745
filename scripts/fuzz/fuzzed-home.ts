import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { tarOf } from "../../src/snapshots/fixtures/tar.ts";
import { projectRoot } from "../bundle.ts";
import { Asker, type FuzzedServer, lineOf, withServer } from "./fuzzed-server.ts";

const PASSWORD = "correct horse battery";
const CONFIGURATION = `
- step:
    name: greet
    image: alpine
    command:
      - echo "hello {parameter-value:who}"
      - 'echo ''{"score": 0.5, "epoch": 1}'''
      - printf 'a,b\\n1,2\\n' > "$VH_OUTPUTS_DIR/table.csv"
      - echo '<p>text</p>' > "$VH_OUTPUTS_DIR/page.html"
    parameters: [{name: who, type: string, default: world}, {name: rate, type: float, default: 0.5}]
- step: {name: copy, image: alpine, command: 'ls "$VH_INPUTS_DIR/from"', inputs: [{name: from, optional: true}]}
- step: {name: fails, image: alpine, command: 'exit 3'}
- task: {name: many, step: greet, type: grid_search, parameters: [{name: rate, style: multiple, rules: {items: [0.1, 0.2]}}]}
- pipeline:
    name: chain
    parameters: [{name: who, targets: [first.parameters.who]}]
    nodes:
      - {name: first, type: execution, step: greet}
      - {name: second, type: execution, step: copy}
      - {name: third, type: execution, step: copy, actions: [{when: node-starting, then: require-approval}]}
    edges: [[first.output.table.csv, second.input.from], [second.dependency.x, third.dependency.x]]
`;

/** Serves a home with users, a project, runs of each state, files and variables; its requests come from `role`. */
export async function withFuzzedHome<T>(
  folder: string,
  role: "admin" | "member",
  use: (server: FuzzedServer) => Promise<T>,
): Promise<T> {
  const args = [join(projectRoot, "src/cli/main.ts"), "serve", "--home", join(folder, "home"), "--port", "0", "--json"];
  const env = { HEADRACE_ADMIN_PASSWORD: PASSWORD, HEADRACE_ENVIRONMENT: "local" };
  return await withServer(folder, { args, env }, async (child) => {
    const { url } = await lineOf<{ url: string }>(child, (line) => "kind" in line && line.kind === "listening");
    return await use(await fill(url, role));
  });
}

async function fill(url: string, role: "admin" | "member"): Promise<FuzzedServer> {
  const logIn = async (username: string) =>
    (await new Asker(url, "").ask("POST", "/get-token/", { username, password: PASSWORD })).token as string;
  const admin = new Asker(url, await logIn("admin"));
  const user = await admin.ask("POST", "/users/", { username: "ada", password: PASSWORD });
  const other = await admin.ask("POST", "/users/", { username: "bob" });
  const team = await admin.ask("POST", "/teams/", { name: "research" });
  await admin.ask("PUT", `/teams/${team.id}/members/${user.id}/`);
  const project = (await admin.ask("POST", "/projects/", { name: "flights" })).id as string;
  await admin.ask("PUT", `/projects/${project}/members/user/${user.id}/`, { role: "member" });
  await admin.ask("PUT", `/projects/${project}/members/team/${team.id}/`, { role: "viewer" });
  for (const [name, secret] of [
    ["PLAIN", false],
    ["HIDDEN", true],
  ] as const)
    await admin.ask("PUT", `/projects/${project}/variables/`, { name, value: "some text", secret });
  await admin.ask("PUT", `/projects/${project}/variable-groups/group/`);
  const token = role === "admin" ? await logIn("admin") : await logIn("ada");
  const own = new Asker(url, token);
  const commit = await upload(own, project);
  const numbers = [];
  for (const target of ["greet", "fails", "many", "chain"]) numbers.push(await run(own, project, target, commit));
  await own.ask("PUT", `/projects/${project}/views/mine/`, { search: "state=error", shared: true });
  const files = (await own.ask("GET", `/projects/${project}/files/`)).items.map(({ id }: { id: string }) => id);
  const executions = (await own.ask("GET", `/projects/${project}/executions/`)).items.map(
    ({ number }: { number: number }) => String(number),
  );
  const refs = [...numbers.map(String), ...executions, "latest", "latest.first"];
  return {
    ...{ url, token },
    known: {
      "path.project": [project, "admin/flights"],
      "query.project": project,
      "path.id": [user.id, team.id, other.id],
      "path.user": user.id,
      "path.kind": ["user", "team"],
      "path.commit": commit,
      "query.commit": commit,
      "path.run": numbers.map(String),
      "path.node": ["first", "third", "many"],
      "path.ref": refs,
      "path.execution": [...executions, ...executions.map((number: string) => `${project}:${number}`)],
      "path.pipeline": `${project}:${numbers.at(-1)}`,
      "path.file": files,
      "path.datum": files,
      "path.name": "PLAIN",
      "path.group": "group",
      "path.view": "mine",
    },
  };
}

async function upload(own: Asker, project: string): Promise<string> {
  const form = new FormData();
  const code = gzipSync(tarOf({ "valohai.yaml": CONFIGURATION, "file.txt": "x\n" }));
  form.append("data", new Blob([code]), "data.tgz");
  return (await own.ask("POST", `/projects/${project}/import-package/`, form)).identifier;
}

/** Starts a run, and waits until it has ended, or waits for somebody. */
async function run(own: Asker, project: string, target: string, commit: string): Promise<number> {
  const wish = { target, commit, parameters: [], inputs: [], environmentVariables: {}, fresh: true };
  const { id } = await own.ask("POST", `/projects/${project}/plans/`, wish);
  const { number } = await own.ask("POST", `/projects/${project}/runs/`, { plan: id });
  for (;;) {
    const { state } = await own.ask("GET", `/projects/${project}/runs/${number}/`);
    const { items } = await own.ask("GET", `/projects/${project}/runs/${number}/nodes/`);
    const waits = items.some(({ waitingFor }: { waitingFor?: { kind: string } }) => waitingFor?.kind === "approval");
    if (waits || ["complete", "error", "stopped"].includes(state)) return number;
    await delay(100);
  }
}
