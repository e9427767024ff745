import { Readable } from "node:stream";
import type { BlobRef, BlobStore } from "../../blobs/index.ts";
import { DownloadRoom, type DownloadRoomOptions } from "./download-room.ts";
import type { HeadersFor, HttpClient, Reply, RequestHeaders } from "./http-client.ts";
import { failureOfError } from "./http-failure.ts";
import type { HttpPolicy } from "./http-policy.ts";
import { Patience } from "./patience.ts";
import { ResumingBody, StartAgain } from "./resuming-body.ts";
import { isKnownState, type KnownState, unlessUnchanged } from "./validators.ts";
import type { WebAddress } from "./web-address.ts";

export interface DownloadTools {
  readonly client: HttpClient;
  readonly blobs: Pick<BlobStore, "putStream">;
  readonly policy: HttpPolicy;
  readonly room: Omit<DownloadRoomOptions, "uri">;
}

export interface DownloadRequest {
  readonly address: WebAddress;
  /** Makes it a possible answer that there is nothing new. */
  readonly known?: KnownState | undefined;
  readonly signal: AbortSignal;
  report(receivedBytes: number, totalBytes: number | undefined): void;
  warn(message: string): void;
}

/** A content that was stored, and the answer that it came with. */
export interface Downloaded {
  readonly ref: BlobRef;
  readonly reply: Reply;
}

/**
 * Streams what stands at an address into the blobs. A broken connection is resumed where it broke if the server vouches
 * that the content is still the same, else from the beginning. Answers `undefined` when there is nothing new.
 */
export async function download(tools: DownloadTools, request: DownloadRequest): Promise<Downloaded | undefined> {
  const { address, known, signal } = request;
  const patience = new Patience({ policy: tools.policy, uri: address.shown, signal, warn: request.warn });
  const openFor = (headers: HeadersFor): Promise<Reply> =>
    openPatiently(tools.client, patience, { address, headers, signal });
  const open = (headers: RequestHeaders): Promise<Reply> => openFor(() => headers);
  let reply = await openFor((url) => (known === undefined ? {} : unlessUnchanged(known, { url, first: address.url })));
  if (known !== undefined && saysUnchanged(reply, known, address.url)) {
    reply.response.destroy();
    return undefined;
  }
  for (;;) {
    const room = new DownloadRoom({ ...tools.room, uri: address.shown });
    const report: DownloadRequest["report"] = (receivedBytes, totalBytes) => {
      room.require(receivedBytes, totalBytes);
      request.report(receivedBytes, totalBytes);
    };
    const body = new ResumingBody({ reply, open, patience, signal, policy: tools.policy, report });
    try {
      const ref = await tools.blobs.putStream(Readable.from(body.chunks(), { objectMode: false }));
      return { ref, reply };
    } catch (error) {
      // The store may have failed before it read anything.
      reply.response.destroy();
      if (!(error instanceof StartAgain)) throw error;
      reply = error.reply ?? (await open({}));
    }
  }
}

function saysUnchanged({ status, response, url }: Reply, known: KnownState, first: URL): boolean {
  const addresses = { url, first };
  if (status === 304) return Object.keys(unlessUnchanged(known, addresses)).length > 0;
  return status === 200 && isKnownState(known, response.headers, addresses);
}

async function openPatiently(
  client: HttpClient,
  patience: Patience,
  {
    address,
    headers,
    signal,
  }: { readonly address: WebAddress; readonly headers: HeadersFor; readonly signal: AbortSignal },
): Promise<Reply> {
  for (;;) {
    try {
      return await client.get(address, headers, signal);
    } catch (error) {
      signal.throwIfAborted();
      await patience.afterFailure(failureOfError(error, address.url));
    }
  }
}
