import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { tarOf } from "../src/snapshots/fixtures/tar.ts";
import { atEndOfTest } from "./at-end-of-test.ts";
import { HomeProcesses, kill, seen } from "./home-process.ts";
import { type CommandResult, isOnPostgres } from "./rig.ts";

const CONFIGURATION = `
- step: {name: make, image: alpine, command: 'cp file.txt "$VH_OUTPUTS_DIR/made.txt"; echo made'}
- step:
    name: wait
    image: alpine
    retry: {limit: 1, on: [lost]}
    command: 'echo began; while [ -d "$(dirname "$HR_GO")" ] && [ ! -e "$HR_GO" ]; do sleep 0.1; done'
    environment-variables: [{name: HR_GO, optional: true}]
`;

interface Backup {
  readonly projects: number;
  readonly files: number;
  readonly filesCopied: boolean;
}

function newFolder(): string {
  const root = mkdtempSync(join(tmpdir(), "headrace-backup-"));
  atEndOfTest(() => rmSync(root, { recursive: true, force: true }));
  return join(root, "saved");
}

function run(home: HomeProcesses, command: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const all = { ...home.environment, ...env };
  return home.rig.startIn(home.rig.root, all, ...command, "--home", home.folder, "--json").result;
}

const problemOf = ({ code, stdout, stderr }: CommandResult) => [code, `${stdout}${stderr}`] as const;

/** A server with a run that has ended and one whose step waits; and files beside its records. */
async function busyHome() {
  const home = await HomeProcesses.make();
  const server = await home.start();
  const project = await home.project();
  const form = new FormData();
  const code = gzipSync(tarOf({ "valohai.yaml": CONFIGURATION, "file.txt": "content\n" }));
  form.append("data", new Blob([code]), "data.tgz");
  const headers = { authorization: `Token ${await home.token()}` };
  const sent = await fetch(`${home.url}/api/v0/projects/${project}/import-package/`, {
    ...{ method: "POST", headers, body: form },
  });
  expect(sent.status).toBe(201);
  const { results } = await home.call(`/commits/?project=${project}`);
  const commit: string = results[0].identifier;
  expect(await home.ended(project, await home.run(project, "make", commit))).toBe("complete");
  const waiting = await home.run(project, "wait", commit);
  await seen(async () => {
    const { items } = await home.call(`/projects/${project}/executions/?run=${waiting}`);
    return items[0]?.state === "started" || undefined;
  });
  mkdirSync(join(home.folder, "mirrors/m.git/refs/heads"), { recursive: true });
  writeFileSync(join(home.folder, "mirrors/m.git/refs/heads/main"), "0123\n");
  writeFileSync(join(home.folder, "mirrors/m.git/refs/heads/main.lock"), "4567\n");
  writeFileSync(join(home.folder, "headrace.config.yaml"), "# nothing yet\n");
  return { home, server, project, waiting };
}

describe("a backup of a home", () => {
  test("that was taken while it serves is restored elsewhere, and its runs go on there", async () => {
    const { home, server, project, waiting } = await busyHome();
    const folder = newFolder();
    const saved = await run(home, ["backup", folder]);
    expect(saved.code).toBe(0);
    const backup = JSON.parse(saved.stdout) as Backup;
    expect(backup).toMatchObject({ project: null, projects: 1, filesCopied: true, secrets: 0 });
    expect(backup.files).toBeGreaterThan(1);
    expect(globSync("**/*.key", { cwd: folder })).toEqual([]);
    expect(existsSync(join(folder, "mirrors/m.git/refs/heads/main.lock"))).toBe(false);
    home.letGo();
    await kill(server);

    const other = await HomeProcesses.make();
    const restored = await run(other, ["restore", folder]);
    expect(restored.code).toBe(0);
    expect(JSON.parse(restored.stdout)).toMatchObject({ projects: 1, files: backup.files });
    expect(readFileSync(join(other.folder, "mirrors/m.git/refs/heads/main"), "utf8")).toBe("0123\n");
    await other.start();
    home.letGo();
    // Its step was on the other machine: it is lost, and tried again.
    expect(await other.ended(project, waiting)).toMatch(/complete|error/);
    const { items } = await other.call(`/projects/${project}/files/`);
    const made = items.find(({ name }: { readonly name: string }) => name === "made.txt");
    expect(made).toBeDefined();
    const again = await other.call(`/projects/${project}/runs/`);
    expect(again.items.length).toBe(2);
    const actions = (await other.call("/audit/?limit=1000")).items.map(
      ({ action }: { readonly action: string }) => action,
    );
    expect(actions).toEqual(expect.arrayContaining(["user.create", "project.create", "run.create"]));
    // New records get keys of their own.
    const { commit } = again.items[0];
    expect(await other.ended(project, await other.run(project, "make", commit))).toBe("complete");
    const [code, text] = problemOf(await run(other, ["restore", folder]));
    expect([code, text]).toEqual([expect.any(Number), expect.stringMatching(/has records already/)]);
    expect(code).not.toBe(0);
  });

  test("killed at any point is gone on with, and so is a restore", async () => {
    const { home } = await busyHome();
    const folder = newFolder();
    for (const point of ["home-records-saved", "home-files-saved"]) {
      const killed = await run(home, ["backup", folder], { HEADRACE_TEST_KILL_AT: point });
      expect([killed.signal, existsSync(folder)]).toEqual(["SIGKILL", false]);
    }
    expect((await run(home, ["backup", folder])).code).toBe(0);
    const other = await HomeProcesses.make();
    for (const point of ["home-files-restored", "home-records-aside"]) {
      expect((await run(other, ["restore", folder], { HEADRACE_TEST_KILL_AT: point })).signal).toBe("SIGKILL");
      expect(existsSync(join(other.folder, "headrace.db"))).toBe(false);
    }
    expect((await run(other, ["restore", folder])).code).toBe(0);
    await other.start();
    expect((await other.call("/projects/")).results).toHaveLength(1);
  });

  test("that is damaged, cut off or not whole is refused, and leaves no records", async () => {
    const { home } = await busyHome();
    const folder = newFolder();
    expect((await run(home, ["backup", folder])).code).toBe(0);
    const other = await HomeProcesses.make();
    const [blob = ""] = globSync("blobs/**/*", { cwd: folder, withFileTypes: true })
      .filter((entry) => entry.isFile() && /^[0-9a-f]{60,64}$/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name));
    const refusals: readonly (readonly [damage: (copy: string) => void, message: RegExp])[] = [
      // First: what a refused restore has brought is there for the next one.
      [
        (copy) => {
          const path = blob.replace(folder, copy);
          const bytes = readFileSync(path);
          rmSync(path);
          writeFileSync(path, bytes.fill(0));
        },
        /damaged|hash|content/,
      ],
      [(copy) => truncateSync(join(copy, "records.db"), 8192), /are not those that were saved/],
      [(copy) => appendFileSync(join(copy, "records.db"), "x"), /are not those that were saved/],
      [(copy) => rmSync(join(copy, "records.db")), /are not those that were saved/],
      [(copy) => rmSync(blob.replace(folder, copy)), /of the \d+ stored files/],
      [(copy) => writeFileSync(join(copy, "mirrors/m.git/refs/heads/main"), "other\n"), /another mirrors/],
      [(copy) => rmSync(join(copy, "backup.json")), /is no backup of a home/],
      [(copy) => truncateSync(join(copy, "backup.json"), 50), /is no backup of a home/],
      [
        (copy) => {
          const manifest = JSON.parse(readFileSync(join(copy, "backup.json"), "utf8"));
          manifest.others.push({ path: "mirrors/../../escaped", sizeBytes: 1, sha256: "0" });
          writeFileSync(join(copy, "backup.json"), JSON.stringify(manifest));
        },
        /is no file of a home/,
      ],
    ];
    for (const [damage, message] of refusals) {
      const copy = newFolder();
      cpSync(folder, copy, { recursive: true });
      damage(copy);
      const [code, text] = problemOf(await run(other, ["restore", copy]));
      expect(text).toMatch(message);
      expect(code).not.toBe(0);
      expect(existsSync(join(other.folder, "headrace.db"))).toBe(false);
    }
    expect((await run(other, ["restore", folder])).code).toBe(0);
  });

  test("without the stored files has their list, and is restored where the store has them", async () => {
    const { home } = await busyHome();
    const folder = newFolder();
    const saved = await run(home, ["backup", folder, "--no-files"]);
    const { files } = JSON.parse(saved.stdout) as Backup;
    expect(existsSync(join(folder, "blobs"))).toBe(false);
    expect(readFileSync(join(folder, "files.txt"), "utf8").trimEnd().split("\n")).toHaveLength(files);
    const other = await HomeProcesses.make();
    expect(problemOf(await run(other, ["restore", folder]))[1]).toMatch(/the store of files has 0 of the/);
    cpSync(join(home.folder, "blobs"), join(other.folder, "blobs"), { recursive: true });
    expect((await run(other, ["restore", folder])).code).toBe(0);
  });

  test.skipIf(process.platform !== "linux" || process.getuid?.() !== 0 || isOnPostgres)(
    "that does not fit on the disk says so, and goes on once there is room",
    async () => {
      const { home } = await busyHome();
      const disk = newFolder();
      mkdirSync(disk);
      expect(spawnSync("mount", ["-t", "tmpfs", "-o", "size=200k", "tmpfs", disk], { encoding: "utf8" }).stderr).toBe(
        "",
      );
      using _unmounting = { [Symbol.dispose]: () => spawnSync("umount", ["-l", disk]) };
      const folder = join(disk, "saved");
      const [code, text] = problemOf(await run(home, ["backup", folder]));
      expect(text).toMatch(/HR_DISK_FULL/);
      expect([code === 0, existsSync(folder)]).toEqual([false, false]);
      spawnSync("mount", ["-o", "remount,size=50m", disk]);
      expect((await run(home, ["backup", folder])).code).toBe(0);
    },
  );
});
