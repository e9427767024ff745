/** The questions that some checks ask of the files around the configuration; without them these checks are left out. */
export interface FilesAround {
  /** Returns true if the code has a file or folder of this path, relative to the configuration's folder. */
  readonly fileExists: (relativePath: string) => boolean;
  /** The same for the path of an input, which need not be code. Absent: as `fileExists`. */
  readonly inputExists?: (relativePath: string) => boolean;
  /** Returns true if a pattern of `reuse: {code: […]}` matches a file of the code. Without it no check asks. */
  readonly matchesCode?: (pattern: string) => boolean;
}

/** The facts that the checks may ask about the project around the file. */
export interface ConfigContext extends Partial<FilesAround> {
  /** Schemes of URIs that inputs can come by, in lower case. Without it no check asks. */
  readonly uriSchemes?: ReadonlySet<string>;
}
