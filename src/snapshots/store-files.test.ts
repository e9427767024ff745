import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { BlobStore } from "../blobs/index.ts";
import { openRig, type Rig } from "./fixtures/rig.ts";

let rig: Rig;
beforeEach(async () => {
  rig = await openRig();
});
afterEach(() => rig[Symbol.asyncDispose]());

describe("reading files", () => {
  /** The blobs, with a record of which files are read. */
  const watched = (read: string[]): BlobStore =>
    new Proxy(rig.blobs, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== "function") return member;
        return (...args: unknown[]) => {
          if (name === "putFiles") read.push(...(args[0] as string[]).map((path) => path.slice(rig.root.length + 1)));
          return Reflect.apply(member, target, args);
        };
      },
    });

  it("reads only what changed since", async () => {
    rig.write({ "a.py": "a", "b/c.py": "c" });
    const read: string[] = [];
    const blobs = watched(read);
    await rig.capture({ blobs });
    expect(read.splice(0).sort()).toEqual(["a.py", "b/c.py"]);
    await rig.capture({ blobs });
    expect(read).toEqual([]);
    rig.write({ "a.py": "A" });
    const { record } = await rig.capture({ blobs });
    expect(read.splice(0)).toEqual(["a.py"]);
    expect(await rig.paths(record.identifier)).toEqual(["a.py", "b/c.py"]);
  });

  it("reads again what was written just before it was read", async () => {
    rig.write({ "a.py": "a" });
    const read: string[] = [];
    const blobs = watched(read);
    for (const _ of [1, 2]) await rig.capture({ blobs, now: Date.now });
    expect(read).toEqual(["a.py", "a.py"]);
  });

  it("stores again what the cache knows but the blobs have lost", async () => {
    rig.write({ "a.py": "a", "b.py": "b" });
    const first = await rig.capture();
    const [a] = await rig.entries(first.record.identifier);
    if (a === undefined || !("sha256" in a)) throw new Error("no entry");
    await rig.blobs.delete(a.sha256);
    rig.snapshots.clear();
    const read: string[] = [];
    const second = await rig.capture({ blobs: watched(read) });
    expect(read).toEqual(["a.py"]);
    expect(second.record).toEqual(first.record);
    expect(await rig.blobs.has(a.sha256)).toBe(true);
  });

  it("stores the list of files again when it was lost", async () => {
    rig.write({ "a.py": "a" });
    const { record } = await rig.capture();
    await rig.blobs.delete(record.manifestSha256);
    await rig.capture();
    expect(await rig.paths(record.identifier)).toEqual(["a.py"]);
  });

  it("waits for a file that is being saved", async () => {
    rig.write({ "a.py": "half" });
    const saved = savedWhileRead(rig, (times) => times <= 2);
    const { record } = await rig.capture({ blobs: saved.blobs });
    expect(saved.reads()).toBe(3);
    const [a] = await rig.entries(record.identifier);
    expect(a).toMatchObject({ path: "a.py", size: 7 });
  });

  it("gives up on a file that never keeps still", async () => {
    rig.write({ "a.py": "half" });
    await expect(rig.capture({ blobs: savedWhileRead(rig, () => true).blobs })).rejects.toMatchObject({
      code: "HR_SNAPSHOT_FAILED",
      message: "a.py kept changing while the code was captured",
      hint: "stop what writes there, or name the files in .gitignore or .headraceignore if they are not code",
    });
    expect(rig.snapshots.size).toBe(0);
  });

  it("leaves out a file that vanishes meanwhile", async () => {
    rig.write({ "a.py": "a", "gone.py": "" });
    const missing: Rig["blobs"]["putFiles"] = async (paths) => {
      rmSync(join(rig.root, "gone.py"));
      return rig.blobs.putFiles(paths);
    };
    const blobs: BlobStore = new Proxy(rig.blobs, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name);
        return name === "putFiles" ? missing : typeof member === "function" ? member.bind(target) : member;
      },
    });
    const { record } = await rig.capture({ blobs });
    expect(await rig.paths(record.identifier)).toEqual(["a.py"]);
    expect(readFileSync(join(rig.root, "a.py"), "utf8")).toBe("a");
  });
});

/** The rig's blobs, and an editor that saves `a.py` right after it was read, as long as `again` says so. */
function savedWhileRead(
  rig: Rig,
  again: (times: number) => boolean,
): { readonly blobs: Rig["blobs"]; readonly reads: () => number } {
  let reads = 0;
  const blobs = new Proxy(rig.blobs, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== "function") return member;
      return async (...args: unknown[]) => {
        const result: unknown = await Reflect.apply(member, target, args);
        if (name !== "putFiles") return result;
        reads += 1;
        if (again(reads)) rig.write({ "a.py": `whole ${reads}` });
        return result;
      };
    },
  });
  return { blobs, reads: () => reads };
}
