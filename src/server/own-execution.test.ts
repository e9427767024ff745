import { describe, expect, test } from "vitest";
import { createKeyLine } from "../secrets/index.ts";
import { statement } from "../store/sql.ts";
import { PUBLIC_URL, ServerRig } from "./fixtures/server-rig.ts";

const HOUR = 3_600_000;
const COUNT = statement<Record<string, never>, { count: number }>("select count(*) as count from execution_tokens");
const STATUS = { method: "POST", url: "/api/v0/this-execution/status-detail/" } as const;
const INPUTS = "/api/v0/this-execution/inputs/";

/** A step under way with two inputs, as its own program calls the server. */
async function withStep(rig: ServerRig) {
  const { token, store, execution } = await rig.startStep();
  const files = await Promise.all(
    ["a", "b"].map(async (name) => {
      const { sha256, sizeBytes } = await rig.put(`content of ${name}`);
      const { id } = await store.data.add(
        { name: `${name}.csv`, sha256, sizeBytes, uri: `https://x.test/${name}`, properties: {} },
        1,
      );
      return { input: name, name: `in/${name}.csv`, uri: `https://x.test/${name}`, datumId: id, sha256, sizeBytes };
    }),
  );
  await store.data.setInputFiles(execution.id, execution.fence, files);
  const headers = { authorization: `Token ${token}` };
  const end = () =>
    store.executions.finish(execution.id, execution.fence, { state: "complete", outputs: [], remarks: [], at: 9_000 });
  return { token, store, execution, files, headers, end };
}

interface OwnInput {
  readonly name: string;
  readonly files: readonly { readonly url: string; readonly filename: string }[];
}

/** The path of an address that the server gave. */
const pathOf = (url = "") => url.slice(PUBLIC_URL.length);

describe("a step's own token", () => {
  test("sets the status that everybody of the project sees", async () => {
    await using rig = await ServerRig.start();
    const { headers, execution, store } = await withStep(rig);
    const set = (status_detail: unknown) => rig.call({ ...STATUS, body: { status_detail }, headers });
    expect((await set("half\n way  there")).json()).toEqual({ status_detail: "half way there" });
    expect((await store.executions.get(execution.id))?.statusDetail).toBe("half way there");
    const said = await store.events.list({ afterId: 0, limit: 99 });
    expect(said.findLast(({ body }) => body.kind === "execution-progress")).toMatchObject({
      actor: `execution:${execution.id}`,
      body: { message: "half way there" },
    });
    expect((await set(0.5)).json()).toEqual({ status_detail: "0.5" });
    expect((await set("x".repeat(50_000))).json().status_detail).toHaveLength(1_000);
    for (const wrong of [{}, { status_detail: ["a"] }, { status_detail: "x".repeat(100_001) }])
      expect((await rig.call({ ...STATUS, body: wrong, headers })).statusCode).toBe(400);
  });

  test("tells no secret of its project by its status, nor anything where these cannot be opened", async () => {
    process.env.HEADRACE_SECRETS_KEY = createKeyLine();
    await using rig = await ServerRig.start();
    const { headers, execution, store } = await withStep(rig);
    const set = async (text: string): Promise<string> =>
      (await rig.call({ ...STATUS, body: { status_detail: text }, headers })).json().status_detail;
    const url = `/api/v0/projects/${rig.project.id}/environment_variable/`;
    const body = { name: "TOKEN", value: "tr0ub4dor &3", secret: true };
    expect((await rig.call({ method: "POST", url, body, as: "admin" })).statusCode).toBe(201);
    const encoded = Buffer.from(body.value).toString("base64");
    expect(await set(`login with ${body.value}, ${encoded}`)).not.toMatch(/tr0ub4dor|dHIwdWI0ZG9y/);
    // Half of it would be left where the text is cut.
    expect(await set(`${"x".repeat(994)}${body.value}`)).toBe(`${"x".repeat(994)}***`);
    process.env.HEADRACE_SECRETS_KEY = createKeyLine();
    expect(await set("half way there")).toBe("***");
    const said = JSON.stringify(await store.events.list({ afterId: 0, limit: 99 }));
    expect(`${said}${(await store.executions.get(execution.id))?.statusDetail}`).not.toContain("tr0ub4");
  });

  test("lists the files of its inputs, with addresses that open them without a token", async () => {
    await using rig = await ServerRig.start();
    const { headers } = await withStep(rig);
    const list = async (query: string): Promise<readonly OwnInput[]> =>
      (await rig.call({ url: `${INPUTS}${query}`, headers })).json();
    expect((await list("")).map(({ name }) => name)).toEqual(["a", "b"]);
    expect((await list("?inputs=b&inputs=none")).map(({ name }) => name)).toEqual(["b"]);
    const [only] = await list("?inputs=a");
    expect(only?.files).toMatchObject([{ input_id: "a", filename: "in/a.csv", original_uri: "https://x.test/a" }]);
    const response = await rig.call({ url: pathOf(only?.files[0]?.url) });
    expect([response.statusCode, response.body]).toEqual([200, "content of a"]);
  });

  test("opens nothing by an address that was changed, swapped, or has ended", async () => {
    await using rig = await ServerRig.start();
    const { headers, files, execution } = await withStep(rig);
    const other = await rig.startStep();
    const inputs: readonly OwnInput[] = (await rig.call({ url: INPUTS, headers })).json();
    const path = pathOf(inputs[0]?.files[0]?.url);
    const [until = "", signature = ""] = path.split("/").slice(-3, -1);
    const at = (change: Partial<Record<"execution" | "file" | "until" | "signature", string>>) => {
      const parts = { execution: execution.id, file: files[0]?.datumId ?? "", until, signature, ...change };
      return `/api/v0/input-files/${parts.execution}/${parts.file}/${parts.until}/${parts.signature}/`;
    };
    const statusOf = async (url: string) => (await rig.call({ url })).statusCode;
    expect(await statusOf(at({}))).toBe(200);
    expect(await statusOf(at({ file: files[1]?.datumId ?? "" }))).toBe(403);
    expect(await statusOf(at({ until: String(Number(until) + 1) }))).toBe(403);
    expect(await statusOf(at({ execution: other.execution.id }))).toBe(403);
    expect(await statusOf(at({ signature: "x" }))).toBe(403);
    expect(await statusOf(at({ until: "1e9" }))).toBe(400);
    rig.clock.now += HOUR + 1;
    expect(await statusOf(at({}))).toBe(403);
  });

  test("opens no other file of its project, also by an address that the step has signed itself", async () => {
    await using rig = await ServerRig.start();
    const { token, store, execution } = await withStep(rig);
    const { sha256, sizeBytes } = await rig.put("of another execution");
    const { id } = await store.data.add(
      { name: "other.csv", sha256, sizeBytes, uri: "https://x.test/o", properties: {} },
      1,
    );
    const until = rig.clock.now + HOUR;
    const signature = rig.access.executions.sign(token, `input-file ${id} ${until}`);
    const response = await rig.call({ url: `/api/v0/input-files/${execution.id}/${id}/${until}/${signature}/` });
    expect([response.statusCode, response.body.includes("another")]).toEqual([403, false]);
  });

  test("dies with its execution, and its addresses with it", async () => {
    await using rig = await ServerRig.start();
    const { headers, end, token } = await withStep(rig);
    const inputs: readonly OwnInput[] = (await rig.call({ url: INPUTS, headers })).json();
    await end();
    expect((await rig.call({ url: INPUTS, headers })).statusCode).toBe(401);
    expect((await rig.call({ ...STATUS, body: { status_detail: "late" }, headers })).statusCode).toBe(401);
    expect((await rig.call({ url: pathOf(inputs[0]?.files[0]?.url) })).statusCode).toBe(403);
    // The next step's token takes what is left of it away.
    await rig.startStep();
    const rows = await rig.database.installation.scope.database.all(COUNT, {});
    expect(rows).toEqual([{ count: 1 }]);
    expect(rig.log.join("")).not.toContain(token);
    expect(rig.log.join("")).not.toContain(pathOf(inputs[0]?.files[0]?.url).split("/").at(-2));
    expect(rig.log.join("")).toContain("/api/v0/input-files/");
  });

  test.each(["admin", "viewer", "root"] as const)("has calls of its own, which %s cannot make", async (as) => {
    await using rig = await ServerRig.start();
    expect((await rig.call({ url: INPUTS, as })).json()).toMatchObject({ code: "HR_FORBIDDEN" });
  });
});
