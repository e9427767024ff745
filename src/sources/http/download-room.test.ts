import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openBlobStore } from "../../blobs/index.ts";
import { refusal, sourcesRig } from "../fixtures/sources-rig.ts";
import { webServer } from "../fixtures/web-server.ts";
import { openSources } from "../index.ts";
import { maxDownload } from "./download-room.ts";

/** Sends without end, until nobody listens. */
const endless = () =>
  webServer((_, response) => {
    response.writeHead(200);
    const send = (): void => {
      while (response.write(Buffer.alloc(256 * 1024, "x")));
    };
    response.on("drain", send);
    send();
  });

describe("a server that sends without end", () => {
  it("is heard up to what HEADRACE_MAX_DOWNLOAD allows", async () => {
    await using server = await endless();
    await using rig = await sourcesRig({ environment: { HEADRACE_MAX_DOWNLOAD: "20MB" } });
    expect(await refusal(rig.fetch(`${server.origin}/a`))).toEqual([
      "HR_INPUT_UNAVAILABLE",
      `input ${server.origin}/a: it has more than the 20.0 MB that HEADRACE_MAX_DOWNLOAD allows`,
      "set HEADRACE_MAX_DOWNLOAD higher, or give a smaller file",
    ]);
    expect(readdirSync(join(rig.blobs.folder, "incoming"))).toEqual([]);
  });

  it.skipIf(process.platform !== "linux" || process.getuid?.() !== 0)("does not fill the disk", async () => {
    await using server = await endless();
    const root = mkdtempSync(join(tmpdir(), "download-room-"));
    const disk = join(root, "disk");
    mkdirSync(disk);
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=60m", "tmpfs", disk]);
    try {
      await using blobs = await openBlobStore({ folder: join(disk, "blobs") });
      await using rig = await sourcesRig();
      const sources = openSources({ ...rig.options, blobs, cacheFolder: join(disk, "cache") });
      const [code, message] = await refusal(sources.fetch(`${server.origin}/a`, rig.call));
      expect(code).toBe("HR_INPUT_UNAVAILABLE");
      expect(message).toMatch(/\/a: the server sends on, and only \d+\.\d MB are free below .*\/cache$/);
      expect(readdirSync(join(disk, "blobs/incoming"))).toEqual([]);
    } finally {
      execFileSync("umount", [disk]);
      rmSync(root, { recursive: true, force: true });
    }
  });
});

it("a file that is said to be too large is not begun", async () => {
  await using server = await webServer((_, response) => response.writeHead(200, { "content-length": 1e18 }).end());
  await using rig = await sourcesRig();
  const [code, message] = await refusal(rig.fetch(`${server.origin}/a`));
  expect(code).toBe("HR_INPUT_UNAVAILABLE");
  expect(message).toMatch(/\/a: 1000000000\.0 GB are to come, and only .* are free below /);
});

it.each([
  [undefined, Infinity],
  ["", Infinity],
  ["200GB", 200e9],
  ["1.5 TiB", 1.5 * 2 ** 40],
  ["1000", 1000],
])("HEADRACE_MAX_DOWNLOAD=%s is %d bytes", (text, bytes) => {
  expect(maxDownload({ HEADRACE_MAX_DOWNLOAD: text })).toBe(bytes);
});

it("HEADRACE_MAX_DOWNLOAD that is no size is an error", () => {
  expect(() => maxDownload({ HEADRACE_MAX_DOWNLOAD: "much" })).toThrow('HEADRACE_MAX_DOWNLOAD "much" is no size');
});
