import * as z from "zod";
import { boolean, duration, integer, keyedMapping, text, textList } from "./fields.ts";

/**
 * The extensions that Headrace adds to the format, all of them: `python`, `reuse`, `retry` and `checks` (checks.ts) of
 * a step, `connections` of a pipeline (pipeline.ts), and the item `project`. A plain Valohai file never holds these
 * keys, so that none of it changes what such a file means.
 */

export const pythonSchema = keyedMapping(
  "python",
  "The Python environment of the step; built once and shared by all steps that ask for the same.",
  {
    requirements: text(
      "File relative to the configuration's folder: requirements.txt, pyproject.toml, uv.lock, or a conda file with a `pip:` part.",
    ).optional(),
    packages: textList("Requirements such as `pandas==2.2.3`.").optional(),
    version: text('Wanted Python, in quotes: `"3.12"`.').optional(),
    environment: z
      .record(z.string().min(1), text("A value."))
      .meta({
        description: "Variables for what builds the environment, such as `CMAKE_ARGS`; the step does not get them.",
      })
      .optional(),
  },
);

export const reuseSchema = z
  .union([
    z.boolean(),
    keyedMapping(
      "reuse",
      "Whether an earlier, equal execution is used instead of a new one, and which code counts as equal.",
      {
        enabled: boolean("Whether to reuse at all.", true).optional(),
        code: z
          .union([z.enum(["auto", "all", "read"]), z.array(z.string())])
          .meta({
            description:
              "`auto`: what the step was seen to read, else the whole project; `all`: the whole project; `read`: the files that it read, trusting their access times alone; or a list of patterns, `params.yaml#train.lr` for a key of a YAML or JSON file.",
            default: "auto",
          })
          .optional(),
      },
    ),
  ])
  .meta({ description: "Reuse of earlier results: `false`, or a mapping." });

export const retrySchema = keyedMapping("retry", "When a failed execution is tried again.", {
  limit: integer("How many further attempts there may be.").min(0).optional(),
  backoff: duration("Wait before the first further attempt, doubled before each next one.").optional(),
  on: z
    .array(z.union([z.int(), z.enum(["signal", "timeout", "lost", "memory"])]))
    .meta({ description: "Exit codes and the words signal, timeout, lost, memory; any failure unless set." })
    .optional(),
});

export const projectSchema = keyedMapping("project", "Defaults for all steps of the file.", {
  python: pythonSchema.optional(),
});
