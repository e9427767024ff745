import { createWriteStream } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ProjectApi } from "../../api/index.ts";
import { HeadraceError } from "../../errors.ts";
import { downloadOutputs } from "../../services/on-demand.ts";
import { everyItem } from "../every-page.ts";
import { taskNamed } from "../task-named.ts";

const FILES_AT_ONCE = 1_000;
const DOWNLOADS_AT_ONCE = 4;

interface Options {
  readonly overwrite: boolean;
  readonly projectRoot: string;
  /** A named output of the run. */
  readonly name?: string;
}

/** Writes the outputs of a run or an execution on a server below `folder`; returns the paths written. */
export async function downloadRemote(
  api: ProjectApi,
  ref: string,
  folder: string,
  { overwrite, projectRoot, name: output }: Options,
): Promise<readonly string[]> {
  // Once: `latest` may mean another one for the next call.
  const { name, perNode } = await named(api, ref);
  const outputs = await Array.fromAsync(
    everyItem((page) => api.data.outputs(name, { ...page, ...(output !== undefined && { name: output }) }), {
      atOnce: FILES_AT_ONCE,
    }),
  );
  const ids = new Map(outputs.map(({ sha256, id }) => [sha256, id]));
  const copies = {
    placeCopies: async (placements: readonly { readonly sha256: string; readonly target: string }[]) => {
      const waiting = [...placements];
      const work = async (): Promise<void> => {
        for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
          await place(api, ids.get(next.sha256), next.target);
      };
      // All of them, so that none writes on when a file that failed is tried once more.
      const ended = await Promise.allSettled(Array.from({ length: DOWNLOADS_AT_ONCE }, work));
      for (const one of ended) if (one.status === "rejected") throw one.reason;
    },
  };
  return await downloadOutputs(copies, outputs, {
    ...{ folder, overwrite, projectRoot },
    perNode: perNode && output === undefined,
  });
}

async function named(api: ProjectApi, ref: string): Promise<{ readonly name: string; readonly perNode: boolean }> {
  const task = await taskNamed(api, ref);
  if (task !== undefined) return { name: `${task.run}.${task.node}`, perNode: false };
  const subject = await api.records.get(ref);
  if (subject.kind === "execution") return { name: String(subject.execution.number), perNode: false };
  return { name: String(subject.run.number), perNode: subject.run.kind === "pipeline" };
}

async function place(api: ProjectApi, id: string | undefined, target: string): Promise<void> {
  if (id === undefined) throw new HeadraceError("HR_NOT_FOUND", `there is no file for ${target}`);
  await pipeline(
    Readable.from(api.data.content(id), { objectMode: false }),
    createWriteStream(target, { flags: "wx" }),
  );
}
