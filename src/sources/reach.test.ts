import { describe, expect, it } from "vitest";
import { refusal, type SourcesRig, sourcesRig } from "./fixtures/sources-rig.ts";
import { type WebServer, webServer } from "./fixtures/web-server.ts";
import type { SourcesOptions } from "./index.ts";

type Reach = Required<Pick<SourcesOptions, "addresses" | "readsLocalFiles">>;
const allowing = (...allowedHosts: readonly string[]): Reach => ({
  addresses: { privateAddresses: "refuse", allowedHosts },
  readsLocalFiles: false,
});
const SERVER = allowing();

/** Returns how a plan with this input is refused, and how a fetch of it is: both should be alike. */
async function bothRefusals(rig: SourcesRig, uri: string) {
  return [await refusal(rig.sources.check(uri)), await refusal(rig.fetch(uri))];
}

const secret = () => webServer((_, response) => response.end("what only this machine may read"));

describe("on a server", () => {
  it.each([
    "http://127.0.0.1:PORT/",
    "http://127.1:PORT/",
    "http://0x7f000001:PORT/",
    "http://2130706433:PORT/",
    "http://0.0.0.0:PORT/",
    "http://[::ffff:127.0.0.1]:PORT/",
    "http://[::1]:PORT/",
    "http://[::]:PORT/",
    "http://169.254.169.254/latest/meta-data/",
    "https://10.0.0.1/",
    "http://user:password@127.0.0.1:PORT/",
  ])("%s is refused before anything is sent", async (template) => {
    await using server = await secret();
    await using rig = await sourcesRig(SERVER);
    const uri = template.replace("PORT", server.host.split(":")[1] ?? "");
    for (const [code, message, hint] of await bothRefusals(rig, uri)) {
      expect(code).toBe("HR_INPUT_UNAVAILABLE");
      expect(message).toMatch(/is an address of an inner network, which this server does not reach$/);
      expect(message).not.toContain("password@");
      expect(hint).toBe("an administrator of the server can allow the host with HEADRACE_ALLOW_HOSTS");
    }
    expect(server.requests).toEqual([]);
  });

  it.each(["localhost", "LOCALHOST"])("the name %s is refused, since it stands for such an address", async (name) => {
    await using server = await secret();
    await using rig = await sourcesRig(SERVER);
    const [code, message] = await refusal(rig.fetch(`${server.origin.replace("127.0.0.1", name)}/x`));
    expect([code, message]).toEqual(["HR_INPUT_UNAVAILABLE", expect.stringContaining("inner network")]);
    expect(server.requests).toEqual([]);
  });

  it.each([
    ["another address", (target: WebServer) => target.origin.replace("127.0.0.1", "127.0.0.2")],
    ["the same in another form", (target: WebServer) => target.origin.replace("127.0.0.1", "[::ffff:127.0.0.2]")],
  ])("a redirect to %s is not followed", async (_, location) => {
    await using target = await secret();
    await using server = await webServer((_request, response) =>
      response.writeHead(302, { location: `${location(target)}/secret` }).end(),
    );
    // Its own address is allowed, as if it were one of the outer world.
    await using rig = await sourcesRig(allowing("127.0.0.1"));
    expect(await refusal(rig.fetch(`${server.origin}/x`))).toEqual([
      "HR_INPUT_UNAVAILABLE",
      expect.stringContaining("inner network"),
      "an administrator of the server can allow the host with HEADRACE_ALLOW_HOSTS",
    ]);
    expect(target.requests).toEqual([]);
  });

  it.each(["127.0.0.1", "localhost"])("%s is reached where it is allowed", async (host) => {
    await using server = await webServer((_, response) => response.end("inner data"));
    await using rig = await sourcesRig(allowing(host));
    const file = await rig.fetchOne(`${server.origin.replace("127.0.0.1", host)}/a.csv`);
    expect(await rig.contentOf(file)).toBe("inner data");
  });

  it.each(["data.csv", "/etc/passwd", "file:///etc/passwd", "FILE:///etc/passwd", "data/*.csv", "~/.ssh/id_rsa", "./"])(
    "%s is nobody's input",
    async (uri) => {
      await using rig = await sourcesRig(SERVER);
      for (const found of await bothRefusals(rig, uri))
        expect(found).toEqual([
          "HR_FORBIDDEN",
          `input ${uri}: a server reads no files of its own machine`,
          "store the file with an upload of data, and give its datum:// address",
        ]);
    },
  );
});

it("in a folder, its user reaches whatever the machine does", async () => {
  await using server = await webServer((_, response) => response.end("mine"));
  await using rig = await sourcesRig();
  await rig.sources.check(`${server.origin}/a.csv`);
  expect(await rig.contentOf(await rig.fetchOne(`${server.origin}/a.csv`))).toBe("mine");
});
