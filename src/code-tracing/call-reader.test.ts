import { describe, expect, it } from "vitest";
import { CallReader, type Calls } from "./call-reader.ts";

const PLACES = { repository: "/valohai/repository", project: "/home/me/p" };
const END = "7 exit_group(0) = ?";

function read(...lines: readonly string[]): Calls | undefined {
  const reader = new CallReader(PLACES);
  for (const line of ['7 execve("/bin/sh", ["x"...], 0x7ffc /* 3 vars */) = 0', ...lines]) reader.take(line);
  return reader.finish();
}

const NOTHING = { asked: [], listed: [], moved: [], executed: [], project: [], cached: [], reasons: [] };

describe("a line of the log", () => {
  it.each<[string, Partial<Calls>]>([
    ['7 openat(AT_FDCWD</valohai/repository>, "a", O_RDONLY) = 3</valohai/repository/a>', { asked: ["a"] }],
    [
      '7     openat(AT_FDCWD</valohai/repository>, "a", O_RDONLY)     = -1 ENOENT (No such file or directory)',
      { asked: ["a"] },
    ],
    [
      '7 openat(AT_FDCWD</valohai>, "/valohai/repository/a/b", O_RDONLY) = 3</valohai/repository/a/b>',
      { asked: ["a/b"] },
    ],
    [
      '7 openat(5</valohai/repository/lib>, "x", O_RDONLY|O_NOATIME) = 3</valohai/repository/lib/x>',
      { asked: ["lib/x"] },
    ],
    [
      '7 newfstatat(5</valohai/repository/lib (deleted)>, "x", 0x7ffc, 0) = -1 ENOENT (No such file or directory)',
      { asked: ["lib/x"] },
    ],
    ['7 access("flag", R_OK) = -1 ENOENT (No such file or directory)', { asked: ["flag"] }],
    ['7 stat("/valohai/inputs/../repository/a", {st_mode=S_IFREG|0644, st_size=1, ...}) = 0', { asked: ["a"] }],
    ['7 openat(AT_FDCWD</valohai/repository>, "/usr/lib/x", O_RDONLY) = 3</usr/lib/x>', {}],
    ['7 newfstatat(3</valohai/repository/a>, "", {st_mode=S_IFREG|0644, ...}, AT_EMPTY_PATH) = 0', {}],
    ['7 readlink("link", "a"..., 4095) = 1', { asked: ["link"] }],
    [
      '7 openat(AT_FDCWD</valohai/repository>, "\\303\\251 \\"\\n\\\\", O_RDONLY) = -1 ENOENT (No such file or directory)',
      { asked: ['é "\n\\'] },
    ],
    ["7 getdents64(3</valohai/repository/data>, 0x55 /* 4 entries */, 32768) = 96", { listed: ["data"] }],
    ['7 rename("a", "b") = 0', { asked: ["a", "b"], moved: ["a"] }],
    [
      '7 renameat2(AT_FDCWD</valohai/repository>, "a", 4</valohai/repository/lib>, "b", RENAME_NOREPLACE) = 0',
      { asked: ["a", "lib/b"], moved: ["a"] },
    ],
    [
      '7 symlinkat("data", AT_FDCWD</valohai/repository>, "lib/alias") = 0',
      { asked: ["lib/alias"], moved: ["lib/data"] },
    ],
    [
      '7 symlink("/valohai", "x") = 0',
      { asked: ["x"], reasons: ["it makes a link to a folder around the repository"] },
    ],
    [
      '7 execve("./tool", ["./tool"], 0x55 /* 3 vars */) = -1 ENOENT (No such file or directory)',
      { asked: ["tool"], executed: ["tool"] },
    ],
    [
      '7 execveat(AT_FDCWD</valohai/repository>, "lib/tool", [...], 0x55 /* 3 vars */, 0) = 0',
      { asked: ["lib/tool"], executed: ["lib/tool"] },
    ],
    ['7 inotify_add_watch(3<anon_inode:inotify>, "lib", IN_MODIFY) = 1', { asked: ["lib"] }],
    [
      '7 connect(3<socket:[15]>, {sa_family=AF_UNIX, sun_path="a\\nd>\\"x"}, 14) = -1 ENOENT (No such file or directory)',
      { asked: ['a\nd>"x'] },
    ],
    ['7 bind(3<socket:[15]>, {sa_family=AF_UNIX, sun_path="/valohai/repository/s"}, 25) = 0', { asked: ["s"] }],
    ['7 connect(4<socket:[15]>, {sa_family=AF_UNIX, sun_path=@"abstract"}, 11) = 0', {}],
    ['7 connect(4<socket:[15]>, {sa_family=AF_INET, sin_port=htons(1), sin_addr=inet_addr("127.0.0.1")}, 16) = 0', {}],
    ["7 socket(AF_UNIX, SOCK_STREAM|SOCK_CLOEXEC, 0) = 3<socket:[15]>", {}],
    [
      "7 socket(AF_UNIX, SOCK_DGRAM|SOCK_CLOEXEC, 0) = 3<socket:[15]>",
      { reasons: ["it sends messages to sockets, whose paths cannot be seen"] },
    ],
    [
      '7 openat(AT_FDCWD</>, "/home/me/p/data/x", O_RDONLY) = 3</home/me/p/data/x>',
      { project: [{ how: "S", path: "data/x" }] },
    ],
    ['7 openat(AT_FDCWD</>, "/home/me/p2/x", O_RDONLY) = -1 ENOENT (No such file or directory)', {}],
    [
      '7 openat(AT_FDCWD</>, "/proc/self/cwd/x", O_RDONLY) = 3</x>',
      { reasons: ["it follows the path /proc/self/cwd/x"] },
    ],
    [
      '7 newfstatat(3</proc/7>, "cwd/x", 0x7ffc, 0) = -1 ENOENT (No such file)',
      { reasons: ["it follows the path /proc/7/cwd/x"] },
    ],
    [
      '7 openat(AT_FDCWD</>, "/dev/stdin/x", O_RDONLY) = -1 ENOENT (No such file)',
      { reasons: ["it follows the path /dev/stdin/x"] },
    ],
    ['7 openat(AT_FDCWD</>, "/srv/link/a", O_RDONLY) = 3</valohai/repository/a>', { asked: ["a"] }],
    ['7 openat(AT_FDCWD</>, "/srv/link/a", O_RDONLY) = 3</home/me/p/a>', { project: [{ how: "S", path: "a" }] }],
    ['7 symlink("/valohai/repository/flag", "/tmp/x") = 0', { moved: ["flag"] }],
    ['7 symlink("/proc/self/fd/3", "/tmp/x") = 0', { reasons: ["it makes a link to /proc/self/fd/3"] }],
    ['7 symlink("/home", "/tmp/x") = 0', { project: [{ how: "R", path: "" }] }],
    [
      '7 renameat2(AT_FDCWD</valohai/repository>, "a", AT_FDCWD</valohai/repository>, "b", RENAME_EXCHANGE) = 0',
      { asked: ["a", "b"], moved: ["a", "b"] },
    ],
    [
      "7 seccomp(SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, {len=1, filter=0x7ffc}) = 5<anon_inode:seccomp notify>",
      { reasons: ["it has calls answered by a process of its own"] },
    ],
    ["7 seccomp(SECCOMP_GET_ACTION_AVAIL, 0, [SECCOMP_RET_LOG]) = 0", {}],
    [
      "7 io_uring_setup(8, {flags=0}) = 4<anon_inode:[io_uring]>",
      { reasons: ["it uses io_uring, whose calls cannot be seen"] },
    ],
    ["7 io_uring_setup(8, {flags=0}) = -1 EPERM (Operation not permitted)", {}],
    [
      "7 clone(child_stack=NULL, flags=CLONE_VM|CLONE_UNTRACED) = 9",
      { reasons: ["it starts a process that cannot be followed"] },
    ],
    ["7 unshare(CLONE_NEWNS) = 0", { reasons: ["it mounts file systems"] }],
    ['7 mount("a", "b", NULL, MS_BIND, NULL) = 0', { asked: ["a"], reasons: ["it mounts file systems"] }],
    ["strace: something", { reasons: ["its log of calls cannot be read"] }],
    ["7 garbage", { reasons: ["its log of calls cannot be read"] }],
  ])("%s", (line, expected) => {
    const calls = read(line, END);
    const sorted =
      calls &&
      Object.fromEntries(
        Object.entries(calls).map(([key, list]) => [
          key,
          key === "project"
            ? list
            : [...list]
                .map((x) => (["asked", "moved", "executed"].includes(key) ? String(x).replace(/^\.\//, "") : x))
                .sort(),
        ]),
      );
    expect(sorted).toEqual({ ...NOTHING, ...expected });
  });
});

describe("the log", () => {
  it("joins calls that others came between", () => {
    const calls = read(
      '7 openat(AT_FDCWD</valohai/repository>, "a", O_RDONLY <unfinished ...>',
      '8 access("b", F_OK) = 0',
      "7 <... openat resumed>) = 3</valohai/repository/a>",
      END,
    );
    expect(calls).toEqual({ ...NOTHING, asked: ["a", "b"] });
  });

  it("counts a call that never came back", () => {
    expect(read('8 openat(AT_FDCWD</valohai/repository>, "a", O_RDONLY <unfinished ...>', END)).toEqual({
      ...NOTHING,
      asked: ["a"],
    });
  });

  it("is nothing without the end of the first process", () => {
    expect(read()).toBeUndefined();
    expect(read("8 exit_group(0) = ?", "8 +++ exited with 0 +++")).toBeUndefined();
    expect(read("7 +++ superseded by execve in pid 8 +++")).toBeUndefined();
    expect(read("7 +++ exited with 0 +++")).toEqual(NOTHING);
  });

  it("follows a thread that starts a program", () => {
    const lines = [
      '8 execve("./tool", [...], 0x7fff /* 38 vars */ <pid changed to 7 ...>',
      "7 +++ superseded by execve in pid 8 +++",
      "7 <... execve resumed>) = -1 (errno 18446744073709551595)",
    ];
    expect(read(...lines, END)).toEqual({ ...NOTHING, asked: ["./tool"], executed: ["./tool"] });
  });

  it("knows where links lead that were moved, also with the folder around them", () => {
    const link = '7 symlinkat("../../flag", AT_FDCWD</valohai/repository>, "s/t/u/l") = 0';
    const move =
      '7 renameat2(AT_FDCWD</valohai/repository>, "s/t", AT_FDCWD</valohai/repository>, "t", RENAME_NOREPLACE) = 0';
    expect(read(link, END)?.moved).toEqual(["s/t/u/../../flag"]);
    expect(read(link, move, END)?.moved).toEqual(["s/t/u/../../flag", "s/t", "t/u/../../flag"]);
  });

  it("leaves out what Python's importer lists, whose names its module notes", () => {
    const open = (path: string) =>
      `7 openat(AT_FDCWD</valohai/repository>, "${path}", O_RDONLY|O_NOATIME|O_CLOEXEC|O_DIRECTORY) = 3</valohai/repository/lib>`;
    const list = "7 getdents64(4</valohai/repository/lib>, 0x55 /* 4 entries */, 32768) = 96";
    const end = "7 getdents64(4</valohai/repository/lib>, 0x55 /* 0 entries */, 32768) = 0";
    expect(read(open("lib/././."), list, end, END)?.listed).toEqual([]);
    expect(read(open("lib/././."), list, end, open("lib"), list, end, END)?.listed).toEqual(["lib"]);
    expect(read(open("lib/././."), list, open("lib"), list, END)?.listed).toEqual(["lib"]);
    expect(read(open("lib/././."), list.replace("7", "8"), END)?.listed).toEqual(["lib"]);
  });

  it("starts relative paths from each folder where somebody was", () => {
    const calls = read(
      '7 chdir("lib") = 0',
      '8 chdir("..") = 0',
      '7 access("x", F_OK) = 0',
      '7 chdir("/valohai/inputs") = 0',
      '7 access("../repository/y", F_OK) = 0',
      END,
    );
    expect([...(calls?.asked ?? [])].map((path) => path.replace(/^(\.\/)+/, ""))).toEqual(
      expect.arrayContaining(["lib", "x", "lib/x", "y"]),
    );
  });

  it("gives up on a step that goes everywhere", () => {
    const lines = Array.from({ length: 500 }, (_, index) => [
      `7 chdir("d${index}") = 0`,
      `7 access("f${index}", F_OK) = 0`,
    ]).flat();
    expect(read(...lines, END)?.reasons).toEqual(["it changes its working folder too often to be followed"]);
  });
});
