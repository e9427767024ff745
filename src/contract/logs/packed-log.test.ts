import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { describe, expect, test } from "vitest";
import { findProgram, SYSTEM_PATH } from "../../ask-program.ts";
import { sha256Of } from "../../blobs/index.ts";
import type { ExecutionFolder } from "../execution-folder.ts";
import { print, takeIn, textsOf } from "../fixtures/logs.ts";
import { temporaryExecution } from "../fixtures/temporary-execution.ts";
import { testLogSource } from "./log-conformance.ts";
import { NO_LOG } from "./log-source.ts";
import { packLog, printedBytes } from "./pack-log.ts";
import { PackedLog } from "./packed-log.ts";
import { readLog } from "./read-log.ts";

/** A store that holds the file, and counts how much of it was asked for. */
class OneBlob {
  readonly #bytes: Buffer;
  asked = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  async read(_: string, range: { readonly start: number; readonly end?: number } = { start: 0 }): Promise<Readable> {
    const part = this.#bytes.subarray(range.start, range.end);
    this.asked += part.length;
    return Readable.from([part]);
  }

  get ref(): { readonly sha256: string; readonly sizeBytes: number } {
    return { sha256: sha256Of(this.#bytes), sizeBytes: this.#bytes.length };
  }
}

const pack = async ({ logs }: ExecutionFolder): Promise<Buffer> => await buffer(packLog(logs));

testLogSource("the stored files", {
  open: async (folder) => {
    if ((await printedBytes(folder.logs)) === 0) return NO_LOG;
    const blob = new OneBlob(await pack(folder));
    return await PackedLog.open(blob, blob.ref);
  },
  isLive: false,
});

describe("a packed log", () => {
  test("of nothing is no file", async () => {
    using folder = temporaryExecution();
    expect(await pack(folder)).toEqual(Buffer.alloc(0));
    print(folder, "stdout", "");
    await takeIn(folder);
    expect(await pack(folder)).toEqual(Buffer.alloc(0));
  });

  test("tells its last lines and those of a time without being read whole", async () => {
    using folder = temporaryExecution();
    let seed = 1;
    const word = (): string => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed.toString(36);
    };
    const lines = Array.from({ length: 400_000 }, (_, n) => `${n} ${word()} ${word()}`);
    print(folder, "stdout", `${lines.join("\n")}\n`);
    let at = 0;
    await takeIn(folder, { now: () => ++at });
    const blob = new OneBlob(await pack(folder));
    const size = blob.ref.sizeBytes;
    await using log = await PackedLog.open(blob, blob.ref);
    const last = await Array.fromAsync(readLog(log, { tail: 2 }));
    expect(textsOf(last)).toEqual(lines.slice(-2));
    expect(blob.asked).toBeLessThan(size / 4);
    const late = await Array.fromAsync(readLog(log, { sinceMs: last[0]?.at ?? 0 }));
    expect(late.length).toBeGreaterThan(10);
    expect(late.at(-1)?.text).toBe(lines.at(-1));
    expect(blob.asked).toBeLessThan(size / 2);
  });

  test("holds what no index speaks of, after the rest", async () => {
    using folder = temporaryExecution();
    print(folder, "stdout", "indexed\n");
    await takeIn(folder);
    print(folder, "stdout", "out\n");
    print(folder, "stderr", "err\n");
    const blob = new OneBlob(await pack(folder));
    await using log = await PackedLog.open(blob, blob.ref);
    const texts = textsOf(await Array.fromAsync(readLog(log)));
    expect([texts[0], texts.slice(1).toSorted()]).toEqual(["indexed", ["err", "out"]]);
  });

  test("that is damaged anywhere says so", async () => {
    using folder = temporaryExecution();
    print(folder, "stdout", "some words that are worth keeping\n".repeat(100));
    await takeIn(folder);
    const whole = await pack(folder);
    for (const place of [12, whole.length - 3, whole.length - 40]) {
      const bytes = Buffer.from(whole);
      bytes.writeUInt8(bytes.readUInt8(place) ^ 0x55, place);
      const blob = new OneBlob(bytes);
      const reading = async (): Promise<unknown> => {
        await using log = await PackedLog.open(blob, blob.ref);
        return await Array.fromAsync(readLog(log));
      };
      await expect(reading()).rejects.toMatchObject({ code: "HR_BLOB_DAMAGED" });
    }
    const cut = new OneBlob(whole.subarray(0, 50));
    await expect(PackedLog.open(cut, cut.ref)).rejects.toMatchObject({ code: "HR_BLOB_DAMAGED" });
  });

  const zstd = findProgram("zstd", SYSTEM_PATH);
  test.runIf(zstd !== undefined)("is read by zstd as stdout, then stderr", async () => {
    using folder = temporaryExecution();
    print(folder, "stderr", "err\n");
    print(folder, "stdout", "out\n");
    await takeIn(folder);
    const path = join(folder.root, "packed");
    writeFileSync(path, await pack(folder));
    expect(execFileSync(zstd ?? "", ["-dc", path], { encoding: "utf8" })).toBe("out\nerr\n");
    expect(readFileSync(path).length).toBeLessThan(300);
  });
});
