import { existsSync, writeFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { HeadraceError } from "../../errors.ts";
import type { JobEnd, JobSpec, RunningJob } from "../executor.ts";
import { type ContainerFiles, type ContainerState, endOf, readStatus } from "./container-end.ts";
import { CANNOT_HIDE, INTERRUPT_SCRIPT, TERMINATE_SCRIPT, WITHOUT_SECRETS } from "./container-script.ts";
import { containerName } from "./container-spec.ts";
import { useOfContainer } from "./container-use.ts";
import { type EngineClient, EngineRefusal, EngineUnreachable, explainEngine } from "./engine-client.ts";
import { describeEngine } from "./engine-facts.ts";
import { patiently } from "./patience.ts";
import { inspectImage } from "./pull-image.ts";

const ANSWER_MS = 60_000;
const SIGNAL_PATIENCE_MS = 10_000;
const CLOSING_PATIENCE_MS = 5_000;

/** A container that has been started, by whomever. */
export function followContainer(job: JobSpec, files: ContainerFiles, client: EngineClient): RunningJob {
  const ended = awaitEnd(job, files, client);
  // The caller may look at `ended` late; a failure must not pass for an unhandled one until then.
  ended.catch(() => undefined);
  return {
    ended,
    signal: (kind) => pass(kind, job, files, client),
    terminate: () => pass("terminate", job, files, client),
    use: () => useOfContainer(job.executionId, client),
    addresses: () => addressesOf(job, client),
  };
}

type Wish = "interrupt" | "terminate" | "kill";

const PASSING: Readonly<Record<Wish, (job: JobSpec, files: ContainerFiles, client: EngineClient) => Promise<void>>> = {
  interrupt,
  terminate,
  kill,
};

/**
 * Says it at once where the daemon answers, else as soon as it does: whoever waits for the end goes on waiting
 * meanwhile.
 */
async function pass(kind: Wish, job: JobSpec, files: ContainerFiles, client: EngineClient): Promise<void> {
  const say = (): Promise<void> => PASSING[kind](job, files, client);
  try {
    await say();
  } catch (error) {
    if (!(error instanceof EngineUnreachable)) throw explainEngine(error, "the step's container cannot be ended");
    void patiently(say, () => readStatus(files).done).catch(() => undefined);
  }
}

/** In the networks of the engine; a container that shares the network of this machine has none of its own. */
async function addressesOf({ executionId }: JobSpec, client: EngineClient): Promise<readonly string[]> {
  const { NetworkSettings } = await client.call<{
    readonly NetworkSettings?: {
      readonly IPAddress?: string;
      readonly Networks?: Readonly<Record<string, { readonly IPAddress?: string }>>;
    };
  }>({ method: "GET", path: `/containers/${containerName(executionId)}/json`, timeoutMs: ANSWER_MS });
  const own = Object.values(NetworkSettings?.Networks ?? {}).map(({ IPAddress = "" }) => IPAddress);
  const all = [...own, NetworkSettings?.IPAddress ?? ""].filter((address) => address !== "");
  return all.length === 0 ? ["127.0.0.1"] : [...new Set(all)];
}

/** The facts that the engine knows of a container; undefined if it knows none. */
export interface ContainerFacts {
  readonly status: string;
  readonly state: ContainerState;
}

export async function inspectContainer(client: EngineClient, executionId: string): Promise<ContainerFacts | undefined> {
  try {
    const { State } = await client.call<{
      readonly State: {
        readonly Status: string;
        readonly ExitCode: number;
        readonly OOMKilled?: boolean;
        readonly Error?: string;
      };
    }>({ method: "GET", path: `/containers/${containerName(executionId)}/json`, timeoutMs: ANSWER_MS });
    return {
      status: State.Status,
      state: { exitCode: State.ExitCode, outOfMemory: State.OOMKilled === true, error: State.Error ?? "" },
    };
  } catch (error) {
    if (error instanceof EngineRefusal && error.status === 404) return undefined;
    throw error;
  }
}

async function awaitEnd(job: JobSpec, files: ContainerFiles, client: EngineClient): Promise<JobEnd> {
  // While the daemon is away, the step's own last word counts.
  const isDone = (): boolean => readStatus(files).done;
  while (true) {
    const waited = await patiently(() => waitForStop(client, job.executionId), isDone);
    const asked =
      waited === undefined ? undefined : await patiently(() => inspectContainer(client, job.executionId), isDone);
    if (asked === undefined) {
      if (isDone()) return endOf(job, files, undefined);
      return { kind: "lost", reason: "the container engine has not answered for 10 minutes" };
    }
    const facts = asked.answer;
    if (facts === undefined) return endOf(job, files, undefined);
    if (UNDER_WAY.has(facts.status)) continue;
    if (!existsSync(files.begun) && facts.state.error === "") {
      if (facts.state.exitCode === CANNOT_HIDE) throw cannotHide(job.image);
      await refuseForeign(client, job.image);
    }
    return endOf(job, files, facts.state);
  }
}

/**
 * False where process 1 ended without having got its secrets, since whoever sent them died: the container is to be
 * started again. While it waits for them, so does this.
 */
export async function hasSecrets(client: EngineClient, job: JobSpec, files: ContainerFiles): Promise<boolean> {
  while (!existsSync(files.begun)) {
    const facts = await inspectContainer(client, job.executionId);
    if (facts === undefined || !UNDER_WAY.has(facts.status)) return facts?.state.exitCode !== WITHOUT_SECRETS;
    await delay(50);
  }
  return true;
}

function cannotHide(image: string): HeadraceError {
  return new HeadraceError(
    "HR_STEP_START",
    `the step has secrets, and nothing in the image ${image} can hide them in what it prints`,
    { hint: "use an image with perl or awk, or take the secrets from the step" },
  );
}

/** Nothing of an image's runs where it is made for another kind of processor, unless the machine imitates that one. */
export async function refuseForeign(client: EngineClient, name: string): Promise<void> {
  const [image, engine] = await Promise.all([inspectImage(client, name), describeEngine(client)]).catch(() => []);
  const error =
    image === undefined || engine === undefined ? undefined : foreignImage(name, image.platform, engine.platform);
  if (error !== undefined) throw error;
}

/** Undefined for an image of the machine's own kind. */
export function foreignImage(name: string, made: string, machine: string): HeadraceError | undefined {
  if (made === machine) return undefined;
  return new HeadraceError("HR_STEP_START", `the image ${name} is for ${made}, and this machine is ${machine}`, {
    hint: `use an image that is made for ${machine}, or set up the emulation of the other (binfmt_misc)`,
  });
}

const UNDER_WAY: ReadonlySet<string> = new Set(["running", "paused", "restarting", "removing"]);

async function waitForStop(client: EngineClient, executionId: string): Promise<void> {
  try {
    await client.call({ method: "POST", path: `/containers/${containerName(executionId)}/wait?condition=not-running` });
  } catch (error) {
    if (!(error instanceof EngineRefusal && error.status === 404)) throw error;
  }
}

async function interrupt(job: JobSpec, files: ContainerFiles, client: EngineClient): Promise<void> {
  const deadline = performance.now() + SIGNAL_PATIENCE_MS;
  let status = readStatus(files);
  // Before the step itself runs there is nobody to understand the signal.
  while (status.readers === undefined) {
    if (performance.now() > deadline) return;
    const facts = await inspectContainer(client, job.executionId);
    if (facts === undefined || !UNDER_WAY.has(facts.status)) return;
    await delay(10);
    status = readStatus(files);
  }
  if (status.exitStatus !== undefined) return;
  writeFileSync(files.interrupted, "");
  await runInside(job, client, ["/bin/sh", "-c", INTERRUPT_SCRIPT, "headrace", ...status.readers]);
}

/** Also those that go on after the step's first process has ended. */
async function terminate(job: JobSpec, files: ContainerFiles, client: EngineClient): Promise<void> {
  if (!readStatus(files).done) await runInside(job, client, ["/bin/sh", "-c", TERMINATE_SCRIPT]);
}

async function runInside(job: JobSpec, client: EngineClient, command: readonly string[]): Promise<void> {
  try {
    const { Id } = await client.call<{ readonly Id: string }>({
      method: "POST",
      path: `/containers/${containerName(job.executionId)}/exec`,
      body: { Cmd: command },
      timeoutMs: ANSWER_MS,
    });
    await client.call({
      method: "POST",
      path: `/exec/${Id}/start`,
      body: { Detach: true, Tty: false },
      timeoutMs: ANSWER_MS,
    });
  } catch (error) {
    if (!hasEnded(error)) throw error;
  }
}

async function kill(job: JobSpec, files: ContainerFiles, client: EngineClient): Promise<void> {
  writeFileSync(files.killed, "");
  // The step itself has ended: process 1 kills those that it waits for, completes the logs, and hands the files over.
  for (
    const deadline = performance.now() + CLOSING_PATIENCE_MS;
    hasExited(files) && performance.now() < deadline;
    await delay(20)
  ) {
    if (readStatus(files).done) return;
  }
  try {
    await client.call({
      method: "POST",
      path: `/containers/${containerName(job.executionId)}/kill?signal=KILL`,
      timeoutMs: ANSWER_MS,
    });
  } catch (error) {
    if (!hasEnded(error)) throw error;
  }
}

function hasExited(files: ContainerFiles): boolean {
  return readStatus(files).exitStatus !== undefined;
}

/** The container is not there, or does not run (any more). */
function hasEnded(error: unknown): boolean {
  if (!(error instanceof EngineRefusal)) return false;
  // Podman says it with status 500.
  return (
    error.status === 404 ||
    error.status === 409 ||
    /is not running|can only kill running|container state improper/.test(error.message)
  );
}
