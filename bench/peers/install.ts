import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Peer } from "./peer.ts";

/**
 * The folder of a peer's programs: a virtual environment of its own in the user's cache, made once per set of versions.
 */
export function install(peer: Peer): string {
  if (peer.packages.length === 0) return "";
  const home = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "headrace-bench");
  const folder = join(
    home,
    peer.packages
      .join("+")
      .replaceAll("==", "-")
      .replaceAll(/[^\w.+-]/g, "_"),
  );
  const made = `${folder}/complete`;
  if (existsSync(made)) return join(folder, "bin");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(home, { recursive: true });
  execFileSync("python3", ["-m", "venv", folder]);
  execFileSync(join(folder, "bin/python"), ["-m", "pip", "install", "--quiet", ...peer.packages], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  mkdirSync(`${made}.new`);
  renameSync(`${made}.new`, made);
  return join(folder, "bin");
}
