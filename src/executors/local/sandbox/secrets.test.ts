import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { isDeviceFolder, shownDevices } from "./devices.ts";
import { fillRunFolder } from "./run-folder.ts";
import { findSecrets, parseShown } from "./secrets.ts";

const root = realpathSync(mkdtempSync(join(tmpdir(), "headrace-secrets-")));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const below = (home: string, shown: readonly string[] = []) => findSecrets(home, shown).filter(({ path }) => path.startsWith(root));

test("finds what exists, by its real place", () => {
  const home = join(root, "home");
  mkdirSync(join(home, ".config/gcloud"), { recursive: true });
  mkdirSync(join(root, "dotfiles/ssh"), { recursive: true });
  symlinkSync(join(root, "dotfiles/ssh"), join(home, ".ssh"));
  symlinkSync("/nowhere/at/all", join(home, ".aws"));
  writeFileSync(join(home, ".netrc"), "");
  const ssh = { path: join(root, "dotfiles/ssh"), isFile: false };
  const netrc = { path: join(home, ".netrc"), isFile: true };
  const cloud = { path: join(home, ".config/gcloud"), isFile: false };
  expect(below(home)).toEqual([ssh, netrc, cloud]);
  expect(below(home, [".netrc", ".config/gcloud"])).toEqual([ssh]);
  expect(below(home, [join(home, ".ssh"), "/elsewhere/.netrc"])).toEqual([netrc, cloud]);
});

test.each([
  [undefined, []],
  ["", []],
  ["~/.aws", [".aws"]],
  [" ~/.aws/ : :/etc/wireguard", [".aws", "/etc/wireguard"]],
])("HEADRACE_STEPS_SEE=%s shows %j", (text, expected) => {
  expect(parseShown(text)).toEqual(expected);
});

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
  const standIn = join(root, "stand-in");
  expect(fillRunFolder(standIn, run, resolvConf)).toEqual(expected);
  expect(fillRunFolder(standIn, run, resolvConf)).toEqual(expected);
  expect(fillRunFolder(standIn, run, "/etc/no-such-file")).toEqual({ ...expected, files: [] });
});
