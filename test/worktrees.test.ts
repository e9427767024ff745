import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { ProjectRig } from "./rig.ts";

// Enough files that a checkout is worth keeping.
const FILES = Object.fromEntries(Array.from({ length: 150 }, (_, n) => [`lib/m${n % 10}/f${n}.txt`, `${n}\n`]));

const CONFIG = `
- step:
    name: harm
    image: any
    command:
      - stat -c %i lib/m0/f0.txt | tee /valohai/outputs/inode
      - echo secret > secret; echo secret > lib/m1/f1.txt; rm -r lib/m2; ln -s /etc lib/link; mkdir -p out/deep
- step:
    name: look
    image: any
    inputs: [{ name: x }]
    command:
      - stat -c %i lib/m0/f0.txt | tee /valohai/outputs/inode
      - find . -type f | wc -l; find . ! -type f ! -type d; cat lib/m1/f1.txt; ls lib/m2 | wc -l; ls
- pipeline:
    name: both
    nodes:
      - { name: harm, step: harm, type: execution }
      - { name: look, step: look, type: execution }
    edges:
      - [harm.output.inode, look.input.x]
`;

it("a checkout goes from step to step, and takes nothing along", async () => {
  await using rig = new ProjectRig({ ...FILES, "valohai.yaml": CONFIG });
  await using cache = new ProjectRig();
  // While another step of the same user's cache runs, a checkout goes to nobody.
  const run = await rig.startIn(rig.root, { XDG_CACHE_HOME: cache.root }, "run", "both").result;
  expect(run.code, run.stderr).toBe(0);
  const [harmed, looked] = [await rig.headrace("logs", "1.harm"), await rig.headrace("logs", "1.look")];
  // The same file: mended, and not written again.
  const inode = /^\d+\n/.exec(harmed.stdout)?.[0] ?? "";
  expect(looked.stdout).toBe(`${inode}151\n1\n15\nlib\nvalohai.yaml\n`);
  expect(readdirSync(join(rig.root, ".headrace/worktrees"))).toHaveLength(1);
});
