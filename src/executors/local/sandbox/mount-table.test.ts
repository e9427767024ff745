import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { escapeMountPath, parseMountInfo } from "./mount-table.ts";
import { mountTable } from "./unshare.ts";

describe("mountinfo", () => {
  test("gives the uppermost mount of each path, with the flags that a remount must keep", () => {
    const text = [
      "22 27 0:21 / /proc rw,nosuid,nodev,noexec,relatime shared:1 - proc proc rw",
      "27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard",
      "30 27 0:30 / /mnt/a\\040b ro,nosuid,relatime master:1 - tmpfs x ro,size=4k",
      "31 27 0:31 / /proc rw,relatime - proc proc rw",
      "",
    ].join("\n");
    expect(parseMountInfo(text)).toEqual([
      { path: "/", readOnly: false, kind: "ext4", locked: [] },
      { path: "/mnt/a b", readOnly: true, kind: "tmpfs", locked: ["nosuid"] },
      { path: "/proc", readOnly: false, kind: "proc", locked: [] },
    ]);
  });

  test("any path comes back from its escape", () => {
    const path = fc
      .array(fc.oneof(fc.constantFrom(" ", "\t", "\n", "\\", "#", "040"), fc.string()), { maxLength: 6 })
      .map((pieces) => `/${pieces.join("")}`);
    fc.assert(
      fc.property(path, (text) => {
        const escaped = escapeMountPath(text);
        expect(escaped).not.toMatch(/[ \t\n#]/);
        expect(parseMountInfo(`1 2 0:1 / ${escaped} rw - tmpfs x rw`)).toMatchObject([{ path: text }]);
      }),
    );
  });
});

describe("the mount table of a sandbox", () => {
  test("makes every mount below a read-only part read-only by itself, with its flags", () => {
    const mount = (path: string, more = {}) => ({ path, readOnly: false, kind: "ext4", locked: [], ...more });
    const mounts = [
      mount("/"),
      mount("/usr", { locked: ["nodev"] }),
      mount("/usr/bin", { locked: ["nosuid", "nodev"] }),
      mount("/usr/lib", { readOnly: true }),
      mount("/usr/share", { kind: "autofs" }),
      mount("/usr/no-such-folder"),
      mount("/usrlocal"),
    ];
    const part = { kind: "bind", path: "/usr", source: "/usr", writable: false, isFile: false } as const;
    expect(
      mountTable(
        { root: "/r", skeleton: "/s" },
        [part, { ...part, path: "/t", source: "/my tmp", writable: true }],
        mounts,
        true,
      ),
    ).toBe(
      [
        "/s /r none rbind,ro 0 0",
        "/usr /r/usr none rbind,ro,nodev 0 0",
        "/usr/bin /r/usr/bin none rbind,ro,nosuid,nodev 0 0",
        "/my\\040tmp /r/t none rbind 0 0",
        "",
      ].join("\n"),
    );
  });
});
