/**
 * The second door of the store, for repositories of other rooms. Their statements are written against the same seam as
 * the store's own, run in the same transactions and append to the same events; their tables stand in the one list of
 * migrations (`migrations/`), so that a database has one version.
 */
export { type Change, getRow } from "./change.ts";
export {
  type Queries,
  type SqlParameters,
  type SqlValue,
  type Statement,
  statement,
  type Transaction,
} from "./database.ts";
export { type AuditEntry, recordAudit } from "./installation/audit.ts";
export type { InstallationChange, InstallationScope } from "./installation/installation-store.ts";
export type { ProjectScope } from "./project/scope.ts";
export { createRecordId } from "./record-id.ts";
