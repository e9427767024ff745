import * as z from "zod";
import { keyedMapping, oneOf, textList } from "../../config/index.ts";
import { listedForm, notAbsolute } from "../../settings/index.ts";

export interface LocalSettings {
  readonly sandbox?: "auto" | "bubblewrap" | "unshare" | "off";
  /** `none`: a step reaches no network, not even that of this machine. Absent: all of it. */
  readonly network?: "host" | "none";
  /** Places of the machine that steps see although homes and places with credentials are closed: absolute, or `~/…`. */
  readonly shows: readonly string[];
}

const schema = keyedMapping("local", "Settings of an environment on this machine.", {
  // YAML reads a plain `off` as false.
  sandbox: z
    .union([oneOf(["auto", "bubblewrap", "unshare", "off"], ""), z.literal(false)])
    .meta({ description: "How steps are kept apart from the machine.", default: "auto" })
    .optional(),
  network: oneOf(["host", "none"], "`none`: steps reach no network, not even this machine's.", "host").optional(),
  shows: textList("Places that steps see although homes are closed: absolute, or below `~/`.").optional(),
});

type Source = z.infer<typeof schema>;

export const localForm = listedForm<Source, LocalSettings>({
  name: "local",
  schema,
  builtIn: { name: "This machine", holds: "programs" },
  problems: ({ shows = [] }) =>
    [...shows.entries()]
      .filter(([, place]) => !/^(\/|~\/)/.test(place))
      .map(([index, place]) => ({ path: ["shows", index], message: notAbsolute(place) })),
  grants: (source) => [
    ...(sandboxOf(source) === "off" ? ["local.sandbox"] : []),
    ...((source?.shows ?? []).length > 0 ? ["local.shows"] : []),
  ],
  read: (source) => {
    const sandbox = sandboxOf(source);
    const { network, shows } = source ?? {};
    return {
      shows: shows ?? [],
      ...(sandbox === undefined ? {} : { sandbox }),
      ...(network === undefined ? {} : { network }),
    };
  },
});

function sandboxOf(source: Source | undefined): LocalSettings["sandbox"] {
  return source?.sandbox === false ? "off" : source?.sandbox;
}
