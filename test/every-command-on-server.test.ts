import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Cli } from "../src/cli/cli.ts";
import { buildProgram, runProgram } from "../src/cli/program.ts";
import { TestScreen } from "../src/cli/terminal/test-screen.ts";
import { HomeProcesses, seen } from "./home-process.ts";

const CODE = `
- step:
    name: greet
    image: none
    environment: local
    command:
      - |
        printf '{"auc": 0.%s, "epoch": 1}\\n' {parameter-value:level}
      - echo "hello {parameter-value:who}"
      - echo made > $VH_OUTPUTS_DIR/made.txt
    inputs: [{name: extra, optional: true}]
    outputs: [{name: made.txt, model: greeter}]
    parameters:
      - {name: who, type: string, default: world}
      - {name: level, type: integer, default: 5}
- step: {name: fail, image: none, environment: local, command: "exit 3"}
- task:
    name: tune
    step: greet
    goal: max:auc
    parameters: [{name: level, style: multiple, rules: {items: [6, 7]}}]
- pipeline:
    name: daily
    nodes:
      - {name: first, step: greet, type: execution}
      - {name: second, step: greet, type: execution, actions: [{when: node-starting, then: require-approval}]}
    edges: [[first.parameter.who, second.parameter.who]]
`;

/** Nothing answers there: what says so has asked. */
const NOBODY = "http://127.0.0.1:1";

/**
 * Where a command acts if the folder belongs to a server:
 * - `server`: there. Each of its options is tried.
 * - `code`: on the file at hand.
 * - `folder`: nowhere; it says so, and names `--local`.
 * - `machine`: on this machine, without a word to the server.
 */
type Where = "server" | "code" | "folder" | "machine";

/** A command line, and what it prints; a code where it is not 0. */
type Call = readonly [line: string, prints: RegExp, code?: number];

const REFUSED = /HR_NOT_SUPPORTED[\s\S]*`--local`/;

// Run 1 has execution 2, run 3 failed with execution 4, and task 5.tune has executions 6 and 7.
const COMMANDS: Readonly<Record<string, readonly [Where, readonly Call[]]>> = {
  run: [
    "server",
    [
      ["run greet --param who=moon --logs --jobs 1 --title best --tag keep", /hello moon[\s\S]*complete/],
      ["run fail --no-logs", /error/, 1],
      ["run tune --seed 1 --task --quiet", /complete/],
      ["run daily --detach --pipeline", /\b8\b/],
      ["run greet --step --who=moon --dry-run", /would be reused/],
      ["run greet --who=moon --fresh -n", /would run/],
      ["run greet --env A=b --environment local --input extra=datum://none -n", /no datum with the id/, 1],
      ["run greet --sweep level=1,2 --trials 2 --goal max:auc --search random --parallel 1 -n", /trials +2 exec/],
      ["run greet --for-each extra -n", /executions? +/],
      ["run greet --sweep level=1,2 --level 3 -n", /is given a value, and is to be varied/, 2],
      ["run second --from 1 --downstream -n", /second/, 2],
      ["run greet --commit nothing -n", /nothing/, 2],
      ["run greet --sandbox off", REFUSED, 2],
      ["run greet --interactive", /terminal/, 2],
    ],
  ],
  attach: [
    "server",
    [
      ["attach 1 --logs", /complete/],
      ["attach 3 --no-logs", /error/, 1],
      ["attach 1 -q", /complete/],
    ],
  ],
  approve: [
    "server",
    [
      ["approve 8 second --comment fine", /second/],
      ["approve 8 second", /was approved by admin already/, 1],
    ],
  ],
  reject: ["server", [["reject 8 second -m no", /was approved by admin already/, 1]]],
  stop: [
    "server",
    [
      ["stop 1", /had ended already/],
      ["stop 5.tune", /had ended already/],
    ],
  ],
  trials: [
    "server",
    [
      ["trials 5.tune --add 1", /runs the values that it lists/, 2],
      ["trials 6 --prune", /had ended already/],
    ],
  ],
  ls: [
    "server",
    [
      ["ls --limit 1 --before 4 --state error --since 1d", /fail/],
      ["ls --tag keep --name greet --columns auc --sort auc --where auc>0 --until 2999-01-01", /greet[\s\S]*0\.5/],
      ["ls --executions --run 5 --step greet --node tune", /5\.tune/],
      ["ls --files --sha256 0000", /No file/i],
    ],
  ],
  info: [
    "server",
    [
      ["info 1 --all", /auc=0\.5/],
      ["info 3 --state error", /fail/],
      ["info 5.tune", /auc[\s\S]*0\.7/],
      ["info 5.tune.best/made.txt", /made\.txt/],
    ],
  ],
  why: [
    "server",
    [
      ["why 1", /no execution/],
      ["why 5.tune.best", /greet|tune/],
    ],
  ],
  logs: [
    "server",
    [
      ["logs 1 --follow --tail 1 --timestamps", /Z hello moon/],
      ["logs 1 --stream stdout --grep hello --since 1d", /^hello moon\n$/],
      ["logs 2 --raw", /hello moon/],
      ["logs 5.tune", /tune #6 │[\s\S]*tune #7 │/],
    ],
  ],
  metrics: [
    "server",
    [
      ["metrics 1 auc --with 5.tune --axis epoch", /auc over epoch/],
      ["metrics 5.tune.best --csv", /auc/],
    ],
  ],
  outputs: [
    "server",
    [
      ["outputs 5 --name best", /names none/, 2],
      ["outputs 5.tune --all", /6\/made\.txt[\s\S]*7\/made\.txt/],
      ["outputs 5.tune --download got", /got\/6\/made\.txt/],
      ["outputs 5.tune.best --download best --overwrite", /best\/made\.txt/],
    ],
  ],
  cat: ["server", [["cat 1/made.txt", /^made\n$/]]],
  open: ["server", [["open 1/made.txt", /made\.txt/]]],
  lineage: [
    "server",
    [
      ["lineage 5.tune --down --depth 1 --limit 10", /#6 tune[\s\S]*made\.txt/],
      ["lineage 1 --up", /made of nothing/],
      ["lineage 1 --openlineage", /"eventType":"COMPLETE"/],
    ],
  ],
  compare: ["server", [["compare 2 5.tune.best --all --only metadata", /auc[\s\S]*0\.5[\s\S]*0\.7/]]],
  environments: [
    "server",
    [
      ["environments", /local/],
      ["environments --rebuild-python", REFUSED, 2],
    ],
  ],
  model: [
    "server",
    [
      ["model ls", /greeter +\d+ +\d+ +pending/],
      ["model info greeter/latest --card", /# greeter \d/],
      ["model approve greeter/1 --reason fine", /greeter\/1 is approved/],
      ["model alias greeter/champion 1", /stands for version 1/],
      ["model diff greeter/1 greeter/champion", /greeter\/1 → greeter\/1: nothing differs/],
      ["model alias greeter/champion --remove", /stands for nothing now/],
      ["model reject greeter/1 --reason old", /greeter\/1 is rejected/],
    ],
  ],
  title: ["server", [["title 1 better", /better/]]],
  tag: ["server", [["tag 1 new --remove keep", /new/]]],
  note: [
    "server",
    [
      ["note 1 remark", /(?:)/],
      ["note 1", /remark/],
    ],
  ],
  data: [
    "server",
    [
      ["data upload sent.txt --name raw.txt --tag t --property a=b", /raw\.txt/],
      ["data purge 3/none.txt", /no file/, 2],
      ["data rm 3/none.txt", /no file/, 2],
      ["data ls --name made* --limit 1", /made\.txt/],
      ["data info 1/made.txt", /kept by/],
    ],
  ],
  alias: [
    "server",
    [
      ["alias set best 1/made.txt --comment first", /datum:\/\/best stands for made\.txt/],
      ["alias history best", /first/],
      ["alias rollback best --to 1", /best stands for made\.txt/],
      ["alias ls", /best/],
    ],
  ],
  dataset: [
    "server",
    [
      ["dataset create sent sent.txt 1/made.txt --version-name one --alias good --note text", /dataset:\/\/sent\/one/],
      ["dataset create sent --from one --exclude made.txt", /dataset:\/\/sent\/v2/],
      ["dataset diff one sent/v2 --limit 1", /0 added, 1 removed, 0 changed/],
      ["dataset files sent/v2 --limit 1", /sent\.txt/],
      ["dataset rm sent/v2", /was deleted/],
    ],
  ],
  variable: [
    "server",
    [
      ["variable set --group aws REGION=north", /(?:)/],
      ["variable set --group all --shared ZONE=2", /(?:)/],
      ["variable ls", /REGION[\s\S]*north/],
    ],
  ],
  secret: [
    "server",
    [
      ["secret rm KEY --group aws", /KEY/, 2],
      ["secret rm KEY --shared --group all", /KEY/, 2],
    ],
  ],
  rm: [
    "server",
    [
      ["rm 3", /3/],
      ["info 3", /no run or execution 3/, 2],
    ],
  ],
  lint: ["code", [["lint --strict", /valid, 2 steps, 1 task, 1 pipeline/]]],
  graph: ["code", [["graph daily --edges", /second/]]],
  step: ["code", [["step greet", /who/]]],
  pipeline: ["code", [["pipeline daily", /first/]]],
  remote: [
    "server",
    [
      ["remote", /act on/],
      ["remote --servers", /\n/],
      ["remote none --server $URL", /none/, 2],
      ["remote --unset", /HEADRACE_SERVER sets the server here/, 2],
      ["remote other --create", /HEADRACE_SERVER|act on/],
    ],
  ],
  dev: ["folder", [["dev greet", REFUSED, 2]]],
  shell: ["folder", [["shell greet", /needs a terminal/, 2]]],
  resume: ["folder", [["resume", REFUSED, 2]]],
  reproduce: ["folder", [["reproduce 1", REFUSED, 2]]],
  checkout: ["folder", [["checkout 1 code", REFUSED, 2]]],
  engine: ["folder", [["engine --exit-when-idle", REFUSED, 2]]],
  serve: ["folder", [["serve", REFUSED, 2]]],
  gc: ["folder", [["gc", REFUSED, 2]]],
  verify: ["folder", [["verify", REFUSED, 2]]],
  migrate: ["folder", [["migrate --to sqlite", REFUSED, 2]]],
  backup: ["folder", [["backup kept", REFUSED, 2]]],
  restore: ["folder", [["restore kept", REFUSED, 2]]],
  "rotate-keys": ["folder", [["rotate-keys", REFUSED, 2]]],
  init: ["machine", [["init new", /wrote valohai\.yaml/]]],
  import: ["machine", [["import none.yaml", /none\.yaml/, 2]]],
  schema: ["machine", [["schema", /"\$schema"/]]],
  docs: ["machine", [["docs cli --path", /cli\.md/]]],
  completion: ["machine", [["completion bash", /complete/]]],
  doctor: ["machine", [["doctor", /node|git/i]]],
  checks: ["machine", [["checks run none.yaml none.csv", /none\.(?:yaml|csv)/, 2]]],
  drift: ["machine", [["drift none.csv other.csv", /none\.csv/, 2]]],
  user: ["machine", [["user ls", /--home/, 2]]],
  team: ["machine", [["team ls", /--home/, 2]]],
  token: ["machine", [["token ls ada", /--home/, 2]]],
  // Their argument names the server; test/remote.test.ts goes in and out.
  login: ["machine", [["login ftp://elsewhere", /ftp/, 2]]],
  logout: ["machine", [["logout http://127.0.0.1:2", /HR_NOT_LOGGED_IN/, 2]]],
};

describe("every command in a folder that belongs to a project on a server", () => {
  let home: HomeProcesses;
  let project = "";
  let folder = "";
  beforeAll(async () => {
    home = await HomeProcesses.make();
    await home.start();
    project = await home.project();
    // Beside the home: what lies in the folder is sent.
    folder = join(home.rig.root, "flights");
    mkdirSync(folder);
    writeFileSync(join(folder, "valohai.yaml"), CODE);
    writeFileSync(join(folder, "sent.txt"), "sent\n");
  });
  afterAll(() => home[Symbol.asyncDispose]());

  async function call(line: string, server: string): Promise<{ readonly code: number; readonly text: string }> {
    const { PATH = "" } = process.env;
    const [out, err] = [new TestScreen(), new TestScreen()];
    const cli: Cli = {
      ...{ cwd: folder, out, err, now: Date.now, exitCode: 0 },
      env: {
        ...{ PATH, HOME: home.rig.root, XDG_CONFIG_HOME: join(home.rig.root, "config") },
        ...{ HEADRACE_SERVER: server, HEADRACE_SERVER_PROJECT: project, HEADRACE_TOKEN: await home.token() },
      },
    };
    const code = await runProgram(line.replace("$URL", home.url).split(" "), cli);
    return { code, text: out.written + err.written };
  }

  const program = buildProgram({
    ...{ cwd: "/", env: {}, out: new TestScreen(), err: new TestScreen(), now: Date.now, exitCode: 0 },
  });

  test("each is in the table, and each option of those that act on the server", () => {
    expect(program.commands.map((command) => command.name()).toSorted()).toEqual(Object.keys(COMMANDS).toSorted());
    const missing = program.commands.flatMap((command) => {
      const [where, calls] = COMMANDS[command.name()] ?? ["server", []];
      const words = new Set(calls.flatMap(([line]) => line.split(" ")));
      const isTried = ({ short = "", long = "" }): boolean => words.has(short) || words.has(long);
      return where === "server"
        ? command.options.filter((option) => !isTried(option)).map(({ flags }) => `${command.name()} ${flags}`)
        : [];
    });
    expect(missing).toEqual([]);
  });

  test("docs/remote.md says of each where it acts", () => {
    const manual = readFileSync(new URL("../docs/remote.md", import.meta.url), "utf8");
    const says: Readonly<Record<Where, RegExp>> = {
      server: /^on the server/,
      code: /^the file at hand/,
      folder: /^in a folder alone/,
      machine: /^on this machine/,
    };
    const rows = [...manual.matchAll(/^\| (`.*`) \| (.*) \|$/gm)];
    const told = (name: string): readonly string[] =>
      rows.flatMap(([, names = "", place = ""]) => (names.includes(`\`${name}\``) ? [place] : []));
    for (const [name, [where]] of Object.entries(COMMANDS))
      expect([name, told(name)]).toEqual([name, [expect.stringMatching(says[where])]]);
  });

  test.each(Object.entries(COMMANDS))("%s", async (name, [where, calls]) => {
    // The run goes on in the background until somebody is asked.
    if (name === "approve")
      await seen(async () => (/approv/.test((await call("info 8", home.url)).text) ? true : undefined));
    for (const [line, prints, code = 0] of calls) {
      const result = await call(line, where === "server" ? home.url : NOBODY);
      expect([line, result.text, result.code]).toEqual([line, expect.stringMatching(prints), code]);
    }
  });
});
