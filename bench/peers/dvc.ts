import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { names, type Peer, sourceOf } from "./peer.ts";

/** DVC runs one stage at a time, whatever the machine has. */
export const dvc: Peer = {
  name: "DVC repro",
  packages: ["dvc==3.67.1"],
  skipsUnchanged: true,
  note: "one stage at a time; each stage writes a file, since DVC orders stages by their files",
  setUp: (folder, bin) => {
    execFileSync("git", ["init", "--quiet"], { cwd: folder });
    execFileSync(join(bin, "dvc"), ["init", "--quiet"], { cwd: folder });
    execFileSync(join(bin, "dvc"), ["config", "core.analytics", "false"], { cwd: folder });
  },
  prepare: (work, folder, bin) => {
    const stages = names(work).map((name, index) => {
      const source = sourceOf(work, index);
      return `  ${name}:\n    cmd: touch ${name}.out\n${source === undefined ? "" : `    deps: [${source}.out]\n`}    outs: [{${name}.out: {cache: false}}]\n`;
    });
    writeFileSync(join(folder, "dvc.yaml"), `stages:\n${stages.join("")}`);
    return [join(bin, "dvc"), "repro", "--quiet"];
  },
};
