import type { FastifyRequest } from "fastify";
import type { ProjectBearer, RouteContract } from "../api/index.ts";
import { HeadraceError } from "../errors.ts";
import type { ProjectRecord } from "../store/index.ts";
import type { ServerParts } from "./server-parts.ts";

/** The project of a call, as the caller named it. */
export interface NamedProject {
  readonly project: ProjectRecord;
  /** The object that is named within it; the project's own name if there is no other. */
  readonly ref: string;
  /** The error if it is not there, or is not for the caller: the same words for both. */
  readonly missing: HeadraceError;
}

const ID_LENGTH = 36;
const OWNED = { execution: "execution", pipeline: "run", task: "run", datum: "datum" } as const;

/** A thing of a project is named `PROJECT:COUNTER`, or by an id that no other has. Throws HR_NOT_FOUND. */
export async function namedProject(
  parts: ServerParts,
  { access, params }: RouteContract,
  request: FastifyRequest,
): Promise<NamedProject> {
  const path = request.params as Readonly<Record<string, string>>;
  const of = typeof access === "object" && "project" in access ? access.of : undefined;
  if (of !== undefined) return await ofThing(parts, of, path[of] ?? "");
  const named = params !== undefined && "project" in params.shape ? path.project : inRequest(request);
  if (named !== undefined) return await ofProject(parts, named);
  const maker = fieldOf(request.query, "output_execution");
  if (maker !== undefined) return await ofThing(parts, "execution", maker);
  throw new HeadraceError("HR_USAGE", "the request names no project", {
    hint: "name one as `project`, by its id or as owner/name",
  });
}

/** In the query, or in a body that was read before the rights are looked at. */
function inRequest({ query, body }: FastifyRequest): string | undefined {
  return fieldOf(query, "project") ?? fieldOf(body, "project");
}

function fieldOf(fields: unknown, name: string): string | undefined {
  const value = typeof fields === "object" && fields !== null ? (fields as Record<string, unknown>)[name] : undefined;
  return typeof value === "string" ? value : undefined;
}

async function ofProject(parts: ServerParts, ref: string): Promise<NamedProject> {
  const missing = notThere("project", ref);
  return { project: await required(parts, ref, missing), ref, missing };
}

async function ofThing(parts: ServerParts, of: ProjectBearer, name: string): Promise<NamedProject> {
  const missing = notThere(of, name);
  const colon = name.lastIndexOf(":");
  if (colon !== -1) {
    const project = await required(parts, name.slice(0, colon), missing);
    return { project, ref: name.slice(colon + 1), missing };
  }
  // A task's is that of its run, and its node.
  const own = of === "task" ? name.slice(0, ID_LENGTH) : name;
  const id = await parts.database.installation.findProjectOf(OWNED[of], own);
  if (id === undefined) throw missing;
  return { project: await required(parts, id, missing), ref: name, missing };
}

async function required(
  { database, onlyProject }: ServerParts,
  ref: string,
  missing: HeadraceError,
): Promise<ProjectRecord> {
  const project = await database.installation.findProject(ref);
  if (project === undefined || project.id !== (onlyProject ?? project.id)) throw missing;
  return project;
}

function notThere(what: "project" | ProjectBearer, name: string): HeadraceError {
  return new HeadraceError("HR_NOT_FOUND", `there is no ${what} “${name}”`, {
    hint: "check the name, and whether you are a member",
  });
}
