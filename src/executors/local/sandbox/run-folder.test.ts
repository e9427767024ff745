import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { isDeviceFolder, shownDevices } from "./devices.ts";
import { runFolder } from "./run-folder.ts";

const root = realpathSync(mkdtempSync(join(tmpdir(), "headrace-run-")));
afterAll(() => rmSync(root, { recursive: true, force: true }));

test("shows plain devices and accelerators only", () => {
  const all = [
    "sda",
    "sda1",
    "nvme0n1",
    "mem",
    "kmsg",
    "vfio",
    "loop0",
    "video0",
    "nvidia-uvm",
    "nvidia0",
    "dri",
    "kfd",
    "dxg",
    "neuron0",
    "null",
  ];
  const plain = ["null", "zero", "full", "random", "urandom", "tty"];
  expect(shownDevices(all)).toEqual([...plain, "dri", "dxg", "kfd", "neuron0", "nvidia-uvm", "nvidia0"]);
  expect([isDeviceFolder("null"), isDeviceFolder("no-such-device")]).toEqual([false, false]);
});

test("of /run, its links, mounted disks and the resolver are shown, twice over as well", () => {
  const run = join(root, "run");
  for (const folder of ["media/disk", "docker", "systemd/resolve"]) mkdirSync(join(run, folder), { recursive: true });
  writeFileSync(join(run, "docker.sock"), "");
  writeFileSync(join(run, "systemd/resolve/stub-resolv.conf"), "");
  symlinkSync("/nix/store/x", join(run, "current-system"));
  const resolvConf = join(root, "resolv.conf");
  symlinkSync(join(run, "systemd/resolve/stub-resolv.conf"), resolvConf);
  const expected = { folders: [join(run, "media")], files: [join(run, "systemd/resolve/stub-resolv.conf")] };
  const home = join(root, "stand-ins");
  const first = runFolder(home, run, resolvConf);
  expect(first).toMatchObject(expected);
  expect(readdirSync(first.standIn).sort()).toEqual(["current-system", "media", "systemd"]);
  expect(readlinkSync(join(first.standIn, "current-system"))).toBe("/nix/store/x");
  expect(statSync(join(first.standIn, "systemd/resolve/stub-resolv.conf")).size).toBe(0);
  expect(runFolder(home, run, resolvConf)).toEqual(first);
  rmSync(join(run, "current-system"));
  symlinkSync("/nix/store/y", join(run, "current-system"));
  expect(readlinkSync(join(runFolder(home, run, resolvConf).standIn, "current-system"))).toBe("/nix/store/y");
  expect(runFolder(home, run, "/etc/no-such-file")).toMatchObject({ ...expected, files: [] });
  expect(readdirSync(home)).toHaveLength(3);
});
