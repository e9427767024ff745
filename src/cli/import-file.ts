import { existsSync, globSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { ImportedFile } from "../api/index.ts";
import { readBounded, WRITTEN_BY_HAND_BYTES } from "../bounded-file.ts";
import { dvcVariableFiles, importDvc } from "../config/index.ts";
import { HeadraceError, systemErrorCode } from "../errors.ts";
import { ignoredPaths } from "../services/index.ts";

/**
 * Turns a dvc.yaml into a configuration, and writes it where `output` says. Files are sought from `folder`; none is
 * overwritten.
 */
export async function importFile(file: string, output: string | undefined, folder: string): Promise<ImportedFile> {
  const path = resolve(folder, file);
  const text = readText(path, file);
  const root = dirname(path);
  const requirements = REQUIREMENTS.find((name) => existsSync(join(root, name)));
  const { yaml, notes } = importDvc(text, {
    file,
    paramsFiles: readVariables(text, root),
    tracked: [...trackedPaths(root), ...(await ignoredPaths(root))],
    ...(requirements === undefined ? {} : { requirements }),
  });
  if (output !== undefined) writeNew(resolve(folder, output), output, yaml);
  return { file: output ?? null, yaml, notes };
}

/** The files in which projects of DVC list their packages; the first that exists counts. */
const REQUIREMENTS = ["requirements.txt", "src/requirements.txt"];

/** Those of the files with values that exist; the importer says what it misses. */
function readVariables(text: string, folder: string): Readonly<Record<string, string>> {
  const found = dvcVariableFiles(text).flatMap((name) => {
    try {
      return [[name, readText(join(folder, name), name)] as const];
    } catch {
      return [];
    }
  });
  return Object.fromEntries(found);
}

/** `data/raw.csv.dvc` stands beside the data that it tracks, `data/raw.csv`. */
function trackedPaths(folder: string): readonly string[] {
  const isNoData = (name: string): boolean => name === ".git" || name === ".dvc" || name === "node_modules";
  return globSync("**/*.dvc", { cwd: folder, exclude: isNoData }).map((name) =>
    name.slice(0, -".dvc".length).replaceAll("\\", "/"),
  );
}

function readText(path: string, file: string): string {
  let bytes: Buffer;
  try {
    bytes = readBounded(path, WRITTEN_BY_HAND_BYTES);
  } catch (error) {
    const code = systemErrorCode(error);
    throw new HeadraceError(
      "HR_CONFIG_UNREADABLE",
      `${file} cannot be read: ${code === "ENOENT" ? "there is no such file" : code}`,
      {
        hint: "give the path of a dvc.yaml",
        cause: error,
      },
    );
  }
  if (bytes.length <= WRITTEN_BY_HAND_BYTES) return bytes.toString();
  throw new HeadraceError(
    "HR_CONFIG_UNREADABLE",
    `${file} cannot be read: it is larger than ${WRITTEN_BY_HAND_BYTES / 1e6} MB`,
    {
      hint: "give the path of a dvc.yaml",
    },
  );
}

function writeNew(path: string, shown: string, yaml: string): void {
  try {
    writeFileSync(path, yaml, { flag: "wx" });
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === "EEXIST") {
      throw new HeadraceError("HR_FILE_EXISTS", `${shown} exists already`, {
        hint: "name a new file with -o, or remove that one first",
        cause: error,
      });
    }
    throw new HeadraceError("HR_USAGE", `${shown} cannot be written (${code})`, {
      hint: "name a file in a folder that you may write to",
      cause: error,
    });
  }
}
