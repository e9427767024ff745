import * as z from "zod";
import { configurationSchema, graphSchema, lintSchema } from "../definitions.ts";
import { environmentSchema } from "../environments.ts";
import { eventSchema } from "../event-feed.ts";
import { datumSchema, fileHolderSchema, listedFileSchema } from "../files.ts";
import { lineageQuerySchema, lineageSchema } from "../lineage.ts";
import { metricPointSchema, metricSeriesSchema } from "../metrics.ts";
import { openLineageEventSchema } from "../openlineage.ts";
import { pageOf } from "../page.ts";
import {
  codeQuerySchema,
  eventsQuerySchema,
  filesQuerySchema,
  outputsQuerySchema,
  pageRequestSchema,
  pointsQuerySchema,
  seriesQuerySchema,
} from "../queries.ts";
import { tableSchema } from "../tables.ts";
import { contracts } from "./contract.ts";
import { inProject } from "./projects.ts";
import { inAddress } from "./query.ts";

const ofRecord = inProject.extend({ ref: z.string().describe("a run or an execution") });
const ofFile = inProject.extend({ file: z.string().describe("id of the file") });
const access = { project: "project.read" } as const;

/** Stored files of a project, metrics, events, and what its configuration defines. */
export const FILES = contracts({
  listFiles: {
    ...{ method: "GET", path: "/api/v0/projects/:project/files/", access, tag: "Data" },
    summary: "List stored files",
    params: inProject,
    query: inAddress(filesQuerySchema),
    reply: pageOf(listedFileSchema),
  },
  findFiles: {
    ...{ method: "GET", path: "/api/v0/projects/:project/files/find/", access, tag: "Data" },
    summary: "Find files by `datum://ID` or by a name of outputs, such as `latest/*.png`",
    params: inProject,
    query: z.strictObject({ name: z.string() }),
    reply: z.array(datumSchema),
  },
  file: {
    ...{ method: "GET", path: "/api/v0/projects/:project/files/:file/", access, tag: "Data" },
    summary: "Show a stored file",
    params: ofFile,
    reply: datumSchema,
  },
  fileHolders: {
    ...{ method: "GET", path: "/api/v0/projects/:project/files/:file/holders/", access, tag: "Data" },
    summary: "Show what keeps a stored file: aliases, and versions of datasets",
    params: ofFile,
    reply: z.array(fileHolderSchema),
  },
  downloadFile: {
    ...{ method: "GET", path: "/api/v0/projects/:project/files/:file/content/", access, tag: "Data" },
    summary: "Download a stored file",
    params: ofFile,
    stream: "bytes",
  },
  fileTable: {
    ...{ method: "GET", path: "/api/v0/projects/:project/files/:file/table/", access, tag: "Data" },
    summary: "Show what is in a stored table (Parquet, CSV, JSON lines): its columns in figures, its first rows",
    params: ofFile,
    reply: tableSchema,
  },
  fileMedia: {
    ...{ method: "GET", path: "/api/v0/projects/:project/files/:file/media/", access, tag: "Data" },
    summary: "Play a stored audio or video file in a browser, whole or by ranges",
    params: ofFile,
    stream: "bytes",
  },
  filePage: {
    ...{ method: "GET", path: "/api/v0/projects/:project/files/:file/page/", access, tag: "Data" },
    summary: "Show a stored HTML file in a browser, in an origin of its own that reaches nothing",
    params: ofFile,
    stream: "bytes",
  },
  listOutputs: {
    ...{ method: "GET", path: "/api/v0/projects/:project/records/:ref/outputs/", access, tag: "Data" },
    summary: "List what stands behind the nodes of a run, or what an execution made",
    params: ofRecord,
    query: inAddress(outputsQuerySchema),
    reply: pageOf(datumSchema),
  },
  lineage: {
    ...{ method: "GET", path: "/api/v0/projects/:project/lineage/", access, tag: "Data" },
    summary: "Show what files, an execution or a run were made of, and what was made of them",
    params: inProject,
    query: inAddress(lineageQuerySchema),
    reply: lineageSchema,
  },
  openLineage: {
    ...{ method: "GET", path: "/api/v0/projects/:project/records/:ref/openlineage/", access, tag: "Data" },
    summary: "Tell a run, a task or an execution as events of OpenLineage; a page has those of `limit` executions",
    params: ofRecord,
    query: inAddress(pageRequestSchema),
    reply: pageOf(openLineageEventSchema),
  },
  listMetrics: {
    ...{ method: "GET", path: "/api/v0/projects/:project/metrics/", access, tag: "Metrics" },
    summary: "Show the course of each metric, execution by execution",
    params: inProject,
    query: inAddress(seriesQuerySchema),
    reply: pageOf(metricSeriesSchema),
  },
  listPoints: {
    ...{ method: "GET", path: "/api/v0/projects/:project/metrics/points/", access, tag: "Metrics" },
    summary: "List every point of metadata in the order of printing",
    params: inProject,
    query: inAddress(pointsQuerySchema),
    reply: pageOf(metricPointSchema),
  },
  listEvents: {
    ...{ method: "GET", path: "/api/v0/projects/:project/events/", access, tag: "Events" },
    summary: "List what happened, oldest first",
    params: inProject,
    query: inAddress(eventsQuerySchema.extend({ limit: pageRequestSchema.shape.limit })),
    reply: z.object({ items: z.array(eventSchema), next: z.string().describe("asks for what comes after these") }),
  },
  followEvents: {
    ...{ method: "GET", path: "/api/v0/projects/:project/events/follow/", access, tag: "Events" },
    summary: "Stream what happened and what happens, each once",
    params: inProject,
    query: inAddress(eventsQuerySchema),
    reply: eventSchema,
    stream: "events",
  },
  configuration: {
    ...{ method: "GET", path: "/api/v0/projects/:project/configuration/", access, tag: "Configuration" },
    summary: "Show what the configuration defines",
    params: inProject,
    query: inAddress(codeQuerySchema),
    reply: configurationSchema,
  },
  lint: {
    ...{ method: "GET", path: "/api/v0/projects/:project/configuration/lint/", access, tag: "Configuration" },
    summary: "Check the configuration",
    params: inProject,
    query: inAddress(codeQuerySchema),
    reply: lintSchema,
  },
  graph: {
    ...{ method: "GET", path: "/api/v0/projects/:project/configuration/graph/", access, tag: "Configuration" },
    summary: "Show the graph of a pipeline",
    params: inProject,
    query: inAddress(codeQuerySchema.extend({ pipeline: z.string().exactOptional() })),
    reply: graphSchema,
  },
  listEnvironments: {
    ...{ method: "GET", path: "/api/v0/projects/:project/environments/", access, tag: "Configuration" },
    summary: "List where steps can run",
    params: inProject,
    reply: z.array(environmentSchema),
  },
});
