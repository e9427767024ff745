import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { names, type Peer, sourceOf } from "./peer.ts";

export const snakemake: Peer = {
  name: "Snakemake",
  packages: ["snakemake==9.27.1"],
  skipsUnchanged: true,
  prepare: (work, folder, bin) => {
    const rules = names(work).map((name, index) => {
      const source = sourceOf(work, index);
      const input = source === undefined ? "" : `    input: "${source}.out"\n`;
      return `rule ${name}:\n${input}    output: "${name}.out"\n    shell: "touch {output}"\n`;
    });
    const wanted = names(work).map((name) => `"${name}.out"`);
    writeFileSync(join(folder, "Snakefile"), `rule all:\n    input: [${wanted.join(", ")}]\n${rules.join("")}`);
    return [join(bin, "snakemake"), "--cores", String(work.jobs), "--quiet", "all"];
  },
};
