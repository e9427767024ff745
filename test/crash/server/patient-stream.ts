import { setTimeout as delay } from "node:timers/promises";
import { EventText, type StreamMessage } from "../../../src/client/event-text.ts";
import type { PatientClient } from "./patient-client.ts";

const PAUSE_MS = 50;

/** The messages of a stream, taken up again behind the last one whenever it breaks off, until its end or the signal. */
export async function* followStream(
  client: PatientClient,
  path: string,
  signal = new AbortController().signal,
): AsyncGenerator<StreamMessage> {
  let last: string | undefined;
  while (!signal.aborted) {
    try {
      for await (const message of messagesOf(client, path, { last, signal })) {
        last = message.id ?? last;
        if (message.event === "end") return;
        if (message.event === "problem") break;
        yield message;
      }
    } catch {
      // The server has died; another one goes on.
    }
    await delay(PAUSE_MS);
  }
}

async function* messagesOf(
  client: PatientClient,
  path: string,
  { last, signal }: { readonly last: string | undefined; readonly signal: AbortSignal },
): AsyncGenerator<StreamMessage> {
  const response = await fetch(`${client.next()}/api/v0${path}`, {
    signal,
    headers: { authorization: `Token ${client.token}`, ...(last !== undefined && { "last-event-id": last }) },
  });
  if (response.status !== 200 || response.body === null)
    throw new Error(`a stream is answered with ${response.status}`);
  const text = new EventText();
  for await (const bytes of response.body) yield* text.push(Buffer.from(bytes));
}

/** The lines that a run prints, to its end. */
export async function followLog(client: PatientClient, path: string): Promise<readonly string[]> {
  const lines: string[] = [];
  for await (const { data } of followStream(client, path)) {
    const part = JSON.parse(data) as { readonly lines: readonly { readonly text: string }[] };
    lines.push(...part.lines.map(({ text }) => text));
  }
  return lines;
}
