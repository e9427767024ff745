import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { useOwnDatabase } from "./own-database.ts";
import { ProjectRig } from "./rig.ts";

useOwnDatabase("each test");

const CONFIGURATION = `
- step:
    name: greet
    image: ""
    command: echo hello
`;

const CALLING = `
- step:
    name: call
    image: ""
    python: { packages: [valohai-utils==0.7.0] }
    command: python call.py
    inputs:
      - name: table
        default: a.csv
`;

/** The calls of a script of Valohai: it tells how far it is, and fetches an input anew. */
const CALLS = `
import json, os
import valohai

valohai.set_status_detail("half way there")
path = valohai.inputs("table").path()
os.remove(path) if os.access(os.path.dirname(path), os.W_OK) else None
from valohai.internals.download import request_download_urls
import requests
for name, url in request_download_urls("table").items():
    print("downloaded", requests.get(url).text)
with open("/valohai/config/api.json") as file:
    token = json.load(file)["set_status_detail"]["headers"]["Authorization"].split()[1]
print("backwards", token[::-1])
`;

/** `headrace serve` on a free port, and where it is. */
async function serve(rig: ProjectRig) {
  const server = rig.start("serve", "--port", "0", "--json");
  await server.sees('"listening"');
  const { url, loginUrl } = JSON.parse(server.stdout.split("\n")[0] ?? "") as Record<"url" | "loginUrl", string>;
  return { server, url, loginUrl };
}

/** Follows the link as a browser does: what it is answered, and the cookie that it got. */
async function open(link: string): Promise<{ readonly status: number; readonly cookie: string }> {
  const response = await fetch(link, { redirect: "manual" });
  return { status: response.status, cookie: response.headers.get("set-cookie")?.split(";")[0] ?? "" };
}

describe("headrace serve", () => {
  test("prints a link that logs in once; then a run is started, worked off and listed", async () => {
    await using rig = new ProjectRig({ "valohai.yaml": CONFIGURATION });
    const { server, url, loginUrl } = await serve(rig);
    const { status, cookie } = await open(loginUrl);
    expect(status).toBe(302);
    expect((await open(loginUrl)).status).toBe(401);
    expect(rig.read(".headrace/server.log")).not.toContain(loginUrl.split("/").at(-2));
    const call = async (path: string, body?: object) => {
      const response = await fetch(`${url}/api/v0/${path}`, {
        headers: { cookie, origin: url, "content-type": "application/json" },
        ...(body !== undefined && { method: "POST", body: JSON.stringify(body) }),
      });
      return (await response.json()) as Record<string, unknown>;
    };
    const { results } = (await call("projects/")) as unknown as {
      readonly results: readonly { readonly id: string }[];
    };
    const project = `projects/${results[0]?.id}`;
    const request = { target: "greet", parameters: [], inputs: [], environmentVariables: {} };
    const { id } = await call(`${project}/plans/`, request);
    expect(await call(`${project}/runs/`, { plan: id })).toMatchObject({ number: 1 });
    await server.sees(/"run-ended".*"complete"/);
    expect(await rig.json(0, "ls")).toMatchObject([{ number: 1, name: "greet", state: "complete" }]);
    server.child.kill("SIGTERM");
    expect((await server.result).code).toBe(0);
  });

  test("is for this machine's user alone", async () => {
    await using rig = new ProjectRig({ "valohai.yaml": CONFIGURATION });
    const refused = await rig.headrace("serve", "--host", "0.0.0.0");
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining("0.0.0.0 is open to others")]);
    const { server, url } = await serve(rig);
    for (const path of ["/api/v0/projects/", "/api/v0/users/me/"]) expect((await fetch(url + path)).status).toBe(401);
    expect((await fetch(url)).status).toBe(200);
    const refusal = (await (await fetch(`${url}/api/v0/nothing/`)).json()) as { readonly requestId: string };
    expect(rig.read(".headrace/server.log")).toContain(refusal.requestId);
    const { port } = new URL(url);
    const second = await rig.headrace("serve", "--port", port);
    expect([second.code, second.stderr]).toEqual([
      ...[1, expect.stringContaining(`cannot listen on port ${port}: another program uses it`)],
    ]);
    server.child.kill("SIGINT");
    expect((await server.result).code).toBe(0);
  });

  test("gives a step a token of its own, by which the unmodified valohai-utils calls the server", async () => {
    await using rig = new ProjectRig({ "valohai.yaml": CALLING, "call.py": CALLS, "a.csv": "1,2" });
    const { server, url, loginUrl } = await serve(rig);
    const { cookie } = await open(loginUrl);
    const call = async (path: string, body?: object) => {
      const response = await fetch(`${url}/api/v0/${path}`, {
        headers: { cookie, origin: url, "content-type": "application/json" },
        ...(body !== undefined && { method: "POST", body: JSON.stringify(body) }),
      });
      return (await response.json()) as Record<string, unknown>;
    };
    const { results } = (await call("projects/")) as unknown as {
      readonly results: readonly { readonly id: string }[];
    };
    const project = `projects/${results[0]?.id}`;
    const { id } = await call(`${project}/plans/`, {
      target: "call",
      parameters: [],
      inputs: [],
      environmentVariables: {},
    });
    await call(`${project}/runs/`, { plan: id });
    await server.sees(/"run-ended"/);
    const logs = await rig.headrace("logs", "latest");
    expect(logs.stdout).toContain("downloaded 1,2");
    expect(logs.stdout + logs.stderr).not.toContain("Status detail send failed");
    const { items } = (await call(`${project}/events/?limit=200`)) as unknown as {
      readonly items: readonly {
        readonly actor: string;
        readonly body: { readonly kind: string; readonly message?: string };
      }[];
    };
    expect(items.find(({ body }) => body.message === "half way there")).toMatchObject({
      actor: expect.stringMatching(/^execution:/),
      body: { kind: "execution-progress" },
    });
    const [, backwards = ""] = /backwards (\S+)/.exec(logs.stdout) ?? [];
    const token = [...backwards].toReversed().join("");
    expect(token).toMatch(/^hre_.{51}$/);
    expect(
      (await fetch(`${url}/api/v0/this-execution/inputs/`, { headers: { authorization: `Token ${token}` } })).status,
    ).toBe(401);
    server.child.kill("SIGTERM");
    await server.result;
    const left = readdirSync(rig.root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
    expect(left.length).toBeGreaterThan(5);
    expect(left.filter((path) => readFileSync(path).includes(token))).toEqual([]);
  });
});
