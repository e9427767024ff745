import * as z from "zod";
import { shape } from "../shape.ts";
import { time } from "../values.ts";
import { contracts } from "./contract.ts";
import { inProject } from "./projects.ts";

export const auditSchema = shape("AuditEntry", "An entry of the audit log", {
  id: z.number().int().describe("grows with each entry"),
  at: time.describe("when it was done"),
  actor: z.string().describe("who did it: `user:NAME`, `local:NAME`, `execution:ID` …"),
  action: z.string().describe("what was done: `run.stop`, `user.create` …"),
  subject: z.object({ kind: z.string(), id: z.string() }).describe("what it was done to"),
  project: z.string().nullable().describe("id of the project; `null`: the server"),
  detail: z.record(z.string(), z.unknown()).describe("what changed"),
  from: z
    .object({
      address: z.string().describe("address of the client; of a `process`: the name of its machine"),
      via: z
        .string()
        .describe(
          "the credential: `session:ID`, `token:ID`, `execution:ID`; `open`: none (a log-in); `process`: a command, or the server itself",
        ),
      agent: z.string().describe("the name that the calling program gave itself"),
      requestId: z.string().nullable().describe("the request, as the server's log has it"),
    })
    .nullable()
    .describe("from where; `null` in entries of versions that did not record it"),
});

const filter = z.strictObject({
  actor: z.string().min(1).max(200).optional().describe("who did it: `user:ada`"),
  action: z.string().min(1).max(100).optional().describe("what was done, or its first part: `run.stop`, `run`"),
  subject: z.string().min(1).max(300).optional().describe("what it was done to: `run`, or `run:ID`"),
  address: z.string().min(1).max(300).optional().describe("from which address: `192.0.2.7`"),
  via: z.string().min(1).max(100).optional().describe("by which credential, or kind of one: `token:ID`, `session`"),
  agent: z.string().min(1).max(300).optional().describe("a part of the name that the calling program gave itself"),
  request: z.string().min(1).max(100).optional().describe("by which request: its id"),
  since: time.optional().describe("what was done then or later"),
  until: time.optional().describe("what was done before then"),
});
const id = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const query = filter.extend({
  first: z.enum(["oldest", "newest"]).default("oldest").describe("from which end"),
  after: id.default(0).describe("only entries with a greater id"),
  before: id.optional().describe("only entries with a smaller id"),
  limit: z.coerce.number().int().min(1).max(1_000).default(100).describe("how many at most"),
});
const reply = z.object({
  items: z.array(auditSchema).describe("in the order that was asked for"),
  next: z
    .number()
    .int()
    .nullable()
    .describe("`after` of the next page, or `before` from the newest; `null`: there is none yet"),
});
const tag = "Audit";

export const AUDIT = contracts({
  audit: {
    ...{ method: "GET", path: "/api/v0/audit/", access: { server: "server.audit" }, tag },
    summary: "Read who changed what, on the server and in all projects",
    ...{ query, reply },
  },
  projectAudit: {
    ...{ method: "GET", path: "/api/v0/projects/:project/audit/", access: { project: "project.audit" }, tag },
    summary: "Read who changed what in a project",
    params: inProject,
    ...{ query, reply },
  },
  exportAudit: {
    ...{ method: "GET", path: "/api/v0/audit/export/", access: { server: "server.audit" }, tag },
    summary: "Save who changed what, oldest first, an entry as JSON in each line",
    query: filter,
    stream: "bytes",
  },
  exportProjectAudit: {
    ...{ method: "GET", path: "/api/v0/projects/:project/audit/export/", access: { project: "project.audit" }, tag },
    summary: "Save who changed what in a project",
    params: inProject,
    query: filter,
    stream: "bytes",
  },
});
