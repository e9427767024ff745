import cookie from "@fastify/cookie";
import formbody from "@fastify/formbody";
import multipart from "@fastify/multipart";
import swagger from "@fastify/swagger";
import fastify, { type FastifyInstance, type FastifyRequest } from "fastify";
import {
  jsonSchemaTransform,
  jsonSchemaTransformObject,
  serializerCompiler,
  validatorCompiler,
} from "fastify-type-provider-zod";
import {
  ACCOUNT,
  AUDIT,
  CATALOG,
  CODE,
  FILES,
  HEALTH,
  LOGS,
  MODELS,
  OWN_EXECUTION,
  PROJECTS,
  RUNS,
  SAVED_VIEWS,
  STORAGE,
  TEAMS,
  UPLOADS,
  USERS,
  VALOHAI_DATA,
  VALOHAI_EXECUTIONS,
  VALOHAI_LATER,
  VALOHAI_PIPELINES,
  VALOHAI_TASKS,
  VARIABLES,
} from "../api/index.ts";
import { HeadraceError } from "../errors.ts";
import { bindRoutes } from "./bind-routes.ts";
import { addCallOrigins } from "./call-origins.ts";
import { RecentFailures } from "./health/recent-failures.ts";
import { addHostCheck } from "./host-check.ts";
import { ServerMetrics } from "./metrics/server-metrics.ts";
import { replyWithProblem } from "./problem.ts";
import { addRequestLimits, RequestCounter } from "./request-limits.ts";
import { addRequestTraces } from "./request-traces.ts";
import { accountRoutes } from "./routes/account-routes.ts";
import { auditRoutes } from "./routes/audit-routes.ts";
import { catalogRoutes } from "./routes/catalog-routes.ts";
import { codeRoutes } from "./routes/code-routes.ts";
import { fileRoutes } from "./routes/file-routes.ts";
import { healthRoutes } from "./routes/health-routes.ts";
import { logRoutes } from "./routes/log-routes.ts";
import { modelRoutes } from "./routes/model-routes.ts";
import { ownExecutionRoutes } from "./routes/own-execution-routes.ts";
import { addPages } from "./routes/page-routes.ts";
import { projectRoutes } from "./routes/project-routes.ts";
import { addPushRoute } from "./routes/push-route.ts";
import { runRoutes } from "./routes/run-routes.ts";
import { savedViewRoutes } from "./routes/saved-view-routes.ts";
import { storageRoutes } from "./routes/storage-routes.ts";
import { uploadRoutes } from "./routes/upload-routes.ts";
import { teamRoutes, userRoutes } from "./routes/user-routes.ts";
import {
  valohaiDataRoutes,
  valohaiExecutionRoutes,
  valohaiLaterRoutes,
  valohaiPipelineRoutes,
  valohaiTaskRoutes,
} from "./routes/valohai-routes.ts";
import { variableRoutes } from "./routes/variable-routes.ts";
import { addSecurityHeaders } from "./security-headers.ts";
import type { ServerParts } from "./server-parts.ts";
import { endSilentConnections } from "./silent-connections.ts";
import { addSignOnPages, SIGN_ON_PATH } from "./single-sign-on/sign-on-pages.ts";
import { addPatience, PATIENCE } from "./slow-requests.ts";
import { proxyCheck } from "./trusted-proxies.ts";

/** The size limit of a request that carries JSON; files have limits of their own. */
const BODY_BYTES = 1024 * 1024;

/** The server as a whole, without a port: tests ask it by `inject`, `listen` opens it. */
export async function buildServer(parts: ServerParts): Promise<FastifyInstance> {
  const patience = { ...PATIENCE, ...parts.patience };
  const { headersMs } = patience;
  const app = fastify({
    logger: parts.log === undefined ? false : { stream: parts.log, serializers: { req: loggedRequest } },
    bodyLimit: BODY_BYTES,
    // Each request has its own: a file may take longer than other bodies.
    requestTimeout: 0,
    http: { headersTimeout: headersMs, connectionsCheckingInterval: headersMs / 2 },
    ...(parts.trustedProxies.length > 0 && { trustProxy: proxyCheck(parts.trustedProxies) }),
    ...(parts.tls !== undefined && { serverFactory: parts.tls.serverFactory }),
    genReqId: () => crypto.randomUUID(),
    // A client could write another request's id into the log.
    requestIdHeader: false,
    frameworkErrors: replyWithProblem,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 500 },
  });
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler(replyWithProblem);
  app.setNotFoundHandler(({ method, url }) => {
    throw new HeadraceError("HR_NOT_FOUND", `there is nothing at ${method} ${url.split("?")[0]}`, {
      hint: url.startsWith("/api/")
        ? "look the address up in the description of the API"
        : "begin at the first page of the application",
    });
  });
  addCallOrigins(app);
  const metrics = new ServerMetrics(app, parts);
  const failures = new RecentFailures(app, parts.now);
  if (parts.tracer !== undefined) addRequestTraces(app, parts.tracer);
  addPatience(app, patience);
  endSilentConnections(app);
  addSecurityHeaders(app, parts.publicUrl);
  addHostCheck(app, parts.publicUrl);
  addRequestLimits(app, new RequestCounter(parts.now, parts.limits));
  await app.register(cookie);
  await app.register(multipart);
  await app.register(formbody, { bodyLimit: BODY_BYTES });
  // Left to the handlers of calls that take bytes; those of other calls refuse what is no JSON.
  // A handler that refuses them midway leaves the rest to be drained: the connection serves further requests.
  app.addContentTypeParser("application/octet-stream", (_request, payload, done) =>
    done(null, payload.iterator({ destroyOnReturn: false })),
  );
  await describeApi(app);
  // Plug-ins that were registered before must be there when routes are made.
  await app.after();
  bindRoutes(app, parts, HEALTH, healthRoutes(parts, { metrics, failures }));
  bindRoutes(app, parts, ACCOUNT, accountRoutes(parts));
  bindRoutes(app, parts, USERS, userRoutes(parts));
  bindRoutes(app, parts, TEAMS, teamRoutes(parts));
  bindRoutes(app, parts, PROJECTS, projectRoutes(parts));
  bindRoutes(app, parts, AUDIT, auditRoutes(parts));
  bindRoutes(app, parts, RUNS, runRoutes());
  bindRoutes(app, parts, LOGS, logRoutes());
  bindRoutes(app, parts, FILES, fileRoutes());
  bindRoutes(app, parts, UPLOADS, uploadRoutes());
  bindRoutes(app, parts, OWN_EXECUTION, ownExecutionRoutes(parts));
  bindRoutes(app, parts, VALOHAI_EXECUTIONS, valohaiExecutionRoutes(parts));
  bindRoutes(app, parts, VALOHAI_PIPELINES, valohaiPipelineRoutes(parts));
  bindRoutes(app, parts, VALOHAI_TASKS, valohaiTaskRoutes(parts));
  bindRoutes(app, parts, VALOHAI_DATA, valohaiDataRoutes(parts));
  bindRoutes(app, parts, VALOHAI_LATER, valohaiLaterRoutes());
  bindRoutes(app, parts, VARIABLES, variableRoutes(parts));
  bindRoutes(app, parts, STORAGE, storageRoutes());
  bindRoutes(app, parts, SAVED_VIEWS, savedViewRoutes());
  bindRoutes(app, parts, CATALOG, catalogRoutes());
  bindRoutes(app, parts, MODELS, modelRoutes());
  bindRoutes(app, parts, CODE, codeRoutes(parts));
  await addPushRoute(app, parts);
  addPages(app, parts);
  addSignOnPages(app, parts);
  app.get("/api/v0/openapi.json", { schema: { hide: true } }, async () => app.swagger());
  await app.ready();
  return app;
}

/**
 * Without the code of a link that logs in or downloads, which may not have been used yet, and without the signature
 * of an address that opens a file; headers do not reach the log at all.
 */
function loggedRequest({ method, url, ip }: FastifyRequest): { method: string; url: string; remoteAddress: string } {
  return { method, url: loggedUrl(url), remoteAddress: ip };
}

function loggedUrl(url: string): string {
  const [path = "", query] = url.split("?");
  // The address to which a provider sends a browser back opens a session.
  if (path.startsWith(SIGN_ON_PATH)) return query === undefined ? path : `${path}?***`;
  return url
    .replace(/(\/(?:log-in|downloads)\/)[^/?]+/g, "$1***")
    .replace(/(\/input-files\/(?:[^/?]+\/){3})[^/?]+/g, "$1***");
}

async function describeApi(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: { title: "Headrace", version: "0", description: "Pipelines, their runs, and what they made." },
      components: {
        securitySchemes: {
          token: { type: "apiKey", in: "header", name: "Authorization", description: "`Token …`, or `Bearer …`" },
        },
      },
      security: [{ token: [] }],
    },
    transform: jsonSchemaTransform,
    transformObject: jsonSchemaTransformObject,
  });
}
