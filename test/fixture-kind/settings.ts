import type * as z from "zod";
import { keyedMapping, text } from "../../src/config/index.ts";
import { listedForm } from "../../src/settings/index.ts";

export interface LaneSettings {
  readonly lane: string;
  readonly folder?: string;
}

const schema = keyedMapping("lane", "Settings of a lane of this machine.", {
  number: text("The number of the lane, which its steps see as LANE."),
  folder: text("A folder that all lanes share; absolute.").optional(),
});

type Source = z.infer<typeof schema>;

export const laneForm = listedForm<Source, LaneSettings>({
  name: "lane",
  schema,
  needed: "an environment in a lane needs `lane` with its `number`",
  problems: ({ folder }) =>
    folder === undefined || folder.startsWith("/") ? [] : [{ path: ["folder"], message: "the folder is not absolute" }],
  grants: (source) => (source?.folder === undefined ? [] : ["lane.folder"]),
  read: (source) => ({
    lane: source?.number ?? "",
    ...(source?.folder === undefined ? {} : { folder: source.folder }),
  }),
});
