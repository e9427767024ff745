import { redactUri } from "../../../sources/index.ts";
import type { LinkedExecution } from "../../../store/index.ts";

export interface DatasetName {
  readonly namespace: string;
  readonly name: string;
}

/** The facts by which a file is named. */
export interface NamedFile {
  readonly name: string;
  /** The source of a file that came in. */
  readonly uri?: string | undefined;
  /** The execution that made it, if it is on record. */
  readonly maker?: Pick<LinkedExecution, "runName" | "node"> | undefined;
}

/** The place in which events stand: the namespace of all jobs, and the project's name. */
export interface LineageScope {
  readonly namespace: string;
  readonly project: string;
}

/**
 * Names a file by the rules of OpenLineage (https://openlineage.io/docs/spec/naming): the store and the path in it. A
 * file that an execution made is named by its job and its own name, so that the next run makes a new version of the
 * same dataset.
 */
export function datasetName(scope: LineageScope, { name, uri, maker }: NamedFile): DatasetName {
  if (maker !== undefined) return { namespace: scope.namespace, name: `${jobName(scope, maker)}/${name}` };
  return (
    (uri === undefined ? undefined : nameInStore(redactUri(uri))) ?? {
      namespace: scope.namespace,
      name: `${scope.project}/${name}`,
    }
  );
}

/** Returns the name of a job: of a run without `node`, else of an execution. A run of one step is one job. */
export function jobName(scope: LineageScope, { runName, node }: { readonly runName: string; readonly node?: string }) {
  const name = node === undefined || node === runName ? runName : `${runName}.${node}`;
  return `${scope.project}/${name}`;
}

/** Undefined for what names no place outside of Headrace. */
function nameInStore(uri: string): DatasetName | undefined {
  const [, scheme = "", rest = ""] = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/is.exec(uri) ?? [];
  if (scheme === "") return uri.startsWith("/") ? { namespace: "file", name: uri } : undefined;
  if (scheme === "file") return { namespace: "file", name: rest };
  if (scheme === "datum") return undefined;
  const [, authority = "", path = ""] = /^([^/]*)\/*(.*)$/s.exec(rest) ?? [];
  return { namespace: `${scheme}://${authority}`, name: path === "" ? "/" : path };
}
