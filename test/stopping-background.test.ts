import { describe, expect, it } from "vitest";
import type { RunDetailView } from "../src/api/index.ts";
import { ProjectRig } from "./rig.ts";

const SAVE = `
import signal, sys, time
def save(number, _):
    time.sleep(0.3)
    open("/".join([sys.argv[2], sys.argv[1] + ".txt"]), "w").write(signal.Signals(number).name)
    sys.exit(0)
for name in sys.argv[3:]:
    signal.signal(getattr(signal, name), save)
if "SIGINT" not in sys.argv: signal.signal(signal.SIGINT, signal.SIG_IGN)
print("ready", flush=True)
time.sleep(600)
`;

const YAML = `
- step:
    name: stopped
    image: ""
    command:
      - python3 save.py term $VH_OUTPUTS_DIR SIGTERM &
      - python3 save.py int $VH_OUTPUTS_DIR SIGINT &
      - setsid python3 save.py own $VH_OUTPUTS_DIR SIGINT SIGTERM &
      - wait
- step:
    name: limited
    image: ""
    time-limit: 3
    command: python3 save.py term $VH_OUTPUTS_DIR SIGTERM & sleep 600
- step:
    name: late
    image: ""
    command: python3 late.py $VH_OUTPUTS_DIR
`;
const LATE = `
import signal, sys, time
signal.signal(signal.SIGINT, lambda *_: print("not yet", flush=True))
def save(*_):
    open(sys.argv[1] + "/late.txt", "w").write("saved")
    sys.exit(0)
print("ready", flush=True)
signal.signal(signal.SIGTERM, save)
while True: time.sleep(0.1)
`;

const FILES = { "valohai.yaml": YAML, "save.py": SAVE, "late.py": LATE };

function outputsOf(run: RunDetailView): readonly string[] | undefined {
  return run.nodes[0]?.execution?.outputs.map((file) => file.name).sort();
}

describe.each(["bubblewrap", "unshare", "off"])("a step that is stopped (sandbox %s)", (sandbox) => {
  it("has time for all its processes to save, also where the first one ends at once", async () => {
    await using rig = new ProjectRig(FILES);
    const running = rig.start("run", "stopped", "--sandbox", sandbox);
    await running.sees("started (#2)");
    const following = rig.start("logs", "2", "--follow");
    // Three at once: Python writes a word and the end of its line apart, so that they may stand in one line.
    await following.sees(/ready.*ready.*ready/s);
    running.child.kill("SIGINT");
    await running.result;
    const { run } = await rig.json<{ readonly run: RunDetailView }>(0, "info", "1");
    expect(run.nodes[0]?.state).toBe("stopped");
    // Without a sandbox, who has left the session is not waited for.
    expect(outputsOf(run)?.filter((name) => sandbox !== "off" || name !== "own.txt")).toEqual(
      sandbox === "off" ? ["int.txt", "term.txt"] : ["int.txt", "own.txt", "term.txt"],
    );
  });

  it("has it at the end of its time-limit, too", async () => {
    await using rig = new ProjectRig(FILES);
    const run = await rig.json<RunDetailView>(1, "run", "limited", "--sandbox", sandbox);
    expect(run.nodes[0]?.reason).toContain("its time-limit of 3 s was reached");
    expect(outputsOf(run)).toEqual(["term.txt"]);
  });

  it("gets SIGTERM before SIGKILL", async () => {
    await using rig = new ProjectRig(FILES);
    const running = rig.startIn(rig.root, { HEADRACE_GRACE_S: "1" }, "run", "late", "--sandbox", sandbox);
    await running.sees("started (#2)");
    await rig.start("logs", "2", "--follow").sees("ready");
    running.child.kill("SIGINT");
    await running.result;
    const { run } = await rig.json<{ readonly run: RunDetailView }>(0, "info", "1");
    expect(outputsOf(run)).toEqual(["late.txt"]);
  });
});
