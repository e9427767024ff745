import { execFileSync } from "node:child_process";
import { chmod, mkdir, readFile, rm, stat, symlink, truncate, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { sha256Of } from "../../blobs/index.ts";
import { refusal, type SourcesRig, sourcesRig } from "../fixtures/sources-rig.ts";
import { openSources } from "../index.ts";

let rig: SourcesRig;
/** Long after the test's files were written. */
const later = Date.now() + 3_600_000;

beforeEach(async () => {
  rig = await sourcesRig({ now: () => later });
  await mkdir(rig.project);
});
afterEach(() => rig[Symbol.asyncDispose]());

async function put(path: string, content = path): Promise<string> {
  const full = join(rig.project, path);
  await mkdir(dirname(full), { recursive: true });
  await writeFile(full, content);
  return full;
}

const names = async (uri: string): Promise<readonly string[]> =>
  (await rig.fetch(uri)).map(({ directories, name }) => [...directories, name].join("/"));

describe("a file", () => {
  it("is copied, recorded and left where it is", async () => {
    const path = await put("data/a.csv", "1,2\n");
    const file = await rig.fetchOne("data/a.csv");
    expect(file).toEqual({
      name: "a.csv",
      directories: [],
      fullPath: "data/a.csv",
      uri: pathToFileURL(path).href,
      datumId: expect.any(String),
      sha256: sha256Of(Buffer.from("1,2\n")),
      sizeBytes: 4,
    });
    expect(await rig.store.data.get(file.datumId)).toMatchObject({
      name: "a.csv",
      uri: file.uri,
      sizeBytes: 4,
      createdAt: later,
    });
    expect(await rig.contentOf(file)).toBe("1,2\n");
    expect(await readFile(path, "utf8")).toBe("1,2\n");
    expect(rig.progress).toEqual([
      { uri: "data/a.csv", receivedBytes: 0, totalBytes: 4 },
      { uri: "data/a.csv", receivedBytes: 4, totalBytes: 4 },
    ]);
  });

  it("is the same datum by every way to say its path", async () => {
    const path = await put("a.csv");
    const ways = ["a.csv", "./a.csv", path, pathToFileURL(path).href, "*.csv", "."];
    const ids = new Set<string>();
    for (const way of ways) ids.add((await rig.fetchOne(way)).datumId);
    expect(ids.size).toBe(1);
  });

  it("may be empty, hidden, or named like a wildcard", async () => {
    await put("none", "");
    await put(".env");
    await put("a*.csv", "star");
    await put("ab.csv");
    expect(await rig.fetchOne("none")).toMatchObject({ sizeBytes: 0 });
    expect(await rig.fetchOne(".env")).toMatchObject({ name: ".env" });
    expect(await rig.contentOf(await rig.fetchOne("a*.csv"))).toBe("star");
  });

  it("is followed through a link, under the link's name", async () => {
    await symlink(await put("real.csv"), join(rig.project, "link.csv"));
    expect(await rig.fetchOne("link.csv")).toMatchObject({ name: "link.csv", fullPath: "link.csv" });
  });
});

describe("several files", () => {
  beforeEach(async () => {
    for (const path of [
      "data/b.csv",
      "data/a.csv",
      "data/deep/er/c.csv",
      "data/deep/d.txt",
      "data/.hidden",
      "other/e.csv",
    ])
      await put(path);
  });

  it.each([
    ["data", [".hidden", "a.csv", "b.csv", "deep/d.txt", "deep/er/c.csv"]],
    ["data/", [".hidden", "a.csv", "b.csv", "deep/d.txt", "deep/er/c.csv"]],
    ["data/*", ["a.csv", "b.csv"]],
    ["data/**", ["a.csv", "b.csv", "deep/d.txt", "deep/er/c.csv"]],
    ["data/**.csv", ["a.csv", "b.csv", "deep/er/c.csv"]],
    ["**/*.csv", ["data/a.csv", "data/b.csv", "data/deep/er/c.csv", "other/e.csv"]],
    ["*/e.csv", ["other/e.csv"]],
    ["data/deep/*/c.csv", ["er/c.csv"]],
  ])("of %s are %j", async (uri, expected) => {
    expect(await names(uri)).toEqual(expected);
  });

  it("carry their full path whatever the wildcard", async () => {
    const files = await rig.fetch(`${rig.project}/data/*.csv`);
    expect(files.map(({ fullPath }) => fullPath)).toEqual(["data/a.csv", "data/b.csv"]);
  });

  it("never include Headrace's own state", async () => {
    await put(".headrace/store.db");
    await put("data/.headrace/x");
    expect(await names(".")).not.toContain(".headrace/store.db");
    expect(await names("data")).not.toContain(".headrace/x");
    expect(await names("data/.*")).toEqual([".hidden"]);
  });

  it("follow links to folders, but not round and round", async () => {
    await symlink(join(rig.project, "other"), join(rig.project, "data/linked"));
    await symlink(join(rig.project, "data"), join(rig.project, "data/deep/loop"));
    expect(await names("data/**.csv")).toEqual(["a.csv", "b.csv", "deep/er/c.csv", "linked/e.csv"]);
    expect(rig.warnings).toEqual([
      `input data/**.csv: left out ${join(rig.project, "data/deep/loop")}: it links back to a folder that holds it`,
    ]);
  });

  it("leave out pipes and links that lead nowhere, saying so", async () => {
    execFileSync("mkfifo", [join(rig.project, "other/pipe")]);
    await symlink("gone", join(rig.project, "other/broken"));
    expect(await names("other")).toEqual(["e.csv"]);
    expect(rig.warnings.toSorted()).toEqual([
      `input other: left out ${join(rig.project, "other/broken")}: its link leads nowhere`,
      `input other: left out ${join(rig.project, "other/pipe")}: it is no regular file`,
    ]);
  });

  it("may be many", async () => {
    await mkdir(join(rig.project, "many"));
    await Promise.all(
      Array.from({ length: 600 }, (_, index) => writeFile(join(rig.project, "many", `${index}.txt`), `${index % 7}`)),
    );
    const files = await rig.fetch("many");
    expect(files).toHaveLength(600);
    expect(new Set(files.map(({ sha256 }) => sha256)).size).toBe(7);
    expect(new Set(files.map(({ datumId }) => datumId)).size).toBe(600);
    expect(rig.progress.at(-1)).toEqual({ uri: "many", receivedBytes: 600, totalBytes: 600 });
  });
});

describe("what cannot be had", () => {
  const check = "check the path; relative ones start at the project's folder";
  const wildcards = "check the path; * matches within one folder, ** also in the folders below";

  it.each([
    ["none.csv", (root: string) => `input none.csv: there is no file or folder ${root}/none.csv`, check],
    ["a.csv/b", (root: string) => `input a.csv/b: there is no file or folder ${root}/a.csv/b`, check],
    ["none/*.csv", (root: string) => `input none/*.csv: there is no file or folder ${root}/none`, check],
    ["*.parquet", () => "input *.parquet: no file matches", wildcards],
    ["empty", () => "input empty: the folder holds no file", wildcards],
    [
      "/dev/null",
      () => "input /dev/null: /dev/null is neither a file nor a folder",
      "give a regular file, or a folder of files",
    ],
  ])("%s", async (uri, message, hint) => {
    await put("a.csv");
    await mkdir(join(rig.project, "empty"));
    expect(await refusal(rig.fetch(uri))).toEqual(["HR_INPUT_UNAVAILABLE", message(rig.project), hint]);
  });

  it("a link to itself", async () => {
    await symlink("loop", join(rig.project, "loop"));
    expect(await refusal(rig.fetch("loop"))).toEqual([
      "HR_INPUT_UNAVAILABLE",
      `input loop: ${join(rig.project, "loop")} cannot be read: links lead round in a circle (ELOOP)`,
      "check the path and its permissions",
    ]);
  });

  it.each([
    ["changed", "changed while it was read"],
    ["missing", "was removed while the input was read"],
  ] as const)("a file that was %s meanwhile", async (answer, words) => {
    const path = await put("a.csv");
    const blobs = Object.assign(Object.create(rig.blobs), { putFiles: async () => [answer], missing: async () => [] });
    const sources = openSources({ ...rig.options, blobs });
    expect(await refusal(sources.fetch("a.csv", rig.call))).toEqual([
      "HR_FILE_CHANGED",
      `${path} ${words}`,
      "wait until nothing writes to it any more, then try again",
    ]);
  });

  it("an input that nobody wants any more", async () => {
    await put("a.csv");
    const fetching = rig.fetch("a.csv");
    rig.control.abort("stopped");
    await expect(fetching).rejects.toBe("stopped");
  });
});

describe("a file that was fetched before", () => {
  it("is not read again while it stays as it is, also by the next process", async () => {
    await put("a.csv");
    const first = await rig.fetchOne("a.csv");
    const putFiles = vi.spyOn(rig.blobs, "putFiles");
    expect(await rig.fetchOne("a.csv")).toEqual(first);
    expect(await openSources(rig.options).fetch("a.csv", rig.call)).toEqual([first]);
    expect(putFiles).not.toHaveBeenCalled();
  });

  it("is remembered together with those that were fetched at the same time", async () => {
    const paths = ["a.csv", "b.csv", "c.csv"];
    for (const path of paths) await put(path);
    await Promise.all(paths.map((path) => rig.fetchOne(path)));
    const putFiles = vi.spyOn(rig.blobs, "putFiles");
    await Promise.all(paths.map((path) => rig.fetchOne(path)));
    expect(putFiles).not.toHaveBeenCalled();
  });

  it("is a new datum when its content is another, even of the same size and time", async () => {
    const path = await put("a.csv", "one");
    const { mtime } = await stat(path);
    const first = await rig.fetchOne("a.csv");
    await writeFile(path, "two");
    await utimes(path, mtime, mtime);
    const second = await rig.fetchOne("a.csv");
    expect(await rig.contentOf(second)).toBe("two");
    expect(second.datumId).not.toBe(first.datumId);
    expect(rig.warnings).toEqual([]);
  });

  it("keeps its datum when it was only touched", async () => {
    const path = await put("a.csv");
    const first = await rig.fetchOne("a.csv");
    await utimes(path, 1, 1);
    expect(await rig.fetchOne("a.csv")).toEqual(first);
  });

  it("is read again when it had just been written, since a further write might not show", async () => {
    await using fresh = await sourcesRig();
    await mkdir(fresh.project);
    await writeFile(join(fresh.project, "a.csv"), "a");
    await fresh.fetchOne("a.csv");
    const putFiles = vi.spyOn(fresh.blobs, "putFiles");
    await fresh.fetchOne("a.csv");
    expect(putFiles).toHaveBeenCalledOnce();
  });

  it("is stored again when its blob is gone", async () => {
    await put("a.csv", "a");
    const first = await rig.fetchOne("a.csv");
    await rig.blobs.delete(first.sha256);
    expect(await rig.contentOf(await rig.fetchOne("a.csv"))).toBe("a");
  });

  it("is stored again when its blob was cut off", async () => {
    await put("a.csv", "whole");
    const { sha256 } = await rig.fetchOne("a.csv");
    const blob = join(rig.blobs.folder, "sha256", sha256.slice(0, 2), sha256);
    await chmod(blob, 0o644);
    await truncate(blob, 2);
    expect(await rig.contentOf(await rig.fetchOne("a.csv"))).toBe("whole");
  });

  it("is read again, and nothing else, when the cache is damaged or gone", async () => {
    await put("a.csv", "a");
    const first = await rig.fetchOne("a.csv");
    for (const spoil of [
      () => writeFile(join(rig.options.cacheFolder, "local-files"), "rubbish"),
      () => rm(rig.options.cacheFolder, { recursive: true }),
    ]) {
      await spoil();
      expect(await openSources(rig.options).fetch("a.csv", rig.call)).toEqual([first]);
    }
  });
});

describe("a state folder", () => {
  it("is never part of an input: by its name, by a link to it, or by a link in it; nor is another project's", async () => {
    const database = await put(".headrace/headrace.db", "records");
    const other = await put("elsewhere/.headrace/headrace.db", "records of others");
    await symlink(database, join(rig.project, "data.csv"));
    await symlink(join(rig.project, ".headrace"), join(rig.project, "models"));
    const rows = [
      [".headrace/headrace.db", database],
      [database, database],
      [".headrace", database],
      ["data.csv", database],
      ["models/headrace.db", database],
      ["models/*.db", database],
      ["elsewhere/.headrace/*", other],
    ] as const;
    for (const [uri, path] of rows) {
      expect(await refusal(rig.fetch(uri))).toEqual([
        "HR_INPUT_UNAVAILABLE",
        `input ${uri}: ${path} belongs to Headrace's own .headrace, which is never part of an input`,
        "name what Headrace has stored by its id (datum://…), or a copy of the file elsewhere",
      ]);
    }
  });
});

describe("a place where credentials are kept", () => {
  it("is no input, by whatever way, unless the user shows it", async () => {
    const home = join(rig.project, "home");
    await put("home/.ssh/id", "key");
    await put("home/snapshots/open", "fine");
    await put("home/snap/firefox/key", "key");
    await put("data/plain", "fine");
    await symlink(join(home, ".ssh"), join(rig.project, "data/linked"));
    await symlink("../home/.ssh/id", join(rig.project, "data/one"));
    const inHome = { ...rig.options, environment: { HOME: home } };
    const sources = openSources(inHome);
    for (const uri of [
      "home/.ssh/id",
      "home/.ssh/*",
      "data/**",
      "data/linked/id",
      "data/one",
      pathToFileURL(join(home, ".ssh/id")).href,
    ]) {
      expect(await refusal(sources.fetch(uri, rig.call))).toEqual([
        "HR_INPUT_UNAVAILABLE",
        `input ${uri}: ${home}/.ssh is a place for credentials, which steps do not get`,
        `copy what the step needs to another place, or start Headrace with HEADRACE_STEPS_SEE=${home}/.ssh in its environment`,
      ]);
    }
    expect((await refusal(sources.fetch("home/snap/**", rig.call)))[1]).toContain(
      `${home}/snap is a place for credentials`,
    );
    for (const uri of ["home/snapshots/*", "data/plain"]) expect(await sources.fetch(uri, rig.call)).toHaveLength(1);
    const shown = openSources({ ...inHome, environment: { HOME: home, HEADRACE_STEPS_SEE: "~/.ssh" } });
    expect(await shown.fetch("data/one", rig.call)).toHaveLength(1);
  });
});

describe("what is hidden in a home", () => {
  const refused = (uri: string, path: string): readonly string[] => [
    "HR_INPUT_UNAVAILABLE",
    `input ${uri}: ${path} is hidden from steps`,
    `copy what the step needs to another place, or start Headrace with HEADRACE_STEPS_SEE=${path} in its environment`,
  ];

  it.each([
    ".huggingface/token",
    ".cache/huggingface/token",
    ".env",
    "other-project/.env",
    "other-project/.git/config",
    ".config/new-tool/key",
  ])("is no input of a project, by whatever way: %s", async (name) => {
    const home = join(rig.project, "home");
    await put(`home/${name}`, "token");
    await mkdir(join(home, "work"));
    await symlink(`../${name}`, join(home, "work/link"));
    const hidden = join(home, name.slice(0, name.indexOf(".")), /\.[^/]+/.exec(name)?.[0] ?? "");
    const at = (environment: Readonly<Record<string, string>>) =>
      openSources({ ...rig.options, projectRoot: join(home, "work"), environment: { HOME: home, ...environment } });
    for (const uri of [`../${name}`, "link", "*", join(home, name)])
      expect(await refusal(at({}).fetch(uri, rig.call))).toEqual(refused(uri, hidden));
    expect(await at({ HEADRACE_STEPS_SEE: hidden }).fetch("link", rig.call)).toHaveLength(1);
    expect(await at({ HEADRACE_STEPS_SEE: `~/${name}` }).fetch("link", rig.call)).toHaveLength(1);
  });

  it("is an input where it is the project's own, or no home's", async () => {
    const home = join(rig.project, "home");
    await put("home/.work/p/.data/a", "fine");
    await put("home/data/b", "fine");
    await put("elsewhere/.data/c", "fine");
    const sources = openSources({ ...rig.options, projectRoot: join(home, ".work/p"), environment: { HOME: home } });
    for (const uri of [".data/a", "../../data/b", join(rig.project, "elsewhere/.data/c")])
      expect(await sources.fetch(uri, rig.call)).toHaveLength(1);
  });

  it("is no input of a project that is a home itself", async () => {
    const home = join(rig.project, "home");
    await put("home/.new-tool/key", "token");
    const sources = openSources({ ...rig.options, projectRoot: home, environment: { HOME: home } });
    expect(await refusal(sources.fetch(".new-tool/key", rig.call))).toEqual(
      refused(".new-tool/key", join(home, ".new-tool")),
    );
  });
});

describe.skipIf(process.platform !== "linux")("what the kernel and daemons show of processes", () => {
  it.each(["/proc/self/environ", "/proc/version", "/sys/kernel/notes", "/proc/self/root/proc/version"])(
    "is no input: %s",
    async (uri) => {
      expect(await refusal(rig.fetch(uri))).toEqual([
        "HR_INPUT_UNAVAILABLE",
        expect.stringMatching(/^input .*: \/(proc|sys) is hidden from steps$/),
        expect.stringContaining("HEADRACE_STEPS_SEE="),
      ]);
    },
  );
});

describe("a link whose target climbs out of a folder behind another link", () => {
  it("is judged by the file that the kernel finds, not by its text", async () => {
    const home = join(rig.project, "home");
    await put("home/.ssh/id", "key");
    await put("home/work/a/b/c/plain", "fine");
    // By its text this is `work/../../.ssh/id`, which does not exist; through the link `t` it is the key.
    await symlink("a/b/c", join(home, "work/t"));
    await symlink("t/../../../../.ssh/id", join(home, "work/key1.csv"));
    await symlink("t/plain", join(home, "work/open1.csv"));
    const sources = openSources({ ...rig.options, projectRoot: join(home, "work"), environment: { HOME: home } });
    for (const uri of ["key*.csv", "key1.csv", "*.csv"]) {
      expect(await refusal(sources.fetch(uri, rig.call))).toEqual([
        "HR_INPUT_UNAVAILABLE",
        `input ${uri}: ${home}/.ssh is a place for credentials, which steps do not get`,
        `copy what the step needs to another place, or start Headrace with HEADRACE_STEPS_SEE=${home}/.ssh in its environment`,
      ]);
    }
    expect(await sources.fetch("open*.csv", rig.call)).toHaveLength(1);
  });
});

describe.skipIf(process.platform !== "linux")("a file that the disk cannot read", () => {
  it("is an input that cannot be had, with the reason in words", async () => {
    const sources = openSources({ ...rig.options, environment: { HEADRACE_STEPS_SEE: "/proc/self/mem" } });
    expect(await refusal(sources.fetch("/proc/self/mem", rig.call))).toEqual([
      "HR_INPUT_UNAVAILABLE",
      "input /proc/self/mem: /proc/self/mem cannot be read: the disk cannot be read or written (EIO)",
      "check the disk or the mount that it lies on",
    ]);
  });
});

describe("a path that is swapped for a link after it was looked at", () => {
  it("does not lead anywhere else", async () => {
    const path = await put("a.csv", "fine");
    const secret = await put("secret", "key");
    const blobs = Object.assign(Object.create(rig.blobs), {
      putFiles: async (paths: readonly string[]) => {
        await rm(path);
        await symlink(secret, path);
        return await rig.blobs.putFiles(paths);
      },
    });
    const [file] = await openSources({ ...rig.options, blobs }).fetch("a.csv", rig.call);
    expect(file && (await rig.contentOf(file))).toBe("fine");
  });
});

describe("a check", () => {
  it.each([
    ["*.parquet", "input *.parquet: no file matches"],
    ["empty", "input empty: the folder holds no file"],
    ["none.csv", "input none.csv: there is no file or folder "],
    ["/dev/null", "input /dev/null: /dev/null is neither a file nor a folder"],
    [".headrace/headrace.db", "belongs to Headrace's own .headrace, which is never part of an input"],
  ])("of %s says beforehand what a fetch would", async (uri, message) => {
    await put("a.csv");
    await put(".headrace/headrace.db");
    await mkdir(join(rig.project, "empty"));
    const [code, text] = await refusal(rig.sources.check(uri));
    expect([code, text]).toEqual(["HR_INPUT_UNAVAILABLE", expect.stringContaining(message)]);
    expect((await refusal(rig.fetch(uri)))[1]).toBe(text);
  });

  it("is content with the first file", async () => {
    await put("many/a.csv");
    await put("many/deeper/b.csv");
    for (const uri of ["many", "many/**.csv", "many/a.csv"]) await rig.sources.check(uri);
  });
});

describe("a name that is no UTF-8", () => {
  it("is told, where the pattern means it", async () => {
    await put("data/a.txt");
    await writeFile(
      Buffer.concat([Buffer.from(join(rig.project, "data/b")), Buffer.from([0xe9]), Buffer.from(".csv")]),
      "x",
    );
    for (const uri of ["data", "data/*.csv"]) {
      expect(await refusal(rig.fetch(uri))).toEqual([
        "HR_INPUT_UNAVAILABLE",
        `input ${uri}: the name of ${join(rig.project, "data/b\ufffd.csv")} is no valid UTF-8`,
        "give it another name, or leave it out by a pattern",
      ]);
    }
    expect(await names("data/*.txt")).toEqual(["a.txt"]);
    // One that really holds the replacement character is a name like any other.
    await put("odd/c\ufffd.csv");
    expect(await names("odd")).toEqual(["c\ufffd.csv"]);
  });
});
