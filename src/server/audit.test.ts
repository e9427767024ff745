import { expect, test } from "vitest";
import { WISH } from "../access/fixtures/access-rig.ts";
import { PASSWORD, ServerRig } from "./fixtures/server-rig.ts";

interface Entry {
  readonly id: number;
  readonly actor: string;
  readonly action: string;
  readonly project: string | null;
}

async function withChanges(): Promise<ServerRig> {
  const rig = await ServerRig.start();
  for (const name of ["one", "two", "three"])
    await rig.call({ method: "POST", url: "/api/v0/teams/", body: { name }, as: "root" });
  await rig.call({ method: "PATCH", url: "/api/v0/users/me/", body: { fullName: "M" }, as: "member" });
  return rig;
}

test("the audit log is searched, and paged from either end", async () => {
  await using rig = await withChanges();
  const read = async (query: string) => (await rig.call({ url: `/api/v0/audit/?${query}`, as: "root" })).json();
  const teams = await read("action=team.create&actor=user:root");
  expect(teams.items).toHaveLength(3);
  const newest = await read("action=team&first=newest&limit=2");
  expect(newest.items.map(({ id }: Entry) => id)).toEqual(
    teams.items
      .map(({ id }: Entry) => id)
      .toReversed()
      .slice(0, 2),
  );
  const rest = await read(`action=team&first=newest&limit=2&before=${newest.next}`);
  expect([rest.items.map(({ id }: Entry) => id), rest.next]).toEqual([[teams.items[0].id], null]);
  expect((await read(`subject=user&actor=user:member`)).items).toMatchObject([{ action: "user.change" }]);
  expect((await read(`subject=team:${teams.items[1].subject.id}`)).items).toEqual([teams.items[1]]);
  expect((await read("until=1970-01-01T00:00:00.500Z")).items).toEqual([]);
});

test.each(["limit=0", "first=last", "since=yesterday", "acter=user:root", "before=-1", "after=1e99", "action="])(
  "a search by %s is refused",
  async (query) => {
    await using rig = await ServerRig.start();
    const response = await rig.call({ url: `/api/v0/audit/?${query}`, as: "root" });
    expect([response.statusCode, response.json().code]).toEqual([400, "HR_USAGE"]);
  },
);

test("an export has each entry in a line, also those of many pages, and of a project its own alone", async () => {
  await using rig = await withChanges();
  await rig.database.installation.scope.change(async ({ audit }) => {
    for (let index = 0; index < 2_500; index++)
      await audit({
        at: index,
        actor: "user:root",
        action: "test.entry",
        subject: { kind: "line\nbreak", id: `${index}` },
      });
  });
  const response = await rig.call({ url: "/api/v0/audit/export/", as: "root" });
  expect(response.headers["content-disposition"]).toContain('filename="audit.jsonl"');
  const entries: Entry[] = response.body
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  const ids = entries.map(({ id }) => id);
  expect(ids).toEqual([...new Set(ids)].toSorted((a, b) => a - b));
  expect(entries.filter(({ action }) => action === "test.entry")).toHaveLength(2_500);
  const ofProject = await rig.call({ url: "/api/v0/projects/:project/audit/export/?action=project", as: "admin" });
  const own: Entry[] = ofProject.body
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(own.length).toBeGreaterThan(0);
  expect(own.every(({ project }) => project === rig.project.id)).toBe(true);
});

test("each entry says from where it came: address, credential, program and request", async () => {
  await using rig = await ServerRig.start({ trustedProxies: ["127.0.0.1"] });
  const headers = { "x-forwarded-for": "203.0.113.9", "user-agent": "vh/0.31" };
  const made = await rig.call({ method: "POST", url: "/api/v0/teams/", body: { name: "one" }, as: "root", headers });
  const { items } = (await rig.call({ url: "/api/v0/audit/?action=team.create", as: "root" })).json();
  const [token] = await rig.access.tokens.list((await rig.access.users.require("root")).id);
  const from = {
    ...{ address: "203.0.113.9", agent: "vh/0.31" },
    ...{ via: `token:${token?.id}`, requestId: made.headers["x-request-id"] },
  };
  expect(items).toMatchObject([{ actor: "user:root", from }]);
  const told = rig.log.map((line) => JSON.parse(line)).find(({ reqId, res }) => reqId === from.requestId && res);
  expect(told).toMatchObject({ actor: "user:root", via: from.via, res: { statusCode: made.statusCode } });
  const found = async (query: string) =>
    (await rig.call({ url: `/api/v0/audit/?action=team&${query}`, as: "root" })).json().items;
  for (const query of ["address=203.0.113.9", "via=token", `via=${from.via}`, "agent=vh", `request=${from.requestId}`])
    expect(await found(query)).toEqual(items);
  for (const query of ["address=203.0.113.1", "via=session", "agent=curl", "request=none"])
    expect(await found(query)).toEqual([]);
  const lines = (await rig.call({ url: "/api/v0/audit/export/?via=token", as: "root" })).body.trimEnd().split("\n");
  expect(lines.map((line) => JSON.parse(line))).toEqual(items);
});

test("a log-in, and what a browser does then, come from the same place by a session", async () => {
  await using rig = await ServerRig.start();
  const user = await rig.access.users.require("member");
  await rig.access.setPassword(user.id, PASSWORD, { ...WISH, keepSessions: false });
  const headers = { "user-agent": "Mozilla/5.0", "sec-fetch-site": "same-origin" };
  const body = { username: "member", password: PASSWORD };
  const login = await rig.call({ method: "POST", url: "/api/v0/log-in/", body, headers });
  const cookie = String(login.headers["set-cookie"]).split(";")[0] ?? "";
  const change = { method: "PATCH", url: "/api/v0/users/me/", body: { fullName: "M" } } as const;
  expect((await rig.call({ ...change, headers: { ...headers, cookie } })).statusCode).toBe(200);
  const [session] = await rig.access.sessions.list(user.id, rig.clock.now);
  const { items } = (await rig.call({ url: "/api/v0/audit/?actor=user:member", as: "root" })).json();
  const address = "127.0.0.1";
  expect(items).toMatchObject([
    { action: "session.begin", from: { address, via: "open", agent: "Mozilla/5.0" } },
    { action: "user.change", from: { address, via: `session:${session?.id}`, agent: "Mozilla/5.0" } },
  ]);
});
