import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Peer, Work } from "./peer.ts";

export const luigi: Peer = {
  name: "Luigi",
  packages: ["luigi==3.8.1"],
  skipsUnchanged: true,
  note: "local scheduler, in memory; it asks only whether the output files exist",
  prepare: (work, folder, bin) => {
    writeFileSync(join(folder, "tasks.py"), tasks(work));
    return [join(bin, "python"), "tasks.py"];
  },
};

function tasks(work: Work): string {
  return `import logging
import subprocess
import luigi

class Step(luigi.Task):
    index = luigi.IntParameter()

    def requires(self):
        return ${work.shape === "chain" ? "[Step(self.index - 1)] if self.index > 0 else []" : "[]"}

    def output(self):
        return luigi.LocalTarget(f"s{self.index}.out")

    def run(self):
        subprocess.run(["touch", f"s{self.index}.out"], check=True)

if __name__ == "__main__":
    logging.disable(logging.WARNING)
    done = luigi.build([Step(index) for index in range(${work.steps})], local_scheduler=True, workers=${work.jobs}, log_level="ERROR")
    raise SystemExit(0 if done else 1)
`;
}
