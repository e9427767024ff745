import type { SnapshotRecord } from "../project/requests.ts";
import type { EngineIdentity } from "../records.ts";
import { DocumentKind } from "./document-kind.ts";
import { anything, either, flag, list, number, object, optional, record, type Shape, text } from "./shape.ts";

type Values = Readonly<Record<string, unknown>>;

const pair: Shape<readonly [Values, readonly string[]]> = (value) => {
  if (!Array.isArray(value) || value.length !== 2) return " is neither an object nor a pair";
  const misfit = record(anything)(value[0]);
  return misfit === undefined ? list(text)(value[1]) : misfit;
};

export const TAGS = new DocumentKind("list of tags", list(text));
export const WARNINGS = new DocumentKind("list of warnings", list(text));
/** The facts that the executor reports about the place. */
export const RUNTIME_FACTS = new DocumentKind("set of facts about a place", record(text));
/** The values, or `[values, names]` where some are left out (last-values.ts). */
export const LAST_VALUES = new DocumentKind("set of last values", either(record(anything), pair));
export const METADATA_POINT = new DocumentKind("metadata point", record(anything));
export const DATUM_PROPERTIES = new DocumentKind("set of properties", record(anything));
export const AUDIT_DETAIL = new DocumentKind("detail of an audit entry", record(anything));

export const GIT_STATE = new DocumentKind(
  "state of a git repository",
  object<NonNullable<SnapshotRecord["git"]>>({ commit: text, branch: optional(text), dirty: flag }),
);

export const ENGINE_IDENTITY = new DocumentKind(
  "identity of an engine",
  object<EngineIdentity>({
    ...{
      host: text,
      bootId: text,
      pid: number,
      startTime: text,
      processSpace: text,
      stateFolder: text,
      takesAnyRun: optional(flag),
    },
  }),
  [renameServes],
);

/** Renames `serves`, the name in version 1. */
function renameServes(document: unknown): unknown {
  if (typeof document !== "object" || document === null || !("serves" in document)) return document;
  const { serves, ...rest } = document;
  return { ...rest, takesAnyRun: serves };
}
