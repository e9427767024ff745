/** Bundles the command line into dist/, as it is published. */
import { chmodSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bundleCommand, projectRoot } from "./bundle.ts";
import { thirdPartyNotices } from "./third-party-notices.ts";

const outdir = join(projectRoot, "dist");
rmSync(outdir, { recursive: true, force: true });
const result = await bundleCommand({ outdir, faultPoints: false });
writeFileSync(join(outdir, "THIRD-PARTY-NOTICES.txt"), thirdPartyNotices(projectRoot, Object.keys(result.metafile.inputs)));
chmodSync(join(projectRoot, "bin/headrace.mjs"), 0o755);
