/** The roles that a user may have in a project, from the least to the most. */
export type Role = "viewer" | "member" | "admin";

/** The share of its user's rights that a token carries. */
export type AccessLevel = "read" | "write" | "admin";

/** The actions that may be done in a project. docs/access.md says who may. */
export type ProjectAction =
  | "project.read"
  | "run.start"
  | "run.stop"
  | "run.label"
  | "run.delete"
  | "run.approve"
  | "model.approve"
  | "data.write"
  | "data.delete"
  | "code.fetch"
  | "code.upload"
  | "secret.use"
  | "project.configure"
  | "secret.write"
  | "project.members"
  | "project.audit"
  | "project.delete";

/** The actions that may be done outside of any project. */
export type ServerAction =
  | "account.read"
  | "account.write"
  | "environment.read"
  | "project.create"
  | "user.list"
  | "user.manage"
  | "team.manage"
  | "server.watch"
  | "server.read"
  | "server.configure"
  | "server.audit";
