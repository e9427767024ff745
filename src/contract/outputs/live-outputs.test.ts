import { execFile, execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import {
  appendFileSync,
  chmodSync,
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { LocalBlobStore } from "../../blobs/index.ts";
import type { ExecutionFolder } from "../execution-folder.ts";
import { contentsOf, leftIn, writeOutputs } from "../fixtures/output-tree.ts";
import { temporaryBlobs } from "../fixtures/temporary-blobs.ts";
import { temporaryExecution } from "../fixtures/temporary-execution.ts";
import { collectOutputs } from "./collect-outputs.ts";
import { LiveOutputs } from "./live-outputs.ts";
import type { CollectedOutput } from "./output-journal.ts";

let store: Awaited<ReturnType<typeof temporaryBlobs>>;
let blobs: LocalBlobStore;
beforeAll(async () => {
  store = await temporaryBlobs();
  blobs = store.blobs;
});
afterAll(() => store[Symbol.asyncDispose]());

/** Opens the live outputs of a folder; `next` waits for the next file that is taken. */
async function follow(folder: ExecutionFolder) {
  const arrived: CollectedOutput[] = [];
  let call = () => {};
  const live = await LiveOutputs.open({
    folder,
    blobs,
    onOutput: (output) => {
      arrived.push(output);
      call();
    },
    onFailure: (error) => expect.fail(String(error)),
  });
  const next = async (): Promise<CollectedOutput> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    call = resolve;
    if (arrived.length === 0) await promise;
    const output = arrived.shift();
    return output ?? expect.fail("nothing was taken");
  };
  return { live, next, arrived, [Symbol.asyncDispose]: () => live.close() };
}

/** Writes a file and makes it read-only, as `valohai.outputs().live_upload()` does. */
function hand(folder: ExecutionFolder, name: string, content: string): void {
  writeOutputs(folder, { [name]: content });
  chmodSync(join(folder.outputs, name), 0o444);
}

/** Longer than the steps in which the system tells time. */
const passTicks = () => delay(60);

/**
 * The same with a pause before the mode goes, as if the file had taken that long to write: in a folder that is new,
 * nobody could watch it otherwise.
 */
async function handWatched(folder: ExecutionFolder, name: string, content: string): Promise<void> {
  writeOutputs(folder, { [name]: content });
  await passTicks();
  chmodSync(join(folder.outputs, name), 0o444);
}

describe("a file that a running step makes read-only", () => {
  test("is taken and removed, in every folder, also one that is new", async () => {
    using folder = temporaryExecution();
    await using following = await follow(folder);
    hand(folder, "model.pt", "one");
    const first = await following.next();
    expect(first).toEqual({
      id: first.id,
      name: "model.pt",
      sha256: first.sha256,
      sizeBytes: 3,
      properties: {},
      live: true,
    });
    await handWatched(folder, "new/deep/er/a.txt", "two");
    const second = await following.next();
    hand(folder, "new/deep/b.txt", "three");
    const third = await following.next();
    expect(await contentsOf(blobs, [first, second, third])).toEqual([
      ["model.pt", "one"],
      ["new/deep/er/a.txt", "two"],
      ["new/deep/b.txt", "three"],
    ]);
    expect(leftIn(folder)).toEqual([]);
  });

  test("was there before anybody looked", async () => {
    using folder = temporaryExecution();
    writeOutputs(folder, { "d/early": "e" });
    await passTicks();
    chmodSync(join(folder.outputs, "d/early"), 0o444);
    await using following = await follow(folder);
    expect((await following.next()).name).toBe("d/early");
  });

  test("becomes a datum of its own each time", async () => {
    using folder = temporaryExecution();
    await using following = await follow(folder);
    const taken: CollectedOutput[] = [];
    for (const content of ["epoch 1", "epoch 2", "epoch 2"]) {
      hand(folder, "checkpoint", content);
      taken.push(await following.next());
    }
    writeOutputs(folder, { checkpoint: "last" });
    await following.live.close();
    const { outputs } = await collectOutputs(folder, blobs);
    expect(outputs.slice(0, 3)).toEqual(taken);
    expect(await contentsOf(blobs, outputs)).toEqual([
      ["checkpoint", "epoch 1"],
      ["checkpoint", "epoch 2"],
      ["checkpoint", "epoch 2"],
      ["checkpoint", "last"],
    ]);
    expect(new Set(outputs.map((output) => output.id)).size).toBe(4);
  });

  test("takes its sidecar with it, whatever the sidecar's own mode", async () => {
    using folder = temporaryExecution();
    await using following = await follow(folder);
    hand(folder, "d/m.pt.metadata.json", '{"accuracy": 0.9}');
    await handWatched(folder, "d/m.pt", "m");
    expect(await following.next()).toMatchObject({ name: "d/m.pt", properties: { accuracy: 0.9 } });
    hand(folder, "d/broken.metadata.json", "{");
    hand(folder, "d/broken", "b");
    expect(await following.next()).toMatchObject({ name: "d/broken", properties: {} });
    expect(leftIn(folder)).toEqual(["d/broken.metadata.json"]);
  });

  test("is left alone while it is writable, a link, or a sidecar", async () => {
    using folder = temporaryExecution();
    await using following = await follow(folder);
    writeFileSync(join(folder.inputs, "secret"), "secret");
    chmodSync(join(folder.inputs, "secret"), 0o444);
    symlinkSync("../inputs/secret", join(folder.outputs, "link"));
    writeOutputs(folder, { writable: "w" });
    hand(folder, "valohai.metadata.jsonl", "{}");
    hand(folder, "z", "z");
    expect((await following.next()).name).toBe("z");
    expect(following.arrived).toEqual([]);
    expect(leftIn(folder)).toEqual(["link", "valohai.metadata.jsonl", "writable"]);
  });

  test("is not taken before its writer has closed it", async () => {
    using folder = temporaryExecution();
    await using following = await follow(folder);
    const script =
      "exec 3> partial; printf half >&3; sleep 0.1; chmod 444 partial; echo ready; read line; printf ' and half' >&3";
    const writer = spawn("sh", ["-c", script], {
      cwd: folder.outputs,
      stdio: ["pipe", "pipe", "inherit"],
    });
    await once(writer.stdout, "data");
    // This one comes later and is taken first, so there was time enough to take the other.
    hand(folder, "complete", "c");
    expect((await following.next()).name).toBe("complete");
    hand(folder, "complete-too", "c");
    expect((await following.next()).name).toBe("complete-too");
    expect(leftIn(folder)).toEqual(["partial"]);
    writer.stdin.end("\n");
    const taken = await following.next();
    expect(await contentsOf(blobs, [taken])).toEqual([["partial", "half and half"]]);
  });

  test("can still be held open: what is written later does not reach the stored bytes", async () => {
    using folder = temporaryExecution();
    const path = join(folder.outputs, "held");
    // Opened by this very process, whose descriptors are not looked at.
    const descriptor = openSync(path, "w");
    writeSync(descriptor, "before");
    await passTicks();
    chmodSync(path, 0o444);
    await using following = await follow(folder);
    const taken = await following.next();
    writeSync(descriptor, "after");
    closeSync(descriptor);
    expect(await blobs.verify(taken.sha256)).toBe("ok");
    expect(await contentsOf(blobs, [taken])).toEqual([["held", "before"]]);
  });
});

describe("a file that only is read-only stays while the step runs", () => {
  const SCRIPTS: readonly (readonly [string, string])[] = [
    ["copied with its mode", "cp ../inputs/base.csv base.csv; sleep 0.3; cp ../inputs/base.csv again.csv"],
    ["copied from elsewhere", "umask 0222; printf 'some text' > copied; sleep 0.3; printf more > another"],
    [
      "written slowly, read-only from the beginning",
      "umask 0222; (for n in 1 2 3 4 5 6; do echo $n; sleep 0.05; done) > slow",
    ],
    ["copied, then locked", "cat ../inputs/base.csv > base.csv; sleep 0.1; chmod 444 base.csv"],
    ["copied by Python", `python3 -c 'import shutil; shutil.copy("../inputs/base.csv", "base.csv")'`],
    [
      "unpacked by tar",
      "(cd ..; echo old > packed; chmod 444 packed; touch -d 2001-01-01 packed; tar cf p.tar packed); tar xf ../p.tar",
    ],
    [
      "unpacked by Python",
      `(cd ..; mkdir t; echo old > t/packed; chmod 444 t/packed; touch -d 2001-01-01 t/packed; tar cf p.tar t); python3 -c 'import tarfile; tarfile.open("../p.tar").extractall()'`,
    ],
    [
      "renamed into place",
      "echo one > ../one; chmod 444 ../one; sleep 0.1; mv ../one one; mkdir d; echo 2 > ../2; chmod 444 ../2; mv ../2 d",
    ],
    [
      "in a repository of git",
      "git init -q; echo x > x; git add x; git -c user.name=n -c user.email=e commit -qm m; cp -r .git bare.git",
    ],
    ["hidden", "echo x > .hidden; mkdir .d; echo x > .d/x; sleep 0.1; chmod 444 .hidden .d/x"],
  ];

  test.each(SCRIPTS)("%s", async (_, script) => {
    using folder = temporaryExecution();
    writeFileSync(join(folder.inputs, "base.csv"), "a,b\n");
    chmodSync(join(folder.inputs, "base.csv"), 0o444);
    const sha256 = createHash("sha256").update("a,b\n").digest("hex");
    writeFileSync(join(folder.config, "inputs.json"), JSON.stringify({ base: { files: [{ checksums: { sha256 } }] } }));
    await using following = await follow(folder);
    execFileSync("sh", ["-ec", script], { cwd: folder.outputs });
    const made = leftIn(folder);
    // These come later: there was time enough to take the others.
    for (const name of ["z1", "z2", "z3"]) {
      hand(folder, name, name);
      expect((await following.next()).name).toBe(name);
    }
    expect(leftIn(folder)).toEqual(made);
  });

  // Nobody else may write to a read-only file.
  test.runIf(process.getuid?.() === 0).each([
    ["copied with its mode", "cp ../inputs/base.csv table"],
    ["copied, then locked", "cat ../inputs/base.csv > table; sleep 0.1; chmod 444 table"],
    ["copied by Python", `python3 -c 'import shutil; shutil.copy("../inputs/base.csv", "table")'`],
  ])("also while rows are added to it: %s", async (_, copy) => {
    using folder = temporaryExecution();
    writeFileSync(join(folder.inputs, "base.csv"), "a,b\n");
    chmodSync(join(folder.inputs, "base.csv"), 0o444);
    const sha256 = createHash("sha256").update("a,b\n").digest("hex");
    writeFileSync(join(folder.config, "inputs.json"), JSON.stringify({ base: { files: [{ checksums: { sha256 } }] } }));
    await using following = await follow(folder);
    // Somebody who follows the outputs looks meanwhile.
    await promisify(execFile)("sh", ["-ec", copy], { cwd: folder.outputs });
    for (const row of ["1,2\n", "3,4\n", "5,6\n"]) {
      // Each time there is time enough to take it: what comes later is taken.
      hand(folder, `z${row[0]}`, row);
      expect((await following.next()).name).toBe(`z${row[0]}`);
      appendFileSync(join(folder.outputs, "table"), row);
    }
    hand(folder, "last", "x");
    expect((await following.next()).name).toBe("last");
    expect(readFileSync(join(folder.outputs, "table"), "utf8")).toBe("a,b\n1,2\n3,4\n5,6\n");
  });

  test("until somebody writes to it and locks it again", async () => {
    using folder = temporaryExecution();
    await using following = await follow(folder);
    execFileSync("sh", ["-c", "umask 0222; echo x > table"], { cwd: folder.outputs });
    await passTicks();
    chmodSync(join(folder.outputs, "table"), 0o644);
    writeFileSync(join(folder.outputs, "table"), "all of it");
    await passTicks();
    chmodSync(join(folder.outputs, "table"), 0o444);
    expect(await contentsOf(blobs, [await following.next()])).toEqual([["table", "all of it"]]);
  });
});

describe("following live outputs", () => {
  test("leaves what is not taken in time for the end", async () => {
    using folder = temporaryExecution();
    const following = await follow(folder);
    hand(folder, "late", "l");
    await following.live.close();
    const { outputs } = await collectOutputs(folder, blobs);
    expect(await contentsOf(blobs, [...following.arrived, ...outputs.filter((output) => !output.live)])).toEqual([
      ["late", "l"],
    ]);
    expect(leftIn(folder)).toEqual([]);
  });

  test("carries on after a crash: what was taken is told again, what was noted is not taken twice", async () => {
    using folder = temporaryExecution();
    const path = join(folder.outputs, "m");
    let taken: CollectedOutput;
    {
      await using following = await follow(folder);
      hand(folder, "m", "m");
      taken = await following.next();
    }
    // As if killed between noting and removing: the file is there, with the identity that was noted.
    await handWatched(folder, "m", "m");
    const { ino, size, mtimeNs } = statSync(path, { bigint: true });
    const journal = join(folder.control, "collected.jsonl");
    const line = JSON.parse(readFileSync(journal, "utf8").trim());
    writeFileSync(journal, `${JSON.stringify({ ...line, identity: `${ino}:${size}:${mtimeNs}` })}\n`);
    writeFileSync(join(folder.control, "taking", "stale"), "x");
    await using again = await follow(folder);
    expect(await again.next()).toEqual(taken);
    hand(folder, "n", "n");
    expect((await again.next()).name).toBe("n");
    expect(again.arrived).toEqual([]);
    expect(leftIn(folder)).toEqual([]);
  });

  test("says when it can take nothing any more", async () => {
    using folder = temporaryExecution();
    const failed = Promise.withResolvers<unknown>();
    const full = new Proxy(blobs, {
      get: (target, key) =>
        key === "putFiles" ? () => Promise.reject(new Error("disk full")) : Reflect.get(target, key),
    });
    await handWatched(folder, "m", "m");
    await using _live = await LiveOutputs.open({ folder, blobs: full, onFailure: failed.resolve });
    expect(await failed.promise).toEqual(new Error("disk full"));
    expect(leftIn(folder)).toEqual(["m"]);
  });

  test.each([
    ["a link to somebody's folder", (folder: ExecutionFolder) => symlinkSync("inputs", folder.outputs)],
    ["nothing", () => {}],
  ])("takes nothing where the outputs folder became %s", async (_name, replace) => {
    using folder = temporaryExecution();
    writeFileSync(join(folder.inputs, "precious"), "p");
    chmodSync(join(folder.inputs, "precious"), 0o444);
    rmSync(folder.outputs, { recursive: true });
    replace(folder);
    const { live, arrived } = await follow(folder);
    // Long enough for the file to settle and be taken, had it been looked at.
    using other = temporaryExecution();
    await using reference = await follow(other);
    hand(other, "a", "a");
    await reference.next();
    hand(other, "b", "b");
    await reference.next();
    await live.close();
    expect(arrived).toEqual([]);
    expect(readFileSync(join(folder.inputs, "precious"), "utf8")).toBe("p");
  });

  test("survives folders that come and go", async () => {
    using folder = temporaryExecution();
    await using following = await follow(folder);
    for (let n = 0; n < 20; n += 1) {
      const path = join(folder.outputs, "scratch", String(n), "x");
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, "x");
      unlinkSync(path);
      renameSync(dirname(path), join(folder.outputs, `moved-${n}`));
    }
    await handWatched(folder, "moved-7/result", "r");
    expect((await following.next()).name).toBe("moved-7/result");
  });
});
