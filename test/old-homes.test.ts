import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, globSync, mkdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, test } from "vitest";
import { HomeProcesses, PASSWORD } from "./home-process.ts";
import { isOnPostgres } from "./rig.ts";

const FOLDER = join(import.meta.dirname, "databases");
const ALL = globSync("home-*.tar.gz", { cwd: FOLDER }).map((path) => basename(path, ".tar.gz"));
const NAMES = ALL.filter((name) => name.endsWith("-postgres") === isOnPostgres);

/** The facts that were noted when the home was made. */
interface Told {
  readonly token: string;
  readonly project: string;
  readonly commit: string;
}

async function unpack(name: string): Promise<{ readonly home: HomeProcesses; readonly told: Told }> {
  const home = await HomeProcesses.make();
  mkdirSync(home.folder);
  execFileSync("tar", ["-xzf", join(FOLDER, `${name}.tar.gz`), "-C", home.folder]);
  // The records of a home on PostgreSQL.
  const dump = join(home.folder, "dump.sql");
  if (existsSync(dump)) await home.change(readFileSync(dump, "utf8"));
  return { home, told: JSON.parse(readFileSync(join(home.folder, "told.json"), "utf8")) as Told };
}

test("there is a home of an earlier schema", () => expect(NAMES.length).toBeGreaterThan(0));

describe.each(NAMES)("%s", (name) => {
  test("is opened, logged in to, listed, read, gone on with and worked in", async () => {
    const { home, told } = await unpack(name);
    await using _home = home;
    const { project, commit } = told;
    await home.start();
    const byToken = await fetch(`${home.url}/api/v0/users/me/`, { headers: { authorization: `Token ${told.token}` } });
    expect([byToken.status, await byToken.json()]).toMatchObject([200, { username: "admin", isAdmin: true }]);
    const ada = await fetch(`${home.url}/api/v0/get-token/`, {
      ...{ method: "POST", headers: { "content-type": "application/json" } },
      body: JSON.stringify({ username: "ada", password: PASSWORD }),
    });
    expect(ada.status).toBe(200);

    const { results: users } = await home.call("/users/");
    expect(users).toMatchObject([{ username: "ada", fullName: "Ada L." }, { username: "admin" }]);
    expect(await home.call("/teams/")).toMatchObject([{ name: "research", members: ["ada"] }]);
    const members = await home.call(`/projects/${project}/members/`);
    expect(members.map(({ name: of, role }: Record<string, string>) => `${of} ${role}`).toSorted()).toEqual([
      ...["admin admin", "research viewer"],
    ]);
    const [{ variables }] = await home.call(`/projects/${project}/variables/`);
    expect(variables).toMatchObject([
      { name: "HIDDEN", value: null, secret: true },
      { name: "PLAIN", value: "the value of PLAIN", secret: false },
    ]);
    expect(await home.call(`/projects/${project}/views/`)).toMatchObject([{ name: "mine", search: "state=error" }]);
    expect((await home.call("/audit/?action=user.create")).items.length).toBeGreaterThan(0);

    // The second run had nobody who worked for it.
    const { items } = await home.call(`/projects/${project}/runs/`);
    expect(items).toMatchObject([{ title: "second" }, { title: "first", state: "complete" }]);
    const third = await home.run(project, "greet", commit);
    for (const number of [items[0].number, third]) expect(await home.ended(project, number)).toBe("complete");
    const secret = createHash("sha256").update("the value of HIDDEN").digest("hex");
    for (const number of [items[1].number, items[0].number, third]) {
      expect(await home.call(`/projects/${project}/records/${number}/log/`)).toBe("hello world\n");
      const { items: files } = await home.call(`/projects/${project}/records/${number}/outputs/`);
      expect(await home.call(`/projects/${project}/files/${files[0].id}/content/`)).toBe(`${secret}  -\n`);
    }
    const { items: events } = await home.call(`/projects/${project}/events/?limit=1000`);
    const ids = events.map(({ id }: { readonly id: string }) => Number(id));
    expect(ids).toEqual(ids.toSorted((a: number, b: number) => a - b));
    const runs = new Set(events.map(({ body }: { readonly body: { readonly runId?: string } }) => body.runId));
    expect(runs.size).toBeGreaterThanOrEqual(3);
  });
});
