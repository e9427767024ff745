import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { inPlainWords } from "../../advice.ts";
import { MachineFacts } from "../../machine/index.ts";
import type { JobSpec } from "../executor.ts";
import { containerSpec } from "./container-spec.ts";
import { containerUser } from "./container-user.ts";
import { pingEngine } from "./docker-answers.ts";
import { DockerExecutor } from "./docker-executor.ts";
import { limitWarnings, refuseSubUser } from "./engine-bounds.ts";
import { type EngineFacts, engineFacts } from "./engine-facts.ts";
import { findEngine } from "./find-engine.ts";
import { parseImageName } from "./image-name.ts";
import { registryAuth } from "./registry-credentials.ts";
import { foreignImage } from "./running-container.ts";
import { hintFor } from "./socket-access.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "headrace-docker-units-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(path: string, text: string): void {
  mkdirSync(join(folder, path, ".."), { recursive: true });
  writeFileSync(join(folder, path), text, { mode: 0o755 });
}

describe("names of images", () => {
  const digest = `sha256:${"a".repeat(64)}`;
  test.each<[string, object]>([
    ["python", { registry: "docker.io", repository: "library/python" }],
    ["python:3.12-slim", { registry: "docker.io", repository: "library/python", tag: "3.12-slim" }],
    ["org/app:v1", { registry: "docker.io", repository: "org/app", tag: "v1" }],
    ["ghcr.io/org/team/app", { registry: "ghcr.io", repository: "org/team/app" }],
    ["localhost:5000/x", { registry: "localhost:5000", repository: "x" }],
    ["localhost/x:y", { registry: "localhost", repository: "x", tag: "y" }],
    ["127.0.0.1:5000/x:1", { registry: "127.0.0.1:5000", repository: "x", tag: "1" }],
    [`python:3@${digest}`, { registry: "docker.io", repository: "library/python", tag: "3", digest }],
    [`index.docker.io/library/python@${digest}`, { registry: "docker.io", repository: "library/python", digest }],
  ])("%s", (text, expected) => expect(parseImageName(text)).toEqual(expected));

  test.each(["", "Python", "a b", "a//b", "x:", "x@sha256:1", "-x", "../x", "x;rm"])("%j is none", (text) => {
    expect(parseImageName(text)).toBeUndefined();
  });
});

describe("finding the engine", () => {
  const absent = { ok: false, reason: "no Docker or Podman was found on this machine" };
  test.each<[string, string | undefined, Record<string, string>, object]>([
    [
      "the settings count most",
      "unix:///a.sock",
      { DOCKER_HOST: "unix:///b.sock" },
      { ok: true, socketPath: "/a.sock" },
    ],
    ["DOCKER_HOST", undefined, { DOCKER_HOST: "unix:///b.sock" }, { ok: true, socketPath: "/b.sock" }],
    [
      "an engine elsewhere",
      undefined,
      { DOCKER_HOST: "ssh://me@box" },
      {
        ok: false,
        reason: "the engine at ssh://me@box is not reached by a socket of this machine",
        hint: "steps share folders with the engine, so that it has to run on this machine: use unix:///path/of/the/socket",
        isElsewhere: true,
      },
    ],
  ])("%s", (_, configured, env, expected) => expect(findEngine(configured, env)).toEqual(expected));

  test("Docker's context, and what stands for it being broken", () => {
    const env = { HOME: folder };
    write(".docker/config.json", JSON.stringify({ currentContext: "team" }));
    const meta = `.docker/contexts/meta/${createHash("sha256").update("team").digest("hex")}/meta.json`;
    write(meta, JSON.stringify({ Endpoints: { docker: { Host: "unix:///team.sock" } } }));
    expect(findEngine(undefined, env)).toEqual({ ok: true, socketPath: "/team.sock" });
    expect(findEngine(undefined, { ...env, DOCKER_CONTEXT: "default", XDG_RUNTIME_DIR: folder })).toMatchObject(absent);
    write(meta, "{");
    expect(findEngine(undefined, { ...env, XDG_RUNTIME_DIR: folder })).toMatchObject(absent);
  });

  test("Podman's socket, where there is no Docker but a folder of that name", async () => {
    mkdirSync(join(folder, "docker.sock"));
    mkdirSync(join(folder, "podman"));
    const path = join(folder, "podman/podman.sock");
    await using _server = await listening(path);
    expect(findEngine(undefined, { HOME: folder, XDG_RUNTIME_DIR: folder })).toEqual({ ok: true, socketPath: path });
  });
});

async function listening(path: string, answer?: (socket: Socket) => void): Promise<AsyncDisposable> {
  const server = createServer(answer);
  const open = new Set<Socket>();
  server.on("connection", (socket) => open.add(socket));
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return {
    [Symbol.asyncDispose]: async () => {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe("whether there is an engine", () => {
  const machine = new MachineFacts();
  const at = (name: string): string => join(folder, name);
  const says = (answer: string) => (socket: Socket) => void socket.on("error", () => undefined).end(answer);

  test("any answer counts, also that it is not yet itself", async () => {
    await using _well = await listening(at("well"), says("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK"));
    await using _ill = await listening(at("ill"), says("HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n"));
    expect(await pingEngine(at("well"), {}, { machine })).toEqual({ kind: "answers" });
    expect(await pingEngine(at("ill"), {}, { machine })).toEqual({ kind: "answers" });
  });

  test("one that begins to listen while it is asked is found", async () => {
    writeFileSync(at("late"), "");
    const asked = pingEngine(at("late"), {}, { machine });
    rmSync(at("late"));
    await using _late = await listening(at("late"), says("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK"));
    expect(await asked).toEqual({ kind: "answers" });
  });

  test("one that was silent is found once it answers, and is not asked again then", async () => {
    writeFileSync(at("later"), "");
    expect(await pingEngine(at("later"), {}, { machine, patienceMs: 1 })).toMatchObject({ kind: "silent" });
    rmSync(at("later"));
    await using later = await listening(at("later"), says("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK"));
    expect(await pingEngine(at("later"), {}, { machine })).toEqual({ kind: "answers" });
    await later[Symbol.asyncDispose]();
    writeFileSync(at("later"), "");
    expect(await pingEngine(at("later"), {}, { machine, patienceMs: 1 })).toEqual({ kind: "answers" });
  });

  test("one that answers, and is slow to say what it is, is ready all the same", async () => {
    const answerPing = (socket: Socket): void => {
      socket.on("error", () => undefined);
      socket.once("data", (request) => {
        if (request.toString().startsWith("GET /_ping")) socket.end("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK");
      });
    };
    await using _slow = await listening(at("slow"), answerPing);
    const settings = { host: `unix://${at("slow")}`, pull: "never", user: "auto", allowMounts: [] } as const;
    await using executor = new DockerExecutor({ settings, baseEnvironment: {}, projectId: "p", healthMs: 1000 });
    expect(await executor.health()).toEqual({
      healthy: true,
      details: { engine: "answers slowly", socket: at("slow") },
    });
  });

  test("nothing there is no engine; one of another machine is named", async () => {
    expect(await pingEngine(at("none"), {}, { machine })).toEqual({ kind: "absent" });
    const reason = "the engine at tcp://box:2375 is not reached by a socket of this machine";
    expect(await pingEngine(undefined, { DOCKER_HOST: "tcp://box:2375" }, { machine })).toEqual({
      kind: "absent",
      reason,
    });
  });

  test.each([
    ["that nobody listens at", "ECONNREFUSED", async (path: string) => void writeFileSync(path, "")],
    ["whose daemon hangs", "ETIMEDOUT", (path: string) => listening(path)],
  ])("a socket %s is not taken for none", async (_, code, make) => {
    const server = await make(at("socket"));
    expect(await pingEngine(at("socket"), {}, { machine, patienceMs: 600 })).toEqual({
      kind: "silent",
      reason: `the container engine cannot be used: the container engine does not answer (${code})`,
      hint: ["start Docker (or Podman's socket), or run with ", { do: "set", option: "environment", value: "local" }],
    });
    await server?.[Symbol.asyncDispose]();
  });
});

describe("a socket that this user may not use", () => {
  const group = "docker:x:998:ada,bob\nstaff:x:50:\n";
  test.each<[string, Parameters<typeof hintFor>, string]>([
    [
      "its group is named",
      ["eve", { gid: 998, mode: 0o660 }, group],
      "`sudo usermod -aG docker eve` lets you, after the next login (who is in that group is as mighty as root); or use an engine of your own (`systemctl --user start podman.socket`), or run with the option environment “local”",
    ],
    [
      "a member has to log in",
      ["bob", { gid: 998, mode: 0o660 }, group],
      "you are in the group docker, but not yet in this session: log in again",
    ],
    [
      "a group of a directory service goes by its number",
      ["eve", { gid: 7000, mode: 0o660 }, group],
      "`sudo usermod -aG 7000 eve` lets you, after the next login (who is in that group is as mighty as root); or use an engine of your own (`systemctl --user start podman.socket`), or run with the option environment “local”",
    ],
    ...[{ gid: 0, mode: 0o660 }, { gid: 998, mode: 0o600 }, undefined].map(
      (socket): [string, Parameters<typeof hintFor>, string] => [
        `one of root's alone (${JSON.stringify(socket)})`,
        ["eve", socket, group],
        "ask whoever runs this machine, or use an engine of your own (`systemctl --user start podman.socket`), or run with the option environment “local”",
      ],
    ),
  ])("%s", (_, given, expected) => expect(inPlainWords(hintFor(...given))).toBe(expected));
});

describe("credentials of registries", () => {
  const decode = (text: string | undefined): unknown =>
    text === undefined ? undefined : JSON.parse(Buffer.from(text, "base64url").toString());
  const auth = (text: string): string => Buffer.from(text).toString("base64");

  test("what docker login left", async () => {
    write(
      "config.json",
      JSON.stringify({
        auths: { "https://index.docker.io/v1/": { auth: auth("me:a:b") }, "ghcr.io": { identitytoken: "t" } },
      }),
    );
    const env = { DOCKER_CONFIG: folder };
    expect(decode(await registryAuth("docker.io", env))).toEqual({
      username: "me",
      password: "a:b",
      serveraddress: "https://index.docker.io/v1/",
    });
    expect(decode(await registryAuth("ghcr.io", env))).toEqual({ identitytoken: "t", serveraddress: "ghcr.io" });
    expect(await registryAuth("quay.io", env)).toBeUndefined();
    expect(await registryAuth("quay.io", { DOCKER_CONFIG: join(folder, "none") })).toBeUndefined();
  });

  test("a credential helper is asked, and one that fails is passed over", async () => {
    write(
      "bin/docker-credential-good",
      `#!/bin/sh\nread server; echo "{\\"Username\\": \\"<token>\\", \\"Secret\\": \\"for $server\\"}"`,
    );
    write("bin/docker-credential-bad", "#!/bin/sh\nexit 1");
    write(
      "config.json",
      JSON.stringify({
        credsStore: "bad",
        credHelpers: { "ghcr.io": "good", "evil.io": "../x" },
        auths: { "quay.io": { auth: auth("u:p") } },
      }),
    );
    const env = { DOCKER_CONFIG: folder, PATH: `${folder}/bin:/usr/bin:/bin` };
    expect(decode(await registryAuth("ghcr.io", env))).toEqual({
      identitytoken: "for ghcr.io",
      serveraddress: "ghcr.io",
    });
    expect(decode(await registryAuth("quay.io", env))).toMatchObject({ username: "u", password: "p" });
    expect(await registryAuth("evil.io", env)).toBeUndefined();
  });
});

describe("who a step is", () => {
  const me = { uid: 1000, gid: 100, name: "me" };
  const root = { uid: 0, gid: 0, name: "root" };
  const asRoot = { asked: "0:0", isNamed: true, name: "root", isRoot: true, handOver: "" };
  test.each<[string, string, boolean, typeof me, object]>([
    ["auto", "", false, me, { asked: "1000:100", isNamed: false, name: "me", isRoot: false, handOver: "" }],
    ["auto", "", true, me, asRoot],
    ["auto", "", false, root, asRoot],
    ["image", "", false, me, { isNamed: true, name: "root", isRoot: true, handOver: "1000:100" }],
    ["image", "app", false, me, { isNamed: true, name: "app", isRoot: false, handOver: "" }],
    ["image", "root", false, root, { isNamed: true, name: "root", isRoot: true, handOver: "" }],
    ["0:0", "", false, me, { ...asRoot, handOver: "1000:100" }],
    ["1234", "", false, me, { asked: "1234", isNamed: false, name: "1234", isRoot: false, handOver: "" }],
  ])("%s of an image for %j, rootless %s", (setting, image, rootless, self, expected) => {
    expect(containerUser(setting, image, rootless, self)).toEqual(expected);
  });
});

const JOB: JobSpec = {
  executionId: "id",
  folder: "/f",
  command: ["a", "b\nc", "d"],
  image: "i",
  environment: { A: "1" },
};
const SETTINGS = { pull: "missing", user: "auto", allowMounts: [] } as const;
const PARTS = {
  job: JOB,
  imageId: "sha256:1",
  settings: SETTINGS,
  user: { asked: "1:2", isNamed: false, name: "me", isRoot: false, handOver: "" },
  projectId: "p",
  interpreter: ["script"],
  scratch: "/f/scratch",
  given: {},
};

describe("what the engine is asked to make", () => {
  test("privileges are dropped, and limits kept", () => {
    const spec = containerSpec({
      ...PARTS,
      settings: { ...SETTINGS, network: "none", shmMb: 1 },
      job: { ...JOB, resources: { cpuMax: 0.5, memoryMaxMb: 64, devices: { "nvidia.com/gpu": 2 } } },
    });
    expect(spec).toMatchObject({
      Image: "sha256:1",
      User: "1:2",
      Env: expect.arrayContaining(["A=1", "HOME=/headrace/home", "USER=me", "VH_INPUTS_DIR=/valohai/inputs"]),
      HostConfig: {
        SecurityOpt: ["no-new-privileges"],
        CapDrop: ["ALL"],
        CapAdd: [],
        NetworkMode: "none",
        ShmSize: 1_048_576,
        NanoCpus: 500_000_000,
        Memory: 67_108_864,
        MemorySwap: 67_108_864,
        DeviceRequests: [{ Driver: "nvidia", Count: 2, Capabilities: [["gpu"]] }],
      },
    });
    expect(spec).not.toHaveProperty("HostConfig.Privileged");
  });

  test("the devices are those that the step was given, and its own choice among the machine's counts no more", () => {
    const devices = { "nvidia.com/gpu": 2, "nvidia.com/mig-1g.5gb": 1, "amd.com/gpu": 1 };
    const given = {
      "nvidia.com/gpu": ["GPU-a", "GPU-b"],
      "nvidia.com/mig-1g.5gb": ["MIG-c"],
      "amd.com/gpu": ["/dev/dri/renderD129"],
    };
    const environment = { A: "1", CUDA_VISIBLE_DEVICES: "3", ROCR_VISIBLE_DEVICES: "1" };
    const spec = containerSpec({ ...PARTS, given, job: { ...JOB, environment, resources: { devices } } });
    const file = (path: string) => ({ PathOnHost: path, PathInContainer: path, CgroupPermissions: "rwm" });
    expect(spec).toMatchObject({
      HostConfig: {
        DeviceRequests: [
          { Driver: "nvidia", DeviceIDs: ["GPU-a", "GPU-b"], Capabilities: [["gpu"]] },
          { Driver: "nvidia", DeviceIDs: ["MIG-c"], Capabilities: [["gpu"]] },
        ],
        Devices: [file("/dev/kfd"), file("/dev/dri/renderD129")],
      },
    });
    expect(JSON.stringify(spec)).not.toMatch(/VISIBLE_DEVICES|"Count"/);
  });

  test.each<[Partial<JobSpec>, string]>([
    [
      { resources: { devices: { "example.com/x": 1 } } },
      "the device example.com/x is not known to the Docker executor",
    ],
    [
      { mounts: [{ source: "/d", destination: "/valohai/outputs", readonly: false, options: {} }] },
      "nothing can be mounted at /valohai/outputs: that folder belongs to the step contract",
    ],
    [
      { mounts: [{ source: "/d", destination: "/headrace/control/x", readonly: false, options: {} }] },
      "nothing can be mounted at /headrace/control/x: that folder belongs to the step contract",
    ],
    [
      { mounts: [{ source: "/d", destination: "/d", readonly: false, type: "nfs", options: {} }] },
      "mounts of type nfs are not supported in containers",
    ],
  ])("refuses %j", (part, message) => {
    expect(() => containerSpec({ ...PARTS, job: { ...JOB, ...part } })).toThrow(message);
  });
});

describe("what the engine says of itself", () => {
  const version = { Version: "4.3.1", Os: "linux", Arch: "amd64", Components: [{ Name: "Podman Engine" }] };
  const facts = (info: object): EngineFacts => engineFacts(version, info, "/s");

  test.each<[string, object, boolean]>([
    ["Podman", { SecurityOptions: ["name=seccomp,profile=default"], Rootless: true, CgroupVersion: "2" }, true],
    ["Docker", { SecurityOptions: ["name=seccomp,profile=builtin", "name=rootless"], CgroupVersion: "2" }, true],
    [
      "one of root's",
      { SecurityOptions: ["name=seccomp,profile=builtin"], Rootless: false, CgroupVersion: "1" },
      false,
    ],
  ])("whether it runs without root: %s", (_, info, rootless) => {
    expect(facts(info)).toMatchObject({ name: "podman 4.3.1", rootless, platform: "linux/amd64", ignores: [] });
  });

  test.each<[string, object, readonly string[], string]>([
    [
      "both",
      { Rootless: true, CgroupVersion: "1" },
      ["cpu", "memory"],
      "the limits of the step's processors and memory are not kept: podman 4.3.1 cannot limit them on this machine",
    ],
    [
      "one",
      { MemoryLimit: false, CpuCfsQuota: true },
      ["memory"],
      "the limits of the step's memory are not kept: podman 4.3.1 cannot limit them on this machine",
    ],
  ])("which limits it does not keep: %s", (_, info, ignores, warning) => {
    expect(facts(info).ignores).toEqual(ignores);
    expect(limitWarnings({ ...JOB, resources: { cpuMax: 1, memoryMaxMb: 64 } }, facts(info))).toEqual([warning]);
    expect(limitWarnings(JOB, facts(info))).toEqual([]);
  });

  test("with a rootless engine a step is you, or is refused", () => {
    const image = { id: "sha256:1", user: "app", platform: "linux/amd64" };
    const rootless = facts({ Rootless: true, CgroupVersion: "2" });
    for (const user of ["auto", "0:0", "root"]) refuseSubUser(user, image, rootless);
    refuseSubUser("image", image, facts({}));
    for (const [setting, user] of [
      ["image", "app"],
      ["1000:100", "1000:100"],
    ] as const) {
      expect(() => refuseSubUser(setting, image, rootless)).toThrow(
        `the step cannot be the user ${user}: podman 4.3.1 runs without root, where only root is you`,
      );
    }
  });

  test("an image of another kind of machine", () => {
    expect(foreignImage("arm:1", "linux/amd64", "linux/amd64")).toBeUndefined();
    expect(foreignImage("arm:1", "linux/arm64", "linux/amd64")).toMatchObject({
      code: "HR_STEP_START",
      message: "the image arm:1 is for linux/arm64, and this machine is linux/amd64",
      hint: "use an image that is made for linux/amd64, or set up the emulation of the other (binfmt_misc)",
    });
  });
});
