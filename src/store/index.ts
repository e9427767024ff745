export { type CopyReport, copyProject, type ProjectPlace } from "./copy/copy-project.ts";
export { executionPages } from "./execution-pages.ts";
export type * from "./housekeeping.ts";
export { datumIdsIn } from "./housekeeping.ts";
export { openStore, type StoreOptions, type StorePlace, type StoreSettings } from "./open-store.ts";
export type * from "./records.ts";
export { FINAL_STATES } from "./records.ts";
export type * from "./store.ts";
export { isFinal } from "./transitions.ts";
