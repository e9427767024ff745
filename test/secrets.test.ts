import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, expect, test } from "vitest";
import type { VariableGroupView } from "../src/api/index.ts";
import { formsOf } from "../src/secrets/index.ts";
import { COMMAND, isOnPostgres, ProjectRig } from "./rig.ts";

const keys = mkdtempSync(join(tmpdir(), "headrace-keys-"));
afterAll(() => rmSync(keys, { recursive: true, force: true }));

const SECRET = "tr0ub4dor&3 'quoted' \"wörd\" \\n";
const FORMS = formsOf(SECRET).filter(({ length }) => length >= 12);

const YAML = `- step:
    name: s
    image: ""
    environment: local
    environment-variable-groups: [shared]
    environment-variables:
      - {name: TOKEN, optional: false}
      - {name: REGION, default: nowhere}
    command:
      - |
        python3 -u - <<'END'
        import base64, json, os
        token = os.environ["TOKEN"]
        print(token, os.environ["REGION"])
        print(base64.b64encode(token.encode()).decode(), json.dumps(token))
        print(json.dumps({"token": token, "n": 1}))
        END
      - echo ready; until [ -e go ]; do sleep 0.1; done; echo "$TOKEN"
`;

/** Sets the secret as a program does: on the standard input, and in no argument. */
function setSecret(rig: ProjectRig, name: string, ...more: readonly string[]): string {
  const env = { ...process.env, NO_COLOR: "1", ...keyIn(rig) };
  const args = [COMMAND, "secret", "set", name, ...more];
  return execFileSync(process.execPath, args, { cwd: rig.root, env, input: `${SECRET}\n`, encoding: "utf8" });
}

/** Keys of the test's own: beside the project, since a file in it would be code. */
function keyIn({ root }: ProjectRig): Readonly<Record<string, string>> {
  return { HEADRACE_SECRETS_KEY_FILE: join(keys, `${basename(root)}.key`) };
}

function filesThatTell(folder: string): readonly string[] {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.map(({ parentPath, name }) => join(parentPath, name)).filter((path) => tells(readFileSync(path)));
}

function tells(bytes: Buffer): boolean {
  return FORMS.some((form) => bytes.includes(form));
}

function databaseTells(): boolean {
  if (!isOnPostgres) return false;
  const url = process.env.HEADRACE_DATABASE_URL ?? "";
  const dump = execFileSync("pg_dump", ["--dbname", url], { maxBuffer: 1 << 30 });
  expect(dump.includes("variable_groups")).toBe(true);
  return tells(dump);
}

test("a secret stands nowhere but in its step, also after kill -9 of the engine and in a run that is resumed", async () => {
  await using rig = new ProjectRig({ "valohai.yaml": YAML });
  expect(setSecret(rig, "TOKEN", "--group", "shared")).toContain("TOKEN set in group shared");
  const command = (...args: readonly string[]) => rig.startIn(rig.root, keyIn(rig), ...args);
  await command("variable", "set", "REGION=eu").result;
  const running = command("run", "s");
  await running.sees("ready");
  running.child.kill("SIGKILL");
  await running.result;
  const state = join(rig.root, ".headrace");
  expect([filesThatTell(state), databaseTells()]).toEqual([[], false]);
  const [execution = ""] = readdirSync(join(state, "executions"));
  rig.write(`.headrace/executions/${execution}/valohai/repository/go`, "");
  expect((await command("resume").result).code).toBe(0);
  const log = (await command("logs", "latest").result).stdout;
  expect(log).toContain("*** eu\n");
  expect(log).toMatch(/ready\n\*\*\*\n$/);
  const shown = await Promise.all(
    [
      ...[
        ["info", "latest"],
        ["info", "latest", "--json"],
        ["why", "latest"],
        ["metrics", "latest", "--json"],
      ],
      ...[
        ["variable", "ls"],
        ["run", "s", "--dry-run"],
        ["run", "s", "--dry-run", "--json"],
      ],
    ].map(async (args) => (await command(...args).result).stdout),
  );
  expect(shown.filter((text) => tells(Buffer.from(text)))).toEqual([]);
  expect([filesThatTell(state), databaseTells()]).toEqual([[], false]);
});

test("a secret in names and properties of files, in warnings and in labels is hidden as in the log", async () => {
  await using rig = new ProjectRig({
    "valohai.yaml": `- step:
    name: s
    image: ""
    environment: local
    environment-variables: [{name: TOKEN, optional: false}]
    command: |
      exec python3 - <<'END'
      import json, os, pathlib, time
      token = os.environ["TOKEN"]
      outputs = pathlib.Path(os.environ["VH_OUTPUTS_DIR"])
      (outputs / "a.txt").write_text("a")
      properties = {"who": token, token: 1, "deep": [{"list": [f"<{token}>"]}], "valohai.tags": [token], "n": 1}
      (outputs / "a.txt.metadata.json").write_text(json.dumps(properties))
      (outputs / f"b {token}.txt").write_text("b")
      (outputs / f"none {token}.txt.metadata.json").write_text("{}")
      (outputs / "link").symlink_to(f"/nowhere/{token}")
      live = outputs / f"live {token}.txt"
      live.write_text("live")
      live.chmod(0o444)
      while live.exists(): time.sleep(0.05)
      END
`,
  });
  setSecret(rig, "TOKEN");
  const command = (...args: readonly string[]) => rig.startIn(rig.root, keyIn(rig), ...args).result;
  const run = await command("run", "s", "--title", `of ${SECRET}`, "--tag", SECRET);
  expect(run).toMatchObject({ code: 0 });
  for (const args of [
    ["tag", "latest", `t-${SECRET}`],
    ["note", "latest", `see ${SECRET}`],
  ])
    expect(await command(...args)).toMatchObject({ code: 0 });
  const { stdout: info } = await command("info", "latest", "--json");
  const { stdout: outputs } = await command("outputs", "latest", "--json");
  expect(JSON.parse(info).run).toMatchObject({ title: "of ***", tags: ["***", "t-***"], note: "see ***" });
  const files: readonly { readonly name: string; readonly properties: object }[] = JSON.parse(outputs);
  expect(files.map(({ name }) => name)).toEqual(expect.arrayContaining(["a.txt", "b ***.txt", "live ***.txt"]));
  expect(files.find(({ name }) => name === "a.txt")?.properties).toEqual({
    ...{ who: "***", "***": 1, deep: [{ list: ["<***>"] }], "valohai.tags": ["***"], n: 1 },
  });
  for (const text of [run.stdout, run.stderr, info, outputs]) expect(tells(Buffer.from(text))).toBe(false);
  // The file that could not be kept is where the step wrote it, under the name that it gave.
  const state = join(rig.root, ".headrace");
  expect([filesThatTell(state).filter((path) => !path.includes("/outputs/")), databaseTells()]).toEqual([[], false]);
});

test("a step whose secret cannot be opened does not start, and says why", async () => {
  await using rig = new ProjectRig({ "valohai.yaml": YAML });
  setSecret(rig, "TOKEN");
  const other = { HEADRACE_SECRETS_KEY_FILE: join(keys, "no-such.key") };
  const { code, stdout, stderr } = await rig.startIn(rig.root, other, "run", "s").result;
  expect(code).not.toBe(0);
  expect(stdout + stderr).toContain("the keys of the secrets are missing");
});

test("a value is refused as an argument, too short, or absent; other words are shown without one", async () => {
  await using rig = new ProjectRig({ "valohai.yaml": YAML });
  expect(await rig.headrace("secret", "set", `TOKEN=${SECRET}`)).toMatchObject({ code: 2 });
  const groups = await rig.json<readonly VariableGroupView[]>(0, "variable", "set", "--group", "shared");
  expect(groups).toEqual([{ name: "shared", shared: false, variables: [] }]);
  expect((await rig.headrace("run", "s", "--dry-run")).stderr).toContain(
    'environment variable "TOKEN" is required and has no value',
  );
  expect(await rig.headrace("variable", "rm", "NONE")).toMatchObject({ code: 2 });
  expect(await rig.json<readonly VariableGroupView[]>(0, "variable", "rm", "--group", "shared")).toEqual([]);
});
