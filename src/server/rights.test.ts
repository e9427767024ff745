import { describe, expect, test } from "vitest";
import { PROJECT_ACTIONS, ROLES, SERVER_ACTIONS } from "../access/index.ts";
import { ROUTES, type RouteContract } from "../api/index.ts";
import { CALLERS, type CallerName, ServerRig } from "./fixtures/server-rig.ts";
import { webFileNames } from "./web-files.ts";

/**
 * Routes that stand beside the contracts, and that everybody may read: the web application and the API's description.
 * The list of routes shows addresses that end in anything (/p/*, /account/*, /server/*) as one.
 */
const BESIDE = [
  ...["GET /", "GET /log-in/", "GET *"],
  ...["GET /api/v0/", "GET /api/v0/openapi.json"],
  ...webFileNames().filter((name) => name.startsWith("assets/")),
];

const routes = Object.values<RouteContract>(ROUTES);

/** Returns the status that the caller is answered for who they are: 401, 403, 404, or anything else. */
function expectedRefusal({ access }: RouteContract, caller: CallerName | "nobody" | "step"): number | undefined {
  if (access === "open") return undefined;
  if (caller === "nobody") return 401;
  if (access === "execution") return caller === "step" ? undefined : 403;
  if (caller === "step") return 403;
  if (caller === "root") return undefined;
  if ("server" in access) return SERVER_ACTIONS[access.server] === "user" ? undefined : 403;
  if (caller === "stranger") return 404;
  return ROLES.indexOf(caller) >= ROLES.indexOf(PROJECT_ACTIONS[access.project]) ? undefined : 403;
}

/** An address that names the project, wherever the route has its name, and nothing that is there. */
function addressOf({ path, access, query }: RouteContract, project: string): string {
  const of = typeof access === "object" && "project" in access ? access.of : undefined;
  const named = path
    .replace(":kind", "user")
    .replace(of === undefined ? "\0" : `:${of}`, `${project}:nothing-at-all`)
    .replace(/:(?!project|nothing)\w+/g, "nothing-at-all");
  const isInProject = typeof access === "object" && "project" in access;
  const isInQuery = query !== undefined && isInProject && of === undefined && !path.includes(":project");
  return isInQuery ? `${named}?project=${project}` : named;
}

function inProject({ access }: RouteContract, { project }: ServerRig): object {
  return typeof access === "object" && "project" in access ? { project: project.id } : {};
}

describe("every route", () => {
  test.each([...CALLERS, "step", "nobody"] as const)(
    "lets %s do what the table of rights says, and no more",
    async (caller) => {
      let rig = await ServerRig.start();
      await using rigs = new AsyncDisposableStack();
      rigs.use(rig);
      for (const route of routes) {
        const { method, path, body, query } = route;
        // It would go on until the reader leaves.
        if (path.endsWith("/events/follow/") && expectedRefusal(route, caller) === undefined) continue;
        const response = await rig.call({
          ...{ method, url: addressOf(route, rig.project.id) },
          ...(body !== undefined && { body: query === undefined && !path.includes(":") ? inProject(route, rig) : {} }),
          ...(caller === "step"
            ? { headers: { authorization: `Token ${(await rig.startStep()).token}` } }
            : caller !== "nobody" && { as: caller }),
        });
        const expected = expectedRefusal(route, caller);
        if (expected === undefined && response.statusCode === 501) {
          expect(response.json().code).toBe("HR_NOT_SUPPORTED");
          continue;
        }
        // A body that does not fit is told after the rights were looked at, or the answer would tell what exists.
        if (expected !== undefined)
          expect([method, path, response.statusCode, response.json().code]).toEqual([
            ...[method, path, expected],
            { 401: "HR_NOT_LOGGED_IN", 403: "HR_FORBIDDEN", 404: "HR_NOT_FOUND" }[expected],
          ]);
        else {
          expect([401, 403, 500].includes(response.statusCode), `${method} ${path}: ${response.body}`).toBe(false);
          // A route that ends a session or token must not keep the next one from being asked.
          if (method !== "GET" && response.statusCode < 300) rig = rigs.use(await ServerRig.start());
        }
      }
    },
  );

  test("is a contract that this test knows", async () => {
    await using rig = await ServerRig.start();
    const { paths } = rig.app.swagger() as { paths: Record<string, Record<string, unknown>> };
    const described = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const known = routes.map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, "{$1}")}`);
    expect(described.toSorted()).toEqual(known.toSorted());
    const all = rig.app.printRoutes({ commonPrefix: false }).match(/\((?:GET|POST|PUT|PATCH|DELETE|HEAD|, )+\)/g) ?? [];
    const methods = all.flatMap((text) => text.replace(/[()]/g, "").split(", ")).filter((method) => method !== "HEAD");
    expect(methods).toHaveLength(known.length + BESIDE.length);
  });
});
