import { type AddressInfo, connect } from "node:net";
import { expect, test } from "vitest";
import { ServerRig } from "./fixtures/server-rig.ts";

const ME = "/api/v0/users/me/";
const FOLLOW = "/api/v0/projects/:project/events/follow/";

test("whoever asks too often is told when to ask again, and others are not held up", async () => {
  await using rig = await ServerRig.start({ limits: { burst: 3, perSecond: 1 } });
  const ask = async (as: "member" | "viewer") => (await rig.call({ url: ME, as })).statusCode;
  expect([await ask("member"), await ask("member"), await ask("member")]).toEqual([200, 200, 200]);
  const refused = await rig.call({ url: ME, as: "member" });
  expect([refused.statusCode, refused.json().code, refused.headers["retry-after"]]).toEqual([
    ...[429, "HR_TOO_MANY_REQUESTS", "1"],
  ]);
  expect(await ask("viewer")).toBe(200);
  rig.clock.now += 1_000;
  expect([await ask("member"), await ask("member")]).toEqual([200, 429]);
});

test("an address that tries many credentials is held back, and let in again a minute later", async () => {
  await using rig = await ServerRig.start({ limits: { refused: 5 } });
  const guess = async (secret: string) =>
    (await rig.call({ url: ME, headers: { authorization: `Token ${secret}` } })).statusCode;
  const statuses = [];
  for (let index = 0; index < 7; index++) statuses.push(await guess(`hrt_${index}`));
  expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429]);
  rig.clock.now += 60_000;
  expect((await rig.call({ url: ME, as: "member" })).statusCode).toBe(200);
});

test("streams have a bound for each caller and for all, and a stream that ends makes room", async () => {
  await using rig = await ServerRig.start({ limits: { streams: 2, allStreams: 3 } });
  await rig.app.listen({ host: "127.0.0.1", port: 0 });
  const { port } = rig.app.server.address() as AddressInfo;
  /** The first line of the answer, and the connection. */
  const follow = async (as: "member" | "viewer" | "admin") => {
    const socket = connect(port, "127.0.0.1");
    const head = Promise.withResolvers<string>();
    socket.once("data", (data: Buffer) => head.resolve(data.toString().split("\r\n")[0] ?? ""));
    socket.once("error", head.reject);
    const path = FOLLOW.replace(":project", rig.project.id);
    socket.write(`GET ${path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Token ${rig.tokens[as]}\r\n\r\n`);
    return { line: await head.promise, socket };
  };
  const open = [await follow("member"), await follow("member")];
  expect(open.map(({ line }) => line)).toEqual(["HTTP/1.1 200 OK", "HTTP/1.1 200 OK"]);
  expect((await follow("member")).line).toContain("429");
  open.push(await follow("viewer"));
  expect((await follow("admin")).line).toContain("429");
  open[0]?.socket.destroy();
  await expect.poll(async () => (await follow("admin")).line, { timeout: 60_000 }).toBe("HTTP/1.1 200 OK");
});

test.each([
  ["two lengths", "content-length: 2\r\ncontent-length: 30"],
  ["a length and chunks", "content-length: 5\r\ntransfer-encoding: chunked"],
  ["chunks in a spelling of its own", "transfer-encoding: xchunked"],
  ["a folded header", "x-a: b\r\n transfer-encoding: chunked"],
  ["a space before the colon", "content-length : 5"],
  ["a bare line feed within a header", "x-a: b\ntransfer-encoding: chunked"],
  ["no name of a host", undefined],
])("a message with %s is refused, and nothing behind it is read as a request", async (_, header) => {
  await using rig = await ServerRig.start();
  await rig.app.listen({ host: "127.0.0.1", port: 0 });
  const { port } = rig.app.server.address() as AddressInfo;
  const socket = connect(port, "127.0.0.1");
  let answer = "";
  socket.on("data", (data: Buffer) => {
    answer += data.toString();
  });
  const ended = Promise.withResolvers<void>();
  socket.once("close", () => ended.resolve());
  socket.once("error", () => ended.resolve());
  const head = header === undefined ? "x-a: b" : `host: localhost\r\n${header}`;
  const hidden = `GET ${ME} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nauthorization: Token ${rig.tokens.root}\r\n\r\n`;
  socket.write(`POST /api/v0/log-in/ HTTP/1.1\r\n${head}\r\n\r\n0\r\n\r\n${hidden}`);
  await ended.promise;
  expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
  expect(answer).not.toContain('"username":"root"');
});
