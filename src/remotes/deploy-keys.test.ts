import { execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { GitServer } from "./fixtures/git-server.ts";
import { Mirror, type Remote } from "./mirror.ts";

const SSHD = "/usr/sbin/sshd";
const why = existsSync(SSHD) ? undefined : `${SSHD} is missing: install openssh-server`;
if (why !== undefined) console.warn(`SKIPPED: deploy keys at a real SSH server (${why})`);

/** A real SSH server on loopback, as a host of repositories has it: each key opens one repository and nothing else. */
class SshServer implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), "headrace-sshd-"));
  readonly port: number;
  #stop = (): void => undefined;

  private constructor(port: number) {
    this.port = port;
    this.newHostKey();
  }

  static async start(repositories: Readonly<Record<string, string>>): Promise<SshServer> {
    const probe = createServer();
    await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
    const address = probe.address();
    await new Promise((resolve) => probe.close(resolve));
    const server = new SshServer(typeof address === "object" && address !== null ? address.port : 0);
    const authorized = Object.entries(repositories).map(([name, repository]) => {
      execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", name, "-f", join(server.folder, name)]);
      const command = `git-upload-pack ${repository}`;
      return `restrict,command="${command}" ${readFileSync(join(server.folder, `${name}.pub`), "utf8")}`;
    });
    writeFileSync(join(server.folder, "authorized"), authorized.join(""), { mode: 0o600 });
    await server.listen();
    return server;
  }

  newHostKey(): void {
    rmSync(join(this.folder, "host"), { force: true });
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(this.folder, "host")]);
  }

  async listen(): Promise<void> {
    // An sshd that runs as root needs this folder; it is missing if no service was started.
    if (process.getuid?.() === 0) mkdirSync("/run/sshd", { recursive: true });
    const settings = [
      ...[`ListenAddress=127.0.0.1:${this.port}`, `HostKey=${join(this.folder, "host")}`, "UsePAM=no", "PidFile=none"],
      ...[`AuthorizedKeysFile=${join(this.folder, "authorized")}`, "StrictModes=no", "PermitRootLogin=yes"],
      ...["PasswordAuthentication=no", "KbdInteractiveAuthentication=no"],
    ];
    const child = spawn(SSHD, ["-D", "-e", "-f", "/dev/null", ...settings.flatMap((each) => ["-o", each])], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
    const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
    this.#stop = () => child.kill("SIGTERM");
    while (!said.includes("Server listening")) {
      if (child.exitCode !== null) throw new Error(`sshd ended: ${said}`);
      await Promise.race([sleep(50), ended]);
    }
  }

  async restart(): Promise<void> {
    this.#stop();
    await sleep(100);
    await this.listen();
  }

  remote(name: string, key?: string): Remote {
    const url = `ssh://${userInfo().username}@127.0.0.1:${this.port}/${name}.git`;
    if (key === undefined) return { url };
    return { url, credential: { kind: "ssh-key", key: readFileSync(join(this.folder, key), "utf8") } };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

describe.skipIf(why !== undefined)("deploy keys at a real SSH server", () => {
  test("open to each project its own repository, and stay in no file", async () => {
    await using one = await GitServer.start();
    await using two = await GitServer.start();
    const commits = [one.commit("main", "one"), two.commit("main", "two")];
    await using ssh = await SshServer.start({ one: one.repository, two: two.repository });
    const folder = mkdtempSync(join(tmpdir(), "headrace-mirror-"));
    using _ = { [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
    const signal = AbortSignal.timeout(300_000);
    const mirror = (name: string) =>
      new Mirror(name, {
        folder,
        addresses: { privateAddresses: "allow", allowedHosts: [] },
        transports: { files: false, plainHttp: false },
        // An agent and a configuration of the user who runs the server open nothing.
        env: { ...process.env, SSH_AUTH_SOCK: join(folder, "no-agent") },
      });
    expect(await mirror("p1").fetch(ssh.remote("one", "one"), signal)).toMatchObject([{ commit: commits[0] }]);
    expect(await mirror("p2").fetch(ssh.remote("two", "two"), signal)).toMatchObject([{ commit: commits[1] }]);
    await expect(mirror("p3").fetch(ssh.remote("one"), signal)).rejects.toMatchObject({
      code: "HR_INPUT_UNAVAILABLE",
      hint: "give the project a deploy key or a token for the repository",
    });
    const strange = join(ssh.folder, "strange");
    spawnSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", strange]);
    await expect(mirror("p3").fetch(ssh.remote("one", "strange"), signal)).rejects.toMatchObject({
      code: "HR_INPUT_UNAVAILABLE",
      hint: "check the project's deploy key or token for the repository",
    });
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    for (const { parentPath, name } of files)
      expect(readFileSync(join(parentPath, name), "latin1"), name).not.toContain("PRIVATE KEY");

    // Somebody else answers at the address now: nothing is fetched from there.
    ssh.newHostKey();
    await ssh.restart();
    await expect(mirror("p1").fetch(ssh.remote("one", "one"), signal)).rejects.toMatchObject({
      code: "HR_INPUT_UNAVAILABLE",
    });
  });
});
