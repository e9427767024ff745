import { describe, expect, test } from "vitest";
import { configOfText, lintLines } from "../testing/lint-lines.ts";

const text = (keys: string): string => `- endpoint: {name: ep, image: i, ${keys}}\n`;

describe("an endpoint (2.6)", () => {
  test("has defaults", () => {
    expect(configOfText(text("wsgi: app")).endpoints).toEqual([
      { name: "ep", image: "i", port: 8000, wsgi: "app", files: [], tolerations: [], sharedVolumes: [] },
    ]);
  });

  test("has every key of the format", () => {
    const keys = `description: d, port: 8080, server-command: [run, it], files: [{name: m, path: m.pkl, description: d}], node-selector: a=b,
    resources: {cpu: {max: 1}, memory: {min: 1}, devices: {}, ephemeral-storage: {min: 1, max: 2}},
    tolerations: [{key: k, operator: Equal, value: v, effect: NoSchedule}, {operator: Exists}, {effect: NoExecute}],
    workspace-volume: {mount-path: /w, size: 3, storage-class-name: fast},
    shared-volumes: [{pvc-name: p, mount-path: /s, sub-path: x, read-only: yes}]`;
    expect(lintLines(text(keys))).toEqual([]);
    expect(configOfText(text(keys)).endpoints[0]).toEqual({
      name: "ep",
      image: "i",
      description: "d",
      port: 8080,
      serverCommand: ["run", "it"],
      files: [{ name: "m", path: "m.pkl", description: "d" }],
      nodeSelector: "a=b",
      resources: { cpu: { max: 1 }, memory: { min: 1 }, devices: {}, ephemeralStorage: { min: 1, max: 2 } },
      tolerations: [
        { key: "k", operator: "Equal", value: "v", effect: "NoSchedule" },
        { operator: "Exists" },
        { effect: "NoExecute" },
      ],
      workspaceVolume: { mountPath: "/w", sizeGib: 3, storageClassName: "fast" },
      sharedVolumes: [{ pvcName: "p", mountPath: "/s", subPath: "x", readOnly: true }],
    });
  });

  test.each([
    ["description: d", "error missing-key: an endpoint needs `server-command` or `wsgi`"],
    ["wsgi: a, server-command: b", "error conflicting-keys: an endpoint takes `server-command` or `wsgi`, not both"],
    ["wsgi: a, port: 80", "error out-of-range: `port` has to be at least 1025, not 80"],
    ["wsgi: a, port: 65536", "error out-of-range: `port` has to be at most 65535, not 65536"],
    ["wsgi: a, port: '8000'", "error wrong-type: `port` has to be a number, not text"],
    ["wsgi: a, node-selector: gpu", "error wrong-format: `node-selector` has to be `label=value`"],
    ["wsgi: a, files: [{name: x}]", "error missing-key: a file needs `path`"],
    [
      "wsgi: a, tolerations: [{operator: Equal}]",
      "error missing-key: a toleration needs `key` unless its operator is `Exists`",
    ],
    [
      "wsgi: a, tolerations: [{key: k, effect: Never}]",
      "error wrong-value: `effect` has to be one of PreferNoSchedule, NoSchedule, NoExecute, not `Never`",
    ],
    [
      "wsgi: a, shared-volumes: [{pvc-name: p, mount-path: s}]",
      "error wrong-format: `mount-path` has to be an absolute path; `s` does not begin with a slash",
    ],
    [
      "wsgi: a, shared-volumes: [{pvc-name: p, mount-path: /s, sub-path: /x}]",
      "error wrong-format: `sub-path` is relative to the volume; `/x` begins with a slash",
    ],
    [
      "wsgi: a, shared-volumes: [{pvc-name: p, mount-path: /s}, {pvc-name: q, mount-path: /s}]",
      "error mount-path-taken: another volume of the endpoint is mounted at `/s` already",
    ],
    [
      "wsgi: a, workspace-volume: {mount-path: w, size: 1}",
      "error wrong-format: `mount-path` has to be an absolute path; `w` does not begin with a slash",
    ],
    [
      "wsgi: a, workspace-volume: {mount-path: /s, size: 1}, shared-volumes: [{pvc-name: p, mount-path: /s}]",
      "error mount-path-taken: another volume of the endpoint is mounted at `/s` already",
    ],
  ])("%s", (keys, finding) => {
    expect(lintLines(text(keys)).map((line) => line.replace(/^\S+ /, ""))).toEqual([finding]);
  });

  test.each(["Server", "3x", "a_b", "a@b", "x"])("the name %s is refused", (name) => {
    expect(lintLines(`- endpoint: {name: ${name}, image: i, wsgi: a}\n`)).toEqual([
      "1:20 error wrong-format: `name` has to be lower-case letters, digits and dashes, beginning with a letter, two characters or more",
    ]);
  });
});

describe("a deployment (2.7)", () => {
  test("keeps its defaults as they are", () => {
    expect(configOfText("- deployment: {name: d, defaults: {target: t, more: {a: [1]}}}\n").deployments).toEqual([
      { name: "d", defaults: { target: "t", more: { a: [1] } } },
    ]);
  });

  test.each([
    [
      "{name: d}",
      "1:3 warning deployment-without-target: the deployment `d` has no `defaults.target`, so that it cannot be created automatically",
    ],
    [
      "{name: d, defaults: {}}",
      "1:3 warning deployment-without-target: the deployment `d` has no `defaults.target`, so that it cannot be created automatically",
    ],
    ["{defaults: {target: t}}", "1:3 error missing-key: a deployment needs `name`"],
    ["{name: d, target: t}", "1:25 error unknown-key: a deployment has no key `target` (known keys: name, defaults)"],
    ["{name: d, defaults: t}", "1:35 error wrong-type: `defaults` has to be a mapping, not text"],
  ])("%s", (content, line) => {
    expect(lintLines(`- deployment: ${content}\n`)).toEqual([line]);
  });
});
