/**
 * Throws requests at a real server that schemathesis (PyPI) makes of its description: no answer is a failure of the
 * server, and none breaks its schema. `node scripts/fuzz-api.ts --seconds 300 --seed 7`; a failure is printed with the
 * request that repeats it.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { projectRoot } from "./bundle.ts";

const SCHEMATHESIS = "schemathesis==4.32.5";
const CHECKS = "not_a_server_error,response_schema_conformance,content_type_conformance";
/** Calls that answer 501 as they should, and those that end the credential that the requests carry. */
const LEFT_OUT = [
  ...["--exclude-tag", "Not in this version", "--exclude-path-regex", "log-out|password|/purge/|single-sign-on"],
  ...["--exclude-operation-id", "revokeToken", "--exclude-operation-id", "followEvents"],
];

const CONFIGURATION = `
- step:
    name: greet
    image: alpine
    environment: local
    command: echo hello > "$VH_OUTPUTS_DIR/a.txt"
    parameters: [{name: who, type: string, default: world}]
- pipeline:
    name: daily
    nodes: [{name: first, type: execution, step: greet}]
    edges: []
`;

interface Server {
  readonly url: string;
  readonly token: string;
  readonly project: string;
}

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "300" },
    seed: { type: "string", default: "1" },
    examples: { type: "string", default: "30" },
    venv: { type: "string", default: join(tmpdir(), "headrace-schemathesis") },
  },
});
const folder = mkdtempSync(join(tmpdir(), "headrace-fuzz-api-"));
writeFileSync(join(folder, "valohai.yaml"), CONFIGURATION);
const child = spawn(process.execPath, [join(projectRoot, "src/client/fixtures/serve-project.ts"), folder], {
  stdio: ["pipe", "pipe", "inherit"],
});
try {
  const server = await listening(child);
  await recordRun(server);
  process.exitCode = fuzz(server);
} finally {
  child.stdin.end();
  if (child.exitCode === null) await once(child, "exit");
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
}

async function listening({ stdout }: ChildProcess): Promise<Server> {
  for await (const chunk of stdout ?? []) return JSON.parse(String(chunk)) as Server;
  throw new Error("the server ended before it could be asked");
}

/** So that there is something to ask for: a run that waits for an engine. */
async function recordRun({ url, token, project }: Server): Promise<void> {
  const post = async (path: string, body: object) => {
    const response = await fetch(`${url}/api/v0/projects/${project}/${path}/`, {
      ...{ method: "POST", body: JSON.stringify(body) },
      headers: { authorization: `Token ${token}`, "content-type": "application/json" },
    });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as { readonly id: string };
  };
  const request = { target: "greet", parameters: [], inputs: [], environmentVariables: {}, fresh: true };
  await post("runs", { plan: (await post("plans", request)).id });
}

/** The exit code of schemathesis. Half of the requests name what is there: all others would end in 404. */
function fuzz({ url, token, project }: Server): number {
  const python = join(values.venv, "bin/python");
  if (!existsSync(python)) {
    execFileSync("python3", ["-m", "venv", values.venv], { stdio: "inherit" });
    execFileSync(python, ["-m", "pip", "install", "--quiet", SCHEMATHESIS], { stdio: "inherit" });
  }
  // Found by its name, which is another one: only who names it uses it.
  const known = join(folder, "known.toml");
  writeFileSync(
    known,
    `[parameters]
"path.project" = ${JSON.stringify(project)}
"query.project" = ${JSON.stringify(project)}
"path.execution" = [${JSON.stringify(`${project}:latest`)}, "latest", "2", "1.greet"]
"path.pipeline" = ${JSON.stringify(`${project}:latest`)}
"path.run" = ["latest", "1"]
"path.ref" = ["latest", "2"]
`,
  );
  let code = 0;
  for (const config of [[], ["--config-file", known]]) {
    const run = [
      ...[...config, "run", `${url}/api/v0/openapi.json`, "--url", url, "-H", `Authorization: Token ${token}`],
      ...["-c", CHECKS, ...LEFT_OUT, "--phases", "coverage,fuzzing", "--continue-on-failure", "--warnings", "off"],
      ...["-n", values.examples, "--seed", values.seed, "--max-time", String(Math.ceil(Number(values.seconds) / 2))],
      ...["--request-timeout", "30", "--no-shrink"],
    ];
    try {
      execFileSync(join(values.venv, "bin/schemathesis"), run, { stdio: "inherit", cwd: folder });
    } catch {
      code = 1;
    }
  }
  return code;
}
