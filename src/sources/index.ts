export type { HttpPolicy } from "./http/http-policy.ts";
export { toLocalPath } from "./local/local-path.ts";
export { openSources } from "./open-sources.ts";
export { redactUri } from "./redact-uri.ts";
export type { FetchedFile, FetchOptions, FetchProgress, Sources, SourcesOptions } from "./sources.ts";
