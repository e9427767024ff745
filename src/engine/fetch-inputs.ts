import type { InputFile, StepInput } from "../contract/index.ts";
import type { ResolvedInput } from "../planning/index.ts";
import type { FetchedFile, Sources } from "../sources/index.ts";

/** A download reports this often at most. */
const REPORT_BYTES = 16 * 1024 * 1024;

export interface FetchCalls {
  readonly signal: AbortSignal;
  /** See `FetchOptions`. */
  readonly anew?: boolean;
  readonly report: (message: string) => void;
  readonly warn: (message: string) => void;
}

/** The files of each input: those that came over edges, then those that its URIs name, in the order of the URIs. */
export async function fetchInputs(
  sources: Sources,
  inputs: readonly ResolvedInput[],
  calls: FetchCalls,
): Promise<readonly StepInput[]> {
  return await Promise.all(
    inputs.map(async ({ name, keepDirectories, filename, files, uris }) => {
      const fetched = await Promise.all(uris.map((uri) => fetchUri(sources, name, uri, calls)));
      const carried = files.map((file): InputFile => ({ ...file, uri: `datum://${file.datumId}` }));
      return {
        name,
        keepDirectories,
        files: [...carried, ...fetched.flat()],
        ...(filename === undefined ? {} : { filename }),
      };
    }),
  );
}

async function fetchUri(
  sources: Sources,
  input: string,
  uri: string,
  calls: FetchCalls,
): Promise<readonly InputFile[]> {
  let reported = 0;
  const files = await sources.fetch(uri, {
    signal: calls.signal,
    anew: calls.anew === true,
    report: ({ uri: shown, receivedBytes, totalBytes }) => {
      if (receivedBytes - reported < REPORT_BYTES) return;
      reported = receivedBytes;
      calls.report(
        `input ${input}: ${megabytes(receivedBytes)}${totalBytes === undefined ? "" : ` of ${megabytes(totalBytes)}`} of ${shown}`,
      );
    },
    warn: calls.warn,
  });
  return files.map(inputFile);
}

export function inputFile({
  name,
  directories,
  fullPath,
  uri,
  datumId,
  sha256,
  sizeBytes,
  properties,
}: FetchedFile): InputFile {
  const kept = [...directories, name].join("/");
  const wildcardRoot = fullPath.slice(0, Math.max(0, fullPath.length - kept.length - 1));
  return {
    name: fullPath,
    wildcardRoot,
    uri,
    datumId,
    sha256,
    sizeBytes,
    ...(properties === undefined ? {} : { properties }),
  };
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}
