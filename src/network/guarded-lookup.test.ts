import { beforeEach, expect, test, vi } from "vitest";
import { guardedLookup } from "./guarded-lookup.ts";

const lookup = vi.hoisted(() => vi.fn());
vi.mock("node:dns", () => ({ lookup }));
beforeEach(() => lookup.mockReset());

/** The answers of a name server, one for each question. */
function answers(...all: readonly (readonly string[] | string)[]): void {
  for (const each of all)
    lookup.mockImplementationOnce((_name, options, done) => {
      if (typeof each === "string") done(Object.assign(new Error(each), { code: each }), []);
      else if (options.all === true)
        done(
          null,
          each.map((address) => ({ address, family: address.includes(":") ? 6 : 4 })),
        );
      else done(null, each[0], 4);
    });
}

const REFUSE = { privateAddresses: "refuse", allowedHosts: ["inner.test"] } as const;

function ask(host: string, name = host, all = true): Promise<unknown> {
  const { promise, resolve } = Promise.withResolvers<unknown>();
  guardedLookup(host, REFUSE)(name, { all }, (error, address) => resolve(error?.message ?? address));
  return promise;
}

test("a connection gets the addresses that were looked at, however the name server answers afterwards", async () => {
  answers(["93.184.215.14"], ["127.0.0.1"]);
  expect(await ask("data.test")).toEqual([{ address: "93.184.215.14", family: 4 }]);
  expect(lookup).toHaveBeenCalledOnce();
  expect(await ask("data.test")).toBe("data.test is an address of an inner network, which this server does not reach");
});

test("one inner address among others is enough to refuse", async () => {
  answers(["93.184.215.14", "fd00::1"]);
  expect(await ask("data.test")).toContain("inner network");
});

test("a single address is given to who asks for one", async () => {
  answers(["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"]);
  expect(await ask("data.test", "data.test", false)).toBe("93.184.215.14");
});

test.each(["inner.test", "INNER.test", "inner.test."])("%s is reached where it is allowed", async (host) => {
  answers(["10.0.0.7"]);
  expect(await ask(host)).toEqual([{ address: "10.0.0.7", family: 4 }]);
});

test("the name of a proxy is looked up without a look at its address", async () => {
  answers(["10.0.0.3"]);
  expect(await ask("data.test", "proxy.test")).toEqual([{ address: "10.0.0.3", family: 4 }]);
});

test("a name that is not known stays so", async () => {
  answers("ENOTFOUND");
  expect(await ask("data.test")).toBe("ENOTFOUND");
});
