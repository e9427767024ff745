import type { ValohaiLinks } from "../api/index.ts";
import type { ProjectRecord } from "../store/index.ts";

/** Addresses of the objects of a project: of the API, and of their pages. */
export function linksOf({ publicUrl }: { readonly publicUrl: string }, { id, name }: ProjectRecord): ValohaiLinks {
  const pages = `${publicUrl}/p/${name.split("/").map(encodeURIComponent).join("/")}`;
  const slash = name.indexOf("/");
  const owner = { username: slash === -1 ? "" : name.slice(0, slash) };
  return {
    project: { id, name: name.slice(slash + 1), owner },
    api: (path) => `${publicUrl}/api/v0/${path}`,
    display: (path) => `${pages}/${path}`,
  };
}
