import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { bundleCommand, projectRoot } from "../../scripts/bundle.ts";

/** A command with its fault points left in. */
export type BundleForCrashes = Disposable & { readonly program: string };

/** Bundles the command with its fault points, or takes the one that `npm test` has bundled for all of its tests. */
export async function bundleForCrashes(): Promise<BundleForCrashes> {
  const shared = process.env.HEADRACE_TEST_CRASH_COMMAND;
  if (shared !== undefined) return { program: join(projectRoot, shared), [Symbol.dispose]: () => undefined };
  // Below the project, so that the packages which the bundle leaves out are found.
  const package_ = join(projectRoot, "node_modules", ".cache", `crash-${process.pid}`);
  const outdir = join(package_, "dist");
  await bundleCommand({ outdir, faultPoints: true });
  // Every step that a tracer sees through gets it, since it may start a Python.
  cpSync(join(projectRoot, "python", "trace"), join(package_, "python", "trace"), { recursive: true });
  return {
    program: join(outdir, "headrace.js"),
    [Symbol.dispose]: () => rmSync(package_, { recursive: true, force: true }),
  };
}
