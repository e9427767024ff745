import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { HeadraceError } from "../../errors.ts";
import { refusal, type SourcesRig, sourcesRig } from "../fixtures/sources-rig.ts";
import {
  type Handler,
  type ServedFile,
  sendAndBreak,
  serve,
  type WebServer,
  webServer,
} from "../fixtures/web-server.ts";
import { openSources } from "../index.ts";

/** No two stretches of it are alike, so that a wrong seam shows in the hash. */
const CONTENT = Buffer.concat(
  Array.from({ length: 20_000 }, (_, index) => createHash("sha256").update(`${index}`).digest()),
);
const SHA = createHash("sha256").update(CONTENT).digest("hex");
const OTHER = Buffer.from(CONTENT).reverse();
const OTHER_SHA = createHash("sha256").update(OTHER).digest("hex");
const V1: ServedFile = { content: CONTENT, headers: { etag: '"v1"' } };
const V2: ServedFile = { content: OTHER, headers: { etag: '"v2"' } };
const LATER = "check the network and the server, then run again";

let rig: SourcesRig;
const servers: WebServer[] = [];

beforeEach(async () => {
  rig = await sourcesRig();
});
afterEach(async () => {
  for (const server of servers.splice(0)) await server[Symbol.asyncDispose]();
  await rig[Symbol.asyncDispose]();
});

async function listen(handler: Handler): Promise<WebServer> {
  const server = await webServer(handler);
  servers.push(server);
  return server;
}

/** The n-th answer; the last one for all that follow. */
const inTurn =
  (...handlers: readonly ((request: IncomingMessage, response: ServerResponse) => void)[]): Handler =>
  (request, response, count) =>
    handlers[Math.min(count, handlers.length - 1)]?.(request, response);

const whole = (file: ServedFile) => (request: IncomingMessage, response: ServerResponse) =>
  serve(request, response, file);
const broken = (file: ServedFile, breakAfter: number) => (request: IncomingMessage, response: ServerResponse) =>
  serve(request, response, file, { breakAfter });
const ranges = (server: WebServer) => server.requests.map(({ headers }) => headers.range);

describe("a connection that breaks off", () => {
  it("is resumed where it broke, as often as it takes, and the bytes are the same", async () => {
    const server = await listen(inTurn(broken(V1, 100_000), broken(V1, 200_000), broken(V1, 1), whole(V1)));
    const file = await rig.fetchOne(`${server.origin}/big.bin`);
    expect(file).toMatchObject({ sha256: SHA, sizeBytes: CONTENT.length });
    expect(ranges(server)).toEqual([undefined, "bytes=100000-", "bytes=300000-", "bytes=300001-"]);
    expect(server.requests[1]?.headers["if-range"]).toBe('"v1"');
    expect(rig.warnings[0]).toBe(
      `input ${server.origin}/big.bin: the connection broke off after 100000 of 640000 bytes; trying again in 0.001 s`,
    );
    expect(rig.progress.at(-1)).toEqual({ uri: file.uri, receivedBytes: 640_000, totalBytes: 640_000 });
    expect((await rig.store.data.get(file.datumId))?.properties).toEqual({ "headrace.http.etag": '"v1"' });
  });

  it("is resumed by its time where it has no ETag", async () => {
    const headers = { "last-modified": "Mon, 02 Nov 2026 09:00:00 GMT", date: "Mon, 02 Nov 2026 10:00:00 GMT" };
    const server = await listen(
      inTurn(broken({ content: CONTENT, headers }, 1000), whole({ content: CONTENT, headers })),
    );
    expect(await rig.fetchOne(`${server.origin}/big.bin`)).toMatchObject({ sha256: SHA });
    expect(server.requests[1]?.headers["if-range"]).toBe(headers["last-modified"]);
  });

  it("starts again when the content is another one by now", async () => {
    const server = await listen(inTurn(broken(V1, 1000), whole(V2)));
    const file = await rig.fetchOne(`${server.origin}/big.bin`);
    expect(file.sha256).toBe(OTHER_SHA);
    expect(ranges(server)).toEqual([undefined, "bytes=1000-"]);
    expect((await rig.store.data.get(file.datumId))?.properties).toEqual({ "headrace.http.etag": '"v2"' });
  });

  it("starts again when the server ignores ranges, and may break then as well", async () => {
    const deaf = (breakAfter?: number) => (_: IncomingMessage, response: ServerResponse) => {
      response.writeHead(200, { etag: '"v1"', "content-length": CONTENT.length });
      if (breakAfter === undefined) response.end(CONTENT);
      else sendAndBreak(response, CONTENT.subarray(0, breakAfter));
    };
    const server = await listen(inTurn(deaf(1000), deaf(500), deaf()));
    expect(await rig.fetchOne(`${server.origin}/big.bin`)).toMatchObject({ sha256: SHA, sizeBytes: CONTENT.length });
    expect(ranges(server)).toEqual([undefined, "bytes=1000-", "bytes=500-"]);
  });

  it.each<[string, Readonly<Record<string, string>>]>([
    ["without a word about its state", {}],
    ["with a weak ETag", { etag: 'W/"v1"' }],
  ])("starts again %s", async (_, headers) => {
    const file = { content: CONTENT, headers };
    const server = await listen(inTurn(broken(file, 1000), whole(file)));
    expect(await rig.fetchOne(`${server.origin}/big.bin`)).toMatchObject({ sha256: SHA });
    expect(ranges(server)).toEqual([undefined, undefined]);
  });

  it.each<[string, number, Readonly<Record<string, string>>]>([
    ["another state, although If-Range was sent", 206, { etag: '"v2"', "content-range": "bytes 1000-639999/640000" }],
    ["another position", 206, { etag: '"v1"', "content-range": "bytes 0-639999/640000" }],
    ["another length", 206, { etag: '"v1"', "content-range": "bytes 1000-700000/700001" }],
    ["no position at all", 206, { etag: '"v1"' }],
    ["that there is not so much", 416, { "content-range": "bytes */500" }],
    ["that it knows nothing new", 304, { etag: '"v1"' }],
  ])("starts again when the rest comes with %s", async (_, status, headers) => {
    const odd = (__: IncomingMessage, response: ServerResponse): void => void response.writeHead(status, headers).end();
    const server = await listen(inTurn(broken(V1, 1000), odd, whole(V1)));
    expect(await rig.fetchOne(`${server.origin}/big.bin`)).toMatchObject({ sha256: SHA });
    expect(ranges(server)).toEqual([undefined, "bytes=1000-", undefined]);
  });

  it("is complete when nothing was left to send", async () => {
    const untold = (_: IncomingMessage, response: ServerResponse): void => {
      response.writeHead(200, { etag: '"v1"' });
      sendAndBreak(response, Buffer.from("all of it"));
    };
    const nothing = (_: IncomingMessage, response: ServerResponse): void =>
      void response.writeHead(416, { "content-range": "bytes */9" }).end();
    const server = await listen(inTurn(untold, nothing));
    expect(await rig.contentOf(await rig.fetchOne(`${server.origin}/big.bin`))).toBe("all of it");
  });

  it("is given up when it never gets further", async () => {
    const server = await listen((_, response) => {
      response.writeHead(200, { "content-length": 100 });
      sendAndBreak(response, Buffer.alloc(50));
    });
    expect(await refusal(rig.fetch(`${server.origin}/short.bin`))).toEqual([
      "HR_INPUT_UNAVAILABLE",
      `input ${server.origin}/short.bin: the connection broke off after 50 of 100 bytes (after 5 attempts)`,
      LATER,
    ]);
    expect(server.requests).toHaveLength(5);
    expect((await Array.fromAsync(rig.blobs.list())).length).toBe(0);
  });

  it("may break more often than it may fail, as long as it gets further", async () => {
    await using steady = await sourcesRig({ http: { maxFailures: 2, progressBytes: 50_000 } });
    const server = await listen(inTurn(...Array.from({ length: 7 }, () => broken(V1, 90_000)), whole(V1)));
    expect(await steady.fetchOne(`${server.origin}/big.bin`)).toMatchObject({ sha256: SHA });
    expect(server.requests).toHaveLength(8);
  });
});

describe("a server that stalls", () => {
  it("within the body: the rest is asked for", async () => {
    await using hasty = await sourcesRig({ http: { stallTimeoutMs: 50 } });
    const stall = (_: IncomingMessage, response: ServerResponse): void => {
      response.writeHead(200, { etag: '"v1"', "content-length": CONTENT.length });
      response.write(CONTENT.subarray(0, 1000));
    };
    const server = await listen(inTurn(stall, whole(V1)));
    expect(await hasty.fetchOne(`${server.origin}/big.bin`)).toMatchObject({ sha256: SHA });
    expect(ranges(server)).toEqual([undefined, "bytes=1000-"]);
    expect(hasty.warnings).toEqual([
      `input ${server.origin}/big.bin: the server sent nothing for 0.05 s; trying again in 0.001 s`,
    ]);
  });

  it("before it says anything: it is asked again, and then given up", async () => {
    await using hasty = await sourcesRig({ http: { headTimeoutMs: 50, maxFailures: 2 } });
    const server = await listen(() => {});
    expect(await refusal(hasty.fetch(`${server.origin}/big.bin`))).toEqual([
      "HR_INPUT_UNAVAILABLE",
      `input ${server.origin}/big.bin: the server sent nothing for 0.05 s (after 2 attempts)`,
      LATER,
    ]);
    expect(server.requests).toHaveLength(2);
  });
});

describe("a server that is busy", () => {
  const busy = (status: number, retryAfter?: string) => (_: IncomingMessage, response: ServerResponse) =>
    void response.writeHead(status, retryAfter === undefined ? {} : { "retry-after": retryAfter }).end();

  it("is asked again when it says, but not after ages", async () => {
    const server = await listen(inTurn(busy(503, "0"), busy(429, "86400"), busy(500), whole(V1)));
    expect(await rig.fetchOne(`${server.origin}/big.bin`)).toMatchObject({ sha256: SHA });
    const again = (words: string, seconds: string): string =>
      `input ${server.origin}/big.bin: the server answers ${words}; trying again in ${seconds} s`;
    expect(rig.warnings).toEqual([
      again("503 Service Unavailable", "0"),
      again("429 Too Many Requests", "0.005"),
      again("500 Internal Server Error", "0.002"),
    ]);
  });

  it("is given up in the end", async () => {
    const server = await listen(busy(503, "0"));
    expect(await refusal(rig.fetch(`${server.origin}/big.bin`))).toEqual([
      "HR_INPUT_UNAVAILABLE",
      `input ${server.origin}/big.bin: the server answers 503 Service Unavailable (after 5 attempts)`,
      LATER,
    ]);
  });

  it("may be busy while a download is resumed", async () => {
    const server = await listen(inTurn(broken(V1, 1000), busy(503), whole(V1)));
    expect(await rig.fetchOne(`${server.origin}/big.bin`)).toMatchObject({ sha256: SHA });
    expect(ranges(server)).toEqual([undefined, "bytes=1000-", "bytes=1000-"]);
  });

  it("may have lost the file when a download is resumed", async () => {
    const server = await listen(inTurn(broken(V1, 1000), busy(404)));
    expect((await refusal(rig.fetch(`${server.origin}/big.bin`)))[1]).toBe(
      `input ${server.origin}/big.bin: the server answers 404 Not Found`,
    );
  });
});

describe("an abort", () => {
  it("ends a download that is under way, and closes its connection", async () => {
    const [begun, closed] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const server = await listen((request, response) => {
      request.socket.once("close", () => closed.resolve());
      response.writeHead(200, { "content-length": 100 });
      response.write("x", () => begun.resolve());
    });
    const fetching = rig.fetch(`${server.origin}/slow.bin`);
    await begun.promise;
    rig.control.abort("stopped by the user");
    await expect(fetching).rejects.toBe("stopped by the user");
    await closed.promise;
    expect(await Array.fromAsync(rig.blobs.list())).toEqual([]);
  });

  it("ends the wait for the next attempt", async () => {
    await using patient = await sourcesRig({ http: { maxRetryAfterMs: 3_600_000 } });
    const server = await listen((_, response) => response.writeHead(503, { "retry-after": "3600" }).end());
    const warned = Promise.withResolvers<void>();
    const fetching = patient.sources.fetch(`${server.origin}/a`, { ...patient.call, warn: () => warned.resolve() });
    await warned.promise;
    patient.control.abort("enough");
    await expect(fetching).rejects.toBe("enough");
  });
});

it("a full disk is what it is, and closes the connection", async () => {
  const closed = Promise.withResolvers<void>();
  const server = await listen((request, response) => {
    request.socket.once("close", () => closed.resolve());
    response.writeHead(200, { "content-length": 100 });
    response.write("x");
  });
  const full = new HeadraceError("HR_DISK_FULL", "no space left on the disk while storing a stream");
  const blobs = Object.assign(Object.create(rig.blobs), {
    putStream: () => Promise.reject(full),
    has: async () => false,
  });
  await expect(openSources({ ...rig.options, blobs }).fetch(`${server.origin}/a`, rig.call)).rejects.toBe(full);
  await closed.promise;
  expect(server.requests).toHaveLength(1);
});
