import * as z from "zod";
import { contracts, type RouteContract } from "../contract.ts";

const tag = "Not in this version";

interface Later {
  /** The objects, in words that go on "this version has no". */
  readonly what: string;
  /** The command that does the same here until then. */
  readonly instead: string;
  /** Calls of single objects beside the usual ones. */
  readonly calls?: readonly (readonly [method: RouteContract["method"], path: string])[];
}

/** Objects of Valohai that this version has none of, by the name of their calls. */
export const LATER = {
  deployments: {
    what: "deployments",
    instead: "download the model with GET /api/v0/data/ID/download/, and serve it where you serve others",
    calls: [["GET", "suggest_version_name/"]],
  },
  "deployment-versions": {
    what: "versions of deployments",
    instead: "download the model with GET /api/v0/data/ID/download/, and serve it where you serve others",
  },
  "notebook-executions": {
    what: "executions of notebooks on a server",
    instead: "name the notebook in a step (`command: train.ipynb`), and run that",
  },
  "datum-aliases": {
    what: "aliases of data in Valohai's shapes",
    instead: "use /api/v0/projects/PROJECT/aliases/",
  },
  datasets: { what: "datasets in Valohai's shapes", instead: "use /api/v0/projects/PROJECT/datasets/" },
  "dataset-versions": {
    what: "versions of datasets in Valohai's shapes",
    instead: "use /api/v0/projects/PROJECT/datasets/NAME/versions/",
  },
  "dataset-version-aliases": {
    what: "aliases of versions of datasets in Valohai's shapes",
    instead: "use /api/v0/projects/PROJECT/aliases/",
  },
  models: { what: "models in Valohai's shapes", instead: "use /api/v0/projects/PROJECT/models/" },
  "model-versions": {
    what: "versions of models in Valohai's shapes",
    instead: "use /api/v0/projects/PROJECT/models/NAME/versions/",
    calls: [
      ["GET", "source-executions/"],
      ["GET", "source-data/"],
    ],
  },
  triggers: { what: "triggers", instead: "start runs from cron or CI with a token" },
  launch: {
    what: "webhooks that start runs",
    instead: "start a run with a token: POST /api/v0/executions/ or POST /api/v0/pipelines/",
    calls: [
      ["POST", ""],
      ["POST", "run/"],
    ],
  },
  stores: {
    what: "stores beside the one of the installation",
    instead: "name what lies elsewhere by its address",
    calls: [["POST", "adopt/"]],
  },
  repositories: {
    what: "repositories beside their projects",
    instead: "set that of a project: PUT /api/v0/projects/PROJECT/repository/",
  },
  "registry-credentials": {
    what: "credentials of container registries",
    instead: "log the engine's Docker in to the registry",
  },
  "notification-channels": {
    what: "channels of notifications",
    instead: "follow the events: GET /api/v0/projects/PROJECT/events/follow/",
  },
} as const satisfies Readonly<Record<string, Later>>;
export type LaterName = keyof typeof LATER;

function callsOf(name: LaterName): Readonly<Record<string, RouteContract>> {
  const { what, calls = [] }: Later = LATER[name];
  const common = { access: { server: "account.read" }, tag, summary: `Not in this version: ${what}` } as const;
  const path = `/api/v0/${name}/` as const;
  const own = { ...common, params: z.object({ id: z.string() }) };
  const all: readonly RouteContract[] = [
    { method: "GET", path, ...common },
    { method: "POST", path, ...common },
    { method: "GET", path: `${path}:id/`, ...own },
    { method: "PATCH", path: `${path}:id/`, ...own },
    { method: "DELETE", path: `${path}:id/`, ...own },
    ...calls.map(([method, rest]): RouteContract => ({ method, path: `${path}:id/${rest}`, ...own })),
  ];
  return Object.fromEntries(all.map((route, index) => [`later-${name}-${index + 1}`, route]));
}

const NAMES = Object.keys(LATER) as LaterName[];

/** Their calls, each of which says so. */
export const VALOHAI_LATER = contracts(
  Object.assign({}, ...NAMES.map(callsOf)) as Readonly<Record<string, RouteContract>>,
);

/** Returns the objects that a call is about, by the name of its contract. */
export function laterOf(call: string): Later {
  const name = NAMES.find((each) => call.replace(/^later-|-\d+$/g, "") === each);
  if (name === undefined) throw new Error(`${call} is no call that comes later`);
  return LATER[name];
}
