import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ProjectRig } from "./rig.ts";

const YAML = `
- step:
    name: bytes
    image: ""
    command: printf 'a\\377\\r\\n\\000b'; printf 'err\\rbar' >&2
- step:
    name: bar
    image: ""
    command:
      - printf '50%%'
      - until [ -e GO ]; do sleep 0.05; done
      - echo ' done'
`;

describe("headrace logs", () => {
  it("--raw prints exactly the bytes of a stream, or of both", async () => {
    await using rig = new ProjectRig({ "valohai.yaml": YAML });
    await rig.json(0, "run", "bytes");
    for (const [options, bytes] of [
      ["--stream stdout", "a\xff\r\n\0b"],
      ["--stream stderr", "err\rbar"],
    ] as const) {
      const { stdout } = await rig.headrace("logs", "2", "--raw", ...options.split(" "));
      // The rig reads text: what is no UTF-8 stands there as its replacement.
      expect(stdout).toBe(Buffer.from(bytes, "latin1").toString("utf8"));
    }
    const both = (await rig.headrace("logs", "2", "--raw")).stdout;
    // In the order in which they came, which may put one stream into the middle of the other.
    expect([isWithin("a\ufffd\r\n\0b", both), isWithin("err\rbar", both), both.length]).toEqual([true, true, 13]);
    const refused = await rig.headrace("logs", "2", "--raw", "--tail", "3");
    expect([refused.code, refused.stderr]).toEqual([
      2,
      expect.stringContaining("option '--raw' cannot be used with option '-n, --tail <lines>'"),
    ]);
  });

  it("-f shows a line that is not finished, and then its end", async () => {
    await using rig = new ProjectRig();
    rig.write("valohai.yaml", YAML.replace("GO", join(rig.root, "go")));
    const running = rig.start("run", "bar");
    await running.sees("started (#2)");
    const following = rig.start("logs", "2", "--follow");
    await following.sees("50%");
    rig.write("go", "");
    expect((await following.result).stdout).toBe("50% done\n");
    await running.result;
  });
});

/** Returns true if the characters of a text stand in another in their order, with others between them or not. */
function isWithin(text: string, whole: string): boolean {
  let at = -1;
  return [...text].every((character) => {
    at = whole.indexOf(character, at + 1);
    return at !== -1;
  });
}
