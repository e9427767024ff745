import type { Project, ReproductionView, RunOptions } from "../../app/index.ts";
import type { Cli, GlobalOptions } from "../cli.ts";
import { makeDisplay } from "../live/display.ts";
import { listenForInterruption } from "../live/interruption.ts";

/** Shows the new run live; nothing with `--json`. Ctrl-C stops it. */
export async function showReproduction(
  project: Project,
  ref: string,
  options: GlobalOptions & { readonly own: Pick<RunOptions, "tags" | "jobs"> },
  cli: Cli,
): Promise<ReproductionView> {
  using display = makeDisplay(cli, await project.planReproduction(ref), { json: options.json === true });
  using interruption = listenForInterruption({
    onStop: () => display.say("stopping… (Ctrl-C again kills the steps at once)"),
    onKill: () => display.say("killing…"),
  });
  return await project.reproduce(ref, {
    ...options.own,
    onEvent: (event) => display.onEvent(event),
    onNotice: (notice) => display.onNotice(notice),
    signal: interruption.stop,
    killSignal: interruption.kill,
  });
}
