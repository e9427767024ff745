import { existsSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RemoteView, RunDetailView, RunRowView } from "../src/api/index.ts";
import { useOwnDatabase } from "./own-database.ts";
import { type CommandResult, isOnPostgres, ProjectRig, type RunningCommand } from "./rig.ts";

useOwnDatabase("the file");

const ON_SERVER = '- step: {name: old, image: none, environment: local, command: "echo of the server"}\n';
const CODE = `
- step:
    name: greet
    image: none
    environment: local
    command:
      - cat note.txt
      - |
        echo '{"auc": 0.5}'
      - echo "hello {parameter-value:who}"
      - mkdir -p $VH_OUTPUTS_DIR/deep && echo made > $VH_OUTPUTS_DIR/deep/made.txt
    parameters: [{name: who, type: string, default: world}]
- step:
    name: slow
    image: none
    environment: local
    command: for i in $(seq 600); do echo "second $i"; sleep 1; done
- step: {name: fail, image: none, environment: local, command: "echo trouble >&2; exit 3"}
- pipeline:
    name: daily
    nodes:
      - {name: first, step: greet, type: execution}
      - {name: second, step: greet, type: execution, actions: [{when: node-starting, then: require-approval}]}
    edges: [[first.parameter.who, second.parameter.who]]
`;

/** A folder whose commands act on a server, which serves another folder. */
class RemoteRig implements AsyncDisposable {
  readonly folder: ProjectRig;
  readonly served: ProjectRig;
  readonly server: RunningCommand;
  readonly url: string;
  readonly loginUrl: string;
  readonly configuration: string;

  private constructor(parts: Pick<RemoteRig, "folder" | "served" | "server" | "url" | "loginUrl" | "configuration">) {
    this.folder = parts.folder;
    this.served = parts.served;
    this.server = parts.server;
    this.url = parts.url;
    this.loginUrl = parts.loginUrl;
    this.configuration = parts.configuration;
  }

  static async start(): Promise<RemoteRig> {
    const served = new ProjectRig({ "valohai.yaml": ON_SERVER });
    const folder = new ProjectRig({ "valohai.yaml": CODE, "note.txt": "my note\n" });
    const server = served.start("serve", "--port", "0", "--json");
    await server.sees('"listening"');
    const { url, loginUrl } = JSON.parse(server.stdout.split("\n")[0] ?? "") as Record<"url" | "loginUrl", string>;
    const configuration = mkdtempSync(join(tmpdir(), "headrace-user-"));
    return new RemoteRig({ folder, served, server, url, loginUrl, configuration });
  }

  /** Logged in, and the folder set to the project of the server. */
  static async set(): Promise<RemoteRig> {
    const rig = await RemoteRig.start();
    expect(await rig.headrace("login", rig.loginUrl)).toMatchObject({ code: 0 });
    const unknown = await rig.headrace("remote", "nothing");
    const [, name = ""] = /your projects there are (\S+)/.exec(unknown.stderr) ?? [];
    expect(await rig.headrace("remote", name)).toMatchObject({ code: 0 });
    return rig;
  }

  start(...args: readonly string[]): RunningCommand {
    return this.folder.startIn(this.folder.root, { XDG_CONFIG_HOME: this.configuration }, ...args);
  }

  async headrace(...args: readonly string[]): Promise<CommandResult> {
    return await this.start(...args).result;
  }

  async json<T>(...args: readonly string[]): Promise<T> {
    const result = await this.headrace(...args, "--json");
    expect([args, result.code, result.stderr]).toEqual([args, 0, expect.any(String)]);
    return JSON.parse(result.stdout) as T;
  }

  get token(): string {
    const { servers } = JSON.parse(readFileSync(join(this.configuration, "headrace/credentials.json"), "utf8")) as {
      readonly servers: Readonly<Record<string, { readonly token: string }>>;
    };
    return servers[this.url]?.token ?? "";
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.folder[Symbol.asyncDispose]();
    await this.served[Symbol.asyncDispose]();
  }
}

describe("a folder that belongs to a server", () => {
  let rig: RemoteRig;
  beforeAll(async () => {
    rig = await RemoteRig.set();
    const run = await rig.headrace("run", "greet", "--who=moon");
    expect(run).toMatchObject({ code: 0, stdout: expect.stringMatching(/my note[\s\S]*hello moon[\s\S]*complete/) });
    expect((await rig.headrace("run", "fail")).code).toBe(1);
  });
  afterAll(() => rig[Symbol.asyncDispose]());

  // One execution is 2, that which fails is 4.
  const shown: readonly (readonly [args: readonly string[], shown: RegExp, code?: number])[] = [
    [["ls"], /3 {2}fail[\s\S]*1 {2}greet/],
    [["ls", "--executions"], /greet/],
    [["ls", "--files"], /deep\/made\.txt/],
    [["info", "1"], /auc=0\.5/],
    [["info", "2"], /hello moon|moon/],
    [["info", "2/deep/made.txt"], /made\.txt/],
    [["why", "1"], /no execution of this step had succeeded before/],
    [["logs", "1"], /my note\n.*\nhello moon\n/],
    [["logs", "1", "--grep", "hello", "--timestamps"], /^\S+Z hello moon\n$/],
    [["logs", "-f", "-n", "1", "1"], /^hello moon\n$/],
    [["logs", "1", "--raw"], /^my note\n/],
    [["metrics", "1"], /auc/],
    [["metrics", "1", "--csv"], /auc/],
    [["outputs", "1"], /2\/deep\/made\.txt/],
    [["outputs", "1", "--download", "got"], /got\/deep\/made\.txt/],
    [["cat", "1.greet/deep/made.txt"], /^made\n$/],
    [["open", "1.greet/deep/made.txt"], /made\.txt/],
    [["compare", "1", "3"], /greet[\s\S]*fail/],
    [["environments"], /local/],
    [["title", "1", "best"], /best/],
    [["tag", "1", "keep"], /keep/],
    [["note", "1", "a note"], /(?:)/],
    [["note", "1"], /a note/],
    [["stop", "1"], /had ended already/],
    [["attach", "1"], /complete/],
    [["attach", "3"], /error/, 1],
    [["run", "greet", "--dry-run", "--who=moon"], /would be reused/],
    [["graph", "daily"], /first[\s\S]*second/],
    [["step", "greet"], /who/],
    [["pipeline", "daily"], /first/],
    [["lint"], /valid, 3 steps/],
    [["remote"], /act on/],
    [["remote", "--servers"], /as /],
    [["ls", "--local"], /Nothing has run here yet/],
  ];
  test.each(shown.map(([args, text, code = 0]) => ({ args, text, code })))("$args", async ({ args, text, code }) => {
    const result = await rig.headrace(...args);
    expect([args, result.code, result.stderr]).toEqual([args, code, expect.any(String)]);
    expect(result.stdout + result.stderr).toMatch(text);
  });

  test.each([
    [["dev", "greet"]],
    [["shell", "greet"]],
    [["resume"]],
    [["reproduce", "1"]],
    [["checkout", "1", "code"]],
    [["engine", "--exit-when-idle"]],
    [["serve"]],
    [["gc"]],
    [["verify"]],
    [["migrate", "--to", "sqlite"]],
    [["environments", "--rebuild-python"]],
    [["run", "greet", "--sandbox", "off"]],
  ])("%j is refused as what only a folder has", async (args) => {
    const { code, stderr } = await rig.headrace(...args);
    // A shell without a terminal says that first.
    if (args[0] === "shell") expect(stderr).toContain("needs a terminal");
    else expect([code, stderr]).toEqual([2, expect.stringMatching(/HR_NOT_SUPPORTED[\s\S]*`--local`/)]);
  });

  test("a refusal calls the project by its name, and not by its id", async () => {
    const { name, project } = await rig.json<{ readonly name: string; readonly project: string }>("remote");
    const { stderr } = await rig.headrace("gc");
    expect(stderr).toContain(`belongs to the project ${name} on ${rig.url}`);
    expect(stderr).not.toContain(project);
  });

  test("nothing is recorded in the folder, and the token stands nowhere but in the user's own file", async () => {
    expect(readdirSync(rig.folder.root).toSorted()).toEqual(["got", "note.txt", "valohai.yaml"]);
    const file = join(rig.configuration, "headrace/credentials.json");
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const { token } = rig;
    expect(token).toMatch(/^hrt_/);
    const texts = [
      ...["login", "remote", "ls", "info"].map((name) =>
        rig.headrace(name, ...(name === "login" ? [rig.url] : []), "--debug"),
      ),
      rig.headrace("info", "1", "--json"),
      rig.headrace("remote", "--json"),
    ];
    for (const { stdout, stderr } of await Promise.all(texts)) expect(stdout + stderr).not.toContain(token);
    expect(readFileSync(join(rig.served.root, ".headrace/server.log"), "utf8")).not.toContain(token);
    if (!isOnPostgres) expect(readFileSync(join(rig.served.root, ".headrace/headrace.db")).includes(token)).toBe(false);
  });

  test("what is asked for with --json has the shapes of a folder's own runs", async () => {
    const run = await rig.json<RunDetailView>("run", "greet", "--who=sun", "--tag", "json");
    expect(run).toMatchObject({ name: "greet", state: "complete", tags: ["json"], nodes: [{ state: "complete" }] });
    const rows = await rig.json<readonly RunRowView[]>("ls", "--tag", "json");
    expect(rows).toMatchObject([{ number: run.number }]);
    const remote = await rig.json<RemoteView>("remote");
    expect(remote).toMatchObject({ server: rig.url, folder: rig.folder.root, version: expect.any(String) });
    expect((await rig.headrace("rm", String(run.number))).code).toBe(0);
    const gone = await rig.headrace("info", String(run.number), "--json");
    expect([gone.code, JSON.parse(gone.stdout)]).toMatchObject([2, { error: { code: "HR_NOT_FOUND" } }]);
  });

  test("the shell completes what the server and the folder have", async () => {
    const runs = await rig.headrace("__complete", "info", "");
    expect(runs.stdout).toMatch(/^latest\t[\s\S]*^1\tgreet complete/m);
    const steps = await rig.headrace("__complete", "run", "gr");
    expect(steps.stdout).toContain("greet");
  });

  test("a place in the code that was sent is told as one in the folder", async () => {
    writeFileSync(join(rig.folder.root, "valohai.yaml"), "- step: {name: greet, image: none, command: {}}\n");
    try {
      const { code, stderr } = await rig.headrace("run", "greet");
      expect([code, stderr]).toEqual([2, expect.stringMatching(/\n {2}valohai\.yaml:1:\d+: error/)]);
      expect(stderr).not.toContain("~");
    } finally {
      rig.folder.write("valohai.yaml", CODE);
    }
  });

  test("without a configuration here, the code of the server runs", async () => {
    const elsewhere = new ProjectRig({});
    const env = { XDG_CONFIG_HOME: rig.configuration };
    const headrace = (...args: readonly string[]) => elsewhere.startIn(elsewhere.root, env, ...args).result;
    const { project } = await rig.json<RemoteView>("remote");
    expect((await headrace("remote", project ?? "")).code).toBe(0);
    expect((await headrace("run", "old")).stdout).toContain("of the server");
    expect((await headrace("lint")).stdout).toContain("valid");
    expect((await headrace("remote", "--unset")).code).toBe(0);
    expect((await headrace("ls")).stderr).toContain("HR_CONFIG_NOT_FOUND");
  });

  test("Ctrl-C stops a run there; a person decides what waits, from here", async () => {
    const running = rig.start("run", "slow");
    await running.sees("second 2");
    running.child.kill("SIGINT");
    const { code, stdout } = await running.result;
    expect([code, stdout]).toEqual([130, expect.stringContaining("stopped")]);
    const { number } = await rig.json<{ readonly number: number }>("run", "daily", "--detach");
    const following = rig.start("attach", String(number));
    await following.sees(/approv/);
    expect((await rig.headrace("approve", String(number), "second")).code).toBe(0);
    expect(await following.result).toMatchObject({ code: 0, stdout: expect.stringContaining("complete") });
    const left = rig.start("run", "slow", "--detach");
    await left.result;
    expect(await rig.headrace("stop", "latest")).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("has been stopped"),
    });
  });
});

describe("logging in", () => {
  useOwnDatabase("each test");

  test("with a wrong or revoked token is refused; logging out revokes it", async () => {
    await using rig = await RemoteRig.set();
    const wrong = rig.folder.startIn(
      rig.folder.root,
      { HEADRACE_SERVER: rig.url, HEADRACE_SERVER_PROJECT: "x", HEADRACE_TOKEN: "hrt_wrong" },
      "ls",
    );
    expect(await wrong.result).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/HR_NOT_LOGGED_IN[\s\S]*`headrace login http:\/\/127/),
    });
    const { token } = rig;
    expect(await rig.headrace("logout")).toMatchObject({ code: 0, stdout: expect.stringContaining("Logged out") });
    const after = await fetch(`${rig.url}/api/v0/users/me/`, { headers: { authorization: `Token ${token}` } });
    expect(after.status).toBe(401);
    expect(await rig.headrace("ls")).toMatchObject({ code: 2, stderr: expect.stringContaining("HR_NOT_LOGGED_IN") });
    expect(existsSync(join(rig.folder.root, ".headrace"))).toBe(false);
  });

  test.each([
    ["http://user:secret@host", /may not carry a name or a password/],
    ["ftp://host", /http or https/],
    ["http://127.0.0.1:1", /HR_SERVER_UNREACHABLE[\s\S]*check the address/],
    ["http://127.0.0.1:1/?token=secret", /more after its path/],
  ])("to %s is refused", async (url, shown) => {
    await using rig = new ProjectRig({});
    const { code, stderr } = await rig.headrace("login", url, "--token");
    expect([code !== 0, stderr]).toEqual([true, expect.stringMatching(shown)]);
    expect(stderr).not.toContain("secret");
  });
});
