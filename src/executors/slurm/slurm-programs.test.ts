import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type SlurmAnswer, type SlurmProgram, slurmPrograms } from "./slurm-programs.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "headrace-programs-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Returns the answer when a program says this on stderr and ends with status 1. */
async function answerTo(stderr: string, program: SlurmProgram = "sbatch"): Promise<SlurmAnswer> {
  writeFileSync(join(folder, "words"), stderr);
  writeFileSync(join(folder, program), `#!/bin/sh\ncat '${folder}/words' >&2\nexit 1\n`);
  chmodSync(join(folder, program), 0o755);
  return slurmPrograms(folder, {}).run(program, []);
}

describe("failures that pass are told from those that do not", () => {
  test.each([
    [
      "slurm_load_jobs error: Unable to contact slurm controller (connect failure)",
      "slurm_load_jobs error: Unable to contact slurm controller (connect failure)",
    ],
    [
      "sbatch: error: Batch job submission failed: Socket timed out on send/recv operation",
      "Socket timed out on send/recv operation",
    ],
    ["sbatch: error: QOSMaxSubmitJobPerUserLimit", "QOSMaxSubmitJobPerUserLimit"],
    [
      "sbatch: error: AssocMaxSubmitJobLimit\nsbatch: error: Batch job submission failed: Job violates accounting/QOS policy (job submit limit, user's size and/or time limits)",
      "AssocMaxSubmitJobLimit; Job violates accounting/QOS policy (job submit limit, user's size and/or time limits)",
    ],
    [
      "sbatch: error: Slurm temporarily unable to accept job, sleeping and retrying",
      "Slurm temporarily unable to accept job, sleeping and retrying",
    ],
    [
      "sbatch: error: Batch job submission failed: Resource temporarily unavailable",
      "Resource temporarily unavailable",
    ],
  ])("%s is waited for", async (said, words) => {
    expect(await answerTo(said)).toEqual({ kind: "busy", words });
  });

  test.each([
    [
      "sbatch: error: Batch job submission failed: Invalid account or account/partition combination specified",
      "Invalid account or account/partition combination specified",
    ],
    ["sbatch: error: Invalid --time specification\n", "Invalid --time specification"],
    [
      "sbatch: error: Batch job submission failed: Requested node configuration is not available",
      "Requested node configuration is not available",
    ],
    ["", "sbatch ended with status 1"],
  ])("%s is refused", async (said, words) => {
    expect(await answerTo(said)).toEqual({ kind: "refused", words });
  });

  test("a program that is not there", async () => {
    expect(await slurmPrograms(join(folder, "none"), {}).run("squeue", [])).toEqual({
      kind: "absent",
      words: `${join(folder, "none/squeue")} is not installed`,
    });
  });
});

test("programs see no more of the environment than they need", async () => {
  writeFileSync(join(folder, "squeue"), "#!/bin/sh\nenv\n");
  chmodSync(join(folder, "squeue"), 0o755);
  const base = {
    PATH: "/usr/bin:/bin",
    SLURM_CONF: "/etc/slurm.conf",
    SBATCH_QOS: "high",
    AWS_SECRET_ACCESS_KEY: "leak",
    LC_ALL: "fi_FI",
  };
  const answer = await slurmPrograms(folder, base).run("squeue", []);
  if (answer.kind !== "said") throw new Error(answer.words);
  const lines = answer.text.split("\n").filter((line) => line !== "" && !/^(PWD|_|SHLVL|OLDPWD)=/.test(line));
  expect(lines.sort()).toEqual(["LC_ALL=C", "PATH=/usr/bin:/bin", "SBATCH_QOS=high", "SLURM_CONF=/etc/slurm.conf"]);
});
