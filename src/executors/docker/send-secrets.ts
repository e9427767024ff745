import { formsOf } from "../../secrets/index.ts";
import type { JobSpec } from "../executor.ts";
import { containerName } from "./container-spec.ts";
import type { EngineClient } from "./engine-client.ts";

/** A container that has been made, and may be started while its stdin is held. */
export interface HeldInput {
  /** Gives the secrets to process 1, which waits for them. */
  send(): Promise<void>;
}

/** Before the start: a stdin that nobody holds then would be closed. */
export async function holdInput(client: EngineClient, job: JobSpec): Promise<HeldInput> {
  const input = await client.hold(`/containers/${containerName(job.executionId)}/attach?stream=1&stdin=1`);
  return { send: () => input.end(secretLines(job.secrets ?? {})) };
}

/**
 * The lines that container-script.ts reads: `NAME=value` with `\\n` for a newline, then the forms to hide that fit on a
 * line. (Of a text of several lines, each long one has forms of its own.)
 */
export function secretLines(secrets: Readonly<Record<string, string>>): Buffer {
  const values = Object.entries(secrets).map(
    ([name, value]) => `${name}=${value.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")}\n`,
  );
  const forms = Object.values(secrets)
    .flatMap(formsOf)
    .filter((form) => !form.includes("\n"))
    .sort((a, b) => b.length - a.length);
  return Buffer.concat([
    Buffer.from(`${values.join("")}headrace: forms\n`),
    ...forms.flatMap((form) => [form, Buffer.from("\n")]),
    Buffer.from("headrace: whole\n"),
  ]);
}
