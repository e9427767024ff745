import type { MetadataRecord } from "../records.ts";
import { addMetadata, listMetadata } from "./metadata.ts";
import type { ProjectScope } from "./scope.ts";

/** Metadata points: the JSON objects that steps print. */
export interface MetadataRepository {
  /** Adds points (same offset: ignored) and announces the newest values. */
  add(executionId: string, fence: number, points: readonly MetadataRecord[]): Promise<void>;
  list(
    executionId: string,
    page: { readonly afterOffset?: number; readonly limit: number },
  ): Promise<readonly MetadataRecord[]>;
}

export function metadataRepository({ database, project, change }: ProjectScope): MetadataRepository {
  return {
    add: (executionId, fence, points) => change((open) => addMetadata(open, executionId, fence, points)),
    list: (executionId, page) => listMetadata(database, project, executionId, page),
  };
}
