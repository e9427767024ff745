import { openSources, type Sources, type SourcesOptions } from "../../sources/index.ts";
import type { ProjectResources } from "./project-resources.ts";

/** The inputs of a project: from where this installation lets them come. */
export function projectSources(
  { env: environment, origin, addresses }: ProjectResources,
  places: Pick<SourcesOptions, "blobs" | "store" | "cacheFolder" | "now">,
): Sources {
  const { codeFolder: projectRoot, readsLocalFiles } = origin;
  return openSources({ ...places, projectRoot, environment, addresses, readsLocalFiles });
}
