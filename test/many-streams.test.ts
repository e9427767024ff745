import { readdirSync, readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { tarOf } from "../src/snapshots/fixtures/tar.ts";
import { HomeProcesses } from "./home-process.ts";

const CONFIGURATION = `
- step:
    name: talk
    image: alpine
    command: 'seq -f "line %.0f ${"of a log that is longer than what a connection takes ".repeat(12)}" 1 30000'
`;
/** Each caller may have 300. */
const CALLERS = 2;
const STREAMS = 200;
const DEAF = 12;

/** A server has 150 MB at rest; the logs that nobody reads have 230 MB. */
const MOST_MB = 350;

test.skipIf(process.platform !== "linux")(
  "hundreds of open streams hear what happens, readers who do not read cost little, and all is given back",
  async () => {
    await using home = await HomeProcesses.make();
    const server = await home.start();
    const pid = server.child.pid ?? 0;
    const project = await home.project();
    const commit = await upload(home, project);
    const talk = await home.run(project, "talk", commit);
    expect(await home.ended(project, talk)).toBe("complete");
    const tokens: string[] = [];
    for (let index = 0; index < CALLERS; index++)
      tokens.push((await home.call("/users/me/tokens/", { body: { name: `t${index}` } })).token as string);
    const before = filesOf(pid);
    const events = `/projects/${project}/events/follow/?after=latest`;
    const heard = tokens.flatMap((token) => Array.from({ length: STREAMS }, () => listen(home, events, token)));
    const deaf = Array.from({ length: DEAF }, () =>
      dial(home, `/projects/${project}/records/${talk}/log/lines/follow/`, tokens[0] ?? "").pause(),
    );
    await Promise.all(heard.map(({ began }) => began));
    const second = await home.run(project, "talk", commit);
    const { id } = await home.call(`/projects/${project}/runs/${second}/`);
    await Promise.all(heard.map(({ seen }) => seen(id)));
    expect(await home.ended(project, second)).toBe("complete");
    expect(memoryOf(pid)).toBeLessThan(MOST_MB);
    for (const { socket } of heard) socket.destroy();
    for (const socket of deaf) socket.destroy();
    // Files of the database and of a log may be open; connections are not.
    while (filesOf(pid) > before + 30) await delay(100);
    expect((await home.call(`/projects/${project}/runs/`)).items).toHaveLength(2);
  },
);

async function upload(home: HomeProcesses, project: string): Promise<string> {
  const form = new FormData();
  form.append("data", new Blob([gzipSync(tarOf({ "valohai.yaml": CONFIGURATION }))]), "data.tgz");
  const headers = { authorization: `Token ${await home.token()}` };
  const url = `${home.url}/api/v0/projects/${project}/import-package/`;
  const answer = await fetch(url, { method: "POST", headers, body: form });
  return ((await answer.json()) as { readonly identifier: string }).identifier;
}

function dial(home: HomeProcesses, path: string, token: string): Socket {
  const socket = connect(Number(new URL(home.url).port), "127.0.0.1");
  socket.on("error", () => undefined);
  socket.write(`GET /api/v0${path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Token ${token}\r\n\r\n`);
  return socket;
}

/** A stream whose reader waits for a text. */
function listen(home: HomeProcesses, path: string, token: string) {
  const socket = dial(home, path, token);
  let text = "";
  let look = () => {};
  const has = (part: string): Promise<void> =>
    new Promise((resolve, reject) => {
      look = () => {
        if (text.includes(part)) resolve();
        else if (socket.destroyed) reject(new Error(`the stream ended before ${part}: ${text.slice(0, 300)}`));
      };
      look();
    });
  socket.on("data", (data: Buffer) => {
    text += data.toString();
    look();
  });
  socket.once("close", () => look());
  return { socket, began: has("200 OK"), seen: has };
}

function filesOf(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

/** Megabytes that a process has in memory. */
function memoryOf(pid: number): number {
  const [, kilobytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kilobytes) / 1024;
}
