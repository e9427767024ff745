import { expect, test } from "vitest";
import { executionFolder } from "../../contract/index.ts";
import { type ContainerParts, containerCommand } from "./containers.ts";

const PARTS: ContainerParts = {
  kind: "apptainer",
  image: "python:3.12",
  executionId: "01-a",
  folder: executionFolder("/w/01-a"),
  script: "/w/01-a/control/script",
  mounts: [],
  variables: ["PATH", "HOME", "VH_JOB_ID", "LR"],
  gpus: false,
  isRoot: false,
};

test("Apptainer", () => {
  expect(containerCommand(PARTS)).toEqual([
    "apptainer",
    "--quiet",
    "exec",
    "--pwd",
    "/valohai/repository",
    "--bind",
    "/w/01-a/valohai:/valohai",
    "--bind",
    "/w/01-a/valohai/inputs:/valohai/inputs:ro",
    "--bind",
    "/w/01-a/valohai/config:/valohai/config:ro",
    "--bind",
    "/w/01-a/control/script:/.headrace-step:ro",
    "docker://python:3.12",
  ]);
});

test.each([
  ["python:3.12", "docker://python:3.12"],
  ["registry.example.com/team/image@sha256:ab", "docker://registry.example.com/team/image@sha256:ab"],
  ["docker://python:3.12", "docker://python:3.12"],
  ["oras://registry.example.com/a.sif", "oras://registry.example.com/a.sif"],
  ["/images/python.sif", "/images/python.sif"],
])("the image %s is %s for Apptainer", (image, expected) => {
  expect(containerCommand({ ...PARTS, image }).at(-1)).toBe(expected);
});

test("Apptainer with graphics cards and mounts", () => {
  const mounts = [
    { source: "/data", destination: "/mnt/data", readonly: true, options: {} },
    { source: "/out", destination: "/out", readonly: false, options: {} },
  ];
  const command = containerCommand({ ...PARTS, gpus: true, mounts });
  expect(command[3]).toBe("--nv");
  expect(command.slice(-5)).toEqual(["--bind", "/data:/mnt/data:ro", "--bind", "/out:/out", "docker://python:3.12"]);
});

test("Podman is told the names of variables, never their values, and leaves the image's own paths", () => {
  expect(containerCommand({ ...PARTS, kind: "podman" })).toEqual([
    "podman",
    "run",
    "--rm",
    "--quiet",
    "--name",
    "headrace-01-a",
    "--cgroups=disabled",
    "--userns=keep-id",
    "--security-opt=no-new-privileges",
    "--entrypoint=",
    "--workdir",
    "/valohai/repository",
    "--volume",
    "/w/01-a/valohai:/valohai:rw",
    "--volume",
    "/w/01-a/valohai/inputs:/valohai/inputs:ro",
    "--volume",
    "/w/01-a/valohai/config:/valohai/config:ro",
    "--volume",
    "/w/01-a/control/script:/.headrace-step:ro",
    "--env",
    "VH_JOB_ID",
    "--env",
    "LR",
    "python:3.12",
  ]);
});

test("Podman of root keeps no ids, which it would refuse", () => {
  expect(containerCommand({ ...PARTS, kind: "podman", isRoot: true })).not.toContain("--userns=keep-id");
});
