import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openDatabase, type ProjectRecord, type Wish } from "../store/index.ts";
import { startPostgres, type TestServer, whyNoPostgres } from "../store/postgres/test-server.ts";
import { createKeyLine, type KeyRing, parseKeys } from "./key-ring.ts";
import { variableRepository } from "./variables.ts";

const WISH: Wish = { actor: "user:ada", at: 1_000 };
const SECRET = "hunter2-hunter2";

describe.each([["SQLite"], ["PostgreSQL"]])("variables on %s", (kind) => {
  if (kind === "PostgreSQL" && whyNoPostgres() !== undefined) return;
  let server: TestServer | undefined;
  beforeAll(async () => {
    if (kind === "PostgreSQL") server = await startPostgres();
  });
  afterAll(() => server?.[Symbol.asyncDispose]());
  let databases = 0;

  async function open() {
    const folder = mkdtempSync(join(tmpdir(), "headrace-variables-"));
    const url = await server?.createDatabase(`variables_${++databases}`);
    const database = await openDatabase(url === undefined ? { file: join(folder, "headrace.db") } : { url });
    const ring = { keys: parseKeys(createKeyLine(), "test") as KeyRing };
    const { installation } = database;
    return {
      ...{ database, ring, variables: variableRepository(installation.scope, () => ring.keys) },
      project: await installation.createProject({ name: "ada/flights" }, WISH),
      other: await installation.createProject({ name: "ada/churn" }, WISH),
      [Symbol.asyncDispose]: async () => {
        await database[Symbol.asyncDispose]();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  }

  const of = (owner: ProjectRecord | "installation", group = "") => ({ owner, group });
  const plain = (name: string, value: string) => ({ name, value, isSecret: false });
  const secret = (name: string, value: string) => ({ name, value, isSecret: true });

  test("a step gets the secrets that it asks for, by the project's own, then its groups in order", async () => {
    await using rig = await open();
    const { variables, project, other } = rig;
    await variables.set(of(project), plain("A", "own"), WISH);
    await variables.set(of(project), secret("TOKEN", SECRET), WISH);
    await variables.set(of("installation", "aws"), plain("A", "shared"), WISH);
    await variables.set(of("installation", "aws"), plain("REGION", "eu"), WISH);
    await variables.set(of(project, "aws"), plain("REGION", "us"), WISH);
    await variables.set(of(project, "late"), plain("A", "late"), WISH);
    await variables.set(of(project, "late"), plain("TOKEN", "no secret"), WISH);
    await variables.set(of("installation", "aws"), secret("KEY", `${SECRET}-shared`), WISH);
    await variables.set(of(project, "aws"), secret("KEY", `${SECRET}-own`), WISH);
    const opened = (groups: readonly string[], names: readonly string[], from = project) =>
      variables.openSecrets(from, groups, names);
    expect(await opened([], [])).toEqual({});
    expect(await opened([], ["TOKEN"])).toEqual({ TOKEN: SECRET });
    expect(await opened(["aws"], ["TOKEN", "KEY"])).toEqual({ TOKEN: SECRET, KEY: `${SECRET}-own` });
    expect(await opened(["aws"], ["KEY"], other)).toEqual({ KEY: `${SECRET}-shared` });
    expect(await opened(["late", "aws"], ["TOKEN"])).toEqual({ TOKEN: "no secret" });
    await expect(opened([], ["KEY"])).rejects.toMatchObject({
      code: "HR_SECRETS",
      message: "the secret KEY, which the step is to get, is not there any more",
    });
  });

  test("are listed without the value of a secret, which stands nowhere in the database or its log", async () => {
    await using rig = await open();
    const { variables, project, database } = rig;
    await variables.set(of(project), secret("TOKEN", SECRET), WISH);
    await variables.set(of(project), plain("A", "1"), WISH);
    await variables.set(of("installation", "aws"), secret("KEY", SECRET), { ...WISH, at: 2_000 });
    expect(await variables.list(project)).toEqual([
      {
        ...{ name: "", isShared: false },
        variables: [
          { name: "A", isSecret: false, value: "1", setAt: 1_000 },
          { name: "TOKEN", isSecret: true, setAt: 1_000 },
        ],
      },
      { name: "aws", isShared: true, variables: [{ name: "KEY", isSecret: true, setAt: 2_000 }] },
    ]);
    const audit = await database.installation.audit.list({ afterId: 0, limit: 99 });
    expect(audit.map(({ action }) => action).filter((action) => action.startsWith("variable"))).toHaveLength(3);
    expect(JSON.stringify(audit)).not.toContain(SECRET);
  });

  test("a secret may take the place of a plain value and the other way round; removed ones are gone", async () => {
    await using rig = await open();
    const { variables, project } = rig;
    await variables.set(of(project), plain("A", "1"), WISH);
    await variables.set(of(project), secret("A", SECRET), WISH);
    expect(await variables.list(project)).toMatchObject([{ variables: [{ name: "A", isSecret: true }] }]);
    await variables.set(of(project), plain("A", "2"), WISH);
    expect(await variables.list(project)).toMatchObject([{ variables: [{ isSecret: false, value: "2" }] }]);
    await variables.remove(of(project), "A", WISH);
    expect(await variables.list(project)).toMatchObject([{ variables: [] }]);
    await expect(variables.remove(of(project), "A", WISH)).rejects.toMatchObject({ code: "HR_NOT_FOUND" });
    await variables.set(of(project, "g"), plain("A", "1"), WISH);
    await variables.removeGroup(of(project, "g"), WISH);
    await expect(variables.removeGroup(of(project, "g"), WISH)).rejects.toMatchObject({ code: "HR_NOT_FOUND" });
    expect((await variables.list(project)).map(({ name }) => name)).toEqual([""]);
  });

  test("a group can be made before its variables, and once", async () => {
    await using rig = await open();
    const { variables, project } = rig;
    await variables.createGroup(of(project, "aws"), WISH);
    expect(await variables.list(project)).toEqual([{ name: "aws", isShared: false, variables: [] }]);
    await expect(variables.createGroup(of(project, "aws"), WISH)).rejects.toMatchObject({ code: "HR_CONFLICT" });
    await expect(variables.createGroup(of(project, ""), WISH)).rejects.toMatchObject({ code: "HR_USAGE" });
  });

  test("a new key takes the former one's place once all is sealed anew", async () => {
    await using rig = await open();
    const { variables, project, ring } = rig;
    await variables.set(of(project), secret("A", SECRET), WISH);
    await variables.set(of(project), plain("B", "1"), WISH);
    const former = ring.keys;
    const [next] = parseKeys(createKeyLine(), "test");
    ring.keys = [next, ...former];
    expect(await variables.rotate(WISH)).toBe(1);
    expect(await variables.rotate(WISH)).toBe(0);
    ring.keys = [next];
    expect(await variables.openSecrets(project, [], ["A", "B"])).toEqual({ A: SECRET, B: "1" });
    ring.keys = former;
    await expect(variables.openSecrets(project, [], ["A"])).rejects.toMatchObject({ code: "HR_SECRETS" });
  });

  test.each([
    ["", "1", "“” cannot be the name of a variable"],
    ["1A", "1", "“1A” cannot be the name of a variable"],
    ["A B", "1", "“A B” cannot be the name of a variable"],
    ["A\nB", "1", "“A\nB” cannot be the name of a variable"],
    ["A", "a\0b", "the value of A does not fit into a variable"],
    ["A", "x".repeat(65_537), "the value of A does not fit into a variable"],
    ["A", "short", "A has fewer than 6 characters, too few for a secret"],
    ["A", "   ab   ", "A has fewer than 6 characters, too few for a secret"],
    ["LD_PRELOAD", "/a/b/c.so", "LD_PRELOAD cannot be a secret: it decides how programs are started"],
    ["PATH", "/a/b/c/d", "PATH cannot be a secret: it decides how programs are started"],
    ["VH_JOB_ID", "exec-12345", "VH_JOB_ID cannot be a secret: it decides how programs are started"],
  ])("none is called %j with the value %.5j", async (name, value, message) => {
    await using rig = await open();
    await expect(rig.variables.set(of(rig.project), secret(name, value), WISH)).rejects.toMatchObject({
      ...{ code: "HR_USAGE", message },
    });
    await expect(rig.variables.set(of(rig.project, "a/b"), plain("A", "1"), WISH)).rejects.toMatchObject({
      message: "“a/b” cannot be the name of a group",
    });
  });
});
