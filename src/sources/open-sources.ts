import { HeadraceError } from "../errors.ts";
import { redactUri } from "./redact-uri.ts";
import { SharedFetches } from "./shared-fetches.ts";
import type { Source } from "./source.ts";
import type { FetchedFile, FetchOptions, Sources, SourcesOptions } from "./sources.ts";
import { unavailable } from "./unavailable.ts";

interface SourceKind {
  /** In lower case; `path` stands for a URI without a scheme. */
  readonly schemes: readonly string[];
  /** Loaded when its first URI comes, since most runs need one kind only. */
  readonly open: (options: SourcesOptions) => Promise<Source>;
}

const LOCAL: SourceKind = {
  schemes: ["path", "file"],
  open: async (options) => (await import("./local/local-source.ts")).openLocalSource(options),
};

const KINDS: readonly SourceKind[] = [
  LOCAL,
  {
    schemes: ["http", "https"],
    open: async (options) => (await import("./http/http-source.ts")).openHttpSource(options),
  },
  { schemes: ["datum"], open: async (options) => (await import("./datum-source.ts")).openDatumSource(options) },
  { schemes: ["dataset"], open: async (options) => (await import("./dataset-source.ts")).openDatasetSource(options) },
  { schemes: ["model"], open: async (options) => (await import("./model-source.ts")).openModelSource(options) },
];

/** Schemes of the URIs that can be fetched, in lower case. */
export const URI_SCHEMES: ReadonlySet<string> = new Set(
  KINDS.flatMap(({ schemes }) => schemes.filter((scheme) => scheme !== "path")),
);

/** Makes ready to fetch inputs; nothing is opened before the first fetch. */
export function openSources(options: SourcesOptions): Sources {
  return new RegisteredSources(options);
}

class RegisteredSources implements Sources {
  readonly #options: SourcesOptions;
  readonly #opened = new Map<SourceKind, Promise<Source>>();
  readonly #shared = new SharedFetches();

  constructor(options: SourcesOptions) {
    this.#options = options;
  }

  async fetch(uri: string, options: FetchOptions): Promise<readonly FetchedFile[]> {
    const kind = this.#kindOf(uri);
    return this.#shared.join(uri, options, async (shared) => (await this.#open(kind)).fetch(uri, shared));
  }

  async check(uri: string): Promise<void> {
    const source = await this.#open(this.#kindOf(uri));
    await source.check?.(uri);
  }

  #kindOf(uri: string): SourceKind {
    const kind = kindOf(uri);
    if (kind !== LOCAL || this.#options.readsLocalFiles !== false) return kind;
    throw new HeadraceError("HR_FORBIDDEN", `input ${redactUri(uri)}: a server reads no files of its own machine`, {
      hint: ["store the file with ", { do: "upload-data" }, ", and give its datum:// address"],
    });
  }

  #open(kind: SourceKind): Promise<Source> {
    const opened = this.#opened.get(kind) ?? kind.open(this.#options);
    this.#opened.set(kind, opened);
    return opened;
  }
}

function kindOf(uri: string): SourceKind {
  if (uri.trim() === "")
    throw unavailable('""', "the URI is empty", "give a path or a URI, or leave the input's default away");
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(uri)?.[1]?.toLowerCase() ?? "path";
  const kind = KINDS.find(({ schemes }) => schemes.includes(scheme));
  if (kind !== undefined) return kind;
  const known = KINDS.flatMap(({ schemes }) =>
    schemes.map((name) => (name === "path" ? "a local path" : `${name}://`)),
  );
  throw new HeadraceError(
    "HR_NOT_SUPPORTED",
    `input ${redactUri(uri)}: inputs by ${scheme}:// are not supported by this version`,
    {
      hint: `give it as one of: ${known.join(", ")}`,
    },
  );
}
