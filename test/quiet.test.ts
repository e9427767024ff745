import { expect, it } from "vitest";
import { ProjectRig } from "./rig.ts";

const YAML = `
- step: { name: fine, image: "", command: echo shown > /valohai/outputs/a.txt; echo printed }
- step: { name: bad, image: "", command: echo broken >&2; exit 3 }
`;

it("--quiet shows the result of a run and its errors alone", async () => {
  await using rig = new ProjectRig({ "valohai.yaml": YAML });
  const fine = await rig.headrace("run", "fine", "--quiet");
  expect([fine.code, fine.stdout, fine.stderr]).toEqual([
    0,
    expect.stringMatching(/^\n✓ step fine #1 complete after [\d.]+s {2}1 output, 6 B\n$/),
    "",
  ]);
  const bad = await rig.headrace("run", "bad", "-q");
  expect([bad.code, bad.stdout, bad.stderr]).toEqual([
    1,
    expect.stringMatching(
      /^\n✗ bad #4: it exited with code 3\n {2}│ broken\n\n✗ step bad #3 failed after [\d.]+s: bad failed\n$/,
    ),
    "",
  ]);
  expect((await rig.headrace("run", "bad", "-q", "--logs")).code).toBe(2);
  const again = await rig.headrace("reproduce", "3", "-q");
  expect(again.stdout).toContain("there are no outputs to compare");
});
