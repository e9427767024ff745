import { expect, test } from "vitest";
import { type ContractSubject, contractProject, runContract, variablesOf } from "./contract-rig.ts";

/**
 * Each member sends its number to the first, which sends the sum to all: they find each other as `torchrun` scripts do.
 */
const ALL_REDUCE = `import json, os, socket, time
rank, size = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
known = json.load(open(os.path.join(os.environ["VH_CONFIG_DIR"], "distributed.json")))
assert [int(each["member_id"]) for each in known["members"]] == list(range(size)), known
assert known["self"]["member_id"] == os.environ["VH_DIST_MEMBER_ID"] == str(rank)
assert known["members"][0]["network"]["local_ips"][0] == os.environ["MASTER_ADDR"]
place = (os.environ["MASTER_ADDR"], int(os.environ["MASTER_PORT"]))
if rank == 0:
    server = socket.create_server(("", place[1]))
    peers = [server.accept()[0] for _ in range(size - 1)]
    total = 1 + sum(int(peer.recv(20)) for peer in peers)
    for peer in peers:
        peer.sendall(str(total).encode())
else:
    for _ in range(300):
        try:
            peer = socket.create_connection(place, timeout=5)
            break
        except OSError as error:
            print(place, error, flush=True)
            time.sleep(0.2)
    peer.sendall(str(10 ** rank).encode())
    total = int(peer.recv(20))
print(json.dumps({"rank": rank, "total": total}))
`;

/** Tests that the members of a distributed task reach each other, wherever the environment has them run. */
export function testMembers(subject: ContractSubject): void {
  test("the members of a distributed task begin together, and reach each other", async () => {
    const config = [
      { step: { name: "sum", image: subject.image, command: "python3 sum.py" } },
      { task: { name: "together", step: "sum", type: "distributed", "execution-count": 2, parameters: [] } },
    ];
    await using rig = contractProject(subject, JSON.stringify(config));
    rig.write("sum.py", ALL_REDUCE);
    const { connected: environment = subject.environment } = subject;
    const run = await runContract(rig, { ...subject, environment }, "together");
    const logs = (await rig.startIn(rig.root, variablesOf(rig, subject), "logs", "1.together").result).stdout;
    expect([run.nodes[0]?.reason, logs]).toEqual([null, expect.stringContaining('{"rank": 1, "total": 11}')]);
    expect(run.nodes[0]?.task).toMatchObject({ planned: 2, complete: 2 });
  });
}
