/** The place to which a path of a dvc.yaml leads: into the repository, or elsewhere. */
export type PlacedPath =
  | { readonly kind: "inside"; readonly path: string }
  /**
   * A URL, an absolute path, or one that leaves the repository: the script reaches it by itself, as it does under DVC.
   */
  | { readonly kind: "outside"; readonly path: string };

/**
 * A path as written, seen from the stage's working folder, as a path from the repository's root without `.` and `..`.
 */
export function placePath(written: string, folder: string): PlacedPath {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(written) || written.startsWith("/") || /^[A-Za-z]:[\\/]/.test(written))
    return { kind: "outside", path: written };
  const parts: string[] = [];
  for (const part of `${folder}/${written}`.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") parts.push(part);
    else if (parts.pop() === undefined) return { kind: "outside", path: written };
  }
  return { kind: "inside", path: parts.join("/") };
}

/** `data` of `data/raw.csv`; empty at the root. */
export function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

export function isWithin(path: string, folder: string): boolean {
  return folder === "" || path.startsWith(`${folder}/`);
}

const DATA_ENDINGS =
  /\.(?:csv|tsv|parquet|feather|arrow|avro|orc|jsonl|ndjson|npy|npz|pkl|pickle|joblib|h5|hdf5|mat|rds|rdata|pt|pth|onnx|ckpt|safetensors|bin|dat|db|sqlite3?|duckdb|xlsx?|xml|geojson|shp|nc|grib|tiff?|png|jpe?g|gif|bmp|wav|mp3|flac|ogg|mp4|avi|mov|fasta|fastq|bam|vcf|zip|tar|tgz|gz|bz2|xz|zst|7z|tfrecords?|lmdb|txt)$/i;
const DATA_FOLDERS = /^(?:data|datasets?|raw|inputs?|images|corpus|corpora)$/i;

/**
 * Returns true if a dependency that no stage makes is data rather than code. The file system is out of reach here;
 * names tell well enough, and both mistakes are harmless: code that is taken for data is linked to a copy of itself,
 * data that is taken for code is in the repository anyway or is missed at once.
 */
export function looksLikeData(path: string): boolean {
  const parts = path.split("/");
  const name = parts.at(-1) ?? "";
  if (name === "requirements.txt" || name === "CMakeLists.txt") return false;
  if (DATA_ENDINGS.test(name)) return true;
  const hasEnding = /[^.]\.[A-Za-z0-9]+$/.test(name);
  const folders = hasEnding ? parts.slice(0, -1) : parts;
  const isCode = /\.(?:py|ipynb|r|jl|sh|bash|sql|js|ts|java|scala|go|rs|c|cc|cpp|h|hpp|lua|pl|rb|m)$/i.test(name);
  return !isCode && folders.some((folder) => DATA_FOLDERS.test(folder));
}
