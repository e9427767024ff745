import { describe, expect, test } from "vitest";
import { INSTALLED_KINDS } from "../executors/kinds.ts";
import { parseSettings as parseFor } from "./parse-settings.ts";

const parseSettings = (source: Parameters<typeof parseFor>[0]) => parseFor(source, INSTALLED_KINDS.forms);

const WHOLE = `
default-environment: gpu
concurrency: 8
retention: { keep-runs: 100, keep-for: 30d }
trust: [~/work, /srv/projects]
environments:
  gpu:
    name: The GPU box
    executor: docker
    concurrency: 2
    image: python:3.12-slim
    limits: { cpu: 4.5, memory: 16000, devices: { nvidia.com/gpu: 1 } }
    mounts:
      - /data:/data
      - { source: /mnt/models, destination: /models, readonly: true }
    variables: { HF_HOME: /models }
    docker: { host: "unix:///run/user/1000/podman/podman.sock", network: none, pull: always, user: "1000:100", allow-mounts: [/data], shm-size: 2048 }
  cluster:
    executor: slurm
    slurm: { work-folder: /shared/headrace, partition: long, account: ml, qos: high, constraint: a100, options: [--exclusive], containers: apptainer, poll-interval: 5s, programs: /opt/slurm/bin }
  quiet: { executor: local, local: { sandbox: bubblewrap, network: none, shows: [~/data, /mnt/sets] } }
`;

test("reads every key", () => {
  const { settings, diagnostics } = parseSettings({ file: "headrace.config.yaml", text: WHOLE });
  expect(diagnostics).toEqual([]);
  expect(settings).toEqual({
    defaultEnvironment: "gpu",
    concurrency: 8,
    retention: { keepRuns: 100, keepForS: 2_592_000 },
    trust: ["~/work", "/srv/projects"],
    grants: [
      "environments.gpu.mounts",
      "environments.gpu.docker.host",
      "environments.gpu.docker.user",
      "environments.gpu.docker.allow-mounts",
      "environments.cluster.slurm",
      "environments.quiet.local.shows",
      "trust",
    ],
    environments: [
      {
        slug: "gpu",
        name: "The GPU box",
        executor: "docker",
        concurrency: 2,
        image: "python:3.12-slim",
        limits: { cpu: 4.5, memoryMb: 16000, devices: { "nvidia.com/gpu": 1 } },
        mounts: [
          { source: "/data", destination: "/data", readonly: false, options: {} },
          { source: "/mnt/models", destination: "/models", readonly: true, options: {} },
        ],
        variables: { HF_HOME: "/models" },
        isConfigured: true,
        own: {
          host: "unix:///run/user/1000/podman/podman.sock",
          network: "none",
          pull: "always",
          user: "1000:100",
          allowMounts: ["/data"],
          shmMb: 2048,
        },
      },
      {
        slug: "cluster",
        name: "cluster",
        executor: "slurm",
        limits: {},
        mounts: [],
        variables: {},
        isConfigured: true,
        own: {
          workFolder: "/shared/headrace",
          partition: "long",
          account: "ml",
          qos: "high",
          constraint: "a100",
          options: ["--exclusive"],
          containers: "apptainer",
          pollS: 5,
          programs: "/opt/slurm/bin",
        },
      },
      {
        slug: "quiet",
        name: "quiet",
        executor: "local",
        limits: {},
        mounts: [],
        variables: {},
        isConfigured: true,
        own: { sandbox: "bubblewrap", network: "none", shows: ["~/data", "/mnt/sets"] },
      },
    ],
  });
});

test.each(["", "# nothing\n", "{}"])("a file without content says nothing: %j", (text) => {
  expect(parseSettings({ file: "x", text })).toEqual({
    settings: { environments: [], trust: [], grants: [] },
    diagnostics: [],
  });
});

test("an `off` that YAML reads as false is the sandbox's", () => {
  const text = "environments: { a: { executor: local, local: { sandbox: off } } }\n";
  expect(parseSettings({ file: "x", text }).settings?.environments[0]).toMatchObject({ own: { sandbox: "off" } });
});

test("what is left open has its usual value", () => {
  const text = "environments:\n  a: { executor: docker }\n  b: { executor: slurm, slurm: { work-folder: /w } }\n";
  const [docker, slurm] = parseSettings({ file: "x", text }).settings?.environments ?? [];
  expect(docker).toMatchObject({ own: { pull: "missing", user: "auto", allowMounts: [] } });
  expect(slurm).toMatchObject({ own: { pollS: 2, options: [] } });
});

describe("mistakes", () => {
  test.each<[string, string]>([
    ["concurency: 3", "1:1 a settings file has no key `concurency` (did you mean `concurrency`?)"],
    ["concurrency: 0", "1:14 `concurrency` has to be at least 1, not 0"],
    ["environments:\n  a: { executor: local, limits: { cpu: 0 } }", "2:40 `cpu` has to be more than 0, not 0"],
    [
      "environments:\n  a: { executor: local, local: { sandbox: on } }",
      "2:43 `sandbox` has to be `auto`, `bubblewrap`, `unshare`, `off` or `false`, not a boolean",
    ],
    ["concurrency: four", "1:14 `concurrency` has to be a whole number, not text"],
    ["- a", "1:1 the item has to be a mapping, not a list"],
    ["environments: [a]", "1:15 `environments` has to be a mapping, not a list"],
    ["environments:\n  a: {}", "2:3 an environment needs `executor`"],
    [
      "environments:\n  a: { executor: dokcer }",
      "2:18 `executor` has to be one of local, docker, slurm, not `dokcer` (did you mean `docker`?)",
    ],
    [
      "environments:\n  a: { executor: local, imge: x }",
      "2:25 an environment has no key `imge` (did you mean `image`?)",
    ],
    [
      "environments:\n  a: { executor: docker, docker: { netwrk: x } }",
      "2:36 `docker` has no key `netwrk` (did you mean `network`?)",
    ],
    [
      "environments:\n  Gpu Box: { executor: local }",
      "2:3 `Gpu Box` cannot be the slug of an environment (use lower-case letters, digits, dots, dashes and underscores, and put the full name in `name`)",
    ],
    [
      "environments:\n  a: { executor: local, docker: {} }",
      "2:25 `docker` stands in an environment whose executor is local (write `executor: docker`, or take these settings out)",
    ],
    [
      "environments:\n  a: { executor: slurm }",
      "2:3 an environment on a Slurm cluster needs `slurm` with a `work-folder` that all nodes see",
    ],
    ["environments:\n  a: { executor: slurm, slurm: { work-folder: here } }", "2:34 `here` has to be an absolute path"],
    [
      "environments:\n  a: { executor: docker, docker: { user: me } }",
      "2:42 `user` has to be `auto`, `image`, or numbers such as 1000:1000",
    ],
    [
      "environments:\n  a: { executor: docker, docker: { allow-mounts: [data] } }",
      "2:51 `data` has to be an absolute path",
    ],
    ["environments:\n  a: { executor: local, local: { shows: [data] } }", "2:42 `data` has to be an absolute path"],
    ["trust: [work]", "1:9 `work` has to be an absolute path"],
    [
      "environments:\n  a: { executor: local, variables: { A: 1 } }",
      "2:41 `A` has to be text, not a whole number (put text in quotes)",
    ],
  ])("%s", (text, expected) => {
    const { settings, diagnostics } = parseSettings({ file: "x", text });
    expect(settings).toBeUndefined();
    expect(
      diagnostics.map(
        ({ line, column, message, hint }) => `${line}:${column} ${message}${hint === undefined ? "" : ` (${hint})`}`,
      ),
    ).toEqual([expected]);
  });
});

test.each<[string, readonly string[]]>([
  ["{ executor: docker, docker: { network: none, user: auto, pull: never, shm-size: 1 } }", []],
  ["{ executor: docker, docker: { network: bridge } }", []],
  ["{ executor: docker, docker: { network: host } }", ["environments.a.docker.network"]],
  ["{ executor: local, local: { sandbox: bubblewrap }, limits: { cpu: 1 }, variables: { A: b }, image: i }", []],
  ["{ executor: local, local: { sandbox: 'off' } }", ["environments.a.local.sandbox"]],
  ["{ executor: local, local: { network: none, shows: [~/data] } }", ["environments.a.local.shows"]],
  ["{ executor: local, local: { sandbox: off } }", ["environments.a.local.sandbox"]],
  ["{ executor: local, mounts: [/srv:/host] }", ["environments.a.mounts"]],
])("what a stranger's file would grant: %s", (environment, grants) => {
  expect(parseSettings({ file: "x", text: `environments:\n  a: ${environment}\n` }).settings?.grants).toEqual(grants);
});
