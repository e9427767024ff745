import { describe, expect, test } from "vitest";
import type { MetadataDatabase } from "../metadata-database.ts";
import { eventsOf, expectFailure, newRun, StoreRig, type StoreSubject, startNode, UNKNOWN_ID, WISH } from "./rig.ts";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Several projects in one database, and what stands above them. */
export function testProjects(subject: StoreSubject): void {
  describe("projects", () => {
    testInstallation(subject);
    testViews(subject);
  });
}

/** Names of this test's projects, without the prefix that keeps them apart from those of other tests. */
async function namesIn(database: MetadataDatabase, prefix: string): Promise<readonly string[]> {
  const names = (await database.installation.listProjects()).map(({ name }) => name);
  return names.filter((name) => name.startsWith(`${prefix}/`)).map((name) => name.slice(prefix.length + 1));
}

function testInstallation(subject: StoreSubject): void {
  test("projects are made, listed by name, found by id and by name, and renamed", async () => {
    await using rig = StoreRig.empty(subject);
    const { database, prefix } = await rig.openDatabase();
    const { installation } = database;
    const flights = await installation.createProject({ name: `${prefix}/flights` }, WISH);
    const given = crypto.randomUUID();
    const churn = await installation.createProject({ name: `${prefix}/churn`, id: given }, WISH);
    expect([flights.id, churn.id]).toEqual([expect.stringMatching(UUID), given]);
    expect(await namesIn(database, prefix)).toEqual(["churn", "flights"]);
    expect(await installation.findProject(given)).toEqual(churn);
    expect(await installation.findProject(flights.name)).toEqual(flights);
    expect(await installation.findProject(UNKNOWN_ID)).toBeUndefined();

    const renamed = await installation.renameProject(given, `${prefix}/attrition`, WISH);
    expect(renamed).toEqual({ ...churn, name: `${prefix}/attrition` });
    expect(await namesIn(database, prefix)).toEqual(["attrition", "flights"]);
    expect(await installation.renameProject(given, renamed.name, WISH)).toEqual(renamed);
    expect(await installation.findProject(churn.name)).toBeUndefined();
  });

  test("a name and an id belong to one project", async () => {
    await using rig = StoreRig.empty(subject);
    const { database, prefix } = await rig.openDatabase();
    const { installation } = database;
    const first = await installation.createProject({ name: `${prefix}/a` }, WISH);
    await installation.createProject({ name: `${prefix}/b` }, WISH);
    const taken = {
      code: "HR_CONFLICT",
      message: `the database has a project “${first.name}” already`,
      hint: "choose another name",
    } as const;
    await expectFailure(installation.createProject({ name: first.name }, WISH), taken);
    const other = await installation.findProject(`${prefix}/b`);
    await expectFailure(installation.renameProject(other?.id ?? "", first.name, WISH), taken);
    await expectFailure(installation.createProject({ name: `${prefix}/c`, id: first.id }, WISH), {
      code: "HR_CONFLICT",
      message: `the id ${first.id} belongs to another project than “${prefix}/c”`,
      hint: "leave the id out",
    });
    await expectFailure(installation.renameProject(UNKNOWN_ID, `${prefix}/d`, WISH), {
      code: "HR_NOT_FOUND",
      message: `the database has no project “${UNKNOWN_ID}”`,
      hint: "check the database and the project's name",
    });
    await expectFailure(database.project("nobody's"), {
      code: "HR_NOT_FOUND",
      message: "the database has no project “nobody's”",
      hint: "check the database and the project's name",
    });
    expect(await namesIn(database, prefix)).toEqual(["a", "b"]);
  });

  test("many that ask for one name at once get one project", async () => {
    await using rig = StoreRig.empty(subject);
    const { prefix } = await rig.openDatabase();
    const databases = await Promise.all([1, 2, 3].map(async () => (await rig.openDatabase()).database));
    const found = await Promise.all(databases.map((each) => each.installation.ensureProject({ name: `${prefix}/p` })));
    expect(new Set(found.map(({ id }) => id)).size).toBe(1);
    expect(
      await Promise.all(
        databases.map((each) => each.installation.ensureProject({ name: `${prefix}/p`, id: UNKNOWN_ID })),
      ),
    ).toEqual(found);
  });

  test("who only reads makes a project that is missing through another connection", async () => {
    await using rig = StoreRig.empty(subject);
    await rig.openDatabase();
    const { database, prefix } = await rig.openDatabase({ readOnly: true });
    const store = await database.ensureProject({ name: `${prefix}/p` });
    expect((await store.lists.runs({ limit: 1 })).items).toEqual([]);
    await expect(store.runs.create(newRun())).rejects.toMatchObject({ code: "HR_STORE_UNAVAILABLE" });
  });
}

function testViews(subject: StoreSubject): void {
  test("projects of one database share nothing: numbers, runs, data, events", async () => {
    await using rig = StoreRig.empty(subject);
    const { database, prefix } = await rig.openDatabase();
    const [one, two] = [
      await database.ensureProject({ name: `${prefix}/1` }),
      await database.ensureProject({ name: `${prefix}/2` }),
    ];
    const first = await one.runs.create(newRun());
    const second = await two.runs.create(newRun());
    expect([first.number, second.number]).toEqual([1, 1]);
    const { id } = await startNode(one, first, "a");
    const datum = await one.data.add(
      { name: "x", sizeBytes: 1, sha256: "a".repeat(64), properties: {}, uri: "file:///x" },
      1,
    );
    expect([await two.runs.get(first.id), await two.executions.get(id), await two.data.get(datum.id)]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(await two.data.findByUri("file:///x")).toBeUndefined();
    expect((await eventsOf(two)).map(({ kind }) => kind)).toEqual(["run-created"]);
    expect(await two.events.list({ afterId: 0, runId: first.id, limit: 10 })).toEqual([]);
    await expect(two.runs.setState(first.id, { state: "started", at: 1 })).rejects.toMatchObject({
      code: "HR_NOT_FOUND",
    });
    expect((await one.findByNumber(2))?.kind).toBe("execution");
    expect(await two.findByNumber(2)).toBeUndefined();
  });

  test("the views of a project are one: a listener of one hears of another's commits", async () => {
    await using rig = StoreRig.empty(subject);
    const { database, prefix } = await rig.openDatabase();
    const store = await database.ensureProject({ name: `${prefix}/p` });
    const heard = Promise.withResolvers<void>();
    const end = store.events.listen(() => heard.resolve());
    await database.installation.renameProject(store.project.id, `${prefix}/q`, WISH);
    const renamed = await database.project(store.project.id);
    expect(renamed.project.name).toBe(`${prefix}/q`);
    await renamed.runs.create(newRun());
    await heard.promise;
    end();
  });
}
