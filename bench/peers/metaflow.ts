import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Peer, Work } from "./peer.ts";

export const metaflow: Peer = {
  name: "Metaflow",
  packages: ["metaflow==2.19.39"],
  skipsUnchanged: false,
  prepare: (work, folder, bin) => {
    writeFileSync(join(folder, "flow.py"), work.shape === "chain" ? chain(work) : fanOut(work));
    return [
      ...["env", "USERNAME=bench", "METAFLOW_HOME=.", `METAFLOW_DATASTORE_SYSROOT_LOCAL=${folder}`],
      ...[
        join(bin, "python"),
        "flow.py",
        "--quiet",
        "run",
        "--max-workers",
        String(work.jobs),
        "--max-num-splits",
        String(work.steps),
      ],
    ];
  },
};

const HEAD = `import subprocess
from metaflow import FlowSpec, step

class Work(FlowSpec):
`;
const TAIL = `
if __name__ == "__main__":
    Work()
`;

function chain({ steps }: Work): string {
  const middle = Array.from({ length: steps }, (_, index) => {
    const next = index + 1 === steps ? "end" : `s${index + 1}`;
    return `    @step\n    def s${index}(self):\n        subprocess.run(["true"], check=True)\n        self.next(self.${next})\n`;
  });
  const start = "    @step\n    def start(self):\n        self.next(self.s0)\n";
  return `${HEAD}${start}${middle.join("")}    @step\n    def end(self):\n        pass\n${TAIL}`;
}

function fanOut({ steps }: Work): string {
  return `${HEAD}    @step
    def start(self):
        self.items = list(range(${steps}))
        self.next(self.work, foreach="items")

    @step
    def work(self):
        subprocess.run(["true"], check=True)
        self.next(self.join)

    @step
    def join(self, inputs):
        self.next(self.end)

    @step
    def end(self):
        pass
${TAIL}`;
}
