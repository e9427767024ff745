import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A machine with two cards, as its nvidia-smi says. */
export function twoCards(): { readonly folder: string; readonly environment: Readonly<Record<string, string>> } {
  const folder = mkdtempSync(join(tmpdir(), "headrace-shared-"));
  const program = join(folder, "bin", "nvidia-smi");
  mkdirSync(join(folder, "bin"));
  writeFileSync(
    program,
    "#!/bin/sh\necho 'GPU 0: NVIDIA A100 (UUID: GPU-aaaa)'\necho 'GPU 1: NVIDIA A100 (UUID: GPU-bbbb)'\n",
    {
      mode: 0o755,
    },
  );
  const PATH = `${join(folder, "bin")}:${process.env.PATH}`;
  return { folder, environment: { PATH, XDG_CACHE_HOME: folder, HEADRACE_STEP_CACHE: folder } };
}
