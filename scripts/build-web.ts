import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build } from "vite";
import { projectRoot } from "./bundle.ts";

/** Below this a compressed file is no faster to load. */
const WORTH_COMPRESSING_BYTES = 1_000;

/**
 * Bundles the web application into dist/web, each text beside its compressed forms, so that the server compresses
 * nothing. Returns the files that went into the bundle.
 */
export async function buildWeb(): Promise<readonly string[]> {
  // A test that builds it first would get the large form for development, by its own kind of environment.
  process.env.NODE_ENV = "production";
  const built = await build({ configFile: join(projectRoot, "web/vite.config.ts"), logLevel: "warn" });
  if (!("output" in built)) throw new Error("vite gave no list of what it wrote");
  compressAll(join(projectRoot, "dist/web"));
  return built.output.flatMap((chunk) => (chunk.type === "chunk" ? chunk.moduleIds : chunk.originalFileNames));
}

function compressAll(folder: string): void {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !/\.(?:js|css|html|svg)$/.test(entry.name)) continue;
    const path = join(entry.parentPath, entry.name);
    const content = readFileSync(path);
    if (content.length < WORTH_COMPRESSING_BYTES) continue;
    writeFileSync(`${path}.br`, brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }));
    writeFileSync(`${path}.gz`, gzipSync(content, { level: 9 }));
  }
}
