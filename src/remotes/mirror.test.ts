import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { GitServer } from "./fixtures/git-server.ts";
import { Mirror, type MirrorOptions, type Remote } from "./mirror.ts";

let server: GitServer;
let folder: string;
const signal = AbortSignal.timeout(300_000);

beforeEach(async () => {
  server = await GitServer.start();
  folder = mkdtempSync(join(tmpdir(), "headrace-mirror-"));
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

function mirror(change: Partial<MirrorOptions> = {}): Mirror {
  return new Mirror("project-1", {
    folder: join(folder, "mirrors"),
    addresses: { privateAddresses: "allow", allowedHosts: [] },
    transports: { files: true, plainHttp: true },
    env: process.env,
    ...change,
  });
}

describe("a mirror", () => {
  test("has the branches and tags of the remote, and follows what becomes of them", async () => {
    const first = server.commit("main", "one");
    const side = server.commit("feature/x", "side");
    server.git(["tag", "light", first]);
    server.git(["tag", "-a", "-m", "annotated", "v1.0", first]);
    server.git(["tag", "tree", server.git(["rev-parse", `${first}^{tree}`])]);
    const own = mirror();
    expect(await own.refs(signal)).toEqual([]);
    expect(await own.fetch({ url: server.url }, signal)).toEqual([
      { name: "feature/x", kind: "branch", commit: side },
      { name: "main", kind: "branch", commit: first },
      { name: "light", kind: "tag", commit: first },
      { name: "v1.0", kind: "tag", commit: first },
    ]);
    const second = server.commit("main", "two", { orphan: true });
    server.git(["update-ref", "-d", "refs/heads/feature/x"]);
    server.git(["tag", "-f", "light", second]);
    expect(await own.fetch({ url: server.url }, signal)).toEqual([
      { name: "main", kind: "branch", commit: second },
      { name: "light", kind: "tag", commit: second },
      { name: "v1.0", kind: "tag", commit: first },
    ]);
  });

  test("knows what a branch, a tag and the beginning of a commit's name mean", async () => {
    const commit = server.commit("main", "one");
    server.git(["tag", "-a", "-m", "annotated", "v1.0", commit]);
    const own = mirror();
    await own.fetch({ url: server.url }, signal);
    for (const ref of ["main", "v1.0", commit, commit.slice(0, 8)]) expect(await own.resolve(ref, signal)).toBe(commit);
    for (const ref of ["", "other", "main..main", "main~1", "--all", "@{-1}", "HEAD", "deadbeef"])
      await expect(own.resolve(ref, signal)).rejects.toMatchObject({
        code: "HR_NOT_FOUND",
        message: `the repository has no branch, tag or commit “${ref}”`,
      });
  });

  test("is fetched by several at once, each of whom sees what was there when it asked", async () => {
    server.commit("main", "one");
    const commit = server.commit("main", "two");
    const mirrors = [mirror(), mirror(), mirror()];
    const all = await Promise.all(mirrors.map((own) => own.fetch({ url: server.url }, signal)));
    expect(all).toEqual(mirrors.map(() => [{ name: "main", kind: "branch", commit }]));
  });

  test("is fetched again where a killed process left git's locks and its own", async () => {
    server.commit("main", "one");
    const own = mirror();
    await own.fetch({ url: server.url }, signal);
    const commit = server.commit("main", "two");
    writeFileSync(join(own.folder, "refs/heads/main.lock"), "");
    writeFileSync(join(own.folder, "packed-refs.lock"), "");
    writeFileSync(join(folder, "mirrors/project-1.lock.99"), JSON.stringify({ pid: 1, bootId: "x", startTime: "0" }));
    expect(await own.fetch({ url: server.url }, signal)).toEqual([{ name: "main", kind: "branch", commit }]);
  });

  test("runs nothing that the repository or the server's user configures", async () => {
    const home = join(folder, "home");
    const ran = join(folder, "ran");
    server.commit("main", "one");
    const own = mirror({ env: { ...process.env, HOME: home, GIT_SSH_COMMAND: `touch ${ran}`, GIT_TRACE: ran } });
    await own.fetch({ url: server.url }, signal);
    for (const hook of ["reference-transaction", "post-update"]) {
      writeFileSync(join(own.folder, "hooks", hook), `#!/bin/sh\ntouch ${ran}\n`);
      chmodSync(join(own.folder, "hooks", hook), 0o755);
    }
    server.commit("main", "two");
    await own.fetch({ url: server.url }, signal);
    expect(existsSync(ran)).toBe(false);
  });

  test("takes a repository on a disk only where that is allowed", async () => {
    const commit = server.commit("main", "one");
    expect(await mirror().fetch({ url: server.repository }, signal)).toEqual([
      { name: "main", kind: "branch", commit },
    ]);
    const strict = mirror({ transports: { files: false, plainHttp: true } });
    await expect(strict.fetch({ url: server.repository }, signal)).rejects.toMatchObject({ code: "HR_USAGE" });
  });
});

describe("a private repository", () => {
  const token = "s3cret-token";

  test.each<[string, Remote["credential"], string]>([
    ["no credential", undefined, "give the project a deploy key or a token for the repository"],
    [
      "a wrong one",
      { kind: "token", user: "u", token: "no" },
      "check the project's deploy key or token for the repository",
    ],
  ])("does not let in with %s", async (_, credential, hint) => {
    server.commit("main", "one");
    server.password = `u:${token}`;
    const remote = { url: server.url, ...(credential !== undefined && { credential }) };
    await expect(mirror().fetch(remote, signal)).rejects.toMatchObject({ code: "HR_INPUT_UNAVAILABLE", hint });
  });

  test("lets in with its token, which stays in no file", async () => {
    const commit = server.commit("main", "one");
    server.password = `u:${token}`;
    const own = mirror();
    const remote: Remote = { url: server.url, credential: { kind: "token", user: "u", token } };
    expect(await own.fetch(remote, signal)).toEqual([{ name: "main", kind: "branch", commit }]);
    const encoded = Buffer.from(`u:${token}`).toString("base64");
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true }).filter((each) => each.isFile())) {
      const text = readFileSync(join(entry.parentPath, entry.name), "latin1");
      expect(text.includes(token) || text.includes(encoded), entry.name).toBe(false);
    }
  });

  test("by ssh is asked with the project's key alone, at the address that was looked at", async () => {
    const commit = server.commit("main", "one");
    const programs = join(folder, "bin");
    const calls = join(folder, "calls");
    // Stands for the network: notes how it was called, and runs here what it was to run there.
    const stub = `#!/bin/sh
for word in "$@"; do
  echo "$word" >> ${calls}
  case $word in IdentityFile=*) cat "\${word#IdentityFile=}" >> ${calls};; esac
done
for last; do :; done
exec sh -c "$(echo "$last" | sed "s#'/code.git'#'${server.repository}'#")"
`;
    mkdirSync(programs);
    writeFileSync(join(programs, "ssh"), stub, { mode: 0o755 });
    const own = mirror({ env: { ...process.env, PATH: `${programs}:${process.env.PATH}` } });
    const remote: Remote = {
      url: "ssh://git@127.0.0.1:2222/code.git",
      credential: { kind: "ssh-key", key: "THE KEY" },
    };
    expect(await own.fetch(remote, signal)).toEqual([{ name: "main", kind: "branch", commit }]);
    const called = readFileSync(calls, "utf8").split("\n");
    expect(called).toEqual(
      expect.arrayContaining([
        ...["none", "BatchMode=yes", "IdentitiesOnly=yes", "IdentityAgent=none", "StrictHostKeyChecking=accept-new"],
        ...["HostName=127.0.0.1", "HostKeyAlias=127.0.0.1", "THE KEY", "2222", "git@127.0.0.1"],
      ]),
    );
    const keyFile = called.find((word) => word.startsWith("IdentityFile="))?.slice("IdentityFile=".length) ?? "";
    expect(keyFile).not.toBe("");
    expect(existsSync(keyFile)).toBe(false);
  });
});

describe("a remote is refused", () => {
  test("at an address of the inner network", async () => {
    server.commit("main", "one");
    const strict = mirror({ addresses: { privateAddresses: "refuse", allowedHosts: [] } });
    await expect(strict.fetch({ url: server.url }, signal)).rejects.toMatchObject({ code: "HR_FORBIDDEN" });
    const allowed = mirror({ addresses: { privateAddresses: "refuse", allowedHosts: ["127.0.0.1"] } });
    expect(await allowed.fetch({ url: server.url }, signal)).toHaveLength(1);
  });

  test("that leads to another place", async () => {
    await using other = await GitServer.start();
    other.commit("main", "inner");
    server.redirectTo = `${other.url}/info/refs?service=git-upload-pack`;
    await expect(mirror().fetch({ url: server.url }, signal)).rejects.toMatchObject({ code: "HR_INPUT_UNAVAILABLE" });
  });

  test("whose objects would leave the folder that they are checked out in", async () => {
    const blob = server.git(["hash-object", "-w", "--stdin"], "x");
    const inner = server.git(["mktree"], `100644 blob ${blob}\tconfig\n`);
    const tree = server.git(["mktree"], `040000 tree ${inner}\t.git\n`);
    const commit = server.git(["commit-tree", tree, "-m", "evil"]);
    server.git(["update-ref", "refs/heads/main", commit]);
    await expect(mirror().fetch({ url: server.url }, signal)).rejects.toMatchObject({ code: "HR_INPUT_UNAVAILABLE" });
    expect(await mirror().refs(signal)).toEqual([]);
  });

  test("that is not there, or takes too long", async () => {
    const gone = { url: `${server.url.replace("code", "none")}` };
    await expect(mirror().fetch(gone, signal)).rejects.toMatchObject({
      code: "HR_INPUT_UNAVAILABLE",
      message: expect.stringContaining("cannot be fetched: repository"),
    });
    await expect(mirror().fetch({ url: server.url }, AbortSignal.abort(new Error("enough")))).rejects.toThrow("enough");
  });
});
