import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { ConformanceRig } from "../conformance-rig.ts";
import { readEnd } from "../step/job-end.ts";
import { controlFiles, readWrapper } from "./control-files.ts";
import { openDirectLauncher } from "./launcher.ts";
import { openLocalExecutor } from "./local-executor.ts";
import { detectSandbox, type SandboxNeeds } from "./sandbox/detect.ts";
// In this file, so that they do not run beside the others: what vanishes there disturbs engines that make the same
// start at once.
import "./fixtures/set-up-again-cases.ts";
import { MachineLook } from "./sandbox/machine-look.ts";
import { lastSetUp } from "./set-up-again.ts";

const module = new URL("./conformance-subject.ts", import.meta.url);
const root = realpathSync(mkdtempSync(join(tmpdir(), "headrace-local-")));
afterAll(() => rmSync(root, { recursive: true, force: true }));

test("what an engine left that died while it wrote the script or made the trace folder is forgotten with the job", async () => {
  await using executor = await openLocalExecutor({
    stateFolder: join(root, "s"),
    projectRoot: root,
    sandbox: "off",
    baseEnvironment: {},
  });
  const folder = join(root, "torn");
  mkdirSync(join(folder, "control"), { recursive: true });
  mkdirSync(join(folder, "control/trace.123/notes"), { recursive: true });
  for (const name of ["script", "script.123", "script.new"]) writeFileSync(join(folder, "control", name), "");
  await executor.forget({ executionId: "1", folder });
  expect(readdirSync(join(folder, "control"))).toEqual(["script", "script.new"]);
});

function needsOf(stateFolder: string): SandboxNeeds {
  const kept = undefined;
  const places = {
    stateFolder,
    hiddenFolder: stateFolder,
    projectRoot: stateFolder,
    searchPath: "/usr/bin:/bin",
    home: undefined,
    register: undefined,
  };
  return { machine: { look: new MachineLook(), ...places, kept, variables: {}, shownSecrets: [] }, network: "host" };
}

test.each([
  "Can't find source path /var/lib/gone.sock: No such file or directory",
  // A socket that is hidden by a file over it, in a folder that the step may not write to.
  "Can't create file at /var/lib/gone.sock: Read-only file system",
])("a place that vanishes while a sandbox is tried out says nothing of the sandbox (%s)", async (message) => {
  const folder = mkdtempSync(join(root, "probe-"));
  const { programs } = await detectSandbox("off", needsOf(folder));
  const fails = `bwrap: ${message}`;
  const first = `[ -e ${folder}/tried ] || { : > ${folder}/tried; echo "${fails}" >&2; exit 1; }`;
  const bubblewrap = join(folder, "bwrap");
  writeFileSync(bubblewrap, `#!/bin/sh\n${first}\nexec ${programs.bubblewrap} "$@"\n`, { mode: 0o755 });
  expect(await detectSandbox("bubblewrap", needsOf(folder), { ...programs, bubblewrap })).toMatchObject({
    kind: "bubblewrap",
  });
  writeFileSync(bubblewrap, `#!/bin/sh\necho "${fails}" >&2; exit 1\n`, { mode: 0o755 });
  await expect(detectSandbox("bubblewrap", needsOf(folder), { ...programs, bubblewrap })).rejects.toMatchObject({
    code: "HR_SANDBOX",
  });
});

test("of a status that the step has filled, no more is kept than is read, and the end stays known", async () => {
  await using executor = await openLocalExecutor({
    stateFolder: join(root, "s"),
    projectRoot: root,
    sandbox: "off",
    baseEnvironment: {},
  });
  const folder = join(root, "filled");
  const files = controlFiles(join(folder, "control"));
  mkdirSync(join(folder, "control"), { recursive: true });
  writeFileSync(files.status, `headrace: started 1\n${"x".repeat(3_000_000)}\nheadrace: exited 3\n`);
  writeFileSync(files.exit, "0\n");
  await executor.forget({ executionId: "1", folder });
  expect(statSync(files.status).size).toBeLessThan(200_000);
  expect(readEnd(files, [])).toEqual({ kind: "exited", exitCode: 3 });
});

test.each(["bubblewrap", "unshare"] as const)(
  "engines that make the same start at once leave it what it needs (%s)",
  async (sandbox) => {
    const stateFolder = join(root, `starts-${sandbox}`);
    // Programs in the user's home get layers, which are mounted by a table.
    const baseEnvironment = { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "" };
    const open = () => openLocalExecutor({ stateFolder, projectRoot: root, sandbox, baseEnvironment });
    await using one = await open();
    await using other = await open();
    for (let round = 0; round < 20; round += 1) {
      const job = {
        executionId: `starts-${round}`,
        folder: join(stateFolder, `${round}`),
        command: ["exit 4"],
        image: "",
        environment: {},
      };
      mkdirSync(job.folder);
      const preparation = await one.prepare(job, () => undefined, new AbortController().signal);
      const running = await Promise.all([one, other, one, other].map((executor) => executor.start(job, preparation)));
      const ends = await Promise.all(running.map(({ ended }) => ended));
      expect(ends).toEqual(running.map(() => expect.objectContaining({ kind: "exited", exitCode: 4 })));
    }
  },
);

describe("preparing", () => {
  test("warns once of an image that is not used", async () => {
    const executor = await openLocalExecutor({
      stateFolder: join(root, "state"),
      projectRoot: root,
      sandbox: "off",
      baseEnvironment: {},
    });
    const job = { executionId: "1", folder: join(root, "1"), command: [], image: "python:3.11", environment: {} };
    mkdirSync(job.folder);
    const prepare = (image = job.image) =>
      executor.prepare({ ...job, image }, expect.fail, new AbortController().signal);
    expect(await prepare()).toMatchObject({
      valohaiRoot: join(root, "1/valohai"),
      facts: { sandbox: "none" },
      warnings: [
        "steps run with this machine's programs, not in their image (here python:3.11), which an environment with containers has",
      ],
    });
    expect((await prepare()).warnings).toEqual([]);
    expect((await prepare("r-base:4")).warnings).toEqual([]);
    await executor[Symbol.asyncDispose]();
  });

  test("finds a sandbox, and says why where there is none", async () => {
    expect(await detectSandbox("auto", needsOf(join(root, "state")))).toMatchObject({ kind: "bubblewrap" });
    expect(await detectSandbox("unshare", needsOf(join(root, "state")))).toMatchObject({ kind: "unshare" });
    expect(await detectSandbox("required", needsOf(join(root, "state")))).toMatchObject({ kind: "bubblewrap" });
    // A program that always fails stands for a kernel that allows no namespace.
    const none = { bubblewrap: undefined, unshare: "/bin/false", setpriv: "/x", setsid: "/x" };
    const { warning } = await detectSandbox("auto", needsOf(join(root, "state")), none);
    expect(warning).toBe(
      "steps run without a sandbox (bubblewrap: bwrap is not installed; unshare: it ended with status 1): they can write anywhere, and /valohai does not exist; use the VH_* variables for paths",
    );
    await expect(detectSandbox("required", needsOf(join(root, "state")), none)).rejects.toMatchObject({
      code: "HR_SANDBOX",
      message:
        "no sandbox works on this machine (bubblewrap: bwrap is not installed; unshare: it ended with status 1), and this server wants one",
      hint: expect.stringContaining("allow steps without a sandbox with `sandbox: off`"),
    });
    await expect(
      detectSandbox("bubblewrap", needsOf(join(root, "state")), {
        bubblewrap: undefined,
        unshare: undefined,
        setpriv: undefined,
        setsid: undefined,
      }),
    ).rejects.toMatchObject({
      code: "HR_SANDBOX",
      message: 'the sandbox "bubblewrap" does not work on this machine (bubblewrap: bwrap is not installed)',
      hint: 'install bubblewrap, allow unprivileged user namespaces, or choose the sandbox "auto" or "off"',
    });
  });
});

describe.each(["bubblewrap", "unshare", "off"])("a wrapper that is killed (%s)", (variant) => {
  test.each(["by an engine that started it", "by one that attached"])(
    "is lost, and nothing of the step goes on: seen %s",
    async (who) => {
      const rig = new ConformanceRig({ module, variant, isolated: variant === "off" ? false : "view" });
      await rig.open();
      const job = rig.job(["echo ready; sleep 600 & setsid sleep 600"]);
      const started = await rig.start(job);
      const other = await rig.another();
      await rig.logged(job, "ready\n");
      const running = who.includes("attached") ? await other.attach(job) : started;
      // The sandbox may have been set up again, where a place of another test vanished.
      const state = readWrapper(controlFiles(lastSetUp(join(job.folder, "control"))));
      if (state.kind !== "known") throw new Error("no wrapper");
      process.kill(state.wrapper.identity.pid, "SIGKILL");
      const reason = who.includes("attached")
        ? "it ended, or the machine was restarted, while no engine was watching, and it left no exit status"
        : "its wrapper was killed";
      expect(await running?.ended).toEqual({ kind: "lost", reason: `the step's process is gone: ${reason}` });
      expect(await rig.leftovers(job)).toEqual([]);
      await other[Symbol.asyncDispose]();
      await rig.close();
    },
  );
});

test.each(["bubblewrap", "off"])("a wrapper whose folder is gone ends with its step (%s)", async (variant) => {
  const rig = new ConformanceRig({ module, variant, isolated: variant === "off" ? false : "view" });
  await rig.open();
  const job = rig.job(["echo ready; until [ -e go ]; do sleep 0.02; done"]);
  await rig.start(job);
  await rig.logged(job, "ready\n");
  writeFileSync(join(job.folder, "valohai/repository/go"), "");
  rmSync(join(job.folder, "control"), { recursive: true, maxRetries: 20 });
  expect(await rig.leftovers(job)).toEqual([]);
  await rig.close();
});

describe("records of an earlier life", () => {
  test.each<[string, string]>([
    ["another process has the pid now", `${process.pid} 00000000-0000-0000-0000-000000000000 none 1\n`],
    ["no process has it", "4000000 - none 1\n"],
  ])("a wrapper of which %s is lost, and the other left alone", async (_, text) => {
    const rig = new ConformanceRig({ module, variant: "off", isolated: false });
    await rig.open();
    const job = rig.job(["true"]);
    mkdirSync(join(job.folder, "control"));
    writeFileSync(join(job.folder, "control/pid"), text);
    const attached = await rig.executor.attach(job);
    await attached?.signal("interrupt");
    await attached?.signal("kill");
    expect(await attached?.ended).toMatchObject({ kind: "lost" });
    await rig.close();
  });

  test("a wrapper that cannot write to its folder is reported", async () => {
    const executor = await openLocalExecutor({
      stateFolder: join(root, "full"),
      projectRoot: root,
      sandbox: "off",
      baseEnvironment: {},
      launcher: openDirectLauncher(),
    });
    const job = { executionId: "1", folder: join(root, "full/1"), command: ["true"], image: "", environment: {} };
    mkdirSync(join(job.folder, "control"), { recursive: true });
    // A link to nowhere stands for a disk that takes no new file: the wrapper cannot make it.
    symlinkSync("/nowhere/at/all", join(job.folder, "control/pid"));
    const running = await executor.start(job, { valohaiRoot: "", facts: {}, warnings: [] });
    const reason =
      "the step's process is gone: its wrapper could not write to the execution's folder (is the disk full?)";
    expect(await running.ended).toEqual({ kind: "lost", reason });
    await executor[Symbol.asyncDispose]();
  });
});

describe.runIf(process.getuid?.() === 0)("as an ordinary user", () => {
  const NOBODY = 65_534;

  test.each(["bubblewrap", "unshare", "off"])("a step keeps its user and its files (%s)", async (variant) => {
    const home = mkdtempSync(join(root, "nobody-"));
    chmodSync(root, 0o755);
    for (const folder of [".headrace/1/valohai/repository"]) mkdirSync(join(home, folder), { recursive: true });
    execFileSync("chown", ["-R", String(NOBODY), home]);
    chownSync(home, NOBODY, NOBODY);
    const order = {
      variant,
      home,
      job: {
        executionId: "1",
        folder: join(home, ".headrace/1"),
        command: [
          'id -u; touch "$VH_OUTPUTS_DIR/x"; touch /usr/x || echo no; grep CapEff /proc/self/status | tr -d "\\t"',
        ],
        image: "",
        environment: {},
      },
    };
    const script = fileURLToPath(new URL("./run-as-user.ts", import.meta.url));
    const { stdout, stderr } = spawnSync(process.execPath, [script, JSON.stringify(order)], {
      encoding: "utf8",
      uid: NOBODY,
      gid: NOBODY,
      cwd: "/",
      env: {},
    });
    expect(stderr).toBe("");
    expect(JSON.parse(stdout)).toEqual({
      facts: { sandbox: variant === "off" ? "none" : variant },
      end: { kind: "exited", exitCode: 0 },
      log: `${NOBODY}\nno\nCapEff:0000000000000000\n`,
    });
    expect(readFileSync(join(home, ".headrace/1/valohai/outputs/x"), "utf8")).toBe("");
    expect(existsSync(join(home, ".headrace/1/scratch"))).toBe(false);
  });
});
