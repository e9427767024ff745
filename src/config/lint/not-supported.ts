import type { Draft } from "../build/draft.ts";
import type { PlacedPipeline } from "../build/pipeline.ts";
import type { Report } from "../build/report.ts";
import type { Input, NodeOverride, PipelineNode, Step } from "../model.ts";
import { IGNORED_STEP_KEYS, REFUSED_NODE_HINTS } from "../not-supported.ts";
import type { Path } from "../report/problem.ts";
import type { ConfigContext } from "./context.ts";

/**
 * Everything that the format has and this version reads, but does not act upon: the file stays valid, and nobody waits
 * for it in vain.
 */
export function lintNotSupported(draft: Draft, context: ConfigContext, report: Report): void {
  for (const { value, path } of draft.steps) lintStepKeys(value, path, context, report);
  for (const pipeline of draft.pipelines) lintPipelineKeys(pipeline, context, report);
  const items = [
    ["an `endpoint`", draft.endpoints],
    ["a `deployment`", draft.deployments],
  ] as const;
  for (const [kind, list] of items) {
    for (const { path } of list)
      report("not-supported", path, `this version does not run ${kind}; it is only checked`, { mark: "key" });
  }
  for (const { value, path } of draft.models) if (value.deploy !== undefined) ignored("deploy", path, report);
}

function ignored(key: string, path: Path, report: Report): void {
  report("not-supported", [...path, key], `\`${key}\` is not supported by this version and is ignored`, {
    mark: "key",
  });
}

function lintStepKeys(step: Step, path: Path, context: ConfigContext, report: Report): void {
  for (const [key, isUsed] of IGNORED_STEP_KEYS) if (isUsed(step)) ignored(key, path, report);
  lintInputs(step.inputs, path, context, report);
}

function lintInputs(inputs: readonly Input[], path: Path, { uriSchemes }: ConfigContext, report: Report): void {
  for (const [index, { download, default: uris }] of inputs.entries()) {
    const place = [...path, "inputs", index];
    if (download === "on-demand") {
      const message =
        "`download: on-demand` is not supported by this version; the files are fetched before the step starts";
      report("not-supported", [...place, "download"], message, { mark: "key" });
    }
    if (uriSchemes === undefined) continue;
    // Said once of an input, however many files it names.
    for (const scheme of new Set(uris.map(schemeOf))) {
      if (scheme === undefined || uriSchemes.has(scheme)) continue;
      const hint = `a run needs another source, given with it or by an edge; there are a local path, ${[...uriSchemes].map((name) => `${name}://`).join(", ")}`;
      report("not-supported", [...place, "default"], `inputs by ${scheme}:// are not supported by this version`, {
        mark: "key",
        hint,
      });
    }
  }
}

function schemeOf(uri: string): string | undefined {
  return /^([a-z][a-z0-9+.-]*):\/\//i.exec(uri)?.[1]?.toLowerCase();
}

function lintPipelineKeys({ nodes, edges }: PlacedPipeline, context: ConfigContext, report: Report): void {
  for (const { value, path } of nodes) lintNodeKeys(value, path, context, report);
  for (const { edge, path } of edges)
    if (Object.keys(edge.configuration).length > 0) ignored("configuration", path, report);
}

function lintNodeKeys(node: PipelineNode, path: Path, context: ConfigContext, report: Report): void {
  const refused = (key: string, message: string, hint: string): void =>
    report("not-supported", [...path, key], `${message}; a run of the pipeline refuses it`, { hint });
  if (node.type === "deployment")
    refused("type", "deployment nodes are not supported by this version", REFUSED_NODE_HINTS.deployment);
  if (node.type !== "deployment") {
    if (node.type !== "pipeline" && node.override !== undefined)
      lintOverrideKeys(node.override, [...path, "override"], context, report);
    if (node.commit?.startsWith("library:") === true)
      refused(
        "commit",
        "steps of a library are not supported by this version",
        "copy the step into the file, and remove `commit` from the node",
      );
  }
}

function lintOverrideKeys(override: NodeOverride, path: Path, context: ConfigContext, report: Report): void {
  if (override.runtimeConfigPreset !== undefined) ignored("runtime-config-preset", path, report);
  if (override.autorestart === true) ignored("autorestart", path, report);
  lintInputs(override.inputs ?? [], path, context, report);
}
