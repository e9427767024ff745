import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ALLOW_ALL, isPrivateAddress, resolveHost } from "./address-policy.ts";

const REFUSE = { privateAddresses: "refuse", allowedHosts: [] } as const;

test.each([
  ...["127.0.0.1", "127.255.255.254", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254"],
  ...["100.64.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255", "198.18.0.1"],
  ...["::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12:3456::1", "ff02::1", "2001:db8::1"],
  ...[
    "::ffff:127.0.0.1",
    "::ffff:7f00:1",
    "::127.0.0.1",
    "64:ff9b::10.0.0.1",
    "2002:7f00:1::",
    "0:0:0:0:0:ffff:a9fe:a9fe",
  ],
  ...["", "localhost", "1.2.3", "1.2.3.4.5", "::g"],
])("%j is no address of the whole network", (address) => {
  expect(isPrivateAddress(address)).toBe(true);
});

test.each([
  ...["1.1.1.1", "8.8.8.8", "172.15.255.255", "172.32.0.0", "192.167.255.255", "100.63.255.255", "100.128.0.0"],
  ...["2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2002:808:808::1", "2a00:1450::1"],
])("%j is one", (address) => {
  expect(isPrivateAddress(address)).toBe(false);
});

test("an IPv4 address means the same inside of IPv6", () => {
  fc.assert(
    fc.property(fc.ipV4(), fc.constantFrom("::ffff:", "64:ff9b::"), (address, prefix) => {
      expect(isPrivateAddress(`${prefix}${address}`)).toBe(isPrivateAddress(address));
    }),
  );
});

describe("a host", () => {
  test.each(["localhost", "127.0.0.1", "[::1]", "LOCALHOST"])(
    "%s is refused where private addresses are",
    async (host) => {
      await expect(resolveHost(host, REFUSE)).rejects.toMatchObject({
        code: "HR_FORBIDDEN",
        message: `${host} is an address of an inner network, which this server does not reach`,
      });
      expect(await resolveHost(host, ALLOW_ALL)).not.toEqual([]);
      const name = host.replace(/[[\]]/g, "").toLowerCase();
      expect(await resolveHost(host, { ...REFUSE, allowedHosts: [name] })).not.toEqual([]);
    },
  );

  test("in digits stands for itself", async () => {
    expect(await resolveHost("8.8.8.8", REFUSE)).toEqual(["8.8.8.8"]);
    expect(await resolveHost("[2606:4700::1111]", REFUSE)).toEqual(["2606:4700::1111"]);
  });

  test("without an address is told so", async () => {
    await expect(resolveHost("no-such-host.invalid", REFUSE)).rejects.toMatchObject({ code: "HR_INPUT_UNAVAILABLE" });
  });
});
