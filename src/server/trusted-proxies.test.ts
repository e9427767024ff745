import { describe, expect, test } from "vitest";
import { ServerRig } from "./fixtures/server-rig.ts";
import { parseTrustedProxies, proxyCheck } from "./trusted-proxies.ts";

test.each([
  ["10.0.0.5, 10.1.0.0/16,::1", ["10.0.0.5", "10.1.0.0/16", "::1"]],
  ["", []],
])("%j names %j", (text, proxies) => {
  expect(parseTrustedProxies([text])).toEqual(proxies);
});

test.each(["proxy", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/8/8", "0.0.0.0/0", "::/0", "true", "*", "10.0.0.1/-1"])(
  "%s is refused",
  (text) => {
    expect(() => parseTrustedProxies([text])).toThrow(expect.objectContaining({ code: "HR_USAGE" }));
  },
);

test.each([
  ["10.0.0.5", true],
  ["::ffff:10.0.0.5", true],
  ["10.1.2.3", true],
  ["10.0.0.6", false],
  ["fd00::9", true],
  ["nonsense", false],
])("%s is a proxy: %s", (address, isProxy) => {
  expect(proxyCheck(["10.0.0.5", "10.1.0.0/16", "fd00::/64"])(address)).toBe(isProxy);
});

describe("the address of a caller", () => {
  const logIn = {
    method: "POST",
    url: "/api/v0/log-in/",
    body: { username: "member", password: "wrong password" },
  } as const;
  /** Returns true if a guesser who names another address each time is stopped all the same. */
  async function isStopped(trustedProxies: readonly string[], forwarded: (attempt: number) => string) {
    await using rig = await ServerRig.start({ trustedProxies });
    for (let attempt = 0; attempt < 5; attempt++)
      await rig.call({ ...logIn, headers: { "x-forwarded-for": forwarded(attempt) } });
    return (await rig.call({ ...logIn, headers: { "x-forwarded-for": forwarded(5) } })).statusCode === 429;
  }

  test("is that of the connection where no proxy is named", async () => {
    expect(await isStopped([], (attempt) => `192.0.2.${attempt}`)).toBe(true);
  });

  test("is what the named proxy says", async () => {
    expect(await isStopped(["127.0.0.1"], (attempt) => `192.0.2.${attempt}`)).toBe(false);
  });

  test("is what the proxy added, and not what the caller wrote before it", async () => {
    expect(await isStopped(["127.0.0.1"], (attempt) => `192.0.2.${attempt}, 198.51.100.7`)).toBe(true);
  });
});

test.each([
  ["another name that a page made a proxy pass on", { host: "evil.test", "x-forwarded-host": "headrace.test" }],
  ["credentials in the name", { host: "headrace.test@evil.test" }],
  ["two names", { host: "headrace.test, evil.test" }],
  ["a path in the name", { host: "headrace.test/x" }],
])("%s is refused", async (_, headers) => {
  await using rig = await ServerRig.start({ trustedProxies: ["127.0.0.1"] });
  const response = await rig.call({ url: "/healthz", headers });
  expect([response.statusCode, response.json().code]).toEqual([400, "HR_USAGE"]);
});
