import { describe, expect, it } from "vitest";
import { SharedFetches } from "./shared-fetches.ts";
import type { FetchedFile, FetchOptions } from "./sources.ts";

const FILES: readonly FetchedFile[] = [
  { name: "a", directories: [], fullPath: "a", uri: "x://a", datumId: "d", sha256: "0".repeat(64), sizeBytes: 1 },
];

function caller(): FetchOptions & { readonly control: AbortController; readonly heard: unknown[] } {
  const control = new AbortController();
  const heard: unknown[] = [];
  return {
    control,
    heard,
    signal: control.signal,
    report: (progress) => heard.push(progress),
    warn: (message) => heard.push(message),
  };
}

/** A fetch that the test ends; it fails when it is given up. */
function slowFetch() {
  const begun: FetchOptions[] = [];
  const { promise, resolve, reject } = Promise.withResolvers<readonly FetchedFile[]>();
  const started = Promise.withResolvers<FetchOptions>();
  const start = (options: FetchOptions): Promise<readonly FetchedFile[]> => {
    begun.push(options);
    options.signal.addEventListener("abort", () => reject(options.signal.reason));
    started.resolve(options);
    return promise;
  };
  return { begun, start, resolve, started: started.promise };
}

describe("fetches of the same URI at the same time", () => {
  it("are one fetch, whose progress all hear and whose warnings are said once", async () => {
    const shared = new SharedFetches();
    const [one, two] = [caller(), caller()];
    const slow = slowFetch();
    const results = [shared.join("x://a", one, slow.start), shared.join("x://a", two, slow.start)];
    const inner = await slow.started;
    inner.report({ uri: "x://a", receivedBytes: 1 });
    inner.warn("slow");
    slow.resolve(FILES);
    expect(await Promise.all(results)).toEqual([FILES, FILES]);
    expect(slow.begun).toHaveLength(1);
    expect(one.heard).toEqual([{ uri: "x://a", receivedBytes: 1 }, "slow"]);
    expect(two.heard).toEqual([{ uri: "x://a", receivedBytes: 1 }]);
  });

  it("go on for the others when one caller gives up", async () => {
    const shared = new SharedFetches();
    const [one, two] = [caller(), caller()];
    const slow = slowFetch();
    const first = shared.join("x://a", one, slow.start);
    const second = shared.join("x://a", two, slow.start);
    one.control.abort("stopped by the user");
    await expect(first).rejects.toBe("stopped by the user");
    expect((await slow.started).signal.aborted).toBe(false);
    slow.resolve(FILES);
    expect(await second).toBe(FILES);
  });

  it("are given up when nobody wants them any more; a later caller begins anew", async () => {
    const shared = new SharedFetches();
    const one = caller();
    const slow = slowFetch();
    const first = shared.join("x://a", one, slow.start);
    const { signal } = await slow.started;
    one.control.abort("enough");
    await expect(first).rejects.toBe("enough");
    expect(signal.aborted).toBe(true);
    expect(await shared.join("x://a", caller(), async () => FILES)).toBe(FILES);
  });

  it("fail together, and are tried anew afterwards", async () => {
    const shared = new SharedFetches();
    const failing = async (): Promise<never> => {
      throw new Error("no");
    };
    const results = await Promise.allSettled([
      shared.join("x://a", caller(), failing),
      shared.join("x://a", caller(), failing),
    ]);
    expect(results.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(await shared.join("x://a", caller(), async () => FILES)).toBe(FILES);
  });

  it("do not begin for a caller that has given up already", async () => {
    const one = caller();
    one.control.abort("too late");
    const slow = slowFetch();
    await expect(new SharedFetches().join("x://a", one, slow.start)).rejects.toBe("too late");
    expect(slow.begun).toEqual([]);
  });
});

it("different URIs are fetched apart", async () => {
  const shared = new SharedFetches();
  const slow = slowFetch();
  slow.resolve(FILES);
  await Promise.all([shared.join("x://a", caller(), slow.start), shared.join("x://b", caller(), slow.start)]);
  expect(slow.begun).toHaveLength(2);
});
