import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { names, type Peer, sourceOf, type Work } from "./peer.ts";

export const dagster: Peer = {
  name: "Dagster",
  packages: ["dagster==1.13.29"],
  skipsUnchanged: false,
  note: "its default executor for jobs from the shell: a process for each op",
  prepare: (work, folder, bin) => {
    writeFileSync(join(folder, "work.py"), job(work));
    writeFileSync(
      join(folder, "run.yaml"),
      `execution:\n  config:\n    multiprocess:\n      max_concurrent: ${work.jobs}\n`,
    );
    return [
      "env",
      `DAGSTER_HOME=${folder}`,
      join(bin, "dagster"),
      "job",
      "execute",
      "-f",
      "work.py",
      "-j",
      "work",
      "-c",
      "run.yaml",
    ];
  },
};

function job(work: Work): string {
  const calls = names(work).map((name, index) => {
    const source = sourceOf(work, index);
    return source === undefined
      ? `    ${name} = first.alias("${name}")()`
      : `    ${name} = step.alias("${name}")(${source})`;
  });
  return `import subprocess
from dagster import job, op

@op
def first():
    subprocess.run(["true"], check=True)
    return 0

@op
def step(before):
    subprocess.run(["true"], check=True)
    return before

@job
def work():
${calls.join("\n")}
`;
}
