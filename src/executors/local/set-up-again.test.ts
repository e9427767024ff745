import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import type { JobSpec, RunningJob } from "../executor.ts";
import { openDirectLauncher } from "./launcher.ts";
import { openLocalExecutor } from "./local-executor.ts";
import type { SandboxChoice } from "./sandbox/detect.ts";
import { MOST_SET_UPS } from "./set-up-again.ts";

const isRoot = process.getuid?.() === 0;
const root = realpathSync(mkdtempSync(join(tmpdir(), "headrace-again-")));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Beside a step's own places, so that it is hidden by a mount of its own; `rises` and `vanishes` make it and remove it. */
class Place {
  readonly #folder = mkdtempSync("/var/lib/headrace-again-");
  readonly #path = join(this.#folder, "daemon.sock");
  #server = createServer();

  async rises(): Promise<void> {
    this.#server = createServer();
    await new Promise<void>((resolve) => this.#server.listen(this.#path, resolve));
  }

  async vanishes(): Promise<void> {
    if (this.#server.listening) await new Promise((resolve) => this.#server.close(resolve));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.vanishes();
    rmSync(this.#folder, { recursive: true });
  }
}

describe.runIf(isRoot).each(["bubblewrap", "unshare"] as const)(
  "where something hidden vanishes before it is mounted over (%s)",
  (sandbox) => {
    let place: Place;
    let launches: number;
    beforeEach(async () => {
      place = new Place();
      launches = 0;
      await place.rises();
    });
    afterEach(() => place[Symbol.asyncDispose]());

    /** Starts `command`; the place vanishes after the look at the machine, before the sandbox is set up, in the first `times` tries. */
    async function started(command: string, times: number, act?: (running: RunningJob) => Promise<void>): Promise<unknown> {
      const direct = openDirectLauncher();
      let running: RunningJob | undefined;
      const launcher: typeof direct = {
        async launch(request) {
          launches += 1;
          await place.vanishes();
          const launched = await direct.launch(request);
          const ended = launched.ended.then(async (seen) => {
            if (launches < times) await place.rises();
            if (running !== undefined) await act?.(running);
            return seen;
          });
          return { ...launched, ended };
        },
        [Symbol.asyncDispose]: () => direct[Symbol.asyncDispose](),
      };
      const stateFolder = join(root, sandbox);
      const baseEnvironment = { HOME: root, PATH: "/usr/bin:/bin" };
      await using executor = await openLocalExecutor({
        stateFolder,
        projectRoot: root,
        sandbox: sandbox as SandboxChoice,
        baseEnvironment,
        launcher,
      });
      const folder = mkdtempSync(join(stateFolder, "job-"));
      for (const name of ["inputs", "config"]) mkdirSync(join(folder, "valohai", name), { recursive: true });
      const job: JobSpec = { executionId: "1", folder, command: [command], image: "", environment: {} };
      const preparation = await executor.prepare(job, expect.fail, new AbortController().signal);
      running = await executor.start(job, preparation);
      const end = await running.ended;
      expect(await (await executor.attach(job))?.ended).toEqual(end);
      expect(existsSync(join(folder, "control/again-1"))).toBe(launches > 1);
      if (act === undefined) return end;
      // As an engine does that finds the job so.
      return [end, launches, await (await executor.start(job, preparation)).ended];
    }

    test("the sandbox is set up again, with a new look", async () => {
      expect(await started("exit 3", 1)).toEqual({ kind: "exited", exitCode: 3 });
      expect(launches).toBe(2);
    });

    test("it is not tried for ever", async () => {
      expect(await started("true", MOST_SET_UPS)).toMatchObject({
        kind: "lost",
        reason: expect.stringContaining("the sandbox could not be set up: "),
      });
      expect(launches).toBe(MOST_SET_UPS);
    });

    test.each(["interrupt", "kill"] as const)("a job that is to end (%s) is not begun again, save by a start of its own", async (kind) => {
      const ends = await started("exit 4", 1, (running) => running.signal(kind));
      expect(ends).toEqual([expect.objectContaining({ kind: "lost" }), 1, { kind: "exited", exitCode: 4 }]);
      expect(launches).toBe(2);
    });

    test("a step that has begun is not begun again, however it ends", async () => {
      await place.vanishes();
      expect(await started("kill -9 $$", 0)).toEqual({ kind: "signalled", signal: "SIGKILL" });
      expect(launches).toBe(1);
    });
  },
);
