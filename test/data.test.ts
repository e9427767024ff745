import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { DatumView, ErrorView, RunDetailView } from "../src/api/index.ts";
import { HomeProcesses, kill } from "./home-process.ts";
import { ProjectRig } from "./rig.ts";

const YAML = `
- step:
    name: copy
    image: none
    environment: local
    command: cat $VH_INPUTS_DIR/table/* > $VH_OUTPUTS_DIR/copy.txt
    inputs: [{name: table}]
- step:
    name: wait
    image: none
    environment: local
    command: while [ ! -e "$HR_GO" ]; do sleep 0.05; done
    inputs: [{name: table}]
`;

const sha256Of = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

describe("headrace data, in a folder", () => {
  test("stores files and folders, which runs have as inputs", async () => {
    await using rig = new ProjectRig({ "valohai.yaml": YAML, "raw/a.txt": "a\n", "raw/in/b.txt": "b\n" });
    symlinkSync("/etc/hostname", join(rig.root, "raw/link"));
    const stored = await rig.json<readonly DatumView[]>(
      ...[0, "data", "upload", "raw", "--tag", "march", "--property", "source=hand"],
    );
    expect(stored.map(({ name }) => name).toSorted()).toEqual(["raw/a.txt", "raw/in/b.txt"]);
    expect(stored[0]).toMatchObject({ execution: null, properties: { "valohai.tags": ["march"], source: "hand" } });
    const uri = stored.find(({ name }) => name === "raw/a.txt")?.uri ?? "";
    await rig.json<RunDetailView>(0, "run", "copy", "--input", `table=${uri}`);
    expect((await rig.headrace("cat", "latest/copy.txt")).stdout).toBe("a\n");
    // Clearing up takes none of what somebody brought.
    await rig.json(0, "gc", "--older-than", "1s");
    expect((await rig.headrace("cat", stored.find(({ name }) => name.endsWith("b.txt"))?.uri ?? "")).stdout).toBe(
      "b\n",
    );
    const named = await rig.json<readonly DatumView[]>(0, "data", "upload", "raw/a.txt", "--name", "x/y.csv");
    expect(named).toMatchObject([{ name: "x/y.csv", sizeBytes: 2 }]);
    for (const args of [["raw", "--name", "x"], ["nothing.txt"], ["raw/a.txt", "--name", "../x"]]) {
      const { code, stderr } = await rig.headrace("data", "upload", ...args);
      expect([code, stderr]).not.toEqual([0, ""]);
    }
  });

  test("purges the bytes of a file, and keeps its record; what lacks it is not used again", async () => {
    await using rig = new ProjectRig({ "valohai.yaml": YAML, "a.txt": "a\n" });
    const [{ uri } = { uri: "" }] = await rig.json<readonly DatumView[]>(0, "data", "upload", "a.txt");
    const first = await rig.json<RunDetailView>(0, "run", "copy", "--input", `table=${uri}`);
    const [purged] = await rig.json<readonly DatumView[]>(0, "data", "purge", `${first.number}/copy.txt`);
    expect(purged).toMatchObject({ name: "copy.txt", purgedAt: expect.any(String) });
    const read = await rig.headrace("cat", `${first.number}/copy.txt`);
    expect([read.code, read.stderr]).toEqual([2, expect.stringContaining('"copy.txt" was purged at ')]);
    expect((await rig.headrace("verify")).code).toBe(0);
    const second = await rig.json<RunDetailView>(0, "run", "copy", "--input", `table=${uri}`);
    expect(second.nodes[0]?.reused).toBe(false);
    // The same content is there once more, and the purged file stays purged.
    expect((await rig.headrace("cat", "latest/copy.txt")).stdout).toBe("a\n");
    expect((await rig.headrace("cat", purged?.uri ?? "")).code).toBe(2);
    const refused = await rig.headrace("run", "copy", "--input", `table=${purged?.uri}`);
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining("was purged at")]);
  });

  test("keeps a file that a run needs which has not ended", async () => {
    await using rig = new ProjectRig({ "valohai.yaml": YAML, "a.txt": "a\n" });
    const [{ uri } = { uri: "" }] = await rig.json<readonly DatumView[]>(0, "data", "upload", "a.txt");
    const go = join(rig.root, "go");
    const run = rig.start(
      "run",
      "wait",
      "--input",
      `table=${uri}`,
      "--env",
      `HR_GO=${go}`,
      "--sandbox",
      "off",
      "--fresh",
    );
    const state = async () => (await rig.headrace("ls", "--state", "started", "--json")).stdout;
    while (!(await state()).includes('"wait"')) await new Promise((resolve) => setTimeout(resolve, 100));
    const users = async () => (await rig.headrace("lineage", uri, "--down", "--json")).stdout;
    while (!(await users()).includes('"wait"')) await new Promise((resolve) => setTimeout(resolve, 100));
    const refused = await rig.headrace("data", "purge", uri, "--json");
    expect((JSON.parse(refused.stdout) as ErrorView).error).toMatchObject({ code: "HR_CONFLICT" });
    writeFileSync(go, "");
    expect((await run.result).code).toBe(0);
    expect((await rig.headrace("data", "purge", uri)).code).toBe(0);
  });
});

describe("headrace data, on a server", () => {
  test("goes on with a large file where a killed server was, and gives nobody what others have", async () => {
    await using home = await HomeProcesses.make();
    const server = await home.start();
    const project = await home.project();
    const token = await home.token();
    const port = new URL(home.url).port;
    const large = randomBytes(20_000_000);
    const sha256 = sha256Of(large);
    const folder = join(home.rig.root, "mine");
    mkdirSync(join(folder, "small"), { recursive: true });
    writeFileSync(join(folder, "large.bin"), large);
    for (let index = 0; index < 700; index++) writeFileSync(join(folder, `small/${index}.txt`), `${index}\n`);

    const address = (offset: number) =>
      `${home.url}/api/v0/projects/${project}/files/contents/${sha256}/?offset=${offset}&sizeBytes=${large.length}`;
    const send = async (offset: number, bytes: Uint8Array) =>
      await fetch(address(offset), {
        ...{ method: "PUT", body: Buffer.from(bytes) },
        headers: { authorization: `Token ${token}`, "content-type": "application/octet-stream" },
      });
    const lacking = async () =>
      (
        await home.call(`/projects/${project}/files/lacking/`, {
          body: { contents: [{ sha256, sizeBytes: 20_000_000 }] },
        })
      ).lacking;
    const upload = (name: string) =>
      home.rig.startIn(
        folder,
        { HEADRACE_SERVER: home.url, HEADRACE_SERVER_PROJECT: project, HEADRACE_TOKEN: token },
        ...["data", "upload", name, "--json"],
      ).result;

    // The beginning comes, of another file than was announced; then the server is killed.
    expect(await (await send(0, randomBytes(5_000_000))).json()).toEqual({ receivedBytes: 5_000_000 });
    expect((await send(0, large.subarray(0, 10))).status).toBe(409);
    await kill(server);
    const second = await home.start({ args: ["--port", port] });
    expect(await lacking()).toEqual([{ sha256, receivedBytes: 5_000_000 }]);
    const damaged = await upload("large.bin");
    expect((JSON.parse(damaged.stdout) as ErrorView).error.message).toContain("are not those of its hash");
    // That proves that it went on behind them. The wrong bytes are gone, and the right beginning counts.
    expect(await lacking()).toEqual([{ sha256, receivedBytes: 0 }]);
    expect(await (await send(0, large.subarray(0, 7_000_000))).json()).toEqual({ receivedBytes: 7_000_000 });
    const done = await upload("large.bin");
    const [file] = JSON.parse(done.stdout) as readonly DatumView[];
    expect(file).toMatchObject({ name: "large.bin", sha256, sizeBytes: 20_000_000 });
    expect(await lacking()).toEqual([]);
    const content = await fetch(`${home.url}/api/v0/projects/${project}/files/${file?.id}/content/`, {
      headers: { authorization: `Token ${token}` },
    });
    expect(sha256Of(Buffer.from(await content.arrayBuffer()))).toBe(sha256);

    const many = JSON.parse((await upload("small")).stdout) as readonly DatumView[];
    expect([many.length, new Set(many.map(({ id }) => id)).size]).toEqual([700, 700]);
    const audit = await home.call(`/projects/${project}/audit/?action=data.upload&limit=1000`);
    expect(audit.items).toHaveLength(701);

    // Another project has to bring the content itself, though the bytes lie in one place.
    const { id: other } = await home.call("/projects/", { body: { name: "other" } });
    const wish = { contents: [{ sha256, sizeBytes: 20_000_000 }] };
    expect((await home.call(`/projects/${other}/files/lacking/`, { body: wish })).lacking).toHaveLength(1);
    const store = async (files: readonly object[], sends: readonly string[] = [], bytes = "") =>
      await fetch(`${home.url}/api/v0/projects/${other}/files/`, {
        ...{ method: "POST", body: `${JSON.stringify({ files, sends })}\n${bytes}` },
        headers: { authorization: `Token ${token}`, "content-type": "application/octet-stream" },
      });
    const answers = await Promise.all([
      store([{ name: "a", sha256, sizeBytes: 20_000_000 }]),
      store([{ name: "../a", sha256: sha256Of(Buffer.from("x")), sizeBytes: 1 }], [sha256Of(Buffer.from("x"))], "x"),
      store([{ name: "a", sha256, sizeBytes: 1 }], [sha256], "x"),
      store([{ name: "a", sha256: sha256Of(Buffer.from("x")), sizeBytes: 1 }], [sha256Of(Buffer.from("x"))], "xx"),
      store([{ name: "a" }]),
    ]);
    const told = await Promise.all(answers.map(async (answer) => [answer.status, await answer.text()] as const));
    expect(told.filter(([status]) => status < 400 || status >= 500)).toEqual([]);
    expect((await home.call(`/data/?project=${other}`)).count).toBe(0);
    second.child.kill("SIGTERM");
    expect((await second.result).code).toBe(0);
    expect(readFileSync(join(home.folder, "server.log"), "utf8")).not.toContain('"level":50');
  });
});
