/** Programs that download, or compute again from what counts anyhow: by the first name below the cache folder. */
const DOWNLOADS = new Set(
  `pip uv pypoetry pdm virtualenv conda mamba npm yarn node pnpm go-build go-modules cargo-git cargo-registry R julia huggingface torch torch_extensions
  transformers datasets sentence_transformers keras-datasets keras-models nltk-data scikit_learn_data tensorflow_datasets seaborn kagglehub openml whisper
  pooch gdown clip spacy stanza flair matplotlib fontconfig triton numba nvidia mesa_shader_cache mesa_shader_cache_db ccache ms-playwright`.split(
    /\s+/,
  ),
);

/**
 * Returns true if a path below the cache folder belongs to a program that only keeps downloads there, or files that it
 * can compute again.
 */
export function isDownload(path: string): boolean {
  return DOWNLOADS.has(path.split("/")[0] ?? "");
}

/** The word for what nobody knows: the value may be another one the next time, by whichever step. */
export function whyCached(paths: readonly string[]): string | undefined {
  const path = paths.find((one) => !isDownload(one));
  return path === undefined
    ? undefined
    : `it reads ${path} in the cache folder that steps share, where another step may have left it`;
}

/** Files that a step read in the folder of kept caches and had not made itself before, in the order of its calls. */
export class CacheReads {
  readonly #folder: string | undefined;
  readonly #own = new Set<string>();
  readonly #read = new Set<string>();

  /** `folder` is where the step saw it; undefined where there is none. */
  constructor(folder: string | undefined) {
    this.#folder = folder;
  }

  /** Relative to the folder. */
  get paths(): readonly string[] {
    return [...this.#read];
  }

  /** Something is opened, with these flags (`O_RDONLY|O_CLOEXEC`). */
  open(path: string, flags: string): void {
    const inner = this.#within(path);
    if (inner === undefined || /\bO_(?:DIRECTORY|PATH)\b/.test(flags) || this.#isOwn(inner)) return;
    if (/\bO_(?:TRUNC|EXCL)\b/.test(flags)) this.#own.add(inner);
    else this.#read.add(inner);
  }

  /** A file or folder comes to a path from elsewhere. */
  arrive(path: string): void {
    const inner = this.#within(path);
    if (inner !== undefined) this.#own.add(inner);
  }

  #within(path: string): string | undefined {
    return this.#folder !== undefined && path.startsWith(`${this.#folder}/`)
      ? path.slice(this.#folder.length + 1)
      : undefined;
  }

  #isOwn(inner: string): boolean {
    for (let at = inner; at !== ""; at = at.slice(0, Math.max(0, at.lastIndexOf("/"))))
      if (this.#own.has(at)) return true;
    return false;
  }
}
