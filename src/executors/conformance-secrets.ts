import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { formsOf } from "../secrets/index.ts";
import type { ConformanceRig } from "./conformance-rig.ts";
import type { JobSpec } from "./executor.ts";

const SECRETS = {
  TOKEN: `tr0ub4dor&3 'quoted' "wörd" \\n %s $HOME`,
  // Words of the scripts that bring secrets to a step.
  forms_1: "headrace: whole, forms and all",
  KEY: `-----BEGIN KEY-----\n${"MIIEvQIBADANBgkqhkiG9w0BAQEFAASC/+=\n".repeat(3)}-----END KEY-----\n`,
};

/** Prints the token in every way that is hidden, in two pieces, and on both streams; then waits to be let go. */
const TELLS_ALL = `python3 -u - <<'END'
import base64, json, os, sys, time, urllib.parse as parse
token, key = os.environ["TOKEN"], os.environ["KEY"]
print(token, key)
for before in ("", "x", "xy"): print(base64.b64encode((before + token).encode()).decode())
print(base64.encodebytes(key.encode()).decode(), base64.urlsafe_b64encode(key.encode()).decode())
print(json.dumps({"token": token, "n": 1}))
print(json.dumps({"key": key}, ensure_ascii=False))
print(parse.quote(token), parse.quote(token, safe=""), parse.urlencode({"a": token}), token.encode().hex())
print(token, file=sys.stderr)
sys.stdout.write(token[:9])
time.sleep(0.2)
sys.stdout.write(token[9:] + "\\n")
END`;
const WAITS = "echo ready; until [ -e go ]; do sleep 0.05; done; echo end";

/** A step's secrets reach it, and nothing else. */
export function testSecrets(rig: ConformanceRig): void {
  test("secrets are variables of the step, byte for byte", async () => {
    const lines = Object.keys(SECRETS).map((name) => `printf %s "$${name}" | sha256sum`);
    const { end, stdout } = await rig.run({ ...rig.job(lines), secrets: SECRETS });
    expect(end).toEqual({ kind: "exited", exitCode: 0 });
    const hashes = Object.values(SECRETS).map((value) => createHash("sha256").update(value).digest("hex"));
    expect(stdout).toBe(hashes.map((hash) => `${hash}  -\n`).join(""));
  });

  test("secrets stand in no file and on no command line, however the step prints them", async () => {
    const job = { ...rig.job([TELLS_ALL, WAITS]), secrets: SECRETS };
    const running = await rig.start(job);
    await rig.logged(job, "ready\n");
    expect([...filesThatTell(job), ...processesThatTell()]).toEqual([]);
    writeFileSync(join(job.folder, "valohai/repository/go"), "");
    expect(await running.ended).toEqual({ kind: "exited", exitCode: 0 });
    const stdout = rig.stdout(job);
    expect(stdout).toContain('{"token": "***", "n": 1}\n');
    expect(stdout).toMatch(/\*\*\*\nready\nend\n$/);
    expect(readFileSync(join(job.folder, "logs/stderr"), "utf8")).toBe("***\n");
    expect(filesThatTell(job)).toEqual([]);
  });

  test("secrets stay hidden when the engine that started the step is killed", async () => {
    const job = rig.job(["echo ready; until [ -e tell ]; do sleep 0.05; done", TELLS_ALL, WAITS]);
    await rig.startElsewhereAndDie({ ...job, secrets: SECRETS });
    await rig.logged(job, "ready\n");
    writeFileSync(join(job.folder, "valohai/repository/tell"), "");
    writeFileSync(join(job.folder, "valohai/repository/go"), "");
    expect(await (await rig.executor.attach(job))?.ended).toEqual({ kind: "exited", exitCode: 0 });
    expect(rig.stdout(job)).toMatch(/\*\*\*\nready\nend\n$/);
    expect(filesThatTell(job)).toEqual([]);
  });
}

/** Long enough not to stand in a file by chance. */
const FORMS = Object.values(SECRETS)
  .flatMap(formsOf)
  .filter(({ length }) => length >= 12);

function filesThatTell({ folder }: JobSpec): readonly string[] {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.map(({ parentPath, name }) => join(parentPath, name)).filter((path) => tells(readOrNothing(path)));
}

function processesThatTell(): readonly string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => tells(readOrNothing(`/proc/${pid}/cmdline`)));
}

function tells(bytes: Buffer): boolean {
  return FORMS.some((form) => bytes.includes(form));
}

/** A process that ends meanwhile shows no secret any more. */
function readOrNothing(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch {
    return Buffer.alloc(0);
  }
}
