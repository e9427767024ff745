import { existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startPostgres, type TestServer, whyNoPostgres } from "../src/store/postgres/test-server.ts";
import { ProjectRig } from "./rig.ts";

const problem = whyNoPostgres();

/** Two checkouts of a project that share records and stored files, and see nothing of each other's folders. */
describe.skipIf(problem !== undefined)("the log of a step that runs on another machine", () => {
  let database: TestServer;
  beforeAll(async () => {
    database = await startPostgres();
  });
  afterAll(() => database?.[Symbol.asyncDispose]());

  test("is followed while it runs, from its beginning over its end, and nothing of it is left in the records", async () => {
    const env = { HEADRACE_DATABASE_URL: database.url, HEADRACE_PROJECT: "followed" };
    await using here = new ProjectRig();
    await using there = new ProjectRig();
    const go = join(here.root, "go");
    const step = `echo begin; echo oops >&2; while ! [ -e "${go}" ]; do sleep 0.02; done; seq 3000; echo end`;
    const yaml = `- step: { name: s, image: "", command: ${JSON.stringify(step)} }\n`;
    for (const rig of [here, there]) rig.write("valohai.yaml", yaml);
    mkdirSync(join(here.root, ".headrace/blobs"), { recursive: true });
    mkdirSync(join(there.root, ".headrace"));
    symlinkSync(join(here.root, ".headrace/blobs"), join(there.root, ".headrace/blobs"));
    const running = here.startIn(here.root, env, "run", "s");
    const log = async (...args: readonly string[]): Promise<string> =>
      (await there.startIn(there.root, env, "logs", "latest", ...args).result).stdout;
    while (!(await here.startIn(here.root, env, "logs", "latest").result).stdout.includes("oops")) await delay(50);
    const follower = there.startIn(there.root, env, "logs", "latest", "--follow");
    await follower.sees("oops");
    expect(await log()).toBe("begin\noops\n");
    expect(await log("--tail", "1", "--stream", "stdout")).toBe("begin\n");
    expect(existsSync(join(there.root, ".headrace/executions"))).toBe(false);
    writeFileSync(go, "");
    const followed = await follower.result;
    const lines = ["begin", "oops", ...Array.from({ length: 3000 }, (_, n) => String(n + 1)), "end"];
    expect([followed.code, followed.stdout.split("\n").slice(0, -1)]).toEqual([0, lines]);
    expect((await running.result).code).toBe(0);
    expect(await log("--tail", "2")).toBe("3000\nend\n");
    const left = await database.query(
      "select (select count(*) from headrace.log_parts) + (select count(*) from headrace.log_followers) as n",
    );
    expect(Number(left[0]?.n)).toBe(0);
  });
});
