import { existsSync, renameSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunDetailView } from "../src/api/index.ts";
import {
  S3_SERVER_TIMEOUT_MS,
  type S3Server,
  s3ServerProblem,
  startS3Server,
} from "../src/blobs/s3/fixtures/s3-server.ts";
import { startPostgres, type TestServer, whyNoPostgres } from "../src/store/postgres/test-server.ts";
import { type CommandResult, ProjectRig } from "./rig.ts";

const YAML = `
- step: { name: make, image: i, command: "echo made | tee /valohai/outputs/a.txt; echo '{\\"score\\": 0.5}'" }
- step: { name: fail, image: i, command: "exit 3" }
- step: { name: wait, image: i, command: "echo begun; exec sleep 600" }
`;

/** Here, on this machine's disk, whatever the tests around this one have been told. */
const HERE = { HEADRACE_DATABASE_URL: "", HEADRACE_BLOBS: "" };

describe.skipIf(whyNoPostgres() !== undefined)("headrace migrate", () => {
  let server: TestServer;
  let databases = 0;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
  });

  const newUrl = (): Promise<string> => server.createDatabase(`migrate_${++databases}`);
  const at = (rig: ProjectRig, env: Readonly<Record<string, string>>) => {
    return (...args: readonly string[]): Promise<CommandResult> => rig.startIn(rig.root, env, ...args).result;
  };
  /** Everything that a user can look at. */
  const tell = async (command: ReturnType<typeof at>): Promise<readonly string[]> => {
    const looks = [["ls"], ["info", "1"], ["info", "3"], ["logs", "1"], ["outputs", "1"], ["compare", "1", "3"]];
    return await Promise.all(looks.map(async (look) => (await command(...look, "--json")).stdout));
  };

  it("moves a project to PostgreSQL and back, with everything that can be seen of it, and its numbering", async () => {
    await using rig = new ProjectRig({ "valohai.yaml": YAML });
    const url = await newUrl();
    const [here, there] = [at(rig, HERE), at(rig, { ...HERE, HEADRACE_DATABASE_URL: url })];
    expect((await here("run", "make")).code).toBe(0);
    expect((await here("run", "fail", "--tag", "nightly")).code).toBe(1);
    const before = await tell(here);

    const moved = await here("migrate", "--to", url);
    expect(moved.code, moved.stderr).toBe(0);
    expect(moved.stdout).toMatch(
      /^✓ \d+ records copied and compared\n {2}from .*\/\.headrace\/headrace\.db\n {2}to {3}postgres:\/\/postgres@/,
    );
    expect(moved.stdout).toContain(
      "  export HEADRACE_DATABASE_URL='postgres://postgres:PASSWORD@localhost/migrate_1?host=",
    );
    expect(moved.stdout).toContain("The stored files stay on this machine's disk.");
    expect(moved.stdout + moved.stderr).not.toContain(encodeURIComponent(server.password));
    expect(await tell(there)).toEqual(before);
    expect(await tell(here)).toEqual(before);
    // The former records keep nobody from clearing up.
    const cleared = await there("gc");
    expect(cleared.code, cleared.stderr).toBe(0);

    expect((JSON.parse((await there("run", "make", "--fresh", "--json")).stdout) as RunDetailView).number).toBe(5);
    const refused = await there("migrate", "--to", "sqlite");
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/the database .*headrace\.db holds this project already, as “headrace-test-/);
    for (const ending of ["", "-wal", "-shm"]) {
      const file = join(rig.root, `.headrace/headrace.db${ending}`);
      if (existsSync(file)) renameSync(file, join(rig.root, `former.db${ending}`));
    }
    const after = await tell(there);
    const back = await there("migrate", "--to", "sqlite", "--json");
    expect(back.code, back.stdout).toBe(0);
    expect(JSON.parse(back.stdout)).toMatchObject({
      files: null,
      environment: { HEADRACE_DATABASE_URL: null },
      filesAreLocal: true,
    });
    expect(await tell(here)).toEqual(after);
    expect((JSON.parse((await here("run", "make", "--fresh", "--json")).stdout) as RunDetailView).number).toBe(7);
  });

  it("gives the project another name there", async () => {
    await using rig = new ProjectRig({ "valohai.yaml": YAML });
    const url = await newUrl();
    const here = at(rig, HERE);
    expect((await here("run", "make")).code).toBe(0);
    const moved = await here("migrate", "--to", url, "--name", "churn", "--json");
    expect(JSON.parse(moved.stdout)).toMatchObject({ environment: { HEADRACE_PROJECT: "churn" } });
    await using elsewhere = new ProjectRig({ "valohai.yaml": YAML });
    const there = at(elsewhere, { ...HERE, HEADRACE_DATABASE_URL: url, HEADRACE_PROJECT: "churn" });
    expect(JSON.parse((await there("ls", "--json")).stdout)).toMatchObject([
      { number: 1, name: "make", state: "complete" },
    ]);
    const again = await here("migrate", "--to", url);
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining("holds this project already, as “churn”")]);
  });

  it("is refused while a run is under way, and copies nothing", async () => {
    await using rig = new ProjectRig({ "valohai.yaml": YAML });
    const url = await newUrl();
    const here = at(rig, HERE);
    const running = rig.startIn(rig.root, HERE, "run", "wait");
    await running.sees("started");
    const refused = await here("migrate", "--to", url);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain("run 1 has not ended (started): a project is moved only while nothing runs");
    expect(refused.stderr).toContain(
      "let it end (`headrace resume 1` where nothing drives it), or end it by `headrace stop 1`; then try again",
    );
    expect((await here("stop", "1")).code).toBe(0);
    await running.result;
    expect((await here("migrate", "--to", url)).code).toBe(0);
  });

  it.each<readonly [string, readonly string[], number, string]>([
    ["no target", [], 2, "it is not said where the project is to go"],
    [
      "a name for a file",
      ["--to", "sqlite", "--name", "x"],
      2,
      "a project gets a name of its own only on a PostgreSQL server",
    ],
    ["its own file", ["--to", "sqlite"], 1, "is both the source and the target"],
    ["its own files", ["--blobs", "local"], 1, "the stored files are on this machine's disk already"],
    [
      "another kind of database",
      ["--to", "mysql://u:hidden@h/d"],
      1,
      "is not of the form postgres://user:password@host:5432/database",
    ],
    ["a server that is not there", ["--to", "postgres://u:hidden@127.0.0.1:1/d"], 1, "HR_STORE_UNAVAILABLE"],
  ])("refuses %s in words", { timeout: 90_000 }, async (_what, args, code, message) => {
    await using rig = new ProjectRig({ "valohai.yaml": YAML });
    const here = at(rig, HERE);
    expect((await here("migrate", ...args)).stderr).toMatch(/nothing has run in this project yet/);
    expect((await here("run", "make")).code).toBe(0);
    const refused = await here("migrate", ...args);
    expect(refused.stderr).toContain(message);
    expect(refused.code).toBe(code);
    expect(refused.stderr).not.toContain("hidden");
  });

  describe.skipIf(s3ServerProblem() !== undefined)("with the stored files", () => {
    let bucket: S3Server;
    beforeAll(async () => {
      bucket = await startS3Server();
    }, S3_SERVER_TIMEOUT_MS);
    afterAll(async () => {
      await bucket?.stop();
    });

    it("copies them to a bucket and back", async () => {
      await using rig = new ProjectRig({ "valohai.yaml": YAML });
      const url = await newUrl();
      const blobs = `s3://${bucket.bucket}/moved`;
      const here = at(rig, { ...HERE, ...bucket.env });
      expect((await here("run", "make")).code).toBe(0);
      const moved = await here("migrate", "--to", url, "--blobs", blobs, "--name", "files", "--json");
      expect(moved.code, moved.stdout).toBe(0);
      const report = JSON.parse(moved.stdout) as {
        readonly files: { readonly files: number; readonly copied: number };
      };
      expect(report).toMatchObject({ environment: { HEADRACE_BLOBS: blobs }, filesAreLocal: false });
      expect(report.files.copied).toBe(report.files.files);

      await using elsewhere = new ProjectRig({ "valohai.yaml": YAML });
      const env = { ...bucket.env, HEADRACE_DATABASE_URL: url, HEADRACE_BLOBS: blobs, HEADRACE_PROJECT: "files" };
      const there = at(elsewhere, env);
      expect((await there("outputs", "1", "--download", "got")).code).toBe(0);
      expect(elsewhere.read("got/a.txt")).toBe("made\n");
      const back = await there("migrate", "--blobs", "local");
      expect(back.stdout).toMatch(/✓ (\d+) of \1 stored files copied/);
      const withoutBucket = at(elsewhere, {
        HEADRACE_DATABASE_URL: url,
        HEADRACE_PROJECT: "files",
        HEADRACE_BLOBS: "",
      });
      expect((await withoutBucket("outputs", "1", "--download", "again")).code).toBe(0);
      expect(elsewhere.read("again/a.txt")).toBe("made\n");
    });
  });
});
