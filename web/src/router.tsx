import type { QueryClient } from "@tanstack/react-query";
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from "@tanstack/react-router";
import { projectRef } from "./address-map.ts";
import { call } from "./api/call.ts";
import { Problem } from "./api/problem.ts";
import { read } from "./api/queries.ts";
import { PageProblem, PageWaits } from "./frame/page-states.tsx";
import { ProjectFrame } from "./frame/project-frame.tsx";
import { Root } from "./frame/root.tsx";
import { compareSearch } from "./pages/compare/compare-search.ts";
import { dataSearch } from "./pages/data/data-search.ts";
import { executionSearch } from "./pages/execution/execution-search.ts";
import { lineageSearch } from "./pages/lineage/lineage-search.ts";
import { LogInPage } from "./pages/log-in/log-in-page.tsx";
import { runSearch } from "./pages/run/run-search.ts";
import { runsSearch } from "./pages/runs/runs-search.ts";
import { startSearch } from "./pages/start/start-search.ts";

interface Context {
  readonly queries: QueryClient;
}

const root = createRootRouteWithContext<Context>()({ component: Root });

const logIn = createRoute({
  getParentRoute: () => root,
  path: "/log-in",
  validateSearch: ({ next }: { readonly next?: unknown }) => ({
    // An address of this application only: a link to the log-in page must not lead elsewhere.
    ...(typeof next === "string" && /^\/(?![/\\])/.test(next) && { next }),
  }),
  component: LogInPage,
});

const account = { path: "/account/$section", params: { section: "profile" } } as const;

/** With one project, that project; else the list of them. */
const projects = createRoute({
  getParentRoute: () => root,
  path: "/",
  component: lazyRouteComponent(() => import("./pages/projects/projects-page.tsx"), "ProjectsPage"),
});
const accountSection = createRoute({
  getParentRoute: () => root,
  path: account.path,
  component: lazyRouteComponent(() => import("./pages/settings/account-page.tsx"), "AccountPage"),
});
const accountIndex = createRoute({
  getParentRoute: () => root,
  path: "/account",
  beforeLoad: () => {
    throw redirect({ to: account.path, params: account.params });
  },
});

const serverSection = createRoute({
  getParentRoute: () => root,
  path: "/server/$section",
  component: lazyRouteComponent(() => import("./pages/server/server-page.tsx"), "ServerPage"),
});
const serverIndex = createRoute({
  getParentRoute: () => root,
  path: "/server",
  beforeLoad: () => {
    throw redirect({ to: "/server/$section", params: { section: "health" } });
  },
});

/** A project and the place in its events from which the pages listen: taken first, so that no event goes unheard. */
const project = createRoute({
  getParentRoute: () => root,
  path: "/p/$owner/$name",
  component: ProjectFrame,
  loader: async ({ params, context: { queries }, location }) => {
    const ref = projectRef(params);
    try {
      const [found, { next }] = await Promise.all([
        queries.ensureQueryData(read("/api/v0/projects/:project/", { params: { project: ref } })),
        call("GET", "/api/v0/projects/:project/events/", {
          params: { project: ref },
          query: { after: "latest", limit: 1 },
        }),
      ]);
      return { ref, project: found, cursor: next };
    } catch (error) {
      if (error instanceof Problem && error.status === 401)
        throw redirect({ to: "/log-in", search: { next: location.href } });
      throw error;
    }
  },
  staleTime: Number.POSITIVE_INFINITY,
});

const home = createRoute({
  getParentRoute: () => project,
  path: "/",
  component: lazyRouteComponent(() => import("./pages/home/home-page.tsx"), "HomePage"),
});
const runs = createRoute({
  getParentRoute: () => project,
  path: "/runs",
  validateSearch: runsSearch,
  component: lazyRouteComponent(() => import("./pages/runs/runs-page.tsx"), "RunsPage"),
});
const compare = createRoute({
  getParentRoute: () => project,
  path: "/runs/compare",
  validateSearch: compareSearch,
  component: lazyRouteComponent(() => import("./pages/compare/compare-page.tsx"), "ComparePage"),
});
const run = createRoute({
  getParentRoute: () => project,
  path: "/runs/$run",
  validateSearch: runSearch,
  component: lazyRouteComponent(() => import("./pages/run/run-page.tsx"), "RunPage"),
});
const execution = createRoute({
  getParentRoute: () => project,
  path: "/executions/$execution",
  validateSearch: executionSearch,
  component: lazyRouteComponent(() => import("./pages/execution/execution-page.tsx"), "ExecutionPage"),
});
const pipelines = createRoute({
  getParentRoute: () => project,
  path: "/pipelines",
  component: lazyRouteComponent(() => import("./pages/pipelines/pipelines-page.tsx"), "PipelinesPage"),
});
const pipeline = createRoute({
  getParentRoute: () => project,
  path: "/pipelines/$pipeline",
  component: lazyRouteComponent(() => import("./pages/pipelines/pipeline-page.tsx"), "PipelinePage"),
});
const start = createRoute({
  getParentRoute: () => project,
  path: "/start",
  validateSearch: startSearch,
  component: lazyRouteComponent(() => import("./pages/start/start-page.tsx"), "StartPage"),
});
const data = createRoute({
  getParentRoute: () => project,
  path: "/data",
  validateSearch: dataSearch,
  component: lazyRouteComponent(() => import("./pages/data/data-page.tsx"), "DataPage"),
});
const file = createRoute({
  getParentRoute: () => project,
  path: "/data/$file",
  component: lazyRouteComponent(() => import("./pages/data/file-page.tsx"), "FilePage"),
});
const lineage = createRoute({
  getParentRoute: () => project,
  path: "/lineage",
  validateSearch: lineageSearch,
  component: lazyRouteComponent(() => import("./pages/lineage/lineage-page.tsx"), "LineagePage"),
});
const settingsIndex = createRoute({
  getParentRoute: () => project,
  path: "/settings",
  beforeLoad: ({ params }) => {
    throw redirect({
      to: "/p/$owner/$name/settings/$section",
      params: { ...params, section: "members" },
      replace: true,
    });
  },
});
const settings = createRoute({
  getParentRoute: () => project,
  path: "/settings/$section",
  component: lazyRouteComponent(() => import("./pages/settings/settings-page.tsx"), "SettingsPage"),
});

const ofProject = [
  home,
  runs,
  compare,
  run,
  execution,
  pipelines,
  pipeline,
  start,
  data,
  file,
  lineage,
  settingsIndex,
  settings,
] as const;
const tree = root.addChildren([
  logIn,
  projects,
  accountIndex,
  accountSection,
  serverIndex,
  serverSection,
  project.addChildren(ofProject),
]);

export function newRouter(queries: QueryClient) {
  return createRouter({
    routeTree: tree,
    context: { queries },
    defaultPreload: "intent",
    defaultPreloadStaleTime: 0,
    scrollRestoration: false,
    defaultErrorComponent: PageProblem,
    defaultPendingComponent: PageWaits,
    defaultNotFoundComponent: () => <PageProblem error={new Error("there is no page at this address")} />,
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    readonly router: ReturnType<typeof newRouter>;
  }
}
