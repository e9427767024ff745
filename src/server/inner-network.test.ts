import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { GitServer } from "../remotes/fixtures/git-server.ts";
import { tarOf } from "../snapshots/fixtures/tar.ts";
import { type WebServer, webServer } from "../sources/fixtures/web-server.ts";
import { HomeRig } from "./fixtures/home-rig.ts";

const CONFIGURATION = `
- step: {name: read, image: alpine, command: 'cat "$VH_INPUTS_DIR"/data/*', inputs: [{name: data}]}
`;
const INNER = /is an address of an inner network, which this server does not reach/;

/** The end of a step that reads this address, in the home of a server. */
async function read(rig: HomeRig, uri: string): Promise<string> {
  const project = await rig.project(`p${crypto.randomUUID().slice(0, 8)}`);
  const form = new FormData();
  form.append("data", new Blob([gzipSync(tarOf({ "valohai.yaml": CONFIGURATION }))]), "data.tgz");
  await rig.call(`/projects/${project}/import-package/`, { method: "POST", body: form });
  const { json } = await rig.call(`/commits/?project=${project}`);
  const inputs = [{ name: "data", uris: [uri] }];
  const wish = { target: "read", commit: json.results[0].identifier, inputs, parameters: [], environmentVariables: {} };
  const plan = await rig.call(`/projects/${project}/plans/`, { method: "POST", body: wish });
  if (plan.status >= 300) return plan.text;
  const run = await rig.call(`/projects/${project}/runs/`, { method: "POST", body: { plan: plan.json.id } });
  if (run.status >= 300) return run.text;
  await rig.ended(project, run.json.number);
  const detail = await rig.call(`/projects/${project}/records/${run.json.number + 1}/`);
  return `${detail.text}${(await rig.call(`/projects/${project}/records/${run.json.number}/log/`)).text}`;
}

const portOf = ({ host }: WebServer) => host.split(":")[1] ?? "";

describe("a home reaches addresses of inner networks", () => {
  test("for no input and no repository unless the administrator has named them", async () => {
    await using server = await webServer((_, response) => response.end("inner text"));
    await using git = await GitServer.start();
    git.commit("main", "first", { files: { "valohai.yaml": CONFIGURATION } });
    {
      await using rig = await HomeRig.start({ env: { HEADRACE_ALLOW_HOSTS: "" } });
      const refused = await read(rig, `http://127.0.0.1:${portOf(server)}/a`);
      expect(refused).toMatch(INNER);
      expect(refused).not.toContain("inner text");
      const project = await rig.project("by-git");
      const url = `/projects/${project}/repository/`;
      const set = await rig.call(url, { method: "PUT", body: { url: git.url } });
      const fetched = await rig.call(`/projects/${project}/fetch/`, { method: "POST" });
      expect(`${set.text}${fetched.text}`).toMatch(/inner network/);
    }
    await using allowing = await HomeRig.start();
    expect(await read(allowing, `http://127.0.0.1:${portOf(server)}/a`)).toContain("inner text");
  });

  test("also not by a redirect from one that is named to one that is not", async () => {
    await using inner = await webServer((_, response) => response.end("inner text"));
    await using outer = await webServer((_, response) => {
      response.writeHead(302, { location: `http://127.0.0.1:${portOf(inner)}/a` }).end();
    });
    await using rig = await HomeRig.start({ env: { HEADRACE_ALLOW_HOSTS: "localhost" } });
    const refused = await read(rig, `http://localhost:${portOf(outer)}/a`);
    expect(refused).toMatch(INNER);
    expect(refused).not.toContain("inner text");
  });
});
