import { readFileSync } from "node:fs";

/** The version of this program. The bundle carries it as a constant; the sources read it from package.json. */
export function programVersion(): string {
  const built = process.env.HEADRACE_BUILD_VERSION;
  if (built !== undefined) return built;
  const manifest: unknown = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  const isManifest = typeof manifest === "object" && manifest !== null && "version" in manifest;
  return isManifest && typeof manifest.version === "string" ? manifest.version : "unknown";
}
