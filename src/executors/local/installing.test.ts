import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ConformanceRig } from "../conformance-rig.ts";
import type { JobSpec } from "../executor.ts";
import { openLocalExecutor } from "./local-executor.ts";
import type { SandboxChoice } from "./sandbox/detect.ts";

const module = new URL("./conformance-subject.ts", import.meta.url);
const SYSTEM_PIP = "/usr/bin/pip3";

/** Makes a wheel in the step's folder, so that no test needs a package index. */
const WHEEL = `python3 - <<'E'
import zipfile
with zipfile.ZipFile("headrace_probe-1.0-py3-none-any.whl", "w") as wheel:
    info = "headrace_probe-1.0.dist-info/"
    wheel.writestr("headrace_probe.py", "print('installed')\\ndef run(): print('ran')")
    wheel.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: headrace-probe\\nVersion: 1.0\\n")
    wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nGenerator: x\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
    wheel.writestr(info + "entry_points.txt", "[console_scripts]\\nheadrace-probe = headrace_probe:run\\n")
    wheel.writestr(info + "RECORD", "")
E`;
const INSTALL = "-m pip install --quiet --no-index --disable-pip-version-check ./headrace_probe-1.0-py3-none-any.whl";

describe.each(["bubblewrap", "unshare"])("a step that installs (%s)", (variant) => {
  const rig = new ConformanceRig({ module, variant, isolated: "view" });
  beforeAll(() => rig.open());
  afterAll(() => rig.close());

  test.runIf(existsSync(SYSTEM_PIP))(
    "packages into the system's Python has them for itself, with their programs",
    async () => {
      const command = [
        WHEEL,
        `/usr/bin/python3 ${INSTALL}`,
        "/usr/bin/python3 -c 'import headrace_probe'",
        "headrace-probe",
      ];
      const { end, stdout, stderr } = await rig.run(rig.job(command));
      expect([end, stdout, stderr]).toEqual([{ kind: "exited", exitCode: 0 }, "installed\ninstalled\nran\n", ""]);
      const after = await rig.run(rig.job(["python3 -c 'import headrace_probe' 2>/dev/null || echo gone"]));
      expect(after.stdout).toBe("gone\n");
    },
  );

  test("packages into the environment that it declares leaves that as it is", async () => {
    const run = async (command: readonly string[]): Promise<string> => {
      const job: JobSpec = { ...rig.job(command), python: { packages: [] } };
      const { stdout, stderr } = await rig.run(job);
      return stdout + stderr;
    };
    const pip = "python -m ensurepip > /dev/null 2>&1 || true";
    expect(await run([WHEEL, pip, `python ${INSTALL}`, "python -c 'import headrace_probe'"])).toBe("installed\n");
    expect(await run(["python -c 'import headrace_probe' 2>/dev/null || echo gone"])).toBe("gone\n");
    const environments = join(rig.home, ".cache/headrace/python");
    expect(readdirSync(environments).length).toBeGreaterThan(0);
    expect(execFileSync("find", [environments, "-name", "headrace_probe*"], { encoding: "utf8" })).toBe("");
  });

  test("packages beside those of the user keeps these in sight", async () => {
    const ask = "import sys; print('.local/lib/python%d.%d/site-packages' % sys.version_info[:2])";
    const site = execFileSync("/usr/bin/python3", ["-c", ask], { encoding: "utf8" }).trim();
    mkdirSync(join(rig.home, site), { recursive: true });
    writeFileSync(join(rig.home, site, "headrace_mine.py"), "print('mine')");
    // By a name of an installer it gets a layer; by none, what it installs for its user lies elsewhere.
    const { stdout } = await rig.run(
      rig.job([`touch ~/${site}/new.py # install`, "/usr/bin/python3 -c 'import headrace_mine'"]),
    );
    expect([stdout, existsSync(join(rig.home, site, "new.py"))]).toEqual(["mine\n", false]);
    const hidden = INSTALL.replace("-m pip", "-m 'p''ip'");
    const imports = "/usr/bin/python3 -c 'import headrace_mine, headrace_probe'";
    const plain = await rig.run(
      rig.job([WHEEL, `/usr/bin/python3 ${hidden.replace("install", "inst''all")} --user`, imports, "headrace-probe"]),
    );
    expect([plain.stdout, plain.stderr]).toEqual(["mine\ninstalled\ninstalled\nran\n", ""]);
  });

  test("finds programs read-only and its home writable where layers cannot be had", async () => {
    // The options of an overlay cannot name such a folder.
    const searchPath = join(rig.home, "venv,odd/bin");
    mkdirSync(searchPath, { recursive: true });
    writeFileSync(join(searchPath, "../pyvenv.cfg"), "");
    const baseEnvironment = { ...rig.place.baseEnvironment, PATH: `${searchPath}:/usr/bin:/bin` };
    await using executor = await openLocalExecutor({
      ...rig.place,
      baseEnvironment,
      sandbox: variant as SandboxChoice,
    });
    const job = rig.job([`touch ~/install; touch '${searchPath}/x' 2>/dev/null || echo read-only`]);
    await (await executor.start(job, await executor.prepare(job, expect.fail, new AbortController().signal))).ended;
    expect([rig.stdout(job), existsSync(join(searchPath, "x"))]).toEqual(["read-only\n", false]);
  });
});
