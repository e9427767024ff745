import { ALLOW_ALL } from "../../network/index.ts";
import type { DatumRecord } from "../../store/index.ts";
import type { Source } from "../source.ts";
import type { FetchedFile, FetchOptions, SourcesOptions } from "../sources.ts";
import { unavailable } from "../unavailable.ts";
import { nameInDisposition } from "./content-disposition.ts";
import { type Downloaded, download } from "./download.ts";
import { maxDownload } from "./download-room.ts";
import { HttpClient, type Reply, requireAddress } from "./http-client.ts";
import { HttpFailure } from "./http-failure.ts";
import { DEFAULT_HTTP_POLICY, type HttpPolicy } from "./http-policy.ts";
import { fromProperties, sameValidators, settledValidators, toProperties } from "./validators.ts";
import { fullPathIn, nameInPath, parseWebAddress, type WebAddress } from "./web-address.ts";

/** `http://` and `https://`: downloaded once per state of the file, as far as the server can tell its states apart. */
export function openHttpSource(options: SourcesOptions): Source {
  return new HttpSource(options);
}

class HttpSource implements Source {
  readonly #options: SourcesOptions;
  readonly #policy: HttpPolicy;
  readonly #client: HttpClient;

  constructor(options: SourcesOptions) {
    this.#options = options;
    this.#policy = { ...DEFAULT_HTTP_POLICY, ...options.http };
    const { environment, now, addresses = ALLOW_ALL } = options;
    this.#client = new HttpClient({ policy: this.#policy, environment, now, addresses });
  }

  async check(uri: string): Promise<void> {
    const { url, shown } = parseWebAddress(uri);
    try {
      requireAddress(url, this.#options.addresses ?? ALLOW_ALL);
    } catch (error) {
      if (!(error instanceof HttpFailure)) throw error;
      throw unavailable(shown, error.message, error.hint, error);
    }
  }

  async fetch(uri: string, options: FetchOptions): Promise<readonly FetchedFile[]> {
    const { blobs, store } = this.#options;
    const address = parseWebAddress(uri);
    const known = await store.data.findByUri(address.shown);
    const stored = known !== undefined && options.anew !== true && (await blobs.has(known.sha256));
    const room = { folder: this.#options.cacheFolder, maxBytes: maxDownload(this.#options.environment) };
    const downloaded = await download(
      { client: this.#client, blobs, policy: this.#policy, room },
      {
        address,
        known: stored ? { ...fromProperties(known.properties), sizeBytes: known.sizeBytes } : undefined,
        signal: options.signal,
        report: (receivedBytes, totalBytes) =>
          options.report({ uri: address.shown, receivedBytes, ...(totalBytes !== undefined && { totalBytes }) }),
        warn: (message) => options.warn(message),
      },
    );
    if (known !== undefined && downloaded !== undefined && downloaded.ref.sha256 !== known.sha256) {
      options.warn(`input ${address.shown}: its content has changed since it was fetched on ${day(known.createdAt)}`);
    }
    const datum = downloaded === undefined ? known : await this.#record(address, downloaded, known);
    if (datum === undefined) throw new Error(`${address.shown}: unchanged, but not known`);
    return [fileOf(address, datum)];
  }

  async #record(address: WebAddress, { ref, reply }: Downloaded, known: DatumRecord | undefined): Promise<DatumRecord> {
    const validators = settledValidators(reply.response.headers, { url: reply.url, first: address.url });
    const name = nameOf(address, reply);
    const same =
      known?.sha256 === ref.sha256 &&
      known.name === name &&
      sameValidators(fromProperties(known.properties), validators);
    if (same) return known;
    // Also for an equal content: the newest datum holds the validators that the server knows now.
    return this.#options.store.data.add(
      { name, ...ref, uri: address.shown, properties: toProperties(validators) },
      this.#options.now(),
    );
  }
}

/**
 * The name that the server gives, else the one in the address that the user wrote, since the step's author knows that
 * one.
 */
function nameOf({ url }: WebAddress, { response, url: final }: Reply): string {
  return (
    nameInDisposition(response.headers["content-disposition"]) ?? nameInPath(url) ?? nameInPath(final) ?? "download"
  );
}

function fileOf({ url, shown }: WebAddress, { id, name, sha256, sizeBytes }: DatumRecord): FetchedFile {
  return { name, directories: [], fullPath: fullPathIn(url, name), uri: shown, datumId: id, sha256, sizeBytes };
}

function day(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}
