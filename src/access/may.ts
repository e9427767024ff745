import type { Principal, TokenScope } from "./principal.ts";
import {
  type Action,
  highestRole,
  isAtLeast,
  isProjectAction,
  PROJECT_ACTIONS,
  type ProjectAction,
  type Role,
  SERVER_ACTIONS,
  type ServerAction,
} from "./roles.ts";

/** The subject of an action. */
export interface ActionSubject {
  /** Id of the project; absent for actions of the server. */
  readonly project?: string;
  /** The role of the user in that project, by themselves or by a team; absent: none. */
  readonly role?: Role | undefined;
}

/**
 * Says if a call is allowed, and if not, how to answer it: `log-in` (nobody is known), `hide` (the caller must not
 * learn that the project exists), `refuse` (the caller knows it and may not).
 */
export type Verdict = "allow" | "log-in" | "hide" | "refuse";

/**
 * The one table of rights. Every call is decided here, beside the services, whatever face it came through.
 *
 * A step's own token has none of these rights. The calls that it is for name no project and no execution, since the
 * token says which.
 *
 * An administrator of the server is an administrator of each project. A token is held to its scope on top of what its
 * user may do: a token that reads cannot write, and one of some projects does nothing outside of them.
 */
export function may(principal: Principal, action: Action, subject: ActionSubject = {}): Verdict {
  if (principal.kind === "nobody") return "log-in";
  if (principal.kind === "execution") {
    // A step that runs code of others must not read what its project keeps: it has calls of its own, and no more.
    return isProjectAction(action) && subject.project !== principal.project ? "hide" : "refuse";
  }
  return isProjectAction(action) ? inProject(principal, action, subject) : onServer(principal, action);
}

type User = Extract<Principal, { kind: "user" }>;

function inProject({ isAdmin, scope }: User, action: ProjectAction, { project, role }: ActionSubject): Verdict {
  const held = isAdmin ? "admin" : role;
  if (held === undefined || project === undefined || !reaches(scope, project)) return "hide";
  const least = PROJECT_ACTIONS[action];
  const isWithinScope = scope === undefined || isAtLeast(highestRole(scope.level), least);
  return isWithinScope && isAtLeast(held, least) ? "allow" : "refuse";
}

function reaches(scope: TokenScope | undefined, project: string): boolean {
  return scope?.projects === undefined || scope.projects.includes(project);
}

/** The actions of the server that only show something. */
const READS: ReadonlySet<ServerAction> = new Set([
  ...(["account.read", "environment.read", "user.list", "server.watch", "server.read"] as const),
]);

function onServer({ isAdmin, scope }: User, action: ServerAction): Verdict {
  if (SERVER_ACTIONS[action] === "admin" && !isAdmin) return "refuse";
  if (scope === undefined) return "allow";
  // A token could make itself a stronger one, or reach further, through the account and the server.
  if (READS.has(action)) return SERVER_ACTIONS[action] === "user" || scope.level === "admin" ? "allow" : "refuse";
  if (scope.projects !== undefined) return "refuse";
  return scope.level === "admin" || (scope.level === "write" && action === "project.create") ? "allow" : "refuse";
}
