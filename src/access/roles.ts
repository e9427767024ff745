import type { AccessLevel, ProjectAction, Role, ServerAction } from "../api/index.ts";

export type { AccessLevel, ProjectAction, Role, ServerAction };

/**
 * The roles of a user in a project, from the least to the most. A viewer looks; a member also starts, stops and labels
 * runs and brings files; an admin also says who belongs to the project, and how it is set.
 */
export const ROLES: readonly Role[] = ["viewer", "member", "admin"];

/** The shares of its user's rights that a token can carry, from the least. */
export const ACCESS_LEVELS: readonly AccessLevel[] = ["read", "write", "admin"];

/** The actions in a project, with the least role that may do them. */
export const PROJECT_ACTIONS: Readonly<Record<ProjectAction, Role>> = {
  "project.read": "viewer",
  "run.start": "member",
  "run.stop": "member",
  "run.label": "member",
  "run.delete": "member",
  "run.approve": "member",
  "model.approve": "member",
  "data.write": "member",
  "data.delete": "member",
  "code.fetch": "member",
  "code.upload": "member",
  "secret.use": "member",
  "project.configure": "admin",
  "secret.write": "admin",
  "project.members": "admin",
  "project.audit": "admin",
  "project.delete": "admin",
};

/**
 * The actions outside of any project, with those who may do them: everybody who is logged in (`user`), or
 * administrators of the server alone.
 */
export const SERVER_ACTIONS: Readonly<Record<ServerAction, "user" | "admin">> = {
  "account.read": "user",
  "account.write": "user",
  "environment.read": "user",
  "project.create": "user",
  "user.list": "user",
  "user.manage": "admin",
  "team.manage": "admin",
  "server.watch": "user",
  "server.read": "admin",
  "server.configure": "admin",
  "server.audit": "admin",
};

export type Action = ProjectAction | ServerAction;

export function isProjectAction(action: Action): action is ProjectAction {
  return action in PROJECT_ACTIONS;
}

/** True if the one role has all the rights of the other. */
export function isAtLeast(role: Role, other: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(other);
}

/** The greater of two roles, either of which may be missing. */
export function greaterRole(one: Role | undefined, other: Role | undefined): Role | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return isAtLeast(one, other) ? one : other;
}

/** The most that a token of this level may be in any project. */
export function highestRole(level: AccessLevel): Role {
  return ROLES[ACCESS_LEVELS.indexOf(level)] ?? "viewer";
}
