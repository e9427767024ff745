import { describe, expect, test } from "vitest";
import { readPins, readReport, withoutWheel } from "./pins.ts";

describe("exact versions", () => {
  test("of uv: those of an index apart from others, hashes kept", () => {
    const text =
      "a==1 \\\n    --hash=sha256:1\nb[x]==2 ; python_version > '3'\n./0/pkg\nc @ https://e.org/c.zip\n--index-url https://e.org\n";
    expect(readPins(text)).toEqual({
      wheels: ["a==1 --hash=sha256:1", "b[x]==2 ; python_version > '3'"],
      others: ["./0/pkg", "c @ https://e.org/c.zip"],
    });
  });

  test("of pip: what has to be built apart", () => {
    const item = (name: string, url: string, more: object = {}) => ({
      ...{
        download_info: { url, ...more },
        is_direct: "vcs_info" in more || url.startsWith("file:"),
        metadata: { name, version: "1" },
      },
    });
    const install = [
      item("a", "https://e.org/a-1-py3-none-any.whl"),
      item("b", "https://e.org/b-1.tar.gz"),
      item("c", "file:///valohai/repository/0/c"),
      item("d", "https://e.org/d.git", { vcs_info: { vcs: "git", commit_id: "abc" } }),
    ];
    expect(readReport(JSON.stringify({ install }))).toEqual({
      wheels: ["a==1"],
      others: ["b==1", "c @ file:///valohai/repository/0/c", "d @ git+https://e.org/d.git@abc"],
    });
  });

  test("only what is one in every part counts as an exact version: these lines come from where code of packages has run", () => {
    const lines = [
      "a==1 --config-settings=x",
      "a==1 ; x -r b.txt",
      "a==1 @ https://e.org",
      "a==*",
      "a>=1",
      "a==1 --hash=md5:x",
      "a[b c=]==1",
    ];
    expect(readPins(lines.join("\n"))).toEqual({ wheels: [], others: lines });
    const report = (name: string, url: string): string =>
      JSON.stringify({ install: [{ download_info: { url }, is_direct: false, metadata: { name, version: "1" } }] });
    const injected = "a==1\n--no-binary :all:\nb";
    expect(readReport(report(injected, "https://e.org/a.whl"))).toEqual({ wheels: [], others: [`${injected}==1`] });
    expect(readReport(report("a", "https://e.org/a-1.tar.gz?b.whl"))).toEqual({ wheels: [], others: ["a==1"] });
  });

  test.each(["", "{}", '{"install": [{}]}', '{"install": [{"download_info": {"url": 1}}]}'])(
    "a report that is none is none: %j",
    (text) => {
      expect(readReport(text)).toBeUndefined();
    },
  );

  test("packages without a wheel are found in the installer's words", () => {
    const lines = ["docopt==0.6.2", "Some.Thing==1", "six==1.17.0"];
    expect(
      withoutWheel(["hint: Wheels are required for `docopt` because building from source is disabled"], lines),
    ).toEqual(["docopt==0.6.2"]);
    expect(
      withoutWheel(
        ["ERROR: Could not find a version that satisfies the requirement some-thing==1 (from versions: none)"],
        lines,
      ),
    ).toEqual(["Some.Thing==1"]);
    expect(withoutWheel(["error: no network"], lines)).toBeUndefined();
  });
});
