import { spawn } from "node:child_process";
import { chmodSync, mkdtempSync } from "node:fs";
import { mkdir, open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { DatumView, OpenedFiles, ProjectApi } from "../api/index.ts";
import { findProgram } from "../ask-program.ts";

/** Programs that open a file by its kind, on Linux desktops, macOS and WSL. */
const OPENERS = ["xdg-open", "open", "wslview"] as const;

/**
 * Writes copies of stored files into a new temporary folder and has the desktop show each. A viewer goes on reading
 * after the command has ended, so the copies stay until the system clears its temporary folder; nobody else may read
 * them.
 */
export async function openFiles(
  api: ProjectApi,
  files: readonly DatumView[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<OpenedFiles> {
  const folder = mkdtempSync(join(tmpdir(), "headrace-open-"));
  chmodSync(folder, 0o700);
  const written: { readonly name: string; readonly path: string }[] = [];
  for (const [index, file] of files.entries()) {
    // Names of outputs hold no `..`; a folder each keeps equal names apart.
    const path = join(folder, String(index + 1), ...file.name.split("/"));
    await write(api, file, path);
    written.push({ name: file.name, path });
  }
  const program = openerOf(env);
  if (program !== undefined) for (const { path } of written) show(program, path);
  return { program: program ?? null, files: written };
}

async function write(api: ProjectApi, file: DatumView, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await using target = await open(path, "wx", 0o400);
  for await (const piece of api.data.content(file.id)) await target.writeFile(piece);
}

function openerOf(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const found = OPENERS.map((name) => findProgram(name, env.PATH ?? "")).find((program) => program !== undefined);
  // Without a display, xdg-open looks for a browser of the terminal, and waits there for a person.
  const hasDisplay = process.platform !== "linux" || env.DISPLAY !== undefined || env.WAYLAND_DISPLAY !== undefined;
  return hasDisplay ? found : undefined;
}

function show(program: string, path: string): void {
  const child = spawn(program, [path], { detached: true, stdio: "ignore", cwd: "/" });
  // A viewer that cannot be started has no terminal to say so; the path is printed.
  child.on("error", () => undefined);
  child.unref();
}
