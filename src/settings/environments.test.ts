import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { INSTALLED_KINDS } from "../executors/kinds.ts";
import { findEnvironment } from "./find-environment.ts";
import { builtInEnvironments } from "./kind-form.ts";
import { mergeSettings as mergeFor } from "./merge-settings.ts";
import { parseSettings, type SettingsPart } from "./parse-settings.ts";
import { beyondLimits, stepResources } from "./step-resources.ts";

const { forms } = INSTALLED_KINDS;
const BUILT_IN = builtInEnvironments(forms);
const mergeSettings = (parts: readonly SettingsPart[]) => mergeFor(parts, forms);

function part(text: string): SettingsPart {
  const { settings } = parseSettings({ file: "x", text }, forms);
  if (settings === undefined) throw new Error(`not sound: ${text}`);
  return settings;
}

describe("files over files", () => {
  test("without a file there are this machine and its containers", () => {
    expect(mergeSettings([])).toEqual({ environments: BUILT_IN, retention: {} });
    expect(BUILT_IN.map(({ slug }) => slug)).toEqual(["local", "docker"]);
  });

  test("a stronger file counts key by key, and environment by environment", () => {
    const project = part("concurrency: 3\nenvironments: { gpu: { executor: docker, name: Mine } }");
    const user = part(
      "concurrency: 9\ndefault-environment: gpu\nretention: { keep-runs: 1 }\nenvironments: { gpu: { executor: local }, local: { executor: local, name: Here } }",
    );
    const merged = mergeSettings([project, user]);
    expect(merged).toMatchObject({ concurrency: 3, defaultEnvironment: "gpu", retention: { keepRuns: 1 } });
    expect(merged.environments.map(({ slug, name }) => `${slug}: ${name}`)).toEqual([
      "gpu: Mine",
      "local: Here",
      "docker: Containers on this machine",
    ]);
  });
});

const { environments } = mergeSettings([
  part(
    "environments: { gpu-1: { executor: docker, name: Big GPU }, gpu-2: { executor: docker, name: Small GPU }, cluster: { executor: local, name: Slurm at the site } }",
  ),
]);

describe("naming an environment", () => {
  test.each<[string, string]>([
    ["gpu-1", "gpu-1"],
    ["GPU-1", "gpu-1"],
    ["Big GPU", "gpu-1"],
    ["big", "gpu-1"],
    [" site ", "cluster"],
    ["local", "local"],
  ])("%j", (text, slug) => {
    expect(findEnvironment(environments, text)).toMatchObject({ ok: true, environment: { slug } });
  });

  test.each<[string, string, string]>([
    ["gpu", '"gpu" may be several environments: gpu-1 (Big GPU), gpu-2 (Small GPU)', "name one by its slug"],
    ["clutser", 'there is no environment "clutser"', "did you mean `cluster`?"],
    [
      "aws-eu-west-1-g3s",
      'there is no environment "aws-eu-west-1-g3s"',
      "environments: gpu-1, gpu-2, cluster, local, docker",
    ],
    ["", 'there is no environment ""', "environments: gpu-1, gpu-2, cluster, local, docker"],
  ])("not %j", (text, message, hint) => {
    expect(findEnvironment(environments, text)).toEqual({ ok: false, message, hint });
  });

  test("a slug finds its own environment, whatever others are called", () => {
    const slug = fc.stringMatching(/^[a-z0-9]{1,4}$/);
    fc.assert(
      fc.property(fc.uniqueArray(slug, { minLength: 1, maxLength: 8 }), (slugs) => {
        const list = slugs.flatMap((name) => ({
          ...(BUILT_IN[0] ?? environments[0]),
          slug: name,
          name: slugs.join(" "),
        })) as typeof environments;
        for (const wanted of slugs)
          expect(findEnvironment(list, wanted)).toMatchObject({ ok: true, environment: { slug: wanted } });
      }),
    );
  });
});

describe("resources", () => {
  test("what a step leaves open its environment fills", () => {
    expect(stepResources(undefined, {})).toBeUndefined();
    expect(stepResources(undefined, { cpu: 2, memoryMb: 100, devices: { "nvidia.com/gpu": 4 } })).toEqual({
      ...{ cpuMax: 2, memoryMaxMb: 100, memoryMaxOf: "environment" },
    });
    expect(
      stepResources({ cpu: { min: 0.5 }, memory: { min: 1, max: 50 }, devices: { gpu: 1 } }, { cpu: 2, memoryMb: 100 }),
    ).toEqual({
      cpuMin: 0.5,
      cpuMax: 2,
      memoryMinMb: 1,
      memoryMaxMb: 50,
      devices: { gpu: 1 },
    });
  });

  test("what goes beyond the environment is named", () => {
    const limits = { cpu: 2, memoryMb: 100, devices: { "nvidia.com/gpu": 1 } };
    expect(
      beyondLimits(
        { cpu: { min: 3, max: 4 }, memory: { max: 101 }, devices: { "nvidia.com/gpu": 2, "amd.com/gpu": 1 } },
        limits,
      ),
    ).toEqual([
      "4 processors of at most 2",
      "101 MB of memory of at most 100",
      "2 × nvidia.com/gpu of at most 1",
      "1 × amd.com/gpu of at most 0",
    ]);
    expect(beyondLimits({ cpu: { max: 2 }, memory: { min: 100 }, devices: {} }, limits)).toEqual([]);
    expect(beyondLimits({ cpu: { max: 99 }, devices: { "nvidia.com/gpu": 99 } }, {})).toEqual([]);
  });
});
