import { describe, expect, it } from "vitest";
import type { JobEnd, RunningJob } from "../executors/index.ts";
import { awaitEnd, type StopCause } from "./await-end.ts";

/** A job whose end and reactions the test decides. */
class ScriptedJob implements RunningJob {
  readonly #end = Promise.withResolvers<JobEnd>();
  readonly signals: string[] = [];
  readonly ended = this.#end.promise;
  readonly #onSignal: (kind: "interrupt" | "kill", job: ScriptedJob) => void;

  constructor(onSignal: (kind: "interrupt" | "kill", job: ScriptedJob) => void = () => undefined) {
    this.#onSignal = onSignal;
  }

  exit(exitCode: number): void {
    this.#end.resolve({ kind: "exited", exitCode });
  }

  die(signal: string): void {
    this.#end.resolve({ kind: "signalled", signal });
  }

  async signal(kind: "interrupt" | "kill"): Promise<void> {
    this.signals.push(kind);
    this.#onSignal(kind, this);
  }
}

function options(overrides: {
  readonly stop?: AbortSignal;
  readonly limit?: AbortSignal;
  readonly kill?: AbortSignal;
  readonly graceMs?: number;
}) {
  const causes: StopCause[] = [];
  const never = new AbortController().signal;
  return {
    causes,
    wishes: [
      { kind: "stop", signal: overrides.stop ?? never },
      { kind: "limit", signal: overrides.limit ?? never },
    ] as const,
    kill: overrides.kill ?? never,
    graceMs: overrides.graceMs ?? 60_000,
    onStopping: async (cause: StopCause) => {
      causes.push(cause);
    },
  };
}

describe("awaitEnd", () => {
  it("returns the end of a step that ends by itself, without a cause", async () => {
    const job = new ScriptedJob();
    job.exit(3);
    expect(await awaitEnd(job, options({}))).toEqual({ end: { kind: "exited", exitCode: 3 } });
    expect(job.signals).toEqual([]);
  });

  it("interrupts on a wish to stop and leaves a step that obeys alone", async () => {
    const job = new ScriptedJob((kind, self) => kind === "interrupt" && self.exit(130));
    const chosen = options({ stop: AbortSignal.abort("stopped by the user") });
    expect(await awaitEnd(job, chosen)).toEqual({
      end: { kind: "exited", exitCode: 130 },
      cause: { kind: "stop", reason: "stopped by the user" },
    });
    expect(job.signals).toEqual(["interrupt"]);
    expect(chosen.causes).toEqual([{ kind: "stop", reason: "stopped by the user" }]);
  });

  it("kills a step that ignores the interrupt once the grace is over", async () => {
    const job = new ScriptedJob((kind, self) => kind === "kill" && self.die("SIGKILL"));
    const result = await awaitEnd(
      job,
      options({ limit: AbortSignal.abort("its time-limit of 1 s was reached"), graceMs: 1 }),
    );
    expect(result).toEqual({
      end: { kind: "signalled", signal: "SIGKILL" },
      cause: { kind: "limit", reason: "its time-limit of 1 s was reached" },
    });
    expect(job.signals).toEqual(["interrupt", "kill"]);
  });

  it("sends SIGTERM before it kills, where that can be sent", async () => {
    const job = new ScriptedJob((kind, self) => kind === "kill" && self.die("SIGKILL"));
    const terminable = Object.assign(job, { terminate: async () => void job.signals.push("terminate") });
    await awaitEnd(terminable, options({ stop: AbortSignal.abort("stopped by the user"), graceMs: 1 }));
    expect(job.signals).toEqual(["interrupt", "terminate", "kill"]);
  });

  it("does not interrupt first when killing is asked for at once", async () => {
    const job = new ScriptedJob((_kind, self) => self.die("SIGKILL"));
    await awaitEnd(job, options({ stop: AbortSignal.abort("stopped"), kill: AbortSignal.abort() }));
    expect(job.signals).toEqual(["kill"]);
  });

  it("kills before the grace is over when the second wish comes", async () => {
    const kill = new AbortController();
    const job = new ScriptedJob((kind, self) => (kind === "interrupt" ? kill.abort() : self.die("SIGKILL")));
    const result = await awaitEnd(job, options({ stop: AbortSignal.abort("stopped"), kill: kill.signal }));
    expect(result.end).toEqual({ kind: "signalled", signal: "SIGKILL" });
    expect(job.signals).toEqual(["interrupt", "kill"]);
  });

  it("goes on ending a step that an earlier engine had begun to end, though it has ended by now", async () => {
    const job = new ScriptedJob();
    job.die("SIGINT");
    const chosen = options({});
    const begun = { kind: "limit", reason: "its time-limit of 1 s was reached" } as const;
    expect(await awaitEnd(job, { ...chosen, begun })).toEqual({
      end: { kind: "signalled", signal: "SIGINT" },
      cause: begun,
    });
    expect(chosen.causes).toEqual([begun]);
  });

  it("counts the first wish when several come", async () => {
    const job = new ScriptedJob((_kind, self) => self.exit(0));
    const result = await awaitEnd(
      job,
      options({ stop: AbortSignal.abort("first"), limit: AbortSignal.abort("second") }),
    );
    expect(result.cause).toEqual({ kind: "stop", reason: "first" });
  });
});
