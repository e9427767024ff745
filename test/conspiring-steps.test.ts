import { describe, expect, it } from "vitest";
import type { RunDetailView } from "../src/api/index.ts";
import { ProjectRig } from "./rig.ts";

/** Run by three steps: `give` passes what it has open to `take` over an abstract socket; `use` comes after `give`. */
const SCRIPT = `
import array, mmap, os, socket, sys, time
name = "\\0headrace-test-" + sys.argv[2]
def listen(suffix):
    server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    server.bind(name + suffix)
    server.listen()
    return server
def connect(suffix):
    while True:
        try:
            peer = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            peer.connect(name + suffix)
            return peer
        except OSError:
            time.sleep(0.05)
def overwrite(fd, text):
    with mmap.mmap(fd, 0, mmap.MAP_SHARED, mmap.PROT_WRITE) as place:
        place[:len(text)] = text
def reopen(fd):
    os.chmod(f"/proc/self/fd/{fd}", 0o644)
    return os.open(f"/proc/self/fd/{fd}", os.O_RDWR)

if sys.argv[1] == "give":
    with open("/valohai/outputs/model.bin", "wb") as out:
        out.write(b"good" * 500_000)
    fds = [os.open("/valohai/outputs/model.bin", os.O_RDWR), os.open("/valohai/outputs/model.bin", os.O_RDONLY), os.open(".", os.O_PATH)]
    peer = connect("-take")
    peer.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))])
    peer.recv(1)
elif sys.argv[1] == "take":
    use = listen("-use")
    peer, _ = listen("-take").accept()
    _, ancillary, _, _ = peer.recvmsg(1, socket.CMSG_SPACE(12))
    fds = array.array("i")
    fds.frombytes(ancillary[0][2])
    shared = mmap.mmap(fds[0], 0, mmap.MAP_SHARED, mmap.PROT_WRITE)
    os.close(fds[0])
    peer.send(b"x")
    waiting, _ = use.accept()
    shared[:4] = b"EVIL"
    shared.flush()
    overwrite(reopen(fds[1]), b"EVIL")
    try:
        with open("code/lib.py", "w", opener=lambda path, flags: os.open(path, flags, dir_fd=fds[2])) as lib:
            lib.write("print('EVIL CODE')")
    except OSError as error:
        print(error)
    waiting.send(b"x")
else:
    connect("-use").recv(1)
    print(open("/valohai/inputs/x/model.bin", "rb").read(4).decode())
    print(open("code/lib.py").read())
`;

const step = (name: string, more = "") => `
- step:
    name: ${name}
    image: ""
    command: python3 code/conspire.py ${name} KEY
    time-limit: 120
${more}`;
const YAML = `${step("give")}${step("take")}${step("use", "    inputs: [{ name: x }]\n")}
- pipeline:
    name: p
    nodes:
      - { name: give, step: give, type: execution }
      - { name: take, step: take, type: execution }
      - { name: use, step: use, type: execution }
    edges:
      - [give.output.model.bin, use.input.x]
`;

describe.each(["bubblewrap", "unshare"])("a step that gets the open files of another (sandbox %s)", (sandbox) => {
  it("changes neither what is stored nor the code of a later step", async () => {
    const many = Object.fromEntries(Array.from({ length: 400 }, (_, n) => [`data/${n}.txt`, String(n)]));
    const yaml = YAML.replaceAll("KEY", `${process.pid}-${sandbox}`);
    await using rig = new ProjectRig({
      "valohai.yaml": yaml,
      "code/conspire.py": SCRIPT,
      "code/lib.py": "print('good')",
      ...many,
    });
    const run = await rig.json<RunDetailView>(0, "run", "p", "--sandbox", sandbox, "--jobs", "3");
    expect(run.nodes.map((node) => node.state)).toEqual(["complete", "complete", "complete"]);
    expect((await rig.headrace("logs", "latest.use")).stdout).toBe("good\nprint('good')\n");
    expect((await rig.headrace("verify")).code).toBe(0);
  });
});
