import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { GitServer } from "../src/remotes/fixtures/git-server.ts";
import { HomeProcesses, PASSWORD, seen } from "./home-process.ts";

const library = /^LD_PRELOAD=(.*)$/m.exec(
  spawnSync("faketime", ["-f", "+0s", "env"], { encoding: "utf8" }).stdout ?? "",
)?.[1];
if (library === undefined) console.error("SKIPPED: the test of a server whose clock jumps needs faketime.");

const FILES = {
  "valohai.yaml": "- step: {name: greet, image: alpine, command: 'cat file.txt'}\n",
  "file.txt": "hello\n",
};

test.skipIf(library === undefined)(
  "a server whose clock was two years ahead for a while goes on: schedules, log-ins, runs",
  async () => {
    await using git = await GitServer.start();
    await using home = await HomeProcesses.make();
    git.commit("main", "first", { files: FILES });
    const clock = join(home.rig.root, "clock");
    const set = (offset: string): void => writeFileSync(clock, `${offset}\n`);
    set("+0");
    await home.start({
      env: {
        ...{ LD_PRELOAD: library ?? "", FAKETIME_TIMESTAMP_FILE: clock, FAKETIME_NO_CACHE: "1" },
        // A machine's monotonic clock does not jump with the other one.
        FAKETIME_DONT_FAKE_MONOTONIC: "1",
      },
    });
    const project = await home.project();
    await home.call(`/projects/${project}/repository/`, {
      ...{ method: "PUT", body: { url: git.url, fetchEveryS: 3_600 } },
    });
    await home.call(`/projects/${project}/fetch/`, { body: {} });
    const fetched = async (name: string): Promise<void> => {
      await seen(async () => {
        const refs = await home.call(`/projects/${project}/refs/`);
        return refs.some((ref: { readonly name: string }) => ref.name === name) || undefined;
      });
    };
    set("+730d");
    git.commit("ahead", "second", { files: FILES });
    await fetched("ahead");
    for (let index = 0; index < 6; index++) await home.logIn("a wrong password");
    expect((await home.logIn(PASSWORD)).status).toBe(429);
    expect(await home.ended(project, await home.run(project, "greet", "main"))).toBe("complete");
    set("+0");
    git.commit("right", "third", { files: FILES });
    await fetched("right");
    expect((await home.logIn(PASSWORD)).status).toBe(200);
    expect(await home.ended(project, await home.run(project, "greet", "right"))).toBe("complete");
    const { items } = await home.call(`/projects/${project}/runs/`);
    expect(items.map(({ state }: { readonly state: string }) => state)).toEqual(["complete", "complete"]);
  },
);
