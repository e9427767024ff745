import * as z from "zod";
import { duration, keyedMapping, mapping, mountSchema, oneOf, text, textList } from "../config/index.ts";
import type { ListedForm } from "./kind-form.ts";

/** The form of headrace.config.yaml. docs/environments.md shows it to users. */

const count = (description: string) => z.int().min(1).meta({ description });

const limits = keyedMapping(
  "limits",
  "What a step may use at most; one that asks for nothing gets all of it, save devices.",
  {
    cpu: z.number().gt(0).meta({ description: "Processors." }).optional(),
    memory: count("Memory in MB.").optional(),
    devices: z
      .record(z.string().min(1), z.int().min(0))
      .meta({ description: "Devices by name, such as `nvidia.com/gpu: 2`." })
      .optional(),
  },
);

const NAME = text("As people call it; the slug unless set.").optional();

/** The further keys of an environment that do not depend on its kind. */
const ENVIRONMENT = {
  concurrency: count("How many executions run there at a time.").optional(),
  image: text("Image of steps that name none.").optional(),
  "price-per-hour": z
    .number()
    .min(0)
    .meta({ description: "What an hour of an execution costs there, in the currency that you count in." })
    .optional(),
  limits: limits.optional(),
  mounts: z.array(mountSchema).meta({ description: "Folders of the machine that every step sees." }).optional(),
  variables: z
    .record(z.string().min(1), z.string())
    .meta({ description: "Environment variables of every step." })
    .optional(),
};

const retention = keyedMapping("retention", "What a clean-up leaves alone; what is not said here is kept for good.", {
  "keep-runs": z.int().min(0).meta({ description: "The newest so many runs." }).optional(),
  "keep-for": duration("Runs that ended within this time, e.g. `30d`.").optional(),
});

/** The keys of the file that do not depend on the kinds. */
const FILE = {
  "default-environment": text("Slug of the environment of steps that name none.").optional(),
  concurrency: count("How many executions of a project run at a time, over all its runs.").optional(),
  retention: retention.optional(),
  trust: textList(
    "Folders whose projects may grant their steps more than usual by a headrace.config.yaml of their own.",
  ).optional(),
};

/** Makes the form of the file with the settings of these kinds of executors. */
export function settingsSchema(forms: readonly ListedForm[]): z.ZodType<SettingsSource> {
  const environment = mapping("environment", "A place where steps run.", {
    ...{ name: NAME, executor: oneOf(namesOf(forms), "What runs the steps."), ...ENVIRONMENT },
    ...Object.fromEntries(forms.map(({ name, schema }) => [name, schema.optional()])),
  });
  return mapping("settings-file", "headrace.config.yaml: what an installation says of itself.", {
    ...{ "default-environment": FILE["default-environment"], concurrency: FILE.concurrency },
    environments: z.record(z.string(), environment).meta({ description: "Environments by slug." }).optional(),
    ...{ retention: FILE.retention, trust: FILE.trust },
  }) as unknown as z.ZodType<SettingsSource>;
}

function namesOf(forms: readonly ListedForm[]): readonly [string, ...string[]] {
  const [first, ...rest] = forms.map(({ name }) => name);
  if (first === undefined) throw new Error("an installation has kinds of executors");
  return [first, ...rest];
}

const commonOfFile = z.strictObject(FILE);
const commonOfEnvironment = z.strictObject({ name: NAME, ...ENVIRONMENT });

export type SettingsSource = z.infer<typeof commonOfFile> & {
  readonly environments?: Readonly<Record<string, EnvironmentSource>> | undefined;
};

/** The kind's own settings stand in it below the kind's name. */
export type EnvironmentSource = z.infer<typeof commonOfEnvironment> & { readonly executor: string };

export function ownOf(environment: EnvironmentSource, kind: string): unknown {
  return new Map<string, unknown>(Object.entries(environment)).get(kind);
}
