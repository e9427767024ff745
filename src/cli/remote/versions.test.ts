import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { Routes, Wire } from "../../client/index.ts";
import { HeadraceError } from "../../errors.ts";
import { programVersion } from "../../version.ts";
import { withVersions } from "./remote-project.ts";
import { otherVersion } from "./versions.ts";

const BOTH = "the server https://ml.test is Headrace";

test.each([
  ["0.3.0", "0.3.0", undefined],
  [
    "0.10.0",
    "0.9.2",
    `${BOTH} 0.10.0, and this is 0.9.2, which is older: what only one of them knows fails; install Headrace 0.10.0 here`,
  ],
  [
    "0.9.2",
    "1.0.0",
    `${BOTH} 0.9.2, and this is 1.0.0, which is newer: what only one of them knows fails; have the server upgraded, or install Headrace 0.9.2 here`,
  ],
  [
    "1.0.0-rc.1",
    "1.0.0",
    `${BOTH} 1.0.0-rc.1, and this is 1.0.0: what only one of them knows fails; install Headrace 1.0.0-rc.1 here`,
  ],
])("a server of version %s is told apart by a program of version %s", (server, own, said) => {
  expect(otherVersion("https://ml.test", server, own)).toBe(said);
});

test.each([
  ["999.0.0", "which is older", "install Headrace 999.0.0 here"],
  ["0.0.0", "which is newer", "have the server upgraded, or install Headrace 0.0.0 here"],
])("a call that a server of version %s does not know fails with both versions", async (version, order, hint) => {
  const server = createServer((request, response) => {
    const isKnown = request.url === "/api/v0/server/";
    response.writeHead(isKnown ? 200 : 404, { "content-type": "application/json" });
    response.end(JSON.stringify(isKnown ? { product: "headrace", version } : {}));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  using wire = new Wire({ url, version: programVersion(), env: {} });
  const unknown = new HeadraceError("HR_NOT_FOUND", "there is nothing at /api/v0/other/", { hint: "look it up" });
  const told = await withVersions(unknown, new Routes(wire, "p"));
  server.close();
  expect(told).toMatchObject({
    code: "HR_SERVER_ANSWER",
    message: `the server ${url} is Headrace ${version}, and this is ${programVersion()}, ${order}: ${unknown.message}`,
    advice: { hint },
  });
});
