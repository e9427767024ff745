/** Bundles the command line and the web application into dist/, as they are published. */
import { chmodSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildWeb } from "./build-web.ts";
import { bundleCommand, projectRoot } from "./bundle.ts";
import { thirdPartyNotices } from "./third-party-notices.ts";

const outdir = join(projectRoot, "dist");
rmSync(outdir, { recursive: true, force: true });
const result = await bundleCommand({ outdir, faultPoints: false });
const ofWeb = await buildWeb();
writeFileSync(
  join(outdir, "THIRD-PARTY-NOTICES.txt"),
  thirdPartyNotices(projectRoot, [...Object.keys(result.metafile.inputs), ...ofWeb]),
);
chmodSync(join(projectRoot, "bin/headrace.mjs"), 0o755);
