import * as z from "zod";
import {
  anything,
  boolean,
  dataName,
  keyedMapping,
  mapping,
  number,
  oneOf,
  openMapping,
  text,
  textOrTexts,
} from "./fields.ts";

/** The parts that steps, overrides and endpoints have in common. */

export const inputSchema = mapping("input", "Files that a step reads from /valohai/inputs/NAME.", {
  name: z.string().max(64).meta({ description: "Name of the input and of its folder; unique within the step." }),
  default: textOrTexts(
    "URI or URIs that are used unless others are given. Wildcards `*` and `**` work where the store can list files.",
  ).optional(),
  optional: boolean("Whether the step may start without files for this input.", false).optional(),
  description: text("Help text.").optional(),
  "keep-directories": z
    .union([z.boolean(), z.enum(["none", "full", "suffix"])])
    .meta({
      description:
        "Which folders of a wildcard's matches are kept: none, the full path, or what follows the wildcard's root.",
      default: false,
    })
    .optional(),
  filename: text("Name that the input's file gets. Without effect where there are several files.").optional(),
  download: oneOf(
    ["always", "on-demand"],
    "Whether files are fetched before the step starts or when it asks for them.",
    "always",
  ).optional(),
});

export const outputSchema = mapping(
  "output",
  "A declared output. Declaring is optional: everything in /valohai/outputs is kept.",
  {
    name: text("Name or pattern of the files."),
    description: text("Help text.").optional(),
    dataset: dataName("Extension: dataset of which these files make a new version when the step succeeds.").optional(),
    model: dataName("Extension: model of which these files make a new version when the step succeeds.").optional(),
  },
);

export const widgetSchema = z
  .union([z.string(), z.looseObject({ type: z.string(), settings: z.record(z.string(), z.unknown()).optional() })])
  .meta({ description: "How a user interface edits the value: a widget's name, or its type and settings." });

export const parameterSchema = mapping("parameter", "A value that is put into the command.", {
  name: text("Name of the parameter; unique within the step."),
  type: oneOf(["string", "integer", "float", "flag"], "Type of the value.", "string").optional(),
  default: anything("Value that is used unless another is given; a list where `multiple` allows it.").optional(),
  optional: boolean("Whether the step may start without a value. Flags always may.", false).optional(),
  description: text("Help text.").optional(),
  category: text("Heading under which a user interface shows the parameter.").optional(),
  min: number("Smallest value allowed, for integer and float.").optional(),
  max: number("Largest value allowed, for integer and float.").optional(),
  choices: z.array(z.unknown()).meta({ description: "The only values allowed. Not for flags." }).optional(),
  multiple: oneOf(
    ["none", "repeat", "separate"],
    "Several values: `repeat` passes the argument once for each, `separate` joins them.",
    "none",
  ).optional(),
  "multiple-separator": text("What joins the values of `multiple: separate`; a comma unless set.").optional(),
  "pass-as": text(
    "Template of the argument, with {name} and {value}; `--{name}={value}` unless set, `--{name}` for flags.",
  ).optional(),
  "pass-true-as": text("Argument for a flag that is true.").optional(),
  "pass-false-as": text("Argument for a flag that is false.").optional(),
  widget: widgetSchema.optional(),
});

export const environmentVariableSchema = mapping(
  "environment-variable",
  "An environment variable of the step's process.",
  {
    name: text("Name of the variable; unique within the step."),
    default: text("Value that is used unless another is given. Numbers have to stand in quotes.").optional(),
    description: text("Help text.").optional(),
    optional: boolean("Whether the step may start without a value.", true).optional(),
  },
);

export const mountSchema = z
  .union([
    z.string().regex(/^\/.+:\/.+$/, "`/source:/destination`, both absolute"),
    mapping("mount", "A folder of the machine that the step sees.", {
      source: text("Folder on the machine, or what the mount's type takes."),
      destination: z
        .string()
        .regex(/^\/.+$/, "an absolute path")
        .meta({ description: "Folder as the step sees it." }),
      readonly: boolean("Whether the step may only read.", false).optional(),
      type: text("Kind of mount, e.g. nfs.").optional(),
      options: openMapping("Further options of the mount's type.").optional(),
    }),
  ])
  .meta({ description: "`/source:/destination`, or a mapping with options." });

const range = (id: string, description: string) =>
  mapping(id, description, {
    min: number("What is asked for.").optional(),
    max: number("What must not be exceeded.").optional(),
  });

const cpu = range("cpu", "Processors; 0.5 is half of one.");
const memory = range("memory", "Memory in MB.");
const devices = z.record(z.string().min(1), z.number().min(1)).meta({
  description:
    "Devices by name, such as `nvidia.com/gpu: 1`. An empty mapping asks for none where there would be some by default.",
});

export const resourcesSchema = keyedMapping("resources", "What the step needs of its machine.", {
  cpu: cpu.optional(),
  memory: memory.optional(),
  devices: devices.optional(),
});

export const endpointResourcesSchema = mapping("endpoint-resources", "What the endpoint needs of its machine.", {
  cpu: cpu.optional(),
  memory: memory.optional(),
  devices: devices.optional(),
  "ephemeral-storage": keyedMapping("ephemeral-storage", "Temporary disk space in MB.", {
    min: z.int().meta({ description: "What is asked for." }).optional(),
    max: z.int().meta({ description: "What must not be exceeded." }).optional(),
  }).optional(),
});
