import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Script } from "./script-steps.ts";

/** Ways to name a folder of inputs in Python, R and shell. */
const INPUT_FOLDERS = [
  /\/valohai\/inputs\/([A-Za-z][\w-]*)/g,
  /\bvalohai\.inputs\(\s*["']([^"']+)["']/g,
  /VH_INPUTS_DIR["']?\s*(?:,\s*["'][^"'\n]*["']\s*)?[\])}]*["']?\s*[+,/]\s*f?["']?\/?([A-Za-z][\w-]*)/g,
  /\$\{?VH_INPUTS_DIR\}?"?\/([A-Za-z][\w-]*)/g,
];

/** Inputs that the script names, each once. */
export function inputsNamed({ text }: Script): readonly string[] {
  return [...new Set(INPUT_FOLDERS.flatMap((pattern) => [...text.matchAll(pattern)].map(([, name]) => name ?? "")))];
}

const READS =
  /\b(?:open|read_\w+|load\w*|imread|fread)\(\s*["']([\w.][\w./ -]*\.(?:csv|tsv|txt|jsonl?|parquet|feather|xlsx?|h5|hdf5|np[yz]|pkl|pickle|joblib|pt|onnx|ya?ml|db|sqlite))["']\s*(?:\)|,\s*(?!\s*["'][wax]))/g;

/** Files below the folder that the script opens by a fixed path, and that are not there. */
export function filesMissing({ text }: Script, folder: string): readonly string[] {
  const named = new Set([...text.matchAll(READS)].map(([, path]) => path ?? ""));
  return [...named].filter((path) => !existsSync(join(folder, path)));
}
