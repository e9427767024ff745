import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { type AddressInfo, connect, type Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { type CallerName, ServerRig } from "./fixtures/server-rig.ts";
import type { Patience } from "./slow-requests.ts";

/** A server with a port and with little patience in the one thing that a test is about. */
async function impatient(patience: Partial<Patience>): Promise<ServerRig> {
  const rig = await ServerRig.start({ patience });
  await rig.app.listen({ host: "127.0.0.1", port: 0 });
  return rig;
}

interface Raw {
  readonly socket: Socket;
  /** Everything that came, once the connection has ended. */
  readonly ended: Promise<Buffer>;
}

/** A connection on which a request is written by hand. */
function dial(rig: ServerRig): Raw {
  const socket = connect((rig.app.server.address() as AddressInfo).port, "127.0.0.1");
  const pieces: Buffer[] = [];
  socket.on("data", (data: Buffer) => pieces.push(data)).on("error", () => undefined);
  const { promise, resolve } = Promise.withResolvers<Buffer>();
  socket.once("close", () => resolve(Buffer.concat(pieces)));
  return { socket, ended: promise };
}

function head(rig: ServerRig, as: CallerName | undefined, line: string, ...headers: readonly string[]): string {
  const token = as === undefined ? [] : [`authorization: Token ${rig.tokens[as]}`];
  const path = line.replace(":project", rig.project.id);
  return `${[`${path} HTTP/1.1`, "host: localhost", ...token, ...headers].join("\r\n")}\r\n\r\n`;
}

/** Sends a byte again and again, until the connection ends. */
async function trickle({ socket, ended }: Raw, everyMs: number): Promise<string> {
  const timer = setInterval(() => socket.write("x"), everyMs);
  const text = (await ended).toString();
  clearInterval(timer);
  return text;
}

const UPLOAD = "POST /api/v0/projects/:project/files/";
const FOLLOW = "GET /api/v0/projects/:project/events/follow/";

describe("a client that sends slowly", () => {
  test("is cut off with its headers, and others are served meanwhile", async () => {
    await using rig = await impatient({ headersMs: 300 });
    const raw = dial(rig);
    raw.socket.write("GET /healthz HTTP/1.1\r\nx-slow: ");
    const cut = trickle(raw, 20);
    const { port } = rig.app.server.address() as AddressInfo;
    expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200);
    expect(await cut).toMatch(/^HTTP\/1\.1 408 /);
  });

  test("is cut off with a body of JSON, however steadily it comes", async () => {
    await using rig = await impatient({ requestMs: 300 });
    const raw = dial(rig);
    const headers = ["content-type: application/json", "content-length: 1000000"];
    raw.socket.write(head(rig, "root", "POST /api/v0/teams/", ...headers));
    await trickle(raw, 20);
    expect(await rig.access.teams.list()).toEqual([]);
  });

  test("is cut off also after it was refused", async () => {
    await using rig = await impatient({ uploadMs: 300 });
    const raw = dial(rig);
    const headers = ["content-type: application/octet-stream", "content-length: 1000000000"];
    raw.socket.write(head(rig, undefined, UPLOAD, ...headers));
    expect(await trickle(raw, 20)).toMatch(/^HTTP\/1\.1 401 /);
  });

  test("is cut off with a file once too few bytes come, and nothing of it is left", async () => {
    await using rig = await impatient({ uploadMs: 300, uploadBytes: 1_000 });
    const raw = dial(rig);
    const headers = ["content-type: application/octet-stream", "content-length: 1000000000"];
    raw.socket.write(`${head(rig, "member", UPLOAD, ...headers)}{"files":[],"sends":[]}\n`);
    expect(await trickle(raw, 20)).not.toMatch(/^HTTP\/1\.1 2/);
    const uploads = join(rig.folder.location.stateFolder, "uploads");
    await expect.poll(() => (existsSync(uploads) ? readdirSync(uploads) : []), { timeout: 60_000 }).toEqual([]);
  });

  test.each([
    ["at its beginning", UPLOAD, "no head\n"],
    ["midway", `PUT /api/v0/projects/:project/files/contents/${"0".repeat(64)}/?offset=0&sizeBytes=100000`, ""],
  ])("that sends all of a file before it reads learns why it was refused %s", async (_, line, begin) => {
    await using rig = await impatient({});
    const body = Buffer.concat([Buffer.from(begin), Buffer.alloc(20 * 1024 * 1024)]);
    const { socket, ended } = dial(rig);
    const headers = ["content-type: application/octet-stream", `content-length: ${body.length}`];
    socket.pause().write(head(rig, "member", line, ...headers));
    await new Promise<void>((resolve) => socket.write(body, () => resolve()));
    socket.write(head(rig, undefined, "GET /healthz", "connection: close"));
    socket.resume();
    expect((await ended).toString()).toMatch(/^HTTP\/1\.1 400 [\s\S]*"HR_USAGE"[\s\S]*HTTP\/1\.1 200 /);
  });

  test("is waited for with a file that goes on, however long it takes", async () => {
    // As much as comes within a period on any machine.
    await using rig = await impatient({ uploadMs: 3_000, uploadBytes: 50, requestMs: 100 });
    const raw = dial(rig);
    const body = "x".repeat(2_000);
    const part = `contents/${createHash("sha256").update(body).digest("hex")}/?offset=0&sizeBytes=${body.length}`;
    const headers = ["content-type: application/octet-stream", `content-length: ${body.length}`, "connection: close"];
    raw.socket.write(head(rig, "member", `PUT /api/v0/projects/:project/files/${part}`, ...headers));
    for (let sent = 0; sent < body.length; sent += 20) {
      raw.socket.write(body.slice(sent, sent + 20));
      await delay(5);
    }
    expect((await raw.ended).toString()).toMatch(/^HTTP\/1\.1 200 [\s\S]*2000/);
  });
});

describe("a client that reads slowly", () => {
  /** More than the buffers of a connection take, on both ends. */
  const LARGE = 48 * 1024 * 1024;

  async function withLargeFile(patience: Partial<Patience>) {
    const rig = await impatient(patience);
    const store = await rig.database.project(rig.project.id);
    const bytes = randomBytes(1024);
    const { sha256, sizeBytes } = await rig.put(Buffer.alloc(LARGE, bytes));
    const { id } = await store.data.add({ name: "a.bin", sha256, sizeBytes, properties: {} }, 1);
    const line = `GET /api/v0/projects/:project/files/${id}/content/`;
    return { rig, request: head(rig, "member", line, "connection: close") };
  }

  test("is cut off with a file that it does not read", async () => {
    const { rig, request } = await withLargeFile({ readerMs: 300 });
    await using _rig = rig;
    const gone = Promise.withResolvers<void>();
    rig.app.server.on("connection", (socket: Socket) => socket.once("close", () => gone.resolve()));
    const { socket } = dial(rig);
    socket.pause().write(request);
    await gone.promise;
    socket.destroy();
  });

  test("gets all of a file as long as it goes on reading", async () => {
    const { rig, request } = await withLargeFile({ readerMs: 5_000 });
    await using _rig = rig;
    const { socket, ended } = dial(rig);
    socket.write(request);
    let [got, resting] = [0, false];
    socket.on("data", ({ length }: Buffer) => {
      got += length;
      if (resting || got % 7 !== 0) return;
      resting = true;
      socket.pause();
      setTimeout(() => {
        resting = false;
        socket.resume();
      }, 50);
    });
    expect((await ended).length).toBeGreaterThan(LARGE);
  });

  test("is cut off with a stream that it does not read, and one in which nothing happens is kept", async () => {
    await using rig = await impatient({ readerMs: 500, lookMs: 100 });
    const store = await rig.database.project(rig.project.id);
    const quiet = dial(rig);
    quiet.socket.write(head(rig, "viewer", FOLLOW));
    await once(quiet.socket, "data");
    const gone = Promise.withResolvers<void>();
    rig.app.server.once("connection", (socket: Socket) => socket.once("close", () => gone.resolve()));
    const deaf = dial(rig);
    deaf.socket.pause().write(head(rig, "member", FOLLOW));
    const remarks = Array.from({ length: 6_000 }, () => ({ kind: "progress", message: "x".repeat(4_000) }) as const);
    const { execution } = await rig.startStep();
    const { runId = "" } = (await store.executions.get(execution.id)) ?? {};
    await store.events.remark({ runId, executionId: execution.id }, remarks, 1);
    await gone.promise;
    deaf.socket.destroy();
    expect(quiet.socket.destroyed).toBe(false);
  });
});

test("a stream ends, with the reason, once its reader may not read on", async () => {
  await using rig = await impatient({ lookMs: 50 });
  const [member, viewer] = [dial(rig), dial(rig)];
  member.socket.write(head(rig, "member", FOLLOW));
  viewer.socket.write(head(rig, "viewer", FOLLOW));
  await Promise.all([once(member.socket, "data"), once(viewer.socket, "data")]);
  const wish = { actor: "local:test", at: 1 } as const;
  const { id } = await rig.access.users.require("member");
  await rig.access.members.remove(rig.project, { kind: "user", id }, wish);
  const heard = (await member.ended).toString();
  expect(heard).toMatch(/event: problem\ndata: \{[^\n]*"status":404/);
  const { id: viewerId } = await rig.access.users.require("viewer");
  await rig.access.users.update(viewerId, { isDisabled: true }, wish);
  expect((await viewer.ended).toString()).toMatch(/event: problem\ndata: \{[^\n]*"status":401/);
});
