import { describe, expect, it } from "vitest";
import type { RunDetailView, TaskView, WhyView } from "../src/api/index.ts";
import { ProjectRig } from "./rig.ts";

/** Sums numbers by sockets: members find each other as `torchrun` scripts do, and as Valohai's helpers say. */
const ALL_REDUCE = `
import json, os, socket, time
import valohai

d = valohai.distributed
rank, size = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
assert d.is_distributed_task() and d.rank == rank and d.required_count == size, (d.rank, rank)
assert [m.member_id for m in d.members()] == [str(n) for n in range(size)]
assert d.master().primary_local_ip == os.environ["MASTER_ADDR"] and d.me().is_master == (rank == 0)
assert os.environ["VH_DIST_MEMBER_ID"] == d.me().member_id and os.environ["VH_DIST_MEMBER_COUNT"] == str(size)
place = (os.environ["MASTER_ADDR"], int(os.environ["MASTER_PORT"]))
own = valohai.parameters("share").value
if rank == 0:
    server = socket.create_server(("", place[1]))
    peers = [server.accept()[0] for _ in range(size - 1)]
    total = own + sum(int(peer.recv(20)) for peer in peers)
    for peer in peers:
        peer.sendall(str(total).encode())
else:
    for _ in range(600):
        try:
            peer = socket.create_connection(place, timeout=5)
            break
        except OSError:
            time.sleep(0.1)
    peer.sendall(str(own).encode())
    total = int(peer.recv(20))
print(json.dumps({"rank": rank, "total": total}))
with open(valohai.outputs().path("part.txt"), "w") as out:
    out.write(f"{d.group_name} {rank}\\n")
`;

const PIPELINE = `
- step:
    name: train
    image: ""
    python: { packages: [valohai-utils==0.7.0] }
    command: python train.py {parameters}
    parameters: [{ name: share, type: integer, default: 1 }]
- step:
    name: gather
    image: ""
    command: cat $VH_INPUTS_DIR/parts/*
    inputs: [{ name: parts }]
- task:
    name: together
    step: train
    type: distributed
    execution-count: 3
    parameters: [{ name: share, style: multiple, rules: { items: [1, 20, 300] } }]
- pipeline:
    name: p
    nodes:
      - { name: train, type: task, task: together }
      - { name: gather, type: execution, step: gather }
    edges: [[train.output.*, gather.input.parts]]
`;

/** `$HOW` is what the second member does. */
function failing(retry: string): ProjectRig {
  return new ProjectRig({
    "valohai.yaml": `
- step: { name: work, image: "", command: sh work.sh${retry} }
- task: { name: together, step: work, type: distributed, execution-count: 3, parameters: [] }
`,
    "work.sh": `attempt=$(sed -n 's/.*"group_name".*-\\([0-9]*\\)".*/\\1/p' $VH_CONFIG_DIR/distributed.json)
[ "$attempt" = 2 ] || [ "$RANK" != 1 ] || exit 3
[ "$attempt" = 2 ] || exec sleep 600
echo done
`,
  });
}

const taskOf = async (rig: ProjectRig, ref: string): Promise<TaskView> =>
  (await rig.json<{ readonly task: TaskView }>(0, "info", ref)).task;

describe("a distributed task", () => {
  it("begins all members together, each of which knows the others", async () => {
    await using rig = new ProjectRig({ "valohai.yaml": PIPELINE, "train.py": ALL_REDUCE });
    // One step at a time: the members begin together all the same.
    const run = await rig.json<RunDetailView>(0, "run", "p", "--jobs", "1");
    expect(run.nodes.map(({ state }) => state)).toEqual(["complete", "complete"]);
    const task = await taskOf(rig, "1.train");
    expect(task).toMatchObject({ method: "distributed", complete: 3, parameters: ["share"] });
    const metadata = await Promise.all(
      task.trials.map(async ({ execution }) => {
        const info = await rig.json<{ readonly execution: { readonly metadata: unknown } }>(
          0,
          "info",
          String(execution),
        );
        return info.execution.metadata;
      }),
    );
    expect(metadata).toEqual([0, 1, 2].map((rank) => ({ rank, total: 321 })));
    const gathered = (await rig.headrace("logs", "1.gather")).stdout.split("\n").filter((line) => line !== "");
    expect(gathered.sort()).toEqual([0, 1, 2].map((rank) => `${run.id}-train-1 ${rank}`));
    // A member's result is nothing without the others', and is never used again.
    const [why] = await rig.json<readonly WhyView[]>(0, "why", String(task.trials[0]?.execution));
    expect(why?.text).toContain("all members of a distributed task run together");
    const refused = await rig.headrace("reproduce", String(task.trials[0]?.execution));
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining("a member of a distributed task")]);
  });

  it("ends with the first member that fails, and says which", async () => {
    await using rig = failing("");
    const run = await rig.json<RunDetailView>(1, "run", "together");
    expect(run.nodes[0]).toMatchObject({ state: "error", reason: "member 2 failed: it exited with code 3" });
    const { trials } = await taskOf(rig, "1.together");
    expect(trials.map(({ state, reason }) => [state, reason])).toEqual([
      ["stopped", "member 2 failed"],
      ["error", "it exited with code 3"],
      ["stopped", "member 2 failed"],
    ]);
  });

  it("is tried again as a whole by the rule of the step", async () => {
    await using rig = failing(", retry: { limit: 2, backoff: 1 }");
    await rig.json<RunDetailView>(0, "run", "together");
    const { trials } = await taskOf(rig, "1.together");
    expect(trials.map(({ state, attempt }) => [state, attempt])).toEqual(Array(3).fill(["complete", 2]));
  });
});
