import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { ProjectRig } from "./rig.ts";

const COMMAND = join(
  dirname(fileURLToPath(import.meta.url)),
  "..",
  process.env.HEADRACE_TEST_COMMAND ?? "src/cli/main.ts",
);

const LOOK = "ls -l /proc/self/fd /proc/1/fd 2>/dev/null | grep -c precious";
const YAML = `
- step:
    name: look
    image: ""
    command: "${LOOK} || true"
`;

describe("what the caller has open", () => {
  it.each(["bubblewrap", "unshare", "off"])(
    "reaches no step and no program that Headrace starts (sandbox %s)",
    async (sandbox) => {
      await using rig = new ProjectRig({ "valohai.yaml": YAML });
      for (const name of ["precious", "bin"]) mkdirSync(join(rig.root, name));
      // Stands for every program that the command itself starts.
      rig.write(
        "bin/git",
        `#!/bin/sh\nls -l /proc/self/fd | grep precious >>"${rig.root}/seen"\nPATH=/usr/bin:/bin exec git "$@"\n`,
      );
      chmodSync(join(rig.root, "bin/git"), 0o755);
      const opened = "exec 3<precious 17<precious 200<precious 251>precious/lock 30<>precious/pipe";
      const environment = {
        ...process.env,
        PATH: `${rig.root}/bin:${process.env.PATH}`,
        HEADRACE_ENVIRONMENT: "local",
        NO_COLOR: "1",
      };
      const words = [process.execPath, COMMAND, "run", "look", "--sandbox", sandbox, "--json"];
      const script = `mkfifo precious/pipe; ${opened}; "$@"`;
      const child = spawn("bash", ["-c", script, "bash", ...words], {
        cwd: rig.root,
        env: environment,
        stdio: ["ignore", "ignore", "inherit"],
      });
      expect(await once(child, "exit")).toEqual([0, null]);
      const { stdout } = await rig.headrace("logs", "1");
      expect(stdout).toBe("0\n");
      expect(rig.read("seen")).toBe("");
    },
  );

  it("stays open where the command line names it", async () => {
    await using rig = new ProjectRig();
    rig.write("other.yaml", YAML);
    const child = spawn(
      "bash",
      ["-c", `exec 63<other.yaml; exec "$@"`, "bash", process.execPath, COMMAND, "lint", "/dev/fd/63"],
      {
        cwd: rig.root,
        stdio: ["ignore", "pipe", "inherit"],
      },
    );
    const closed = once(child, "exit");
    const said = (await child.stdout.toArray()).join("");
    expect(said).toContain("valid");
    expect(await closed).toEqual([0, null]);
  });
});
