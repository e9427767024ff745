import { expect, it } from "vitest";
import type { RunDetailView } from "../src/api/index.ts";
import { ProjectRig } from "./rig.ts";

// Below /proc, Node's own recursive mkdir never ends.
it.each([
  ["/etc/hostname/x", "Not a directory"],
  ["/proc/headrace", "No such file or directory"],
])("a cluster's work folder %s is an error of the execution, and nothing else", async (folder, why) => {
  await using rig = new ProjectRig({
    "valohai.yaml": '- step: { name: s, image: "", command: echo x, environment: cluster }\n',
    "settings.yaml": `environments: { cluster: { executor: slurm, slurm: { work-folder: ${folder} } } }\n`,
  });
  const variables = { HEADRACE_CONFIG: `${rig.root}/settings.yaml`, HEADRACE_ENVIRONMENT: "" };
  const { code, stdout, stderr } = await rig.startIn(rig.root, variables, "run", "s", "--json").result;
  const run = JSON.parse(stdout) as RunDetailView;
  const reason = [
    `the work folder ${folder} cannot be written (${why})`,
    "hint: name a folder in `slurm.work-folder` that all nodes see and you may write to",
  ].join("\n");
  expect([code, run.state, run.nodes[0]?.execution?.reason]).toEqual([1, "error", reason]);
  expect(stderr).not.toContain("could not be cleared");
});
