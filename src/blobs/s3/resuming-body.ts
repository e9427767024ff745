import { setTimeout as delay } from "node:timers/promises";
import type { GetObjectCommandOutput } from "@aws-sdk/client-s3";
import type { PatientRetries } from "./patient-retries.ts";
import { isBrokenConnection } from "./s3-failure.ts";

export interface ResumingBodyOptions {
  /** Undefined where the range holds no bytes. */
  readonly first: GetObjectCommandOutput | undefined;
  readonly start: number;
  readonly open: (start: number) => Promise<GetObjectCommandOutput | undefined>;
  readonly retries: PatientRetries;
  readonly failure: (error: unknown) => unknown;
}

/**
 * The bytes of an object; a connection that breaks is opened anew where it broke. An object never changes, so that the
 * rest still fits.
 */
export async function* resumingBody({
  first,
  start,
  open,
  retries,
  failure,
}: ResumingBodyOptions): AsyncGenerator<Uint8Array> {
  let offset = start;
  let answer = first;
  let [tries, failingSince] = [0, 0];
  while (answer !== undefined) {
    try {
      for await (const chunk of answer.Body as unknown as AsyncIterable<Uint8Array>) {
        offset += chunk.length;
        tries = 0;
        yield chunk;
      }
      return;
    } catch (error) {
      if (!isBrokenConnection(error)) throw failure(error);
      if (tries === 0) failingSince = performance.now();
      const waitMs = retries.delayMs(tries);
      tries += 1;
      if (retries.isOver({ tries, failingForMs: performance.now() - failingSince + waitMs })) throw failure(error);
      await delay(waitMs);
    }
    answer = await open(offset);
  }
}
