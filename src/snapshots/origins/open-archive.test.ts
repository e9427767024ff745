import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { crc32, deflateRawSync, gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it, test } from "vitest";
import { captureCode, openCode } from "../code-origin.ts";
import { openRig, type Rig, writeTree } from "../fixtures/rig.ts";
import { type TarEntry, tar } from "../fixtures/tar.ts";
import type { CapturedSnapshot } from "../record-snapshot.ts";
import { openArchive } from "./open-archive.ts";

let rig: Rig;
beforeEach(async () => {
  rig = await openRig();
});
afterEach(() => rig[Symbol.asyncDispose]());

const captureBytes = async (bytes: Uint8Array): Promise<CapturedSnapshot> => {
  const file = join(rig.folder, "package");
  writeFileSync(file, bytes);
  return await captureCode({ kind: "archive", file }, rig.places);
};

interface ZipEntry {
  readonly name: string;
  readonly content?: string | Buffer;
  readonly mode?: number;
  readonly flags?: number;
  readonly method?: number;
  /** The size that the directory gives for it. */
  readonly size?: number;
}

function zip(entries: readonly ZipEntry[]): Buffer {
  const files: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, content = "", mode = 0o100644, flags = 0, method = 8, size } of entries) {
    const bytes = Buffer.from(content);
    const packed = method === 8 ? deflateRawSync(bytes) : bytes;
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(Buffer.byteLength(name), 26);
    const central = Buffer.alloc(46);
    central.writeUInt32LE(0x02014b50, 0);
    central.writeUInt8(3, 5);
    central.writeUInt16LE(flags, 8);
    central.writeUInt16LE(method, 10);
    central.writeUInt32LE(crc32(bytes), 16);
    central.writeUInt32LE(packed.length, 20);
    central.writeUInt32LE(size ?? bytes.length, 24);
    central.writeUInt16LE(Buffer.byteLength(name), 28);
    central.writeUInt16LE(mode, 40);
    central.writeUInt32LE(offset, 42);
    directory.push(central, Buffer.from(name));
    const file = Buffer.concat([local, Buffer.from(name), packed]);
    files.push(file);
    offset += file.length;
  }
  const listed = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(listed.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...files, listed, end]);
}

describe("a package", () => {
  const deep = `${"folder-with-a-long-name/".repeat(12)}módel.py`;

  test.each([
    ["pax", ["--format=pax"], true],
    ["GNU", ["--format=gnu"], true],
    ["ustar", ["--format=ustar"], true],
    ["uncompressed", ["--format=pax"], false],
  ])("made by tar (%s) is its files, under the hash of the archive", async (kind, options, isPacked) => {
    rig.write({
      "valohai.yaml": "- step: a",
      "run.sh": { executable: "#!/bin/sh\n" },
      "lib/latest": { link: "../run.sh" },
      empty: "",
      ...(kind === "ustar" ? {} : { [deep]: "deep" }),
    });
    const bytes = execFileSync("tar", ["-c", ...(isPacked ? ["-z"] : []), ...options, "."], { cwd: rig.root });
    const { record, warnings } = await captureBytes(bytes);
    expect(warnings).toEqual([]);
    expect(record.identifier).toBe(`~${createHash("sha256").update(bytes).digest("hex")}`);
    const { record: tree } = await rig.capture();
    expect(record.manifestSha256).toBe(tree.manifestSha256);
    expect(readdirSync(rig.folder).filter((name) => name.startsWith("unpacked-"))).toEqual([]);
  });

  it("made by Python's tarfile as stock clients do has the same files", async () => {
    rig.write({ "valohai.yaml": "- step: a", "src/train.py": "print(1)", "src/run.sh": { executable: "#!/bin/sh" } });
    const script = `
import tarfile, gzip
with gzip.GzipFile("${rig.folder}/data.tgz", "wb", mtime=0) as gz, tarfile.open(fileobj=gz, mode="w") as tar:
    for name in ["src/run.sh", "src/train.py", "valohai.yaml"]:
        tar.add("${rig.root}/" + name, arcname=name)
`;
    execFileSync("python3", ["-c", script]);
    const { record } = await captureBytes(readFileSync(join(rig.folder, "data.tgz")));
    expect(record.manifestSha256).toBe((await rig.capture()).record.manifestSha256);
  });

  it("as zip has files, modes and links", async () => {
    const { record } = await captureBytes(
      zip([
        { name: "a/", mode: 0o040755 },
        { name: "a/run.sh", content: "#!/bin/sh\n", mode: 0o100755 },
        { name: "a/stored", content: "as it is", method: 0 },
        { name: "latest", content: "a/run.sh", mode: 0o120777 },
        { name: "empty" },
      ]),
    );
    expect(await rig.entries(record.identifier)).toMatchObject([
      { path: "a/run.sh", executable: true, size: 10 },
      { path: "a/stored", executable: false, size: 8 },
      { path: "empty", size: 0 },
      { path: "latest", link: "a/run.sh" },
    ]);
  });

  it("is stored once, and answers questions", async () => {
    const bytes = gzipSync(
      tar([
        { name: "./valohai.yaml", content: "- step: a" },
        { name: ".git/config", content: "x" },
      ]),
    );
    const first = await captureBytes(bytes);
    expect(await captureBytes(bytes)).toEqual(first);
    await using code = await openCode({ kind: "archive", file: join(rig.folder, "package") });
    expect((await code.files()).paths()).toEqual(["valohai.yaml"]);
    expect((await code.read("valohai.yaml", 100))?.toString()).toBe("- step: a");
  });

  it("may hold one file under two names", async () => {
    const { record } = await captureBytes(
      tar([
        { name: "a", content: "same" },
        { name: "b", type: "1", link: "a" },
      ]),
    );
    expect(await rig.entries(record.identifier)).toMatchObject([
      { path: "a", size: 4 },
      { path: "b", size: 4 },
    ]);
  });
});

describe("tricks", () => {
  const file = (name: string): TarEntry[] => [{ name, content: "x" }];
  const cases: readonly (readonly [what: string, bytes: () => Buffer, message: RegExp])[] = [
    ["a path up", () => tar(file("../evil")), /path "\.\.\/evil", which leads out/],
    ["a path up in the middle", () => tar(file("a/../../evil")), /leads out/],
    ["a path up behind .git", () => tar(file(".git/../../evil")), /leads out/],
    ["an absolute path", () => tar(file("/etc/cron.d/evil")), /leads out/],
    ["an empty name", () => tar(file("a//b")), /leads out/],
    ["a link up", () => tar([{ name: "a", type: "2", link: "../../etc" }]), /symbolic link "a"/],
    ["an absolute link", () => tar([{ name: "a", type: "2", link: "/etc/passwd" }]), /symbolic link/],
    ["a link by way of a link", () => tar([{ name: "a/b", type: "2", link: "c/../../.." }]), /symbolic link/],
    ["a file below a link", () => tar([{ name: "a", type: "2", link: "b" }, ...file("a/evil")]), /no folder/],
    ["a hard link up", () => tar([{ name: "a", type: "1", link: "../../etc/passwd" }]), /leads out/],
    ["a hard link to nothing", () => tar([{ name: "a", type: "1", link: "b" }]), /no earlier file/],
    ["a device", () => tar([{ name: "a", type: "3" }]), /neither a file/],
    ["a pipe", () => tar([{ name: "a", type: "6" }]), /neither a file/],
    ["a path twice", () => tar([...file("a"), ...file("./a")]), /stands in it twice/],
    ["a damaged header", () => Buffer.concat([tar(file("a")).fill(1, 0, 3)]), /no tar archive, or damaged/],
    ["a tar that is cut off", () => tar([{ name: "a", content: "x".repeat(2000) }]).subarray(0, 1000), /cut off/],
    ["a gzip that is cut off", () => gzipSync(tar(file("a"))).subarray(0, 60), /damaged or cut off/],
    ["no archive at all", () => Buffer.from("hello"), /cut off/],
    ["a zip's path up", () => zip([{ name: "../evil", content: "x" }]), /leads out/],
    ["a zip's link up", () => zip([{ name: "a", content: "/etc/passwd", mode: 0o120777 }]), /symbolic link/],
    ["a zip's device", () => zip([{ name: "a", mode: 0o060644 }]), /neither a file/],
    ["an encrypted zip", () => zip([{ name: "a", flags: 1 }]), /encrypted/],
    ["a zip of another method", () => zip([{ name: "a", content: "x", method: 12 }]), /method/],
    ["a zip that says less than it holds", () => zip([{ name: "a", content: "xxxx", size: 1 }]), /damaged/],
    ["a zip that is cut off", () => zip([{ name: "a", content: "x" }]).subarray(0, 40), /cut off/],
  ];

  test.each(cases)("%s is refused, and nothing is recorded", async (_, bytes, message) => {
    await expect(captureBytes(bytes())).rejects.toMatchObject({
      code: expect.stringMatching(/^HR_(?:PATH_ESCAPES|SNAPSHOT_FAILED)$/),
      message: expect.stringMatching(message),
    });
    expect(rig.snapshots.size).toBe(0);
    expect(readdirSync(rig.folder).toSorted()).toEqual(["blobs", "package", "project"]);
  });

  test.each([
    ["tar.gz", () => gzipSync(tar([{ name: "bomb", content: "0".repeat(5_000_000) }]))],
    ["zip", () => zip([{ name: "bomb", content: Buffer.alloc(5_000_000) }])],
  ])("a bomb (%s) is given up at the limit", async (_, bytes) => {
    const path = join(rig.folder, "bomb");
    writeFileSync(path, bytes());
    await using code = openArchive(path, { entries: 10, bytes: 1_000_000 });
    await expect(code.files()).rejects.toMatchObject({ message: expect.stringContaining("more than 1000000 bytes") });
  });

  it("too many files are given up at the limit", async () => {
    const path = join(rig.folder, "many");
    writeTree(rig.root, { a: "" });
    writeFileSync(path, tar(Array.from({ length: 11 }, (_, index) => ({ name: `f${index}` }))));
    await using code = openArchive(path, { entries: 10, bytes: 1_000_000 });
    await expect(code.files()).rejects.toMatchObject({ message: expect.stringContaining("more than 10 files") });
  });
});
