import { describe, expect, it } from "vitest";
import { parseGitFiles, parseGitStatus } from "./parse-git.ts";

const ID = "1".repeat(40);

describe("git's list of files", () => {
  it("tells tracked files, new ones, repositories and those it does not watch", () => {
    const output = [
      `H 100644 ${ID} 0\ta.py`,
      `h 100644 ${ID} 0\tassumed.py`,
      `S 100644 ${ID} 0\tskipped.py`,
      `M 100644 ${ID} 1\tconflict.py`,
      `M 100644 ${ID} 2\tconflict.py`,
      `M 100755 ${ID} 3\tconflict.py`,
      `H 160000 ${ID} 0\tdeps/lib`,
      `H 120000 ${ID} 0\twith\ttab\nand line`,
      "? new.py",
      "? a b",
      "? clone/",
    ];
    expect(parseGitFiles(Buffer.from(output.map((line) => `${line}\0`).join("")))).toEqual({
      tracked: ["a.py", "assumed.py", "skipped.py", "conflict.py", "with\ttab\nand line"],
      untracked: ["new.py", "a b"],
      repositories: [
        { path: "deps/lib", isSubmodule: true },
        { path: "clone", isSubmodule: false },
      ],
      unwatched: ["assumed.py", "skipped.py"],
      notUtf8: [],
    });
  });

  it("keeps the readable names among others", () => {
    const output = Buffer.concat([
      Buffer.from(`? a\0H 100644 ${ID} 0\tx`),
      Buffer.from([0xff]),
      Buffer.from("\0? é\0? "),
      Buffer.from([0xc3, 0]),
    ]);
    expect(parseGitFiles(output)).toMatchObject({ tracked: [], untracked: ["a", "é"], notUtf8: ["x\uFFFD", "\uFFFD"] });
    expect(parseGitFiles(Buffer.alloc(0))).toMatchObject({ tracked: [], untracked: [] });
  });
});

describe("git's status", () => {
  it("names commit, branch and every changed file", () => {
    const lines = [
      `# branch.oid ${ID}`,
      "# branch.head topic/x y",
      `1 .M N... 100644 100644 100644 ${ID} ${ID} a b.py`,
      `1 M. SC.. 160000 160000 160000 ${ID} ${ID} deps/lib`,
      `u UU N... 100644 100644 100644 100644 ${ID} ${ID} ${ID} c d.py`,
    ];
    expect(parseGitStatus(`${lines.join("\0")}\0`)).toEqual({
      commit: ID,
      branch: "topic/x y",
      changed: ["a b.py", "deps/lib", "c d.py"],
    });
  });

  it("knows neither commit nor branch where there is none", () => {
    expect(parseGitStatus("# branch.oid (initial)\0# branch.head (detached)\0")).toEqual({ changed: [] });
  });
});
