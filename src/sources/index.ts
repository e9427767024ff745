export type { FetchedFile, FetchOptions, FetchProgress, Sources, SourcesOptions } from "./sources.ts";
