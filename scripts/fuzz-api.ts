/**
 * Throws requests at a real server that schemathesis (PyPI) makes of its description: no answer is a failure of the
 * server, and none breaks its schema. `node scripts/fuzz-api.ts --seconds 300 --seed 7` asks a server of a folder,
 * `--home admin` or `--home member` one of a home with runs, files, users and secrets, as a user of that role; a
 * failure is printed with the request that repeats it.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { withFuzzedFolder } from "./fuzz/fuzzed-folder.ts";
import { withFuzzedHome } from "./fuzz/fuzzed-home.ts";
import type { FuzzedServer } from "./fuzz/fuzzed-server.ts";

const SCHEMATHESIS = "schemathesis==4.32.5";
const CHECKS = "not_a_server_error,response_schema_conformance,content_type_conformance";
/** Calls that answer 501 as they should, streams, and those that end the credential that the requests carry. */
const LEFT_OUT = [
  ...["--exclude-tag", "Not in this version", "--exclude-path-regex", "log-out|me/password|/follow/|single-sign-on"],
  ...["--exclude-operation-id", "revokeToken"],
];
/** Calls that take away what the others ask for, where they are told what is there. */
const DESTRUCTIVE = [
  ...[
    "removeProject",
    "removeRuns",
    "purgeFiles",
    "valohaiPurge",
    "valohaiDeleteExecution",
    "removeMember",
    "changeUser",
  ],
  ...["removeTeam", "removeFromTeam"],
].flatMap((id) => ["--exclude-operation-id", id]);

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "300" },
    seed: { type: "string", default: "1" },
    examples: { type: "string", default: "30" },
    venv: { type: "string", default: join(tmpdir(), "headrace-schemathesis") },
    home: { type: "string" },
  },
});
const { home } = values;
if (home !== undefined && home !== "admin" && home !== "member")
  throw new Error(`--home takes admin or member, not ${home}`);
const folder = mkdtempSync(join(tmpdir(), "headrace-fuzz-api-"));
const use = async (server: FuzzedServer): Promise<number> => {
  const code = fuzz(server);
  const log = join(folder, "home/server.log");
  if (existsSync(log)) console.log(answersIn(readFileSync(log, "utf8")));
  return code;
};
process.exitCode = home === undefined ? await withFuzzedFolder(folder, use) : await withFuzzedHome(folder, home, use);

/** The exit code of schemathesis. Half of the requests name what is there: all others would end in 404. */
function fuzz({ url, token, known }: FuzzedServer): number {
  const python = join(values.venv, "bin/python");
  if (!existsSync(python)) {
    execFileSync("python3", ["-m", "venv", values.venv], { stdio: "inherit" });
    execFileSync(python, ["-m", "pip", "install", "--quiet", SCHEMATHESIS], { stdio: "inherit" });
  }
  // Found by its name, which is another one: only who names it uses it.
  const config = join(folder, "known.toml");
  const lines = Object.entries(known).map(([name, value]) => `${JSON.stringify(name)} = ${JSON.stringify(value)}`);
  writeFileSync(config, `[parameters]\n${lines.join("\n")}\n`);
  let code = 0;
  for (const [before, after] of [
    [["--config-file", config], DESTRUCTIVE],
    [[], []],
  ] as const) {
    const run = [
      ...[...before, "run", `${url}/api/v0/openapi.json`, "--url", url, "-H", `Authorization: Token ${token}`],
      ...["-c", CHECKS, ...LEFT_OUT, ...after, "--phases", "coverage,fuzzing", "--continue-on-failure"],
      ...["--warnings", "off", "-n", values.examples, "--seed", values.seed],
      ...["--max-time", String(Math.ceil(Number(values.seconds) / 2)), "--request-timeout", "30", "--no-shrink"],
    ];
    try {
      execFileSync(join(values.venv, "bin/schemathesis"), run, { stdio: "inherit", cwd: folder });
    } catch {
      code = 1;
    }
  }
  return code;
}

/** The number of answers of each status: where most are refusals, little was tried. */
function answersIn(log: string): string {
  const statuses = [...log.matchAll(/"statusCode":(\d+)/g)].map(([, status = ""]) => status);
  const counts = Map.groupBy(statuses, (status) => status);
  return [...counts]
    .map(([status, all]) => `${status}: ${all.length}`)
    .sort()
    .join(", ");
}
