import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import type { RunDetailView } from "../src/api/index.ts";
import { ProjectRig } from "./rig.ts";

const DVC = `stages:
  count:
    cmd: sh count.sh
    deps: [count.sh, photos/]
    metrics: [{count.json: {cache: false}}]
`;

test("a folder of data that git ignores reaches the imported step, and a change in it runs the step again", async () => {
  await using rig = new ProjectRig({
    "dvc.yaml": DVC,
    "count.sh": "echo '{\"photos\": '$(ls photos | wc -l)'}' > count.json\n",
    ".gitignore": "photos/\n/valohai.yaml\n",
    "photos/a.jpg": "a",
  });
  execFileSync("git", ["init", "-q"], { cwd: rig.root });
  expect((await rig.headrace("import", "dvc.yaml", "-o", "valohai.yaml")).stdout).toContain(
    "data read from the working folder: photos;",
  );
  const run = async () => {
    const [node] = (await rig.json<RunDetailView>(0, "run", "dvc")).nodes;
    return { reused: node?.reused, metadata: node?.execution?.metadata };
  };
  expect(await run()).toEqual({ reused: false, metadata: { photos: 1 } });
  expect(await run()).toEqual({ reused: true, metadata: { photos: 1 } });
  rig.write("photos/b.jpg", "b");
  expect(await run()).toEqual({ reused: false, metadata: { photos: 2 } });
});
