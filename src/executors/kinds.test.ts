import { describe, expect, test } from "vitest";
import type { EnvironmentSettings } from "../settings/index.ts";
import { ExecutorKinds, INSTALLED_KINDS, KINDS } from "./kinds.ts";

const common = { name: "x", limits: {}, mounts: [], variables: {}, isConfigured: true };
const ENVIRONMENTS = {
  local: { ...common, slug: "a", executor: "local", own: { shows: [] } },
  docker: { ...common, slug: "b", executor: "docker", own: { pull: "missing", user: "auto", allowMounts: ["/data"] } },
  slurm: { ...common, slug: "c", executor: "slurm", own: { workFolder: "/shared/", options: [], pollS: 2 } },
} satisfies Readonly<Record<string, EnvironmentSettings>>;
const kindOf = (environment: EnvironmentSettings) => INSTALLED_KINDS.of(environment);

test.each(Object.values(ENVIRONMENTS))("$executor is listed", (environment) => {
  expect(kindOf(environment).where).not.toBe("");
});

test("an environment of a kind that is not listed is refused, and so is a purpose that no kind has", () => {
  const [local] = KINDS;
  const kinds = new ExecutorKinds(local === undefined ? [] : [local]);
  expect(() => kinds.of(ENVIRONMENTS.docker)).toThrow("no kind of executor has the environment b");
  expect(kinds.builtIn("programs")).toBe("local");
  expect(() => kinds.builtIn("images")).toThrow("no kind of executor is there for images");
});

describe("mounts", () => {
  const mount = (source: string, type?: string) => ({
    ...{ source, destination: "/x", readonly: true, options: {} },
    ...(type === undefined ? {} : { type }),
  });

  test.each([
    ["/data", undefined],
    ["/data/a", undefined],
    ["/data/../etc", "it is not among those that steps may see"],
    ["/database", "it is not among those that steps may see"],
    ["data", "its path is not absolute"],
  ])("of %s in a container", (source, reason) => {
    expect(kindOf(ENVIRONMENTS.docker).refuseMount?.(mount(source))?.reason).toBe(reason);
  });

  test("of another type are refused, and none has an effect elsewhere", () => {
    expect(kindOf(ENVIRONMENTS.docker).refuseMount?.(mount("/data", "nfs"))?.reason).toBe(
      "mounts of type nfs are not supported",
    );
    expect(kindOf(ENVIRONMENTS.local).refuseMount).toBeUndefined();
    expect(kindOf(ENVIRONMENTS.slurm).refuseMount).toBeUndefined();
  });
});

test("only executions on a cluster lie in a folder of several projects", () => {
  expect(Object.values(ENVIRONMENTS).map((environment) => kindOf(environment).executionsFolder)).toEqual([
    undefined,
    undefined,
    "/shared/executions",
  ]);
});
