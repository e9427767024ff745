import { ACCOUNT } from "./account.ts";
import { AUDIT } from "./audit.ts";
import { CATALOG } from "./catalog.ts";
import { CODE } from "./code.ts";
import { contracts } from "./contract.ts";
import { FILES } from "./files.ts";
import { HEALTH } from "./health.ts";
import { LOGS } from "./logs.ts";
import { MODELS } from "./models.ts";
import { OWN_EXECUTION } from "./own-execution.ts";
import { PROJECTS } from "./projects.ts";
import { RUNS } from "./runs.ts";
import { SAVED_VIEWS } from "./saved-views.ts";
import { STORAGE } from "./storage.ts";
import { TEAMS } from "./teams.ts";
import { UPLOADS } from "./uploads.ts";
import { USERS } from "./users.ts";
import { VALOHAI_DATA, VALOHAI_EXECUTIONS, VALOHAI_LATER, VALOHAI_PIPELINES, VALOHAI_TASKS } from "./valohai/index.ts";
import { VARIABLES } from "./variables.ts";

/** Every call of the HTTP API. */
export const ROUTES = contracts({
  ...{ ...HEALTH, ...ACCOUNT, ...USERS, ...TEAMS, ...PROJECTS, ...AUDIT, ...RUNS, ...LOGS, ...FILES, ...OWN_EXECUTION },
  ...{ ...VALOHAI_EXECUTIONS, ...VALOHAI_PIPELINES, ...VALOHAI_TASKS, ...VALOHAI_DATA, ...VALOHAI_LATER, ...VARIABLES },
  ...{ ...CODE, ...STORAGE, ...SAVED_VIEWS },
  ...{ ...UPLOADS, ...CATALOG, ...MODELS },
});
