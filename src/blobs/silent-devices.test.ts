import { statSync } from "node:fs";
import { expect, test } from "vitest";
import { silentDevices, silentDevicesHere } from "./silent-devices.ts";

test("file systems in memory are known by their devices", () => {
  const table = `22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
25 22 0:22 / /dev/shm rw,nosuid shared:3 - tmpfs tmpfs rw
31 22 0:300 / /run/user/1000 rw,nosuid,relatime - tmpfs tmpfs rw
40 22 0:45 / /data rw,relatime shared:9 master:2 - nfs4 server:/data rw
`;
  expect([...silentDevices(table)]).toEqual([22, 44 + 1 * 2 ** 20]);
});

test.runIf(process.platform === "linux")("that of /dev is one of them", () => {
  const silent = silentDevicesHere();
  // A machine may have another file system there; then nothing is claimed.
  if (silent.size > 0) expect([...silent].every(Number.isSafeInteger)).toBe(true);
  expect(silent.has(statSync("/proc").dev)).toBe(false);
});
