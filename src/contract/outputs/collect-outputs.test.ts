import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  linkSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { BlobStore, LocalBlobStore } from "../../blobs/index.ts";
import { contentsOf, leftIn, writeOutputs } from "../fixtures/output-tree.ts";
import { temporaryBlobs } from "../fixtures/temporary-blobs.ts";
import { temporaryExecution } from "../fixtures/temporary-execution.ts";
import { collectOutputs } from "./collect-outputs.ts";

let store: Awaited<ReturnType<typeof temporaryBlobs>>;
let blobs: LocalBlobStore;
beforeAll(async () => {
  store = await temporaryBlobs();
  blobs = store.blobs;
});
afterAll(() => store[Symbol.asyncDispose]());

const LARGE = 1024 * 1024;
const SMALLER = "copy the file in place of linking to it";

describe("collecting outputs", () => {
  test("of a step that made none", async () => {
    using folder = temporaryExecution();
    mkdirSync(join(folder.outputs, "empty", "folder"), { recursive: true });
    expect(await collectOutputs(folder, blobs)).toEqual({ outputs: [], warnings: [] });
    rmSync(folder.outputs, { recursive: true });
    expect(await collectOutputs(folder, blobs)).toEqual({ outputs: [], warnings: [] });
  });

  test("keeps names, folders and contents, moves the files out, and orders them by name", async () => {
    using folder = temporaryExecution();
    const large = "x".repeat(LARGE);
    const files = {
      "b.txt": "b",
      "a/z.txt": "z",
      "a/large.bin": large,
      "a.txt": "",
      "naïve 🚀 name\n.txt": "n",
      "deep/er/and/deeper": "d",
    };
    writeOutputs(folder, files);
    const { outputs, warnings } = await collectOutputs(folder, blobs);
    const names = Object.keys(files).sort();
    expect(await contentsOf(blobs, outputs)).toEqual(names.map((name) => [name, files[name as keyof typeof files]]));
    expect(outputs.map(({ sizeBytes, live, properties }) => [sizeBytes, live, properties])).toEqual(
      names.map((name) => [files[name as keyof typeof files].length, false, {}]),
    );
    expect(new Set(outputs.map((output) => output.id)).size).toBe(6);
    expect([warnings, leftIn(folder)]).toEqual([[], []]);
  });

  test("answers the same when it is repeated", async () => {
    using folder = temporaryExecution();
    writeOutputs(folder, { a: "1", "b/c": "2", large: "y".repeat(LARGE) });
    const first = await collectOutputs(folder, blobs);
    expect(await collectOutputs(folder, blobs)).toEqual(first);
  });

  test("opens what the step locked", async () => {
    using folder = temporaryExecution();
    writeOutputs(folder, { "locked/a": "a", "locked/b": "b".repeat(LARGE) });
    chmodSync(join(folder.outputs, "locked", "a"), 0o000);
    chmodSync(join(folder.outputs, "locked", "b"), 0o000);
    chmodSync(join(folder.outputs, "locked"), 0o000);
    const { outputs, warnings } = await collectOutputs(folder, blobs);
    expect(outputs.map((output) => output.name)).toEqual(["locked/a", "locked/b"]);
    expect([warnings, leftIn(folder)]).toEqual([[], []]);
  });

  test("keeps hard-linked files each under its name, and does not harm an input behind one", async () => {
    using folder = temporaryExecution();
    const { sha256 } = await blobs.putBytes(Buffer.from("input"));
    const input = join(folder.inputs, "data", "in.csv");
    await blobs.place(sha256, input, { mode: "share" });
    writeOutputs(folder, { one: "same" });
    linkSync(join(folder.outputs, "one"), join(folder.outputs, "two"));
    linkSync(input, join(folder.outputs, "out.csv"));
    const { outputs } = await collectOutputs(folder, blobs);
    expect(await contentsOf(blobs, outputs)).toEqual([
      ["one", "same"],
      ["out.csv", "input"],
      ["two", "same"],
    ]);
    expect([readFileSync(input, "utf8"), await blobs.verify(sha256), leftIn(folder)]).toEqual(["input", "ok", []]);
  });

  test("warns of databases whose rows stand partly in another file", async () => {
    using folder = temporaryExecution();
    const alone = { "none-wal": "x", "closed.db": "d", "closed.db-wal": "", "a.txt": "1", "a.txt.md": "2" };
    writeOutputs(folder, {
      ...alone,
      "sub/app.db": "d",
      "sub/app.db-wal": "rows",
      "b.duckdb": "d",
      "b.duckdb.wal": "rows",
    });
    const { outputs, warnings } = await collectOutputs(folder, blobs);
    expect(outputs).toHaveLength(9);
    expect(warnings.map(({ message }) => message)).toEqual([
      'output "b.duckdb.wal" seems to hold rows of the database "b.duckdb"',
      'output "sub/app.db-wal" seems to hold rows of the database "sub/app.db"',
    ]);
  });

  test("takes thousands of small files", async () => {
    using folder = temporaryExecution();
    writeOutputs(folder, Object.fromEntries(Array.from({ length: 1500 }, (_, n) => [`d${n % 7}/f${n}`, String(n)])));
    const { outputs } = await collectOutputs(folder, blobs);
    expect(outputs.length).toBe(1500);
    expect(leftIn(folder)).toEqual([]);
  });
});

describe("symbolic links", () => {
  test("to a file in outputs are kept as that file", async () => {
    using folder = temporaryExecution();
    writeOutputs(folder, { "run/model.pt": "m".repeat(LARGE), small: "s" });
    symlinkSync("run/model.pt", join(folder.outputs, "latest.pt"));
    symlinkSync("../small", join(folder.outputs, "run", "s"));
    symlinkSync("latest.pt", join(folder.outputs, "a-link-to-a-link"));
    const { outputs, warnings } = await collectOutputs(folder, blobs);
    const shas = new Map(outputs.map(({ name, sha256 }) => [name, sha256]));
    expect([...shas.keys()]).toEqual(["a-link-to-a-link", "latest.pt", "run/model.pt", "run/s", "small"]);
    expect(new Set([shas.get("latest.pt"), shas.get("a-link-to-a-link"), shas.get("run/model.pt")]).size).toBe(1);
    expect(shas.get("run/s")).toBe(shas.get("small"));
    expect([warnings, leftIn(folder)]).toEqual([[], []]);
  });

  test.each([
    [
      "/etc/passwd",
      'it is a link to the absolute path "/etc/passwd"',
      "link with a relative path within outputs, or copy the file",
    ],
    ["../inputs/secret", 'it is a link to "../inputs/secret", outside of outputs', SMALLER],
    [
      "../../../../../../../../../etc/passwd",
      'it is a link to "../../../../../../../../../etc/passwd", outside of outputs',
      SMALLER,
    ],
    ["gone", 'it is a link to "gone", which leads nowhere', SMALLER],
    ["bad", 'it is a link to "bad", which leads nowhere', SMALLER],
    ["folder", 'it is a link to "folder", which is no file that is kept', SMALLER],
    [".", 'it is a link to ".", which is no file that is kept', SMALLER],
    ["..", 'it is a link to "..", outside of outputs', SMALLER],
  ])("to %s is refused", async (target, why, hint) => {
    using folder = temporaryExecution();
    writeOutputs(folder, { good: "g", "folder/f": "f" });
    writeFileSync(join(folder.inputs, "secret"), "secret");
    symlinkSync(target, join(folder.outputs, "bad"));
    const { outputs, warnings } = await collectOutputs(folder, blobs);
    expect(outputs.map((output) => output.name)).toEqual(["folder/f", "good"]);
    expect(warnings).toEqual([{ name: "bad", message: `output "bad" was not kept: ${why}`, hint }]);
    expect(leftIn(folder)).toEqual(["bad"]);
  });

  test("in the place of the outputs folder itself are not followed", async () => {
    using folder = temporaryExecution();
    writeFileSync(join(folder.inputs, "secret"), "secret");
    rmSync(folder.outputs, { recursive: true });
    symlinkSync("inputs", folder.outputs);
    expect(await collectOutputs(folder, blobs)).toEqual({
      outputs: [],
      warnings: [
        {
          name: "",
          message: 'output "" was not kept: the outputs folder was replaced by something else',
          hint: "write into the folder; do not replace it",
        },
      ],
    });
    expect(readFileSync(join(folder.inputs, "secret"), "utf8")).toBe("secret");
  });
});

describe("what is no regular file", () => {
  test("is refused, and the rest is kept", async () => {
    using folder = temporaryExecution();
    writeOutputs(folder, { good: "g" });
    execFileSync("mkfifo", [join(folder.outputs, "pipe")]);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(join(folder.outputs, "socket"), resolve));
    const { outputs, warnings } = await collectOutputs(folder, blobs);
    await new Promise((resolve) => server.close(resolve));
    expect(outputs.map((output) => output.name)).toEqual(["good"]);
    const hint = "write regular files only";
    expect(warnings).toEqual([
      { name: "pipe", message: 'output "pipe" was not kept: it is a named pipe', hint },
      { name: "socket", message: 'output "socket" was not kept: it is a socket', hint },
    ]);
  });

  test("as a name that is no UTF-8, or is too long, is refused", async () => {
    using folder = temporaryExecution();
    writeFileSync(Buffer.concat([Buffer.from(`${folder.outputs}/caf`), Buffer.from([0xe9])]), "latin-1");
    const long = Array.from({ length: 9 }, () => "x".repeat(250)).join("/");
    mkdirSync(join(folder.outputs, "good", long), { recursive: true });
    const { outputs, warnings } = await collectOutputs(folder, blobs);
    expect(outputs).toEqual([]);
    expect(warnings).toEqual([
      {
        name: "caf\\xe9",
        message: 'output "caf\\\\xe9" was not kept: its name is no valid UTF-8',
        hint: "give it another name in the step",
      },
      {
        name: `good/${"x".repeat(95)}…`,
        message: `output "good/${"x".repeat(95)}…" was not kept: its path is longer than 2048 bytes`,
        hint: "use shorter names or fewer folders",
      },
    ]);
  });

  test("is warned of a hundred times at most", async () => {
    using folder = temporaryExecution();
    for (let n = 0; n < 250; n += 1) symlinkSync("gone", join(folder.outputs, `link-${n}`));
    const { warnings } = await collectOutputs(folder, blobs);
    expect(warnings.length).toBe(101);
    expect(warnings.at(-1)?.message).toMatch(/^150 more files in outputs were not kept, "link-\d+" the first of them$/);
  });
});

describe("a collection that is interrupted", () => {
  class Killed extends Error {}

  /** The real store, and a crash at the n-th of the moments that matter. */
  function killedAt(moment: number): BlobStore {
    let now = 0;
    const tick = () => {
      now += 1;
      if (now === moment) throw new Killed();
    };
    return new Proxy(blobs, {
      get(target, key) {
        if (key === "putFiles") {
          return async (paths: readonly string[]) => {
            tick();
            const refs = await target.putFiles(paths);
            tick();
            return refs;
          };
        }
        if (key === "putFile") {
          return (path: string, options: Parameters<BlobStore["putFile"]>[1]) =>
            target.putFile(path, {
              ...options,
              onStored: async (ref) => {
                tick();
                await options.onStored?.(ref);
                tick();
              },
            });
        }
        return Reflect.get(target, key);
      },
    });
  }

  test("loses nothing and keeps nothing twice, wherever it was killed, even with a torn journal", async () => {
    const size = fc.constantFrom(0, 1, 1000, LARGE, LARGE + 1);
    const names = fc.uniqueArray(fc.constantFrom("a", "b", "c/d", "c/e", "f", "g"), { minLength: 1 });
    const moments = fc.array(fc.tuple(fc.integer({ min: 1, max: 6 }), fc.string({ maxLength: 5 })), { maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(
        names,
        fc.array(size, { minLength: 6, maxLength: 6 }),
        fc.boolean(),
        moments,
        async (all, sizes, link, crashes) => {
          using folder = temporaryExecution();
          const contents = Object.fromEntries(
            all.map((name, n) => [name, name.padEnd(sizes[n] ?? 0, "x").slice(0, sizes[n])]),
          );
          writeOutputs(folder, contents);
          if (link) symlinkSync(all[0] ?? "", join(folder.outputs, "link"));
          const expected = { ...contents, ...(link && { link: contents[all[0] ?? ""] ?? "" }) };
          for (const [moment, rubbish] of crashes) {
            await collectOutputs(folder, killedAt(moment)).catch((error: unknown) =>
              expect(error).toBeInstanceOf(Killed),
            );
            appendFileSync(join(folder.control, "collected.jsonl"), rubbish);
          }
          const { outputs, warnings } = await collectOutputs(folder, blobs);
          expect(await contentsOf(blobs, outputs)).toEqual(
            Object.entries(expected).sort(([a], [b]) => (a < b ? -1 : 1)),
          );
          expect([warnings, leftIn(folder)]).toEqual([[], []]);
        },
      ),
      { numRuns: 40 },
    );
  });

  test("between noting and removing does not take the file again", async () => {
    using folder = temporaryExecution();
    writeOutputs(folder, { large: "x".repeat(LARGE) });
    await expect(collectOutputs(folder, killedAt(2))).rejects.toThrow(Killed);
    expect(leftIn(folder)).toEqual(["large"]);
    const { outputs } = await collectOutputs(folder, blobs);
    expect(outputs.length).toBe(1);
    expect(leftIn(folder)).toEqual([]);
  });

  test("by a disk that another file has filled for a moment keeps what fits", async () => {
    using folder = temporaryExecution();
    writeOutputs(folder, { "big.bin": "b".repeat(2 * LARGE), "fits.bin": "f".repeat(LARGE) });
    // As long as the big file's half stands on the disk, the other one finds no room either.
    const filled = Promise.withResolvers<void>();
    const refuse = (): never => {
      throw Object.assign(new Error("full"), { code: "ENOSPC" });
    };
    let isFilled = true;
    const full = new Proxy(blobs, {
      get: (target, key) =>
        key === "putFile"
          ? async (path: string, options: Parameters<BlobStore["putFile"]>[1]) => {
              if (path.endsWith("big.bin")) {
                await filled.promise;
                isFilled = false;
                return refuse();
              }
              filled.resolve();
              return isFilled ? refuse() : await target.putFile(path, options);
            }
          : Reflect.get(target, key),
    });
    const { outputs, refusal } = await collectOutputs(folder, full);
    expect(outputs.map(({ name }) => name)).toEqual(["fits.bin"]);
    expect(refusal).toMatchObject({ code: "HR_DISK_FULL" });
    expect(leftIn(folder)).toEqual(["big.bin"]);
  });

  test("by a full disk says so and can be repeated", async () => {
    using folder = temporaryExecution();
    writeOutputs(folder, { a: "a" });
    const full = new Proxy(blobs, {
      get: (target, key) =>
        key === "putFiles"
          ? () => Promise.reject(Object.assign(new Error("full"), { code: "ENOSPC" }))
          : Reflect.get(target, key),
    });
    expect(await collectOutputs(folder, full)).toMatchObject({ outputs: [], refusal: { code: "HR_DISK_FULL" } });
    expect(leftIn(folder)).toEqual(["a"]);
    expect((await collectOutputs(folder, blobs)).outputs.map((output) => output.name)).toEqual(["a"]);
  });
});
