/**
 * Schemes of the URIs that this version fetches, in lower case. The rooms that fetch stand above this one and hold
 * themselves to the list (a test compares them); it stands here so that a look at a file need not load them.
 */
export const FETCHED_SCHEMES: ReadonlySet<string> = new Set(["dataset", "datum", "file", "http", "https", "model"]);
