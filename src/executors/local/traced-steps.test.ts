import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { traceHolds } from "../../code-tracing/index.ts";
import { findTracer } from "./call-tracer.ts";
import { openWatchRig, type Tree, type WatchRig } from "./fixtures/watch-rig.ts";

let rig: WatchRig;
beforeAll(async () => {
  rig = await openWatchRig();
});
afterAll(() => rig[Symbol.asyncDispose]());

const FILES: Tree = {
  "README.md": "read me\n",
  "data/a.csv": "1\n",
  "data/b.csv": "2\n",
  "lib/used.sh": "cat data/a.csv\n",
  "lib/used.py": "X = 1\n",
  "lib/__init__.py": "",
  "native.py":
    "import sqlite3\nd = sqlite3.connect(':memory:')\ntry: d.execute(\"attach 'file:x.db?mode=ro' as x\")\nexcept sqlite3.Error: pass\n",
  link: { link: "data/a.csv" },
  "by-absent": "#!/valohai/repository/flag\n",
  "by-script": "#!/valohai/repository/lib/script\n",
  "by-relative": "#!lib/script\n",
  "lib/script": "#!/bin/sh\n",
};

const python = (...lines: readonly string[]): readonly string[] => [`python - <<'END'\n${lines.join("\n")}\nEND`];

/** Runs commands as a step, edits the project, and says whether the step would be taken as it was. */
async function holdsAfter(
  command: readonly string[],
  edit: Tree,
  sandbox: "bubblewrap" | "unshare" = "bubblewrap",
): Promise<string> {
  const before = await rig.commit(FILES);
  const { observed, status, stderr } = await rig.run(before, { sandbox, command });
  const after = await rig.commit(edit);
  const index = await rig.index(after);
  await rig.commit(
    Object.fromEntries([...Object.keys(FILES), ...Object.keys(edit)].map((path) => [path.split("/")[0] ?? "", null])),
  );
  if (status !== 0) return `failed: ${stderr}`;
  if (observed.kind !== "trace") return `${observed.kind}: ${observed.why}`;
  const verdict = traceHolds(observed.trace, index);
  return verdict.holds ? "holds" : verdict.differences.map(({ path, what }) => `${what} ${path}`).join(", ");
}

const OTHER = { "README.md": "other\n" };

describe.runIf(findTracer(undefined) !== undefined)("with a tracer, a step of any program", () => {
  it.each<[string, readonly string[], Tree]>([
    ["cat", ["cat data/a.csv"], OTHER],
    ["a pipeline", ["cat data/a.csv | sort | wc -l > /valohai/outputs/n"], OTHER],
    [
      "a script and a Python",
      ["bash lib/used.sh", "python -c 'import lib.used'", "awk 1 data/b.csv"],
      { ...OTHER, "lib/new.py": "" },
    ],
    ["a Python that loads native code", ["python native.py"], OTHER],
    ["a Python that starts programs", ["python -c \"import os; os.system('cat data/a.csv')\""], OTHER],
    [
      "files of its own",
      ["mkdir -p out/deep", "cp data/a.csv out/deep/x", "mv out/deep/x out/y", "cat out/y", "rm -r out"],
      OTHER,
    ],
    ["what it leaves running", ["(sleep 600; cat README.md) &", "cat data/a.csv"], OTHER],
    ["a listing by name", ["ls data"], { ...OTHER, "data/a.csv": "3\n" }],
    ["a search by name", ["find data -name '*.csv'"], { ...OTHER, "data/a.csv": "3\n" }],
    ["another folder", ["cd lib && cat ../data/a.csv"], OTHER],
  ])("holds when what it did not use changes: %s", async (_, command, edit) => {
    expect(await holdsAfter(command, edit)).toBe("holds");
  });

  it.each<[string, readonly string[], Tree, string]>([
    ["cat", ["cat data/a.csv"], { "data/a.csv": "3\n" }, "changed data/a.csv"],
    ["a sourced script", ["source lib/used.sh"], { "lib/used.sh": "true\n" }, "changed lib/used.sh"],
    ["test -e", ["test -e flag || true"], { flag: "" }, "appeared flag"],
    ["test -s, which asks for a size", ["test -s data/a.csv"], { "data/a.csv": "123\n" }, "changed data/a.csv"],
    ["stat", ["stat -c %s data/a.csv"], { "data/a.csv": "123\n" }, "changed data/a.csv"],
    ["a comparison of ages", ["[ data/a.csv -nt data/b.csv ] || true"], { "data/b.csv": "3\n" }, "changed data/b.csv"],
    ["a wildcard", ["echo data/*"], { "data/c.csv": "" }, "listing data"],
    ["ls -l", ["ls -l data"], { "data/a.csv": "123\n" }, "changed data/a.csv"],
    ["find -size", ["find data -size +10c"], { "data/a.csv": "123\n" }, "changed data/a.csv"],
    ["find in all", ["find . -name flag"], { "data/deep/flag": "" }, "listing data"],
    ["du", ["du -s data"], { "data/b.csv": "123\n" }, "changed data/b.csv"],
    ["cp -a", ["cp -a data /tmp/copy"], { "data/b.csv": "3\n" }, "changed data/b.csv"],
    ["tar", ["tar --atime-preserve=system -cf /tmp/x.tar data"], { "data/b.csv": "3\n" }, "changed data/b.csv"],
    ["a link", ["cat link"], { link: { link: "data/b.csv" } }, "changed link"],
    ["what a link leads to", ["cat link"], { "data/a.csv": "3\n" }, "changed data/a.csv"],
    ["another folder", ["cd lib", "test -e ../flag || true"], { flag: "" }, "appeared flag"],
    ["a folder that it enters", ["cd data"], { data: "a file" }, "changed data"],
    ["a path by way of outside", ["test -e /valohai/inputs/../repository/flag || true"], { flag: "" }, "appeared flag"],
    [
      "a socket",
      ["perl -MSocket -e 'socket(S, AF_UNIX, SOCK_STREAM, 0); connect(S, pack_sockaddr_un(\"flag\"))'"],
      { flag: "" },
      "appeared flag",
    ],
    [
      "a socket's own name",
      ["perl -MSocket -e 'socket(S, AF_UNIX, SOCK_STREAM, 0); bind(S, pack_sockaddr_un(\"flag\"))'"],
      { flag: "" },
      "appeared flag",
    ],
    [
      "a message to a socket",
      ["perl -MSocket -e 'socket(S, AF_UNIX, SOCK_DGRAM, 0); send(S, 1, 0, pack_sockaddr_un(\"flag\"))'"],
      { flag: "" },
      "opaque: it sends messages to sockets, whose paths cannot be seen",
    ],
    ["a program that is not there", ["./tool || true"], { tool: "#!/bin/sh\n" }, "appeared tool"],
    ["a child in the background", ["test -e flag & wait || true"], { flag: "" }, "appeared flag"],
    [
      "a Python without the site",
      ["python -S -c 'import os; os.path.exists(\"flag\")'"],
      { flag: "" },
      "appeared flag",
    ],
    ["a Python that loads native code", ["python native.py"], { "x.db": "" }, "appeared x.db"],
    [
      "a name with odd letters",
      ["test -e $'a \\n\\xc3\\xa9\\\\\"b' || true"],
      { 'a \né\\"b': "" },
      'appeared a \né\\"b',
    ],
    ["a library", ["LD_PRELOAD=./x.so /bin/true"], { "x.so": "" }, "appeared x.so"],
    ["git", ["git init -q .", "git status --short"], { ".gitignore": "" }, "listing ., appeared .gitignore"],
    [
      "mmap",
      ["python -c \"import mmap; f = open('data/a.csv', 'rb'); mmap.mmap(f.fileno(), 0, prot=1)[:]\""],
      { "data/a.csv": "3\n" },
      "changed data/a.csv",
    ],
    [
      "O_NOATIME",
      ["python -c \"import os; os.read(os.open('data/a.csv', os.O_RDONLY | os.O_NOATIME), 9)\""],
      { "data/a.csv": "3\n" },
      "changed data/a.csv",
    ],
    [
      "a link to what is not there",
      ["ln -s /valohai/repository/flag /tmp/l; test -e /tmp/l || true"],
      { flag: "" },
      "appeared flag",
    ],
    [
      "a link that it moves",
      ["mkdir -p s/t; ln -s ../flag s/t/l; mv s/t/l s/l; test -e s/l || true"],
      { flag: "" },
      "appeared flag",
    ],
    [
      "a link in a folder that it moves",
      ["mkdir -p s/t/u; ln -s ../../flag s/t/u/l; mv s/t/u s/u; test -e s/u/l || true"],
      { flag: "" },
      "appeared flag",
    ],
    [
      "a script that a script of its own runs",
      ["./by-script"],
      { "lib/script": "#!/bin/sh\nexit 1\n" },
      "changed lib/script",
    ],
    ["a script whose program is not there", ["./by-absent || true"], { flag: "#!/bin/sh\n" }, "appeared flag"],
    [
      "a program that a thread starts",
      python(
        "import os, threading",
        "threading.Thread(target=lambda: os.execv('/bin/cat', ['cat', 'data/a.csv'])).start()",
        "import time; time.sleep(60)",
      ),
      { "data/a.csv": "3\n" },
      "changed data/a.csv",
    ],
    [
      "a folder that another process hands over",
      python(
        "import os, socket",
        "a, b = socket.socketpair()",
        "if os.fork() == 0: socket.send_fds(a, [b'x'], [os.open('lib', 0)]); os._exit(0)",
        "try: os.stat('flag', dir_fd=socket.recv_fds(b, 9, 1)[1][0])",
        "except OSError: pass",
      ),
      { "lib/flag": "" },
      "listing lib, appeared lib/flag",
    ],
    [
      "a handle",
      python(
        "import ctypes",
        "b = ctypes.create_string_buffer(200); b[0] = 128",
        "ctypes.CDLL(None).name_to_handle_at(-100, b'data/a.csv', b, ctypes.byref(ctypes.c_int()), 0)",
      ),
      { "data/a.csv": "3\n" },
      "changed data/a.csv",
    ],
  ])("runs again after a change of what it saw: %s", async (_, command, edit, difference) => {
    expect(await holdsAfter(command, edit)).toBe(difference);
  });

  it.each<[string, readonly string[], string]>([
    ["moves files", ["mv lib other"], "opaque: it moves lib, or makes a link to it"],
    ["links files", ["ln data/a.csv x"], "opaque: it moves data/a.csv, or makes a link to it"],
    ["makes another name for a folder", ["ln -s data alias"], "opaque: it moves data, or makes a link to it"],
    [
      "makes another name for the repository",
      ["ln -s /valohai /tmp/alias"],
      "opaque: it makes a link to a folder around the repository",
    ],
    ["makes a link to /proc", ["ln -s /proc/self/fd/3 /tmp/l"], "opaque: it makes a link to /proc/self/fd/3"],
    [
      "follows what it has open",
      ["test -e /dev/stdin/flag < lib || true"],
      "opaque: it follows the path /dev/stdin/flag",
    ],
    [
      "swaps links",
      ["ln -s data/a.csv s; cat s; ln -sfn lib s; ls s"],
      "opaque: it moves data/a.csv, or makes a link to it",
    ],
    [
      "exchanges two names",
      python(
        "import ctypes",
        "open('x', 'w').close()",
        "ctypes.CDLL(None).renameat2(-100, b'x', -100, b'lib/used.py', 2)",
      ),
      "opaque: it moves lib/used.py, or makes a link to it",
    ],
    [
      "starts a script that it has changed",
      ["echo >> lib/script; sh -c ./lib/script"],
      "opaque: it starts lib/script, which it has changed",
    ],
    [
      "starts a script by a relative path in its first line",
      ["./by-relative"],
      "opaque: it starts by-relative, which names a program by the relative path lib/script",
    ],
    [
      "uses io_uring",
      python("import ctypes", "ctypes.CDLL(None).syscall(425, 1, ctypes.create_string_buffer(200))"),
      "opaque: it uses io_uring, whose calls cannot be seen",
    ],
    [
      "mounts in a namespace of its own",
      python("import ctypes", "ctypes.CDLL(None).unshare(0x10000000 | 0x20000)"),
      "opaque: it mounts file systems",
    ],
    [
      "goes by way of /proc",
      ["test -e /proc/self/cwd/flag || true"],
      "opaque: it follows the path /proc/self/cwd/flag",
    ],
    [
      "is a tracer itself",
      ["strace -o /dev/null true"],
      "opaque: only Python programs can be watched without strace in a sandbox, and this is more: strace -o /dev/null true",
    ],
    [
      "wipes the notes",
      ["python -c \"import os; open(os.environ['HEADRACE_TRACE'], 'w')\""],
      "opaque: its trace is damaged",
    ],
    [
      "wipes the log of its calls",
      ["true", ": > /.headrace/trace/calls"],
      "opaque: only Python programs can be watched without strace in a sandbox, and this is more: true",
    ],
  ])("counts the whole version when it %s", async (_, command, verdict) => {
    expect(await holdsAfter(command, {})).toBe(verdict);
  });

  it("is seen in the other sandbox", async () => {
    expect(await holdsAfter(["cat data/a.csv"], OTHER, "unshare")).toBe("holds");
    expect(await holdsAfter(["test -e flag || true"], { flag: "" }, "unshare")).toBe("appeared flag");
  });

  it("runs without the tracer once its Python's own notes were seen to tell all, until they do not", async () => {
    const version = await rig.commit({
      ...FILES,
      "plain.py": "import lib.used, os, sys\nif sys.argv[1:] == ['more']: os.system('true')\n",
    });
    const step = (command: string) => rig.run(version, { sandbox: "bubblewrap", command: [command] });
    const first = await step("python plain.py");
    const second = await step("python plain.py 2");
    expect([first, second].map(({ traced, observed }) => ({ traced, kind: observed.kind }))).toEqual([
      { traced: true, kind: "trace" },
      { traced: false, kind: "trace" },
    ]);
    expect(second.observed).toEqual(first.observed);
    const more = await step("python plain.py more");
    expect(more).toMatchObject({
      traced: false,
      observed: { kind: "opaque", why: "it starts other programs (os.system)" },
    });
    expect(await step("python plain.py more")).toMatchObject({ traced: true, observed: { kind: "trace" } });
    expect(await step("python plain.py")).toMatchObject({ traced: true, observed: { kind: "trace" } });
    await rig.commit({ "plain.py": null });
  });

  it("runs without the tracer where nobody asks what it used", async () => {
    const version = await rig.commit(FILES);
    expect(
      await rig.run(version, { sandbox: "bubblewrap", command: ["cat data/a.csv"], traceCode: false }),
    ).toMatchObject({
      traced: false,
      status: 0,
    });
  });

  it("ends as it would without", async () => {
    const version = await rig.commit(FILES);
    const step = (...command: readonly string[]) => rig.run(version, { sandbox: "bubblewrap", command });
    expect(await step("echo a; echo b >&2", "exit 3")).toMatchObject({ status: 3, stdout: "a\n", stderr: "b\n" });
    expect(await step("kill -9 $$")).toMatchObject({ stdout: "", stderr: "" });
    expect(await step("grep -c TracerPid /proc/self/status")).toMatchObject({ status: 0, stdout: "1\n" });
  });
});
