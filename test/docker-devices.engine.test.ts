import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunDetailView } from "../src/api/index.ts";
import { DockerDaemon } from "../src/executors/docker/fixtures/docker-daemon.ts";
import { importTestImages, TEST_IMAGE } from "../src/executors/docker/fixtures/test-image.ts";
import { ProjectRig } from "./rig.ts";
import { twoCards } from "./two-cards.ts";

/**
 * Fails where another step has the same card at this moment. The engine tells the hook of NVIDIA's runtime by this
 * variable what to bring in.
 */
const ALONE =
  'mkdir "/shared/$NVIDIA_VISIBLE_DEVICES" || exit 1; echo "has $NVIDIA_VISIBLE_DEVICES"; sleep 1; rmdir "/shared/$NVIDIA_VISIBLE_DEVICES"';

describe("graphics cards of containers", () => {
  const folder = mkdtempSync(join(tmpdir(), "headrace-nvidia-"));
  const machine = twoCards();
  // Docker calls it for each container that asks for cards, and refuses these where it is not there. Without a card it
  // has nothing to do.
  writeFileSync(join(folder, "nvidia-container-runtime-hook"), "#!/bin/sh\nexit 0\n", { mode: 0o755 });
  const daemon = new DockerDaemon([], folder);
  const shared = join(machine.folder, "shared");
  mkdirSync(shared);
  beforeAll(async () => {
    await daemon.start();
    importTestImages(daemon);
  });
  afterAll(async () => {
    await daemon[Symbol.asyncDispose]();
    for (const path of [folder, machine.folder]) rmSync(path, { recursive: true, force: true });
  });

  it("are each one step's at a time", async () => {
    const resources = { devices: { "nvidia.com/gpu": 1 } };
    const nodes = ["a", "b", "c"].map((name) => ({ name, step: "s", type: "execution" }));
    const config = [
      {
        step: {
          name: "s",
          image: TEST_IMAGE,
          command: ALONE,
          resources,
          "environment-variables": [{ name: "CUDA_VISIBLE_DEVICES", default: "0,1" }],
        },
      },
      { pipeline: { name: "p", nodes, edges: [] } },
    ];
    const mounts = [{ source: shared, destination: "/shared" }];
    const settings = {
      environments: {
        box: { executor: "docker", mounts, docker: { host: daemon.host, network: "none", "allow-mounts": [shared] } },
      },
    };
    await using rig = new ProjectRig({
      "valohai.yaml": JSON.stringify(config),
      "settings.yaml": JSON.stringify(settings),
    });
    const environment = {
      ...machine.environment,
      HEADRACE_CONFIG: join(rig.root, "settings.yaml"),
      HEADRACE_DATABASE_URL: "",
    };
    const options = ["--environment", "box", "--jobs", "3", "--fresh", "--json"];
    const { stdout, stderr } = await rig.startIn(rig.root, environment, "run", "p", ...options).result;
    const run = JSON.parse(stdout) as RunDetailView;
    expect([stderr, ...run.nodes.map(({ state, execution }) => `${state} ${execution?.reason ?? ""}`)]).toEqual([
      "",
      "complete ",
      "complete ",
      "complete ",
    ]);
    const given = run.nodes.map(({ execution }) => execution?.runtimeFacts.devices?.replace("nvidia.com/gpu ", ""));
    expect(new Set(given)).toEqual(new Set(["GPU-aaaa", "GPU-bbbb"]));
    const printed = (await rig.startIn(rig.root, environment, "logs", "1").result).stdout.match(/GPU-\w+$/gm);
    expect(printed?.toSorted()).toEqual(given.toSorted());
  });
});
