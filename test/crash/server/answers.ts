import type { ClientAnswer, PatientClient } from "./patient-client.ts";

/** The JSON of an answer. Throws where it has another status: the answer is not true then. */
// biome-ignore lint/suspicious/noExplicitAny: the campaign looks into whatever was answered
export function answered(answer: Pick<ClientAnswer, "status" | "text" | "json">, status: number): any {
  if (answer.status === status) return answer.json;
  throw new Error(`it is answered with ${answer.status} in place of ${status}: ${answer.text.slice(0, 600)}`);
}

/** All entries of a list in pages. */
// biome-ignore lint/suspicious/noExplicitAny: the campaign looks into whatever was answered
export async function entriesOf(client: PatientClient, path: string): Promise<readonly any[]> {
  const entries: unknown[] = [];
  for (let offset = 0; ; ) {
    const separator = path.includes("?") ? "&" : "?";
    const page = answered(await client.call(`${path}${separator}limit=100&offset=${offset}`), 200);
    const results = (page.results ?? page.items) as readonly unknown[];
    entries.push(...results);
    offset += results.length;
    if (results.length < 100) return entries;
  }
}
