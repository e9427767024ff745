import { execFile } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { systemErrorCode } from "../errors.ts";
import type { MachineFacts } from "../machine/index.ts";
import { removeTree } from "../remove-tree.ts";

// Unbundled, this is the source; bundled, it lies beside the package's dist/.
const SOURCE = fileURLToPath(
  new URL(import.meta.url.endsWith(".ts") ? "../../python/trace/" : "../python/trace/", import.meta.url),
);

/** Compiles without reading anything that someone may have installed: no site, no variables, no current folder. */
const COMPILE = "import py_compile, sys\nfor path in sys.argv[1:]: py_compile.compile(path, doraise=True)";

/**
 * The folder with the module that watches Python processes, compiled for these interpreters: from source, each start of
 * a Python would take 5 ms longer. A copy in the project's cache, since the package itself may be read-only.
 */
export async function traceModule(
  machine: MachineFacts,
  cacheFolder: string,
  interpreters: readonly string[],
): Promise<string> {
  const wanted = [...new Set(interpreters)];
  const ready = (maxAgeMs?: number): Promise<string> =>
    machine.once(provide, [cacheFolder, ...wanted].join("\0"), () => provide(cacheFolder, wanted), {
      ...(maxAgeMs !== undefined && { maxAgeMs }),
    });
  const folder = await ready();
  // Somebody may have emptied the cache.
  return existsSync(join(folder, "sitecustomize.py")) ? folder : await ready(0);
}

async function provide(cacheFolder: string, interpreters: readonly string[]): Promise<string> {
  const names = readdirSync(SOURCE).filter((name) => name.endsWith(".py"));
  const hash = createHash("sha256");
  for (const name of names.sort()) hash.update(name).update(readFileSync(join(SOURCE, name)));
  const parent = join(cacheFolder, "python-trace");
  const folder = join(parent, hash.digest("hex").slice(0, 16));
  if (!existsSync(folder)) await copy(names, parent, folder);
  for (const interpreter of interpreters) await compileOnce(interpreter, folder, names);
  return folder;
}

async function copy(names: readonly string[], parent: string, folder: string): Promise<void> {
  const aside = join(parent, `new-${randomBytes(8).toString("hex")}`);
  mkdirSync(aside, { recursive: true });
  for (const name of names) copyFileSync(join(SOURCE, name), join(aside, name));
  try {
    renameSync(aside, folder);
  } catch (error) {
    const code = systemErrorCode(error);
    if (code !== "ENOTEMPTY" && code !== "EEXIST") throw error;
    // Another engine was first.
    await removeTree(aside);
  }
}

/** Compiles the module; if that fails, each start costs some milliseconds more, and nothing else. */
async function compileOnce(interpreter: string, folder: string, names: readonly string[]): Promise<void> {
  const { size, mtimeMs } = statSync(interpreter);
  const mark = join(
    folder,
    `compiled-${createHash("sha256").update(`${interpreter}\0${size}\0${mtimeMs}`).digest("hex").slice(0, 16)}`,
  );
  if (existsSync(mark)) return;
  const paths = names.map((name) => join(folder, name));
  await new Promise<void>((resolve) => {
    execFile(interpreter, ["-I", "-S", "-c", COMPILE, ...paths], { timeout: 30_000, cwd: folder, env: {} }, () =>
      resolve(),
    );
  });
  writeFileSync(mark, interpreter);
}
