import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, test } from "vitest";
import { projectOverHttp, Routes, Wire } from "./index.ts";

/** Something that answers as it likes, and a project that is asked of it. */
async function answering(listener: RequestListener, { silenceMs = 60_000, patienceMs = 60_000 } = {}) {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const wire = new Wire({ url, token: "hrt_secret", version: "0.0.0", silenceMs });
  return {
    url,
    api: projectOverHttp(new Routes(wire, "p"), { patienceMs }),
    [Symbol.asyncDispose]: async () => {
      wire[Symbol.dispose]();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const EVENT = {
  ...{ at: "2026-01-01T00:00:00.000Z", actor: null, subject: { kind: "run", id: "r" }, v: 1 },
  body: { kind: "run-labelled", runId: "r", title: "t", note: "", tags: [] },
};

describe("a server that answers badly", () => {
  test.each<readonly [what: string, listener: RequestListener, code: string, message: RegExp]>([
    [
      "a redirect",
      (_, reply) => void reply.writeHead(302, { location: "https://evil.test/x" }).end(),
      "HR_SERVER_ANSWER",
      /sends on to another address, https:\/\/evil\.test/,
    ],
    [
      "a page",
      (_, reply) => void reply.writeHead(200, { "content-type": "text/html" }).end("<html>"),
      "HR_SERVER_ANSWER",
      /answers with text\/html/,
    ],
    [
      "no JSON",
      (_, reply) => void reply.writeHead(200, { "content-type": "application/json" }).end("{"),
      "HR_SERVER_ANSWER",
      /is no JSON/,
    ],
    [
      "another shape",
      (_, reply) => void reply.writeHead(200, { "content-type": "application/json" }).end('{"items":[{"number":"x"}]}'),
      "HR_SERVER_ANSWER",
      /in a way that this version does not know/,
    ],
    ["a status of its own", (_, reply) => void reply.writeHead(418).end("tea"), "HR_SERVER_ANSWER", /status 418/],
    [
      "a proxy's error",
      (_, reply) => void reply.writeHead(502).end("bad gateway"),
      "HR_SERVER_UNREACHABLE",
      /status 502/,
    ],
    [
      "half an answer",
      (_, reply) =>
        reply
          .writeHead(200, { "content-length": "100", "content-type": "application/json" })
          .write("{", () => reply.destroy()),
      "HR_SERVER_UNREACHABLE",
      /cannot be reached/,
    ],
    [
      "a code that this version does not know",
      (_, reply) =>
        void reply.writeHead(422, { "content-type": "application/problem+json" }).end(
          JSON.stringify({
            status: 422,
            detail: "too blue",
            code: "HR_BLUE",
            hint: "use red",
            advice: [],
            details: [],
          }),
        ),
      "HR_SERVER_ANSWER",
      /too blue \(HR_BLUE\)/,
    ],
  ])("with %s is told as such, and gets the token nowhere else", async (_what, listener, code, message) => {
    await using bad = await answering(listener);
    const failure = await bad.api.runs.list({ limit: 1 }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code, message: expect.stringMatching(message) });
    expect(JSON.stringify(failure)).not.toContain("secret");
  });

  test("that says nothing is given up", async () => {
    await using bad = await answering(() => undefined, { silenceMs: 300 });
    await expect(bad.api.runs.remove(["1"])).rejects.toMatchObject({ code: "HR_SERVER_UNREACHABLE" });
  });

  test("that speaks no TLS, or is not there, is told as such", async () => {
    await using bad = await answering(() => undefined);
    using wire = new Wire({ url: bad.url.replace("http:", "https:"), version: "0.0.0" });
    const { runs } = projectOverHttp(new Routes(wire, "p"), { patienceMs: 1 });
    await expect(runs.list({ limit: 1 })).rejects.toMatchObject({
      code: "HR_SERVER_UNREACHABLE",
      message: expect.stringContaining("TLS"),
    });
  });
});

describe("a stream that is cut off", () => {
  test("goes on behind the last item, each once; it ends as the server says", async () => {
    const asked: (string | undefined)[] = [];
    await using server = await answering((request, reply) => {
      const last = request.headers["last-event-id"] as string | undefined;
      asked.push(last);
      const next = Number(last ?? 0) + 1;
      reply.writeHead(200, { "content-type": "text/event-stream" });
      reply.write("retry: 1\n\n");
      const text = (id: number) => `id: ${id}\ndata: ${JSON.stringify({ ...EVENT, id: String(id) })}\n\n`;
      if (next > 6) return void reply.end("event: end\ndata: {}\n\n");
      // The second of them is cut in its middle.
      reply.write(text(next) + text(next + 1).slice(0, 20), () => reply.destroy());
    });
    const events = await Array.fromAsync(server.api.events.follow({}), ({ id }) => id);
    expect(events).toEqual(["1", "2", "3", "4", "5", "6"]);
    expect(asked).toEqual([undefined, "1", "2", "3", "4", "5", "6"]);
  });

  test("ends with the server's refusal, and with an error once its patience is over", async () => {
    const problem = { status: 404, detail: "gone", code: "HR_NOT_FOUND", hint: null, advice: [], details: [] };
    await using refusing = await answering((_, reply) => {
      reply.writeHead(200, { "content-type": "text/event-stream" });
      reply.end(`event: problem\ndata: ${JSON.stringify(problem)}\n\n`);
    });
    await expect(Array.fromAsync(refusing.api.events.follow({}))).rejects.toMatchObject({ code: "HR_NOT_FOUND" });
    await using broken = await answering((_, reply) => reply.destroy(), { patienceMs: 10 });
    await expect(Array.fromAsync(broken.api.events.follow({}))).rejects.toMatchObject({
      code: "HR_SERVER_UNREACHABLE",
    });
  });
});
