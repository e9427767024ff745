import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { EnvironmentView } from "../../../api/index.ts";
import { openTestStore } from "../../../store/fixtures/open-test-store.ts";
import { checkEnvironment, examine } from "./examine.ts";
import { mending } from "./finding.ts";
import { checkAccessTimes, checkClock, checkNode, checkPython, checkTracer, parseMounts } from "./machine-checks.ts";

const YAML = '- step: { name: a, image: "", command: "true" }\n';

function temporaryProject(yaml = YAML): Disposable & { readonly root: string } {
  const root = mkdtempSync(join(tmpdir(), "headrace-doctor-test-"));
  writeFileSync(join(root, "valohai.yaml"), yaml);
  return { root, [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }) };
}

const ENV = { PATH: process.env.PATH, HOME: "/nonexistent" };

/** Patient, since tests share their machine; what hangs is tried with the usual patience. */
async function findingsOf(
  root: string,
  env: NodeJS.ProcessEnv = ENV,
  patience: { readonly patienceMs?: number } = { patienceMs: 30_000 },
) {
  const { findings, healthy } = await examine({ cwd: root, env, ...patience });
  return { healthy, of: (check: string) => findings.find((finding) => finding.check === check) };
}

test("a new project is fine, and stays without a state folder", async () => {
  using project = temporaryProject();
  const { of } = await findingsOf(project.root);
  expect(of("configuration")).toEqual({
    check: "configuration",
    state: "ok",
    found: join(project.root, "valohai.yaml"),
    ...mending(undefined),
  });
  for (const check of ["state folder", "database"]) {
    expect(of(check)).toEqual({
      check,
      state: "ok",
      found: "not made yet; the first run makes it",
      ...mending(undefined),
    });
  }
  expect(of("stored files")).toMatchObject({ state: "ok", found: "none stored yet" });
  expect(of("node")?.state).toBe("ok");
  expect(() => mkdirSync(join(project.root, ".headrace"))).not.toThrow();
});

test("without a project the machine is looked at", async () => {
  using project = temporaryProject();
  rmSync(join(project.root, "valohai.yaml"));
  const { of } = await findingsOf(project.root);
  expect(of("project")).toEqual({
    check: "project",
    state: "absent",
    found: `no valohai.yaml or headrace.yaml in ${project.root} or any folder above it`,
    ...mending([{ do: "start-project" }, " starts one"]),
  });
  expect(of("python")).toBeDefined();
});

test("a configuration with errors is broken", async () => {
  using project = temporaryProject("- step: { name: a }\n");
  const { healthy, of } = await findingsOf(project.root);
  expect(healthy).toBe(false);
  expect(of("configuration")).toMatchObject({ state: "broken", mend: "a check of the configuration shows them" });
});

test("a database that is none is broken, and says how to mend it", async () => {
  using project = temporaryProject();
  mkdirSync(join(project.root, ".headrace"), { mode: 0o755 });
  chmodSync(join(project.root, ".headrace"), 0o755);
  writeFileSync(join(project.root, ".headrace", "headrace.db"), "this is no database".repeat(100));
  const { healthy, of } = await findingsOf(project.root);
  expect(healthy).toBe(false);
  expect(of("database")?.state).toBe("broken");
  expect(of("database")?.mend).not.toBeNull();
  expect(of("state folder")).toEqual({
    check: "state folder",
    state: "warning",
    found: `others on this machine may look into ${join(project.root, ".headrace")}`,
    ...mending(`close it: chmod 700 ${join(project.root, ".headrace")}`),
  });
});

test("a state folder that is a file is broken", async () => {
  using project = temporaryProject();
  writeFileSync(join(project.root, ".headrace"), "");
  expect((await findingsOf(project.root)).of("state folder")).toMatchObject({
    state: "broken",
    found: `${join(project.root, ".headrace")} is no folder`,
  });
});

test("a run that nobody drives, and a record from the future, are told", async () => {
  using project = temporaryProject();
  mkdirSync(join(project.root, ".headrace"));
  {
    await using store = await openTestStore({ file: join(project.root, ".headrace", "headrace.db"), projectName: "p" });
    const plan = { kind: "step" as const, name: "a", nodes: [], parameters: {} };
    await store.runs.create({ plan, commit: "~x", jobs: 1, actor: "local:me", tags: [], at: Date.now() + 3_600_000 });
  }
  const { of } = await findingsOf(project.root);
  expect(of("database")?.state).toBe("ok");
  expect(of("clock")?.state).toBe("warning");
  expect(of("runs")).toEqual({
    check: "runs",
    state: "warning",
    found: "nobody drives run 1 any more",
    ...mending([{ do: "resume" }, " carries on, ", { do: "stop", run: 1 }, " ends it"]),
  });
});

test("servers that take connections and are silent do not hold it up", async () => {
  using project = temporaryProject();
  const server = createServer(() => undefined);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" ? (address?.port ?? 0) : 0;
  const { of, healthy } = await findingsOf(
    project.root,
    {
      ...ENV,
      HEADRACE_DATABASE_URL: `postgres://u:p@127.0.0.1:${port}/x`,
      HEADRACE_BLOBS: `s3://bucket/prefix?endpoint=http://127.0.0.1:${port}`,
      AWS_ACCESS_KEY_ID: "a",
      AWS_SECRET_ACCESS_KEY: "b",
    },
    {},
  );
  expect(healthy === false || of("database")?.state === "unknown").toBe(true);
  expect(["broken", "unknown"]).toContain(of("database")?.state);
  expect(["broken", "unknown"]).toContain(of("stored files")?.state);
  server.close();
});

test.each([
  ["24.15.0", "ok"],
  ["24.14.9", "broken"],
  ["25.9.0", "broken"],
  ["26.0.0", "ok"],
  ["20.1.0", "broken"],
])("Node.js %s is %s", (version, state) => {
  expect(checkNode(version).state).toBe(state);
});

test.each([
  ["before this program was written", undefined, 0, "broken"],
  ["a little behind its records", 1_800_000_030_000, 1_800_000_000_000, "ok"],
  ["far behind its records", 1_800_000_090_000, 1_800_000_000_000, "warning"],
  ["ahead of its records", 1_700_000_000_000, 1_800_000_000_000, "ok"],
])("a clock that is %s", (_, newest, now, state) => {
  expect(checkClock(newest, now).state).toBe(state);
});

test.each([
  ["/data/project", "warning"],
  ["/data", "warning"],
  ["/database", "ok"],
  ["/data/with space/x", "ok"],
])("access times below %s: %s", (folder, state) => {
  const table = parseMounts(
    "d / ext4 rw,relatime 0 0\nx /data xfs rw,noatime 0 0\ny /data/with\\040space tmpfs rw 0 0\n",
  );
  expect(checkAccessTimes(folder, table).state).toBe(state);
});

test.runIf(process.platform === "linux")("strace is looked for among the system's programs", () => {
  expect(checkTracer(undefined, "/nowhere")).toEqual({
    state: "absent",
    found: "strace was not found: for steps that are more than Python, every file of the code counts",
    ...mending("install strace, so that they are reused while what they use stays the same"),
  });
  expect(checkTracer("off", "/nowhere")).toMatchObject({ state: "ok", found: "not used: HEADRACE_TRACER is off" });
});

test("Python that is absent, and Python that hangs", async () => {
  using project = temporaryProject();
  expect(await checkPython({ PATH: project.root })).toEqual({
    state: "absent",
    found: "python3 was not found",
    ...mending("install Python 3 if your steps need it"),
  });
  symlinkSync("/bin/false", join(project.root, "python3"));
  expect(await checkPython({ PATH: project.root })).toMatchObject({
    state: "warning",
    ...mending("see what `python3 --version` says"),
  });
  rmSync(join(project.root, "python3"));
  writeFileSync(join(project.root, "python3"), "#!/bin/sh\nexec /bin/sleep 600\n", { mode: 0o755 });
  expect(await checkPython({ PATH: project.root }, 300)).toEqual({
    state: "unknown",
    found: "python3 did not answer in time",
    ...mending("look again when the machine is less busy, or see whether it hangs"),
  });
});

const VIEW: EnvironmentView = {
  ...{
    slug: "x",
    name: "x",
    executor: "docker",
    healthy: false,
    reason: "no engine answers",
    hint: "start it",
    advice: ["start it"],
    details: {},
  },
  ...{ default: false, concurrency: null, image: null },
};

test.each<[string, Partial<EnvironmentView>, boolean, string]>([
  ["that every installation has and is not here", {}, false, "absent"],
  ["that was configured, or cannot be absent, and is not here", {}, true, "broken"],
  ["that works", { healthy: true, details: { sandbox: "bubblewrap" } }, true, "ok"],
  [
    "without a sandbox",
    { healthy: true, executor: "local", details: { sandbox: "none", warning: "steps run without" } },
    false,
    "warning",
  ],
])("an environment %s", (_, change, isExpected, state) => {
  expect(checkEnvironment({ ...VIEW, ...change }, isExpected).state).toBe(state);
});
