/** The other engine of the conformance suite: starts one job, says so, and waits to be killed. */
import type { ConformanceModule, ConformancePlace } from "./conformance-rig.ts";
import type { JobSpec } from "./executor.ts";

interface Order {
  readonly module: string;
  readonly variant: string;
  readonly place: ConformancePlace;
  readonly job: JobSpec;
}

process.once("message", (message) => {
  void serve(message as Order);
});
setInterval(() => undefined, 60_000);

async function serve({ module, variant, place, job }: Order): Promise<void> {
  const { open } = (await import(module)) as ConformanceModule;
  const executor = await open(place, variant);
  const preparation = await executor.prepare(job, () => undefined, new AbortController().signal);
  await executor.start(job, preparation);
  process.send?.("started");
}
