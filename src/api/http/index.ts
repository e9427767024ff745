export { ACCOUNT } from "./account.ts";
export { AUDIT } from "./audit.ts";
export { CATALOG } from "./catalog.ts";
export { CODE } from "./code.ts";
export type {
  AskOf,
  CallOf,
  Contracts,
  ItemOf,
  ProjectBearer,
  ReplyOf,
  RouteAccess,
  RouteContract,
  StreamedBytes,
  StreamedItem,
} from "./contract.ts";
export { FILES } from "./files.ts";
export { HEALTH } from "./health.ts";
export type { PageQuery } from "./lists.ts";
export { LOGS } from "./logs.ts";
export { MODELS } from "./models.ts";
export { OWN_EXECUTION, STEP_CALLS } from "./own-execution.ts";
export { PROJECTS } from "./projects.ts";
export { type RouteEntry, referenceOf, whoMay, withCalls } from "./reference.ts";
export { ROUTES } from "./routes.ts";
export { RUNS } from "./runs.ts";
export { SAVED_VIEWS } from "./saved-views.ts";
export { STORAGE } from "./storage.ts";
export { TEAMS } from "./teams.ts";
export { UPLOADS } from "./uploads.ts";
export { USERS } from "./users.ts";
export * from "./valohai/index.ts";
export { VARIABLES } from "./variables.ts";
