import type { Report } from "../build/report.ts";
import type { Placed } from "../build/unique.ts";
import type { Endpoint } from "../model.ts";
import type { Path } from "../report/problem.ts";

/** Checks where an endpoint's volumes are mounted: absolute paths, each taken once. */
export function lintEndpoint({ value: endpoint, path }: Placed<Endpoint>, report: Report): void {
  const taken = new Set<string>();
  for (const [index, { mountPath, subPath }] of endpoint.sharedVolumes.entries()) {
    const place = [...path, "shared-volumes", index];
    lintMountPath(mountPath, [...place, "mount-path"], taken, report);
    if (subPath?.startsWith("/"))
      report(
        "wrong-format",
        [...place, "sub-path"],
        `\`sub-path\` is relative to the volume; \`${subPath}\` begins with a slash`,
      );
  }
  const own = endpoint.workspaceVolume?.mountPath;
  if (own !== undefined) lintMountPath(own, [...path, "workspace-volume", "mount-path"], taken, report);
}

function lintMountPath(mountPath: string, path: Path, taken: Set<string>, report: Report): void {
  if (!mountPath.startsWith("/"))
    report(
      "wrong-format",
      path,
      `\`mount-path\` has to be an absolute path; \`${mountPath}\` does not begin with a slash`,
    );
  if (taken.has(mountPath))
    report("mount-path-taken", path, `another volume of the endpoint is mounted at \`${mountPath}\` already`);
  taken.add(mountPath);
}
