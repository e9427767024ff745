import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { may, type Verdict } from "./may.ts";
import type { Principal, TokenScope } from "./principal.ts";
import {
  ACCESS_LEVELS,
  type Action,
  greaterRole,
  isAtLeast,
  isProjectAction,
  PROJECT_ACTIONS,
  type ProjectAction,
  ROLES,
  type Role,
  SERVER_ACTIONS,
} from "./roles.ts";

const user = (change: { readonly isAdmin?: boolean; readonly scope?: TokenScope } = {}): Principal => ({
  ...{ kind: "user", id: "u", name: "ada", isAdmin: false, by: { kind: "token", id: "t" } },
  ...change,
});
const P = "project-1";
const actions = [...Object.keys(PROJECT_ACTIONS), ...Object.keys(SERVER_ACTIONS)] as readonly Action[];
const scopes = fc.record({ level: fc.constantFrom(...ACCESS_LEVELS) });
const roles = fc.option(fc.constantFrom(...ROLES), { nil: undefined });

describe("who may do what", () => {
  test.each<[string, Principal, Action, Role | undefined, Verdict]>([
    ["a viewer looks", user(), "project.read", "viewer", "allow"],
    ["a viewer starts nothing", user(), "run.start", "viewer", "refuse"],
    ["a member starts runs", user(), "run.start", "member", "allow"],
    ["a member sees no secrets' rights", user(), "secret.write", "member", "refuse"],
    ["an admin has members", user(), "project.members", "admin", "allow"],
    ["a stranger does not learn of it", user(), "project.read", undefined, "hide"],
    [
      "an administrator of the server is one of the project",
      user({ isAdmin: true }),
      "project.delete",
      undefined,
      "allow",
    ],
    ["nobody logs in first", { kind: "nobody" }, "project.read", "admin", "log-in"],
    ["nobody logs in first", { kind: "nobody" }, "account.read", undefined, "log-in"],
    ["a user has an account", user(), "account.write", undefined, "allow"],
    ["a user makes projects", user(), "project.create", undefined, "allow"],
    ["a user manages no users", user(), "user.manage", "admin", "refuse"],
    ["an administrator does", user({ isAdmin: true }), "user.manage", undefined, "allow"],
    ["a token that reads looks", user({ scope: { level: "read" } }), "project.read", "admin", "allow"],
    ["and starts nothing", user({ scope: { level: "read" } }), "run.start", "admin", "refuse"],
    ["and makes no further token", user({ scope: { level: "read" } }), "account.write", undefined, "refuse"],
    [
      "a token that writes makes no further token",
      user({ scope: { level: "write" } }),
      "account.write",
      undefined,
      "refuse",
    ],
    ["and makes projects", user({ scope: { level: "write" } }), "project.create", undefined, "allow"],
    [
      "a token of a project reaches it",
      user({ scope: { level: "write", projects: [P] } }),
      "run.start",
      "member",
      "allow",
    ],
    ["and no other", user({ scope: { level: "admin", projects: ["other"] } }), "project.read", "admin", "hide"],
    [
      "and not the server",
      user({ isAdmin: true, scope: { level: "admin", projects: [P] } }),
      "user.manage",
      undefined,
      "refuse",
    ],
    ["a step does not read its project", { kind: "execution", id: "e", project: P }, "project.read", "admin", "refuse"],
    ["and writes no data there", { kind: "execution", id: "e", project: P }, "data.write", "admin", "refuse"],
    ["and starts nothing", { kind: "execution", id: "e", project: P }, "run.start", "admin", "refuse"],
    ["and sees no other project", { kind: "execution", id: "e", project: "other" }, "project.read", undefined, "hide"],
    ["and has no account", { kind: "execution", id: "e", project: P }, "account.read", undefined, "refuse"],
  ])("%s", (_, principal, action, role, expected) => {
    expect(may(principal, action, { project: P, role })).toBe(expected);
  });

  test("a token never may what its user may not", () => {
    fc.assert(
      fc.property(fc.constantFrom(...actions), roles, scopes, fc.boolean(), (action, role, scope, isAdmin) => {
        const subject = { project: P, role };
        const byToken = may(user({ isAdmin, scope }), action, subject);
        return byToken !== "allow" || may(user({ isAdmin }), action, subject) === "allow";
      }),
    );
  });

  test("more of a role, or of a level, never takes a right away", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...actions.filter(isProjectAction)),
        fc.constantFrom(...ROLES),
        fc.constantFrom(...ROLES),
        fc.option(scopes, { nil: undefined }),
        (action: ProjectAction, one, other, scope) => {
          const caller = user(scope === undefined ? {} : { scope });
          const [less, more] = isAtLeast(one, other) ? [other, one] : [one, other];
          const allowed = (role: Role) => may(caller, action, { project: P, role }) === "allow";
          return !allowed(less) || allowed(more);
        },
      ),
    );
  });

  test("the greater of two roles is one of them, whatever their order", () => {
    fc.assert(
      fc.property(roles, roles, (one, other) => {
        const greater = greaterRole(one, other);
        expect(greaterRole(other, one)).toBe(greater);
        expect([one, other]).toContain(greater);
        if (one !== undefined && greater !== undefined) expect(isAtLeast(greater, one)).toBe(true);
      }),
    );
  });
});
