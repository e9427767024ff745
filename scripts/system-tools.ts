import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

/**
 * Programs that tests use beside Node: bubblewrap (one of the two sandboxes), git, Python 3 with venv, PostgreSQL's
 * server, strace (for the order of syncs, and what steps use of the code), faketime (for clocks that jump), Docker with
 * a registry for its images, Slurm with its accounting, an SSH server,
 * Chromium. Installs what is missing where this user may; says
 * loudly what stays missing, and fails for it in CI.
 */
export function provideSystemTools(): void {
  const missing = missingPackages();
  if (missing.length === 0) return;
  if (mayInstall()) {
    console.log(`Installing ${missing.join(", ")} for the tests.`);
    const environment = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    spawnSync("apt-get", ["update", "-qq"], { stdio: "inherit", env: environment });
    spawnSync("apt-get", ["install", "-y", "-qq", ...missing], { stdio: "inherit", env: environment });
  }
  const still = missingPackages();
  if (still.length === 0) return;
  console.error(`MISSING: ${still.join(", ")}. Tests that need them are skipped.`);
  if (process.env.CI !== undefined) throw new Error(`CI may skip nothing: install ${still.join(", ")}`);
}

function missingPackages(): readonly string[] {
  const missing: string[] = [];
  if (process.platform === "linux" && !runs("bwrap", "--version")) missing.push("bubblewrap");
  if (process.platform === "linux" && !runs("strace", "-V")) missing.push("strace");
  if (process.platform === "linux" && !runs("faketime", "--version")) missing.push("faketime");
  if (!runs("git", "--version")) missing.push("git");
  if (!runs("python3", "--version")) missing.push("python3");
  if (!runs("python3", "-c", "import ensurepip, venv")) missing.push("python3-venv");
  // Debian keeps the server's programs off the path.
  if (!existsSync("/usr/lib/postgresql") && !runs("initdb", "--version")) missing.push("postgresql");
  if (process.platform === "linux" && !(runs("dockerd", "--version") && runs("docker", "--version")))
    missing.push("docker.io");
  if (process.platform === "linux" && !existsSync("/usr/bin/docker-registry")) missing.push("docker-registry");
  if (process.platform === "linux" && !runs("slurmctld", "-V")) missing.push("slurm-wlm", "munge");
  // Slurm's accounting, which says its version only where it is set up, and the database that it keeps its records in.
  if (process.platform === "linux" && !(existsSync("/usr/sbin/slurmdbd") && runs("mariadbd", "--version"))) {
    missing.push("slurmdbd", "mariadb-server");
  }
  if (process.platform === "linux" && !existsSync("/usr/sbin/sshd")) missing.push("openssh-server");
  // The tests of the web application drive it.
  if (process.platform === "linux" && !existsSync("/usr/bin/chromium")) missing.push("chromium");
  return missing;
}

function mayInstall(): boolean {
  return process.platform === "linux" && process.getuid?.() === 0 && runs("apt-get", "--version");
}

function runs(command: string, ...args: string[]): boolean {
  return spawnSync(command, args, { stdio: "ignore" }).status === 0;
}
