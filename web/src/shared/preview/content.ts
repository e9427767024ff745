import { useQuery } from "@tanstack/react-query";
import type { DatumView } from "../../../../src/api/index.ts";
import { addressOf, send } from "../../api/call.ts";
import { useProject } from "../../frame/use-project.ts";

/** The address of a file's bytes. */
export function contentAddress(project: string, file: string): string {
  return addressOf("/api/v0/projects/:project/files/:file/content/", { params: { project, file } });
}

/** All bytes of a file. */
export function useBytes({ id }: Pick<DatumView, "id">) {
  const { ref } = useProject();
  return useQuery({
    queryKey: ["content", ref, id],
    queryFn: async ({ signal }) => (await send(contentAddress(ref, id), { signal })).blob(),
    // A stored file never changes, and may be large.
    gcTime: 60_000,
  });
}

/** The first bytes of a file as text. */
export function useText({ id }: Pick<DatumView, "id">, most: number) {
  const { ref } = useProject();
  return useQuery({
    queryKey: ["text", ref, id, most],
    queryFn: ({ signal }) => firstBytes(contentAddress(ref, id), most, signal),
    gcTime: 60_000,
  });
}

/** Reads no more of a file than is shown; bytes that are no UTF-8 appear as U+FFFD. */
async function firstBytes(address: string, most: number, signal: AbortSignal): Promise<string> {
  const { body } = await send(address, { signal });
  const reader = body?.getReader();
  const decoder = new TextDecoder();
  let text = "";
  for (let size = 0; reader !== undefined && size < most; ) {
    const { done, value } = await reader.read();
    if (done) break;
    text += decoder.decode(value.subarray(0, most - size), { stream: true });
    size += value.length;
  }
  await reader?.cancel();
  return text;
}
