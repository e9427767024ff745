import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { ExecutionView } from "../../src/api/index.ts";
import type { ProjectRig, RunningCommand } from "../rig.ts";
import {
  type ContractSubject,
  contractProject,
  executionOf,
  runContract,
  startContract,
  variablesOf,
} from "./contract-rig.ts";
import { python, sha256 } from "./contract-step.ts";

const SLOW = 120_000;

/** Tests what cannot share a run with others: stopping, crashes of the engine, and what the place cannot give. */
export function testLife(subject: ContractSubject): void {
  const project = (...steps: readonly Readonly<Record<string, unknown>>[]): ProjectRig =>
    contractProject(subject, JSON.stringify(steps.map((step) => ({ step: { image: subject.image, ...step } }))));

  test(
    "a step outlives its engine, and the next one takes it up: no line twice, none lost",
    async () => {
      await using rig = project({
        name: "long",
        command: [
          "echo one",
          'echo ran >> "$VH_OUTPUTS_DIR/count"',
          "until [ -e go ]; do sleep 0.05; done",
          "echo two",
          "exit 9",
        ],
      });
      const engine = startContract(rig, subject, "long");
      await printed(rig, subject, engine, "one\n");
      engine.child.kill("SIGKILL");
      await engine.result;
      const { id } = await inspect(rig, subject);
      const folder = subject.folderOf?.(rig.root, id) ?? join(rig.root, ".headrace/executions", id);
      writeFileSync(join(folder, "valohai/repository/go"), "");
      await rig.startIn(rig.root, variablesOf(rig, subject), "resume").result;
      expect(await inspect(rig, subject)).toMatchObject({
        state: "error",
        exitCode: 9,
        outputs: [{ name: "count", sha256: sha256("ran\n") }],
      });
      expect(await logOf(rig, subject)).toBe("one\ntwo\n");
    },
    SLOW,
  );

  test(
    "a stop is an interrupt that the step can heed",
    async () => {
      await using rig = project({
        name: "heeds",
        command: python(
          "import os, time",
          "try:",
          "    print('ready', flush=True); time.sleep(600)",
          "except KeyboardInterrupt:",
          "    open(os.environ['VH_OUTPUTS_DIR'] + '/checkpoint', 'w').write('saved'); print('tidied up')",
        ),
      });
      const running = startContract(rig, subject, "heeds");
      await printed(rig, subject, running, "ready\n");
      const stopped = await rig.startIn(rig.root, variablesOf(rig, subject), "stop", "1").result;
      expect(stopped.code).toBe(0);
      const execution = await endOf(rig, subject, running);
      expect(execution).toMatchObject({
        state: "stopped",
        reason: "stopped by request",
        outputs: [{ name: "checkpoint" }],
      });
      expect(await logOf(rig, subject)).toBe("ready\ntidied up\n");
    },
    SLOW,
  );

  test(
    "one that ignores the interrupt is killed after the grace",
    async () => {
      await using rig = project({
        name: "stubborn",
        command: "trap '' INT TERM HUP; echo ready; while :; do sleep 60; done",
      });
      const impatient = { ...subject, variables: { ...subject.variables, HEADRACE_GRACE_S: "1" } };
      const running = startContract(rig, impatient, "stubborn");
      await printed(rig, subject, running, "ready\n");
      await rig.startIn(rig.root, variablesOf(rig, impatient), "stop", "1").result;
      const execution = await endOf(rig, subject, running);
      expect(execution).toMatchObject({ state: "stopped", reason: "stopped by request" });
    },
    SLOW,
  );

  test(
    "all processes of a step that is stopped have time to save, also where the first one ends at once",
    async () => {
      await using rig = project({
        name: "saves",
        command: [
          'python3 save.py term "$VH_OUTPUTS_DIR" SIGTERM &',
          'python3 save.py int "$VH_OUTPUTS_DIR" SIGINT &',
          "until [ -e ready-term ] && [ -e ready-int ]; do sleep 0.05; done; echo ready",
          "wait",
        ],
      });
      rig.write("save.py", SAVE);
      const running = startContract(rig, subject, "saves");
      await printed(rig, subject, running, "ready\n");
      running.child.kill("SIGINT");
      const { state, outputs } = await endOf(rig, subject, running);
      expect([state, ...outputs.map(({ name }) => name)]).toEqual(["stopped", "int.txt", "term.txt"]);
    },
    SLOW,
  );

  test(
    "one that ignores the interrupt gets SIGTERM before it is killed",
    async () => {
      await using rig = project({ name: "late", command: 'exec python3 save.py late "$VH_OUTPUTS_DIR" SIGTERM' });
      rig.write("save.py", SAVE.replace("signal.SIG_IGN", "lambda *_: None"));
      const impatient = { ...subject, variables: { ...subject.variables, HEADRACE_GRACE_S: "2" } };
      const running = startContract(rig, impatient, "late");
      await printed(rig, subject, running, "ready\n");
      running.child.kill("SIGINT");
      const { state, outputs } = await endOf(rig, subject, running);
      expect([state, ...outputs.map(({ name }) => name)]).toEqual(["stopped", "late.txt"]);
    },
    SLOW,
  );

  test.skipIf(subject.isolated)(
    "one that names /valohai where there is none is told so",
    async () => {
      await using rig = project({ name: "fixed", command: ["cat /valohai/inputs/data/a.csv"] });
      const { code, stdout } = await startContract(rig, subject, "fixed").result;
      expect(code).toBe(1);
      expect(stdout).toContain(
        "hint: where the step ran there is no /valohai: name its folders by VH_INPUTS_DIR, VH_OUTPUTS_DIR,",
      );
    },
    SLOW,
  );

  test(
    "the stock valohai-utils works",
    async () => {
      await using rig = project({
        name: "utils",
        parameters: [{ name: "epochs", type: "integer", default: 3 }],
        ...subject.valohaiUtils,
        command: "python3 use.py",
      });
      rig.write("use.py", UTILS);
      const execution = executionOf(await runContract(rig, subject, "utils"));
      expect(execution).toMatchObject({
        state: "complete",
        metadata: { epoch: 1, loss: 0.5 },
        outputs: [{ name: "model.txt" }],
      });
      expect(await logOf(rig, subject)).toContain("epochs 3\n");
    },
    SLOW,
  );

  test.runIf(subject.images)(
    "an image that is not to be had is named",
    async () => {
      await using rig = project({ name: "absent", image: "127.0.0.1:9/no/such-image:1", command: "true" });
      const execution = executionOf(await runContract(rig, subject, "absent"));
      expect(execution).toMatchObject({ state: "error", exitCode: null });
      expect(execution.reason).toContain("the image 127.0.0.1:9/no/such-image:1 ");
    },
    SLOW,
  );

  test.runIf(subject.limitsMemory)(
    "out of memory is said in words",
    async () => {
      await using rig = project({
        name: "hungry",
        resources: { memory: { max: 64 } },
        command: python("data = bytearray(512 * 1024 * 1024)", "print(len(data))"),
      });
      const execution = executionOf(await runContract(rig, subject, "hungry"));
      expect(execution).toMatchObject({ state: "error" });
      expect(execution.reason).toContain("it ran out of memory: it needed more than the 64 MB that it may use");
    },
    SLOW,
  );
}

/** Writes a file where it gets one of the signals that it is called with. */
const SAVE = `
import pathlib, signal, sys, time
def save(number, _):
    time.sleep(0.5)
    pathlib.Path(sys.argv[2], sys.argv[1] + ".txt").write_text(signal.Signals(number).name)
    sys.exit(0)
signal.signal(signal.SIGINT, signal.SIG_IGN)
for name in sys.argv[3:]:
    signal.signal(getattr(signal, name), save)
pathlib.Path("ready-" + sys.argv[1]).touch()
print("ready", flush=True) if sys.argv[1] == "late" else None
time.sleep(600)
`;

const UTILS = `
import valohai

print("epochs", valohai.parameters("epochs").value)
with valohai.logger() as logger:
    logger.log("epoch", 1)
    logger.log("loss", 0.5)
path = valohai.outputs().path("model.txt")
with open(path, "w") as out:
    out.write("weights")
valohai.outputs().live_upload("model.txt")
`;

/** Waits until the only execution of run 1 has printed a text, as a user would watch it. */
async function printed(
  rig: ProjectRig,
  subject: ContractSubject,
  running: RunningCommand,
  text: string,
): Promise<void> {
  await running.sees("started (#2)");
  const following = rig.startIn(rig.root, variablesOf(rig, subject), "logs", "2", "--follow");
  await following.sees(text);
  following.child.kill();
  await following.result;
}

async function endOf(rig: ProjectRig, subject: ContractSubject, running: RunningCommand): Promise<ExecutionView> {
  await running.result;
  return await inspect(rig, subject);
}

async function logOf(rig: ProjectRig, subject: ContractSubject): Promise<string> {
  return (await rig.startIn(rig.root, variablesOf(rig, subject), "logs", "2", "--stream", "stdout").result).stdout;
}

async function inspect(rig: ProjectRig, subject: ContractSubject): Promise<ExecutionView> {
  const { stdout } = await rig.startIn(rig.root, variablesOf(rig, subject), "info", "2", "--json").result;
  return (JSON.parse(stdout) as { readonly execution: ExecutionView }).execution;
}
