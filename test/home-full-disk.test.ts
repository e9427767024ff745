import { spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, rmSync, statSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { tarOf } from "../src/snapshots/fixtures/tar.ts";
import { atEndOfTest } from "./at-end-of-test.ts";
import { HomeProcesses, seen } from "./home-process.ts";
import { isOnPostgres } from "./rig.ts";

const CONFIGURATION = `
- step: {name: greet, image: alpine, command: 'cat file.txt'}
- step:
    name: talk
    image: alpine
    command:
      - head -c 4000000 /dev/urandom | base64
      - while [ -d "$(dirname "$HR_GO")" ] && [ ! -e "$HR_GO" ]; do sleep 0.1; done
    environment-variables: [{name: HR_GO, optional: true}]
`;

/** A home on a small disk of its own, which can be filled. */
class SmallDisk {
  readonly home: HomeProcesses;
  readonly #filler: string;

  private constructor(home: HomeProcesses) {
    this.home = home;
    this.#filler = join(home.folder, "filler");
  }

  static async make(): Promise<SmallDisk> {
    const home = await HomeProcesses.make();
    mkdirSync(home.folder);
    const { stderr } = spawnSync("mount", ["-t", "tmpfs", "-o", "size=48m", "tmpfs", home.folder], {
      encoding: "utf8",
    });
    expect(stderr).toBe("");
    atEndOfTest(() => void spawnSync("umount", ["-l", home.folder]));
    return new SmallDisk(home);
  }

  /** Leaves so many bytes. */
  fill(left: number): void {
    spawnSync("dd", ["if=/dev/zero", `of=${this.#filler}`, "bs=4096"]);
    truncateSync(this.#filler, Math.max(0, statSync(this.#filler).size - left));
  }

  makeRoom(): void {
    rmSync(this.#filler);
  }
}

interface Answer {
  readonly status: number;
  readonly json: { readonly code?: string; readonly hint?: string; readonly identifier?: string };
}

async function send(home: HomeProcesses, method: string, path: string, body: BodyInit): Promise<Answer> {
  const json = typeof body === "string" ? { "content-type": "application/json" } : {};
  const bytes = body instanceof Uint8Array ? { "content-type": "application/octet-stream" } : {};
  const headers = { authorization: `Token ${await home.token()}`, ...json, ...bytes };
  const answer = await fetch(`${home.url}/api/v0${path}`, { method, headers, body });
  return { status: answer.status, json: (await answer.json()) as Answer["json"] };
}

function importPackage(home: HomeProcesses, project: string, more: Record<string, string> = {}): Promise<Answer> {
  const form = new FormData();
  const code = gzipSync(tarOf({ "valohai.yaml": CONFIGURATION, "file.txt": "hello\n", ...more }));
  form.append("data", new Blob([code]), "data.tgz");
  return send(home, "POST", `/projects/${project}/import-package/`, form);
}

const FULL = { status: 507, json: { code: "HR_DISK_FULL", hint: expect.any(String) } };
const canMount = process.platform === "linux" && process.getuid?.() === 0;

describe.skipIf(!canMount)("a home whose disk is full", () => {
  test("refuses code and files in words, keeps what came of a file, and takes them once there is room", async () => {
    const disk = await SmallDisk.make();
    const { home } = disk;
    await home.start();
    const project = await home.project();
    disk.fill(400_000);
    const large = { "large.txt": randomBytes(2_000_000).toString("hex") };
    expect(await importPackage(home, project, large)).toMatchObject(FULL);
    expect((await home.call(`/commits/?project=${project}`)).count).toBe(0);
    expect(home.filesOf(project, "uploads")).toEqual([]);

    const content = randomBytes(3_000_000);
    const sha256 = createHash("sha256").update(content).digest("hex");
    const part = (offset: number) =>
      send(
        home,
        "PUT",
        `/projects/${project}/files/contents/${sha256}/?offset=${offset}&sizeBytes=${content.length}`,
        content.subarray(offset),
      );
    expect(await part(0)).toMatchObject(FULL);
    disk.makeRoom();
    const ask = { contents: [{ sha256, sizeBytes: content.length }] };
    const { lacking } = await home.call(`/projects/${project}/files/lacking/`, { body: ask });
    expect(lacking).toEqual([{ sha256, receivedBytes: expect.any(Number) }]);
    expect(await part(lacking[0].receivedBytes)).toMatchObject({ status: 200 });
    const head = { files: [{ name: "a.bin", sha256, sizeBytes: content.length }], sends: [] };
    const stored = await send(home, "POST", `/projects/${project}/files/`, Buffer.from(`${JSON.stringify(head)}\n`));
    expect(stored).toMatchObject({ status: 201, json: [{ name: "a.bin" }] });
    const { items } = await home.call(`/projects/${project}/files/`);
    const back = await fetch(`${home.url}/api/v0/projects/${project}/files/${items[0].id}/content/`, {
      headers: { authorization: `Token ${await home.token()}` },
    });
    expect(
      createHash("sha256")
        .update(await back.bytes())
        .digest("hex"),
    ).toBe(sha256);
    const { status, json } = await importPackage(home, project, large);
    expect(status).toBe(201);
    expect(await home.ended(project, await home.run(project, "greet", json.identifier ?? ""))).toBe("complete");
  });

  test.skipIf(isOnPostgres)(
    "refuses changes of records in words, is read on, and goes on once there is room",
    async () => {
      const disk = await SmallDisk.make();
      const { home } = disk;
      await home.start();
      const project = await home.project();
      disk.fill(60_000);
      const answers: Answer[] = [];
      for (let index = 0; answers.at(-1)?.status !== 507; index++) {
        const body = JSON.stringify({ name: `V${index}`, value: "x".repeat(8_000), secret: false });
        answers.push(await send(home, "PUT", `/projects/${project}/variables/`, body));
      }
      expect(answers.at(-1)).toMatchObject(FULL);
      const kept = async (): Promise<number> =>
        (await home.call(`/projects/${project}/variables/`)).flatMap(
          ({ variables }: { readonly variables: readonly unknown[] }) => variables,
        ).length;
      expect(await kept()).toBe(answers.length - 1);
      expect(answers.slice(0, -1).filter(({ status }) => status !== 200)).toEqual([]);
      disk.makeRoom();
      await home.call(`/projects/${project}/variables/`, {
        method: "PUT",
        body: { name: "LAST", value: "x", secret: false },
      });
      expect(await kept()).toBe(answers.length);
    },
  );

  test("does not lose the log of a step that ends meanwhile", async () => {
    const disk = await SmallDisk.make();
    const { home } = disk;
    const server = await home.start();
    const project = await home.project();
    const { json } = await importPackage(home, project);
    const run = await home.run(project, "talk", json.identifier ?? "");
    const log = async (): Promise<string> => await home.call(`/projects/${project}/records/${run}/log/`);
    const printed = await seen(async () => {
      const { items } = await home.call(`/projects/${project}/executions/?run=${run}`);
      if (items[0]?.state !== "started") return undefined;
      const text = await log();
      return text.length > 5_400_000 ? text : undefined;
    });
    disk.fill(1_500_000);
    home.letGo();
    expect(await home.ended(project, run)).toBe("complete");
    expect(await log()).toBe(printed);
    disk.makeRoom();
    server.child.kill("SIGTERM");
    expect((await server.result).code).toBe(0);
    await home.start();
    // It lies with the stored files once an engine works for the project again.
    await home.ended(project, await home.run(project, "greet", json.identifier ?? ""));
    const blobs = join(home.folder, "blobs");
    await seen(async () => {
      const sizes = readdirSync(blobs, { recursive: true, encoding: "utf8" }).map((name) =>
        statSync(join(blobs, name)),
      );
      return sizes.some((file) => file.isFile() && file.size > 2_000_000) || undefined;
    });
    await seen(async () => {
      rmSync(join(home.folder, "projects", project, "executions"), { recursive: true, force: true });
      return (await log().catch(() => undefined)) === printed || undefined;
    });
  });
});
