import type * as z from "zod";
import type { DocumentProblem } from "../config/index.ts";
import type { EnvironmentSettings } from "./settings.ts";

/**
 * The settings of one kind of executor: their form, and their meaning. They stand in an environment below a key that is
 * called as the kind is. The kind's own folder exports the record; this room knows no kind by name.
 */
export interface KindForm<Source, Own> {
  /** The value of `executor:`, and the key of the kind's own settings. */
  readonly name: string;
  /** A `mapping` with the kind's name as its id. */
  readonly schema: z.ZodType<Source>;
  /** The error for an environment that has no such mapping. Absent: it may be left out. */
  readonly needed?: string;
  /** Problems beyond the schema; their paths begin in the kind's own mapping. */
  readonly problems?: (source: Source) => readonly DocumentProblem[];
  /**
   * Lists what the settings grant steps beyond what is safe for a stranger's code, as paths within an environment:
   * `local.sandbox`.
   */
  readonly grants: (source: Source | undefined) => readonly string[];
  readonly read: (source: Source | undefined) => Own;
  /** Every installation has an environment of this kind, with the kind's name as its slug. */
  readonly builtIn?: { readonly name: string; readonly holds: BuiltInPurpose };
}

/** The steps that a built-in environment is for, unless something says where they run: with an image, or without. */
export type BuiltInPurpose = "images" | "programs";

/** A form as lists of several have it: it checks what it is given by its own schema. */
export interface ListedForm<Own = unknown> {
  readonly name: string;
  readonly schema: z.ZodType;
  readonly needed: string | undefined;
  readonly builtIn: KindForm<unknown, unknown>["builtIn"];
  readonly problems: (source: unknown) => readonly DocumentProblem[];
  readonly grants: (source: unknown) => readonly string[];
  readonly read: (source: unknown) => Own;
}

export function listedForm<Source, Own>(form: KindForm<Source, Own>): ListedForm<Own> {
  const typed = (source: unknown): Source | undefined => (source === undefined ? undefined : form.schema.parse(source));
  return {
    ...{ name: form.name, schema: form.schema, needed: form.needed, builtIn: form.builtIn },
    problems: (source) => {
      const own = typed(source);
      return own === undefined ? [] : (form.problems?.(own) ?? []);
    },
    grants: (source) => form.grants(typed(source)),
    read: (source) => form.read(typed(source)),
  };
}

/** The environments that every installation has. */
export function builtInEnvironments(forms: readonly ListedForm[]): readonly EnvironmentSettings[] {
  return forms.flatMap(({ name: slug, builtIn, read }) =>
    builtIn === undefined
      ? []
      : [
          {
            ...{ slug, name: builtIn.name, executor: slug, own: read(undefined) },
            ...{ limits: {}, mounts: [], variables: {}, isConfigured: false },
          },
        ],
  );
}
