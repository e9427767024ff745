import { lookup } from "node:dns/promises";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { constants } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { HeadraceError, systemErrorCode } from "../../errors.ts";
import type { JobEnd, JobSpec, RunningJob } from "../executor.ts";
import type { UseReading } from "../use/use-reading.ts";
import type { Canceller } from "./canceller.ts";
import { type EndMarks, endOfJob, endOfStep, explained, inTruth, requeuedEnd } from "./end-of-job.ts";
import type { JobQueue } from "./job-queue.ts";
import { hasEnded, isWaiting, type JobRow } from "./job-row.ts";
import { type Claim, parseClaim, parseExit, parseStatus, recordedJob, type SlurmFiles } from "./slurm-files.ts";
import type { SlurmAnswer } from "./slurm-programs.ts";
import { jobName } from "./slurm-settings.ts";
import { readNotes } from "./use-sampler.ts";

export interface SlurmJobParts {
  readonly job: JobSpec;
  readonly files: SlurmFiles;
  readonly queue: JobQueue;
  readonly canceller: Canceller;
  /** Returns what Slurm's accounting remembers of a job that the queue has forgotten. */
  readonly remember: (name: string) => Promise<readonly JobRow[]>;
  /** Hands the job to Slurm; absent when only what is there already is followed. */
  readonly submit?: (() => Promise<SlurmAnswer>) | undefined;
  readonly report: (detail: string) => void;
  readonly settleMs: number;
}

/** Between a step's first instruction and the shell that has become it. */
const BECOMING_MS = 50;
/** SIGWINCH, which Slurm knows by its number alone: it tells the job's guard of an interrupt (batch-script.ts). */
const WINDOW_CHANGE = constants.signals.SIGWINCH;
/** A killed job that has not ended after so long is taken from Slurm altogether. */
const STUBBORN_MS = 10_000;
/** Interval at which Slurm is asked again to pass on a signal that it could not take. */
const SIGNAL_RETRY_MS = 1_000;
/** Slurm's explanation of why a step was ended by a signal is waited for so long. */
const EXPLANATION_MS = 10_000;

/** A job as its files and the queue show it, from whatever moment on it is looked at. */
export class SlurmJob implements RunningJob {
  readonly #parts: SlurmJobParts;
  readonly #name: string;
  readonly #began = Promise.withResolvers<number>();
  readonly began: Promise<number> = this.#began.promise;
  readonly ended: Promise<JobEnd>;
  readonly notesUse = true;
  readonly #asked = Promise.withResolvers<void>();
  /** Resolves once Slurm has the job, or cannot take it just now; rejects when it refuses. */
  readonly asked: Promise<void> = this.#asked.promise;
  #claim: Claim | undefined;
  #claimSeenAt = Number.POSITIVE_INFINITY;
  #over = false;
  /** A wish to end what Slurm may not even have yet. */
  #wish: "SIGINT" | "SIGKILL" | undefined;
  #submitted: boolean;
  #said: string | undefined;

  constructor(parts: SlurmJobParts) {
    this.#parts = parts;
    this.#name = jobName(parts.job.executionId);
    this.#submitted = parts.submit === undefined;
    this.ended = this.#live();
    // The caller may look at `ended` late; a failure must not pass for an unhandled one until then.
    this.ended.then(
      () => this.#asked.resolve(),
      (error: unknown) => this.#asked.reject(error),
    );
    this.asked.catch(() => undefined);
    this.began.catch(() => undefined);
  }

  async signal(kind: "interrupt" | "kill"): Promise<void> {
    if (this.#over || (await this.#readExit()) !== undefined) return;
    const { files } = this.#parts;
    this.#wish = kind === "kill" ? "SIGKILL" : "SIGINT";
    writeFileSync(kind === "kill" ? files.killed : files.interrupted, "");
    if (kind === "kill") void this.#takeAway();
    await this.#pass(kind === "kill" ? "URG" : "INT");
    if (kind === "interrupt") await this.#insist([`--signal=${WINDOW_CHANGE}`, "--full"]);
  }

  async terminate(): Promise<void> {
    if (this.#over || !(await this.#hasStarted()) || (await this.#readExit()) !== undefined) return;
    writeFileSync(this.#parts.files.asked, "");
    await this.#insist(["--signal=TERM", "--full"]);
  }

  /** The address of its node by the names that this machine knows, else those that the node itself says it has. */
  async addresses(): Promise<readonly string[]> {
    await this.#began.promise;
    const node = this.#claim?.node ?? "";
    const found = await lookup(node).catch(() => undefined);
    if (found !== undefined) return [found.address];
    const own = ((await read(this.#parts.files.addresses)) ?? "").split(/\s+/).filter((text) => text !== "");
    return own.length === 0 ? [node] : own;
  }

  async use(since: number): Promise<readonly UseReading[]> {
    return readNotes((await read(this.#parts.files.use)) ?? "", since);
  }

  async #live(): Promise<JobEnd> {
    using _following = this.#parts.queue.follow();
    try {
      return (await this.#submit()) ?? (await this.#awaitEnd());
    } finally {
      this.#over = true;
      this.#began.reject(new Error("it never began"));
    }
  }

  /** Until Slurm has the job; an end, when it is not to have it any more. */
  async #submit(): Promise<JobEnd | undefined> {
    const { files, queue, submit } = this.#parts;
    if (submit === undefined) {
      this.#asked.resolve();
      return undefined;
    }
    let uncertain = existsSync(files.job);
    while (true) {
      // An attempt whose answer nobody saw may have brought the job into the queue.
      if (uncertain) await queue.fresh();
      if (existsSync(files.claim) || queue.rowsOf(this.#name).some((row) => !hasEnded(row))) break;
      // The queue forgets what has ended after some minutes: a job that was cancelled meanwhile is not to come again.
      if (uncertain && queue.rowsOf(this.#name).length === 0 && (await this.#parts.remember(this.#name)).length > 0)
        break;
      if (this.#wish !== undefined) return { kind: "signalled", signal: this.#wish };
      writeFileSync(files.job, "");
      const answer = await submit();
      if (answer.kind === "said") {
        writeFileSync(files.job, answer.text.split(";")[0]?.trim() ?? "");
        break;
      }
      if (answer.kind !== "busy") {
        rmSync(files.job, { force: true });
        throw refusal(answer);
      }
      uncertain = true;
      this.#asked.resolve();
      this.#say(`waiting for Slurm to take the job: ${answer.words}`);
      await this.#pause(Math.max(queue.pollMs, SIGNAL_RETRY_MS));
    }
    this.#submitted = true;
    this.#asked.resolve();
    return undefined;
  }

  async #pause(milliseconds: number): Promise<void> {
    const until = performance.now() + milliseconds;
    while (performance.now() < until && this.#wish === undefined) await this.#parts.queue.tick();
  }

  async #awaitEnd(): Promise<JobEnd> {
    const { queue } = this.#parts;
    const followedSince = performance.now();
    let goneSince: number | undefined;
    while (true) {
      const exit = await this.#readExit();
      if (exit !== undefined) return this.#endOfStep(exit);
      await this.#lookAtClaim();
      const rows = this.#rows();
      if (queue.trouble !== undefined)
        this.#say(`the Slurm controller does not answer (${queue.trouble}); the job goes on, and is waited for`);
      if (queue.knowsOf(followedSince)) {
        const requeued = this.#requeued(rows);
        if (requeued !== undefined) {
          await this.#cancel([], [requeued.jobId]);
          return requeuedEnd(requeued);
        }
        if (rows.length > 0 && !rows.every(hasEnded)) {
          goneSince = undefined;
          this.#tellOfWaiting(rows);
        } else {
          goneSince ??= performance.now();
          if (performance.now() - goneSince >= this.#patienceFor(rows)) return this.#endWithoutExit(rows);
          this.#nudgeFolder();
        }
      }
      await queue.tick();
    }
  }

  /** The job that runs the step, or all that might. */
  #rows(): readonly JobRow[] {
    const rows = this.#parts.queue.rowsOf(this.#name);
    return this.#claim === undefined ? rows : rows.filter(({ jobId }) => jobId === this.#claim?.jobId);
  }

  /** Returns what accounting says of the same jobs, if the queue has forgotten them. */
  async #remembered(): Promise<readonly JobRow[]> {
    const rows = await this.#parts.remember(this.#name);
    return this.#claim === undefined ? rows : rows.filter(({ jobId }) => jobId === this.#claim?.jobId);
  }

  #requeued(rows: readonly JobRow[]): JobRow | undefined {
    const claim = this.#claim;
    if (claim === undefined) return undefined;
    const isLater = this.#parts.queue.knowsOf(this.#claimSeenAt);
    return rows.find(
      (row) => row.restarts > claim.restarts || (isLater && isWaiting(row) && row.state !== "CONFIGURING"),
    );
  }

  #tellOfWaiting(rows: readonly JobRow[]): void {
    const [row] = rows;
    if (row === undefined || this.#claim !== undefined || this.#parts.queue.trouble !== undefined) return;
    if (row.state === "PENDING" && row.reason !== "") this.#say(`waiting in the queue: ${row.reason}`);
    else if (row.state === "CONFIGURING") this.#say(`its node is being started: ${row.node}`);
  }

  /**
   * Nothing is missing of a job that was cancelled before it began; other files may be a moment under way between two
   * machines.
   */
  #patienceFor(rows: readonly JobRow[]): number {
    const { interrupted, killed } = this.#marks();
    const ours = interrupted || killed;
    return ours && rows.length > 0 && rows.every(({ state }) => state === "CANCELLED" || state === "FAILED")
      ? 200
      : this.#parts.settleMs;
  }

  async #endWithoutExit(rows: readonly JobRow[]): Promise<JobEnd> {
    const [row] = rows.length > 0 ? rows : await this.#remembered();
    if (row === undefined) {
      return {
        kind: "lost",
        reason: `Slurm knows nothing of its job${this.#claim === undefined ? "" : ` ${this.#claim.jobId}`} any more, and it left no exit status`,
      };
    }
    const said = (await read(this.#parts.files.batchLog)) ?? "";
    return endOfJob(
      inTruth(row, said),
      this.#claim,
      this.#marks(),
      said.trim().split("\n").slice(-5).join("; "),
      this.#parts.job.resources,
    );
  }

  /** An end that may be Slurm's doing is explained by its word, where that comes in time. */
  async #endOfStep(exit: { readonly exitCode: number; readonly logged: boolean }): Promise<JobEnd> {
    const { files, queue, job } = this.#parts;
    await this.#lookAtClaim();
    const notes = parseStatus((await read(files.status)) ?? "");
    const marks = this.#marks();
    const end = endOfStep(exit, notes, marks, job.command);
    // The kernel may have killed a child of the step for want of memory, of which its shell made an exit code.
    const isKilled =
      end.kind === "signalled" ? end.signal === "SIGKILL" : end.kind === "exited" && end.exitCode === 137;
    const suspect = (existsSync(files.terminated) && !existsSync(files.asked)) || isKilled;
    if (!suspect || marks.killed || end.kind === "lost") return end;
    const patienceMs = Math.max(EXPLANATION_MS, queue.pollMs * 3);
    for (const since = performance.now(); performance.now() - since < patienceMs; ) {
      if (!(await queue.fresh(patienceMs))) break;
      const rows = this.#rows();
      const requeued = this.#requeued(rows);
      if (requeued !== undefined) {
        await this.#cancel([], [requeued.jobId]);
        return requeuedEnd(requeued);
      }
      const [row] = rows.length > 0 ? rows : await this.#remembered();
      if (row === undefined) break;
      if (!hasEnded(row)) continue;
      return explained(end, inTruth(row, (await read(files.batchLog)) ?? ""), job.resources);
    }
    return end;
  }

  /**
   * Lets nothing be lost on a job that is only on its way: what waits is taken out of the queue, what is starting is
   * waited for.
   */
  async #pass(signal: "INT" | "URG"): Promise<void> {
    const { queue } = this.#parts;
    while (!this.#over && !(await this.#hasStarted())) {
      if (this.#submitted && this.#claim === undefined) await this.#cancel(["--state=PENDING"]);
      for (const until = performance.now() + queue.pollMs; performance.now() < until && !this.#over; ) {
        await queue.tick();
        if (await this.#hasStarted()) break;
      }
    }
    await delay(BECOMING_MS);
    await this.#insist([`--signal=${signal}`, "--full"]);
  }

  /** The guard did not do it: the node is gone, or does not let the shared disk be written. */
  async #takeAway(): Promise<void> {
    for (const since = performance.now(); performance.now() - since < STUBBORN_MS && !this.#over; )
      await this.#parts.queue.tick();
    if (!this.#over) await this.#insist([]);
  }

  /** Until Slurm has taken it, or there is nobody left to take it. */
  async #insist(options: readonly string[]): Promise<void> {
    while (!this.#over && !(await this.#cancel(options))) await this.#pauseFor(SIGNAL_RETRY_MS);
  }

  async #pauseFor(milliseconds: number): Promise<void> {
    for (const until = performance.now() + milliseconds; performance.now() < until && !this.#over; )
      await this.#parts.queue.tick();
  }

  /** Cancels the jobs; returns true if Slurm has received the request. */
  async #cancel(options: readonly string[], of?: readonly string[]): Promise<boolean> {
    await this.#lookAtClaim();
    return this.#parts.canceller.cancel(options, of ?? this.#jobIds());
  }

  #jobIds(): readonly string[] {
    if (this.#claim !== undefined) return [this.#claim.jobId];
    const { files, queue } = this.#parts;
    const ids = [recordedJob(files), ...queue.rowsOf(this.#name).map(({ jobId }) => jobId)];
    return [...new Set(ids.filter((id) => id !== ""))];
  }

  async #hasStarted(): Promise<boolean> {
    await this.#lookAtClaim();
    return this.#claim !== undefined && parseStatus((await read(this.#parts.files.status)) ?? "").started;
  }

  async #readExit(): Promise<{ readonly exitCode: number; readonly logged: boolean } | undefined> {
    return parseExit((await read(this.#parts.files.exit)) ?? "");
  }

  async #lookAtClaim(): Promise<void> {
    if (this.#claim !== undefined) return;
    this.#claim = parseClaim((await read(this.#parts.files.claim)) ?? "");
    if (this.#claim === undefined) return;
    this.#claimSeenAt = performance.now();
    this.#began.resolve(this.#claim.beganAt);
  }

  #marks(): EndMarks {
    const { interrupted, killed } = this.#parts.files;
    return { interrupted: existsSync(interrupted), killed: existsSync(killed) };
  }

  /** A change of ours in the folder makes a network file system look again at what else is there. */
  #nudgeFolder(): void {
    const path = join(this.#parts.files.control, `.look-${process.pid}`);
    try {
      writeFileSync(path, "");
      rmSync(path, { force: true });
    } catch {
      // Then it takes as long as it takes.
    }
  }

  #say(detail: string): void {
    if (detail === this.#said) return;
    this.#said = detail;
    this.#parts.report(detail);
  }
}

function refusal(answer: Extract<SlurmAnswer, { words: string }>): HeadraceError {
  if (answer.kind === "absent") {
    return new HeadraceError("HR_STEP_START", `the step cannot be handed to Slurm: ${answer.words}`, {
      hint: "run Headrace on a machine from which jobs are submitted, or say where its programs are with `slurm.programs` in headrace.config.yaml",
    });
  }
  return new HeadraceError("HR_STEP_START", `Slurm refused the step's job: ${answer.words}`, {
    hint: "compare the environment's `slurm` settings (partition, account, qos, options) and the step's resources with what `sinfo` and `sacctmgr show assoc` say",
  });
}

async function read(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    // ESTALE: a network file system whose file was replaced at this moment.
    const code = systemErrorCode(error);
    if (code === "ENOENT" || code === "ESTALE" || code === "ENOTDIR") return undefined;
    throw error;
  }
}
