import { createServer } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { refusal, type SourcesRig, sourcesRig } from "../fixtures/sources-rig.ts";
import { type Handler, serve, type WebServer, webServer } from "../fixtures/web-server.ts";

const DAY = Date.parse("2026-11-02T10:00:00Z");

let rig: SourcesRig;
const servers: WebServer[] = [];

beforeEach(async () => {
  rig = await sourcesRig({ now: () => DAY });
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

const text =
  (content: string, headers: Readonly<Record<string, string>> = {}): Handler =>
  (request, response) =>
    serve(request, response, { content: Buffer.from(content), headers });

describe("a download", () => {
  it("is stored under the name in its address, with what the server vouches by", async () => {
    const server = await listen(text("1,2\n", { etag: '"v1"' }));
    const uri = `${server.origin}/sets/2026%2F11/my%20data.csv?x=1#top`;
    const file = await rig.fetchOne(uri);
    const shown = `${server.origin}/sets/2026%2F11/my%20data.csv?x=1`;
    expect(file).toMatchObject({
      name: "my data.csv",
      directories: [],
      fullPath: "sets/2026_11/my data.csv",
      uri: shown,
      sizeBytes: 4,
    });
    expect(await rig.contentOf(file)).toBe("1,2\n");
    expect(await rig.store.data.get(file.datumId)).toMatchObject({
      name: "my data.csv",
      uri: shown,
      createdAt: DAY,
      properties: { "headrace.http.etag": '"v1"' },
    });
    expect(server.requests[0]?.headers).toMatchObject({ "accept-encoding": "identity", "user-agent": "headrace" });
    expect(rig.progress).toEqual([
      { uri: shown, receivedBytes: 0, totalBytes: 4 },
      { uri: shown, receivedBytes: 4, totalBytes: 4 },
    ]);
    expect(rig.warnings).toEqual([]);
  });

  it.each([
    ["/a.csv", { "content-disposition": 'attachment; filename="real.csv"' }, "real.csv"],
    ["/a.csv", { "content-disposition": "attachment; filename=.." }, "a.csv"],
    ["/", {}, "download"],
    ["/x/%2e%2e%2fetc%2fpasswd", {}, "passwd"],
  ])("of %s with %j is called %s", async (path, headers, name) => {
    const server = await listen(text("x", headers));
    expect(await rig.fetchOne(server.origin + path)).toMatchObject({ name });
  });

  it("may be empty, or of a length that nobody tells", async () => {
    const server = await listen((request, response) => {
      if (request.url !== "/empty") response.write("ab");
      response.end(request.url === "/empty" ? "" : "cd");
    });
    expect(await rig.fetchOne(`${server.origin}/empty`)).toMatchObject({ sizeBytes: 0 });
    expect(await rig.contentOf(await rig.fetchOne(`${server.origin}/chunked`))).toBe("abcd");
    expect(rig.progress.at(-1)).toEqual({ uri: `${server.origin}/chunked`, receivedBytes: 4 });
  });

  it("is kept as it was sent, also compressed", async () => {
    const server = await listen(text("not really gzip", { "content-encoding": "gzip" }));
    expect(await rig.contentOf(await rig.fetchOne(`${server.origin}/a.tar.gz`))).toBe("not really gzip");
  });

  it("is made once for all that want it at the same time", async () => {
    const server = await listen(text("x"));
    const files = await Promise.all(Array.from({ length: 5 }, () => rig.fetchOne(`${server.origin}/a.csv`)));
    expect(server.requests).toHaveLength(1);
    expect(new Set(files.map(({ datumId }) => datumId)).size).toBe(1);
  });

  it("goes through the proxy that the environment names", async () => {
    const proxy = await listen(text("by proxy"));
    await using other = await sourcesRig({ environment: { HTTP_PROXY: proxy.origin, NO_PROXY: "elsewhere" } });
    expect(await other.contentOf(await other.fetchOne("http://data.invalid/a.csv"))).toBe("by proxy");
    expect(proxy.requests[0]?.url).toBe("http://data.invalid/a.csv");
  });
});

const MODIFIED = { "last-modified": "Mon, 02 Nov 2026 09:00:00 GMT" };

describe("a file that was fetched before", () => {
  it("is not sent again while the server says it is the same", async () => {
    const server = await listen(text("x", { etag: '"v1"', ...MODIFIED, date: "Mon, 02 Nov 2026 09:01:00 GMT" }));
    const first = await rig.fetchOne(`${server.origin}/a.csv`);
    expect(await rig.fetchOne(`${server.origin}/a.csv`)).toEqual(first);
    expect(server.requests[1]?.headers["if-none-match"]).toBe('"v1"');
  });

  it("is not read again where its time and size are the same, and asked for by no time", async () => {
    let isWhole = false;
    const content = Buffer.alloc(8_000_000, "x");
    const server = await listen((_, response, count) => {
      response.writeHead(200, { ...MODIFIED, date: "Mon, 02 Nov 2026 10:00:00 GMT", "content-length": content.length });
      response.end(content, () => {
        if (count === 1) isWhole = true;
      });
    });
    const first = await rig.fetchOne(`${server.origin}/a.csv`);
    expect(await rig.fetchOne(`${server.origin}/a.csv`)).toEqual(first);
    expect(server.requests.map(({ headers }) => headers["if-modified-since"])).toEqual([undefined, undefined]);
    expect(isWhole).toBe(false);
  });

  /** As most servers do (Apache, Python): what is older than the asked time has not changed. */
  const byTime =
    (content: string, modified: string): Handler =>
    (request, response) => {
      const since = request.headers["if-modified-since"];
      const headers = { "last-modified": modified, date: "Mon, 02 Nov 2026 10:00:00 GMT" };
      if (since !== undefined && Date.parse(modified) <= Date.parse(since)) response.writeHead(304, headers).end();
      else serve(request, response, { content: Buffer.from(content), headers });
    };

  it.each([
    ["put back to an older state", "v1, longer", "Sun, 01 Nov 2026 09:00:00 GMT"],
    ["put back to an older state of the same size", "v1", "Sun, 01 Nov 2026 09:00:00 GMT"],
    ["replaced by one of another size and the same time", "v1, longer", MODIFIED["last-modified"]],
  ])("is sent again when it was %s", async (_, content, modified) => {
    const server = await listen((request, response, count) =>
      (count === 0 ? byTime("v2", MODIFIED["last-modified"]) : byTime(content, modified))(request, response, count),
    );
    await rig.fetchOne(`${server.origin}/a.csv`);
    expect(await rig.contentOf(await rig.fetchOne(`${server.origin}/a.csv`))).toBe(content);
  });

  it("is sent again when a redirect leads to another one with the same ETag", async () => {
    let latest = "/v1.csv";
    const server = await listen((request, response, count) => {
      if (request.url === "/latest") response.writeHead(302, { location: latest }).end();
      else text(request.url ?? "", { etag: '"1-6"' })(request, response, count);
    });
    const first = await rig.fetchOne(`${server.origin}/latest`);
    expect(await rig.fetchOne(`${server.origin}/latest`)).toEqual(first);
    latest = "/v2.csv";
    expect(await rig.contentOf(await rig.fetchOne(`${server.origin}/latest`))).toBe("/v2.csv");
    expect(
      server.requests.filter(({ url }) => url !== "/latest").map(({ headers }) => headers["if-none-match"]),
    ).toEqual([undefined, '"1-6"', undefined]);
  });

  it("is sent again where it was too young for the server to tell", async () => {
    const server = await listen((request, response, count) =>
      text(count === 0 ? "a" : "b", { ...MODIFIED, date: "Mon, 02 Nov 2026 09:00:00 GMT" })(request, response, count),
    );
    await rig.fetchOne(`${server.origin}/a.csv`);
    expect(await rig.contentOf(await rig.fetchOne(`${server.origin}/a.csv`))).toBe("b");
    expect(server.requests[1]?.headers["if-modified-since"]).toBeUndefined();
  });

  it("is fetched anew, with a warning, when it has changed", async () => {
    const server = await listen((request, response, count) =>
      text(count === 0 ? "old" : "new", { etag: `"${count}"` })(request, response, count),
    );
    const uri = `${server.origin}/a.csv`;
    const first = await rig.fetchOne(uri);
    const second = await rig.fetchOne(uri);
    expect(await rig.contentOf(second)).toBe("new");
    expect(second.datumId).not.toBe(first.datumId);
    expect(rig.warnings).toEqual([`input ${uri}: its content has changed since it was fetched on 2026-11-02`]);
  });

  it("is sent again when its blob is gone", async () => {
    const server = await listen(text("x", { etag: '"v1"' }));
    const first = await rig.fetchOne(`${server.origin}/a.csv`);
    await rig.blobs.delete(first.sha256);
    expect(await rig.fetchOne(`${server.origin}/a.csv`)).toEqual(first);
    expect(server.requests[1]?.headers["if-none-match"]).toBeUndefined();
    expect(await rig.blobs.has(first.sha256)).toBe(true);
  });

  it("keeps its datum when a server that vouches for nothing sends the same", async () => {
    const server = await listen(text("x"));
    const first = await rig.fetchOne(`${server.origin}/a.csv`);
    expect(await rig.fetchOne(`${server.origin}/a.csv`)).toEqual(first);
    expect(rig.warnings).toEqual([]);
  });

  it("has its new ETag recorded although the content is the same", async () => {
    const server = await listen((request, response, count) =>
      text("x", { etag: count === 0 ? '"v1"' : '"v2"' })(request, response, count),
    );
    const uri = `${server.origin}/a.csv`;
    await rig.fetchOne(uri);
    await rig.fetchOne(uri);
    await rig.fetchOne(uri);
    expect(server.requests.map(({ headers }) => headers["if-none-match"])).toEqual([undefined, '"v1"', '"v2"']);
    expect(rig.warnings).toEqual([]);
  });
});

describe("user and password", () => {
  const guarded: Handler = (request, response) => {
    if (request.headers.authorization === `Basic ${Buffer.from("me:se cret").toString("base64")}`) response.end("x");
    else response.writeHead(401).end();
  };

  it("are sent, and neither recorded nor shown", async () => {
    const server = await listen(guarded);
    const file = await rig.fetchOne(`http://me:se%20cret@${server.host}/a.csv`);
    expect(file.uri).toBe(`${server.origin}/a.csv`);
    expect(JSON.stringify([file, rig.progress, await rig.store.data.get(file.datumId)])).not.toMatch(/se.*cret/);
  });

  it("are asked for where they lack, and not repeated where they are wrong", async () => {
    const server = await listen(guarded);
    expect(await refusal(rig.fetch(`http://me:wrong@${server.host}/a.csv`))).toEqual([
      "HR_INPUT_UNAVAILABLE",
      `input ${server.origin}/a.csv: the server answers 401 Unauthorized`,
      "put user and password into the address: https://USER:PASSWORD@host/path (they are not recorded with the file)",
    ]);
  });

  it("stay with the host that they were given for", async () => {
    const other = await listen(text("x"));
    const server = await listen((request, response) =>
      request.url === "/near"
        ? response.writeHead(302, { location: "/far" }).end()
        : response.writeHead(307, { location: `${other.origin}/a` }).end(),
    );
    await rig.fetchOne(`http://me:pw@${server.host}/near`);
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual(["Basic bWU6cHc=", "Basic bWU6cHc="]);
    expect(other.requests[0]?.headers.authorization).toBeUndefined();
  });
});

describe("redirects", () => {
  it("lead to the file, which keeps the name that the user wrote", async () => {
    const server = await listen((request, response, count) =>
      request.url === "/a.csv"
        ? response.writeHead(301, { location: "deep/other.csv" }).end()
        : text("x")(request, response, count),
    );
    expect(await rig.fetchOne(`${server.origin}/a.csv`)).toMatchObject({
      name: "a.csv",
      uri: `${server.origin}/a.csv`,
    });
    expect(server.requests.map(({ url }) => url)).toEqual(["/a.csv", "/deep/other.csv"]);
  });

  it.each([
    ["/loop", "more than 3 redirects"],
    ["ftp://host/x", "a redirect to no web address"],
    ["http://", "a redirect to no web address"],
  ])("to %s are refused", async (location, what) => {
    await using short = await sourcesRig({ http: { maxRedirects: 3 } });
    const server = await listen((_, response) => response.writeHead(302, { location }).end());
    expect(await refusal(short.fetch(`${server.origin}/loop`))).toEqual([
      "HR_INPUT_UNAVAILABLE",
      `input ${server.origin}/loop: the server answers with ${what}`,
      "give the address that the file really has",
    ]);
  });
});

describe("what cannot be had", () => {
  const address = "check the address; a browser shows what is there";

  it("a file that is not there", async () => {
    const server = await listen((_, response) => response.writeHead(404).end("gone"));
    expect(await refusal(rig.fetch(`${server.origin}/a.csv`))).toEqual([
      "HR_INPUT_UNAVAILABLE",
      `input ${server.origin}/a.csv: the server answers 404 Not Found`,
      address,
    ]);
    expect(server.requests).toHaveLength(1);
  });

  it.each([
    [206, "206 Partial Content"],
    [304, "304 Not Modified"],
    [302, "302 Found"],
  ])("an answer %i that nobody asked for", async (status, words) => {
    const server = await listen((_, response) => response.writeHead(status).end());
    expect(await refusal(rig.fetch(`${server.origin}/a.csv`))).toEqual([
      "HR_INPUT_UNAVAILABLE",
      `input ${server.origin}/a.csv: the server answers ${words}`,
      address,
    ]);
  });

  it.each(["http://", "https://:x/", "http://[::/"])("the address %s", async (uri) => {
    expect(await refusal(rig.fetch(uri))).toEqual([
      "HR_INPUT_UNAVAILABLE",
      `input ${uri}: it is not a valid address`,
      "write https://host/path, with special characters percent-encoded",
    ]);
  });

  it("a host that does not exist", async () => {
    const [code, message] = await refusal(rig.fetch("http://nowhere.invalid/a.csv"));
    expect(code).toBe("HR_INPUT_UNAVAILABLE");
    // A machine without a network cannot tell that there is no such host.
    expect(message).toMatch(
      /^input http:\/\/nowhere\.invalid\/a\.csv: (?:no host of the name|the name) nowhere\.invalid (?:is known$|cannot be looked up)/,
    );
  });

  it("a port where nobody listens", async () => {
    const server = await listen(text("x"));
    await server[Symbol.asyncDispose]();
    expect(await refusal(rig.fetch(`${server.origin}/a.csv`))).toEqual([
      "HR_INPUT_UNAVAILABLE",
      `input ${server.origin}/a.csv: ${server.host} refuses the connection (after 5 attempts)`,
      "check the host and port, and that the server is running",
    ]);
  });

  it("a secure connection to a server that has none", async () => {
    const server = await listen(text("x"));
    expect(await refusal(rig.fetch(`https://${server.host}/a.csv`))).toMatchObject([
      "HR_INPUT_UNAVAILABLE",
      expect.stringContaining(`input https://${server.host}/a.csv: no secure connection to ${server.host}: `),
      "check the server's certificate; NODE_EXTRA_CA_CERTS=FILE makes Node.js trust an authority of your own",
    ]);
  });

  it("something that is no web server", async () => {
    const server = createServer((socket) => socket.on("error", () => {}).end("220 mail ready\r\n"));
    const listening = Promise.withResolvers<void>();
    server.listen(0, "127.0.0.1", listening.resolve);
    await listening.promise;
    const address = server.address();
    const host = `127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
    const refused = await refusal(rig.fetch(`http://${host}/a.csv`));
    server.close();
    expect(refused[1]).toBe(`input http://${host}/a.csv: ${host} does not answer in HTTP (HPE_INVALID_CONSTANT)`);
  });
});
