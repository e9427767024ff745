/** What the checks may ask about the project around the file. */
export interface ConfigContext {
  /** Whether the project has a file of this path, relative to the configuration's folder. Without it no check asks. */
  readonly fileExists?: (relativePath: string) => boolean;
  /** Whether a pattern of `reuse: {code: […]}` matches a file of the project. Without it no check asks. */
  readonly matchesCode?: (pattern: string) => boolean;
  /** Schemes of URIs that inputs can come by, in lower case. Without it no check asks. */
  readonly uriSchemes?: ReadonlySet<string>;
}
