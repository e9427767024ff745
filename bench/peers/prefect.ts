import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Peer, Work } from "./peer.ts";

export const prefect: Peer = {
  name: "Prefect",
  packages: ["prefect==3.8.5", "fastapi==0.150.0"],
  skipsUnchanged: false,
  note: "the flow starts a temporary server of its own, as it does for a user who has set up none",
  prepare: (work, folder, bin) => {
    writeFileSync(join(folder, "flow.py"), flow(work));
    return [join(bin, "python"), "flow.py"];
  },
};

function flow(work: Work): string {
  const body =
    work.shape === "chain"
      ? `    before = None
    for index in range(${work.steps}):
        before = step.submit(index, before)
    before.result()`
      : `    futures = [step.submit(index, None) for index in range(${work.steps})]
    for future in futures:
        future.result()`;
  return `import subprocess
from prefect import flow, task
from prefect.task_runners import ThreadPoolTaskRunner

@task
def step(index, before):
    subprocess.run(["true"], check=True)
    return index

@flow(task_runner=ThreadPoolTaskRunner(max_workers=${work.jobs}), log_prints=False)
def work():
${body}

if __name__ == "__main__":
    work()
`;
}
