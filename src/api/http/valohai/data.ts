import * as z from "zod";
import { contracts } from "../contract.ts";
import { listOf } from "../lists.ts";
import { dataFilter, environmentsFilter } from "./queries.ts";
import { valohaiDatum, valohaiEnvironment } from "./shapes.ts";

const tag = "Data, as Valohai's clients call it";
const access = { project: "project.read", of: "datum" } as const;
const ofDatum = z.object({ datum: z.string().describe("its id") });

/** Stored files in Valohai's shapes, and the places where steps run. */
export const VALOHAI_DATA = contracts({
  valohaiListData: {
    ...{ method: "GET", path: "/api/v0/data/", access: { project: "project.read" }, tag },
    summary: "List stored files of a project, or the outputs of an execution",
    query: dataFilter,
    reply: listOf(valohaiDatum),
  },
  valohaiDatum: {
    ...{ method: "GET", path: "/api/v0/data/:datum/", access, tag },
    summary: "Show a stored file",
    params: ofDatum,
    reply: valohaiDatum,
  },
  valohaiDownload: {
    ...{ method: "GET", path: "/api/v0/data/:datum/download/", access, tag },
    summary: "Make a link to the bytes of a stored file",
    params: ofDatum,
    reply: z.object({ url: z.string().describe("needs no token, and holds for a quarter of an hour") }),
  },
  valohaiPurge: {
    ...{ method: "POST", path: "/api/v0/data/:datum/purge/", access: { project: "data.delete", of: "datum" }, tag },
    summary: "Purge a stored file: its bytes go, and its record says so",
    params: ofDatum,
  },
  downloadByLink: {
    ...{ method: "GET", path: "/api/v0/downloads/:link/", access: "open", tag },
    summary: "Download a stored file by a link that was made for it",
    params: z.object({ link: z.string() }),
    stream: "bytes",
  },
  valohaiEnvironments: {
    ...{ method: "GET", path: "/api/v0/environments/", access: { server: "environment.read" }, tag },
    summary: "List where steps can run",
    query: environmentsFilter,
    reply: listOf(valohaiEnvironment),
  },
});
