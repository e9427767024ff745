import type { ReproductionView } from "../../api/index.ts";
import type { LocalProject, RunOptions } from "../../services/index.ts";
import type { Cli } from "../cli.ts";
import { makeDisplay } from "../live/display.ts";
import { listenForInterruption } from "../live/interruption.ts";
import { logsShown, type ShowOptions } from "./show-run.ts";

/** Shows the new run live; nothing with `--json`. Ctrl-C stops it. */
export async function showReproduction(
  project: LocalProject,
  ref: string,
  options: ShowOptions & { readonly own: Pick<RunOptions, "tags" | "jobs"> },
  cli: Cli,
): Promise<ReproductionView> {
  cli.isDriving = true;
  const plan = await project.driving.planReproduction(ref);
  using display = makeDisplay(cli, plan, {
    silent: options.json === true || options.quiet === true,
    ...logsShown(project, plan, options),
  });
  using interruption = listenForInterruption({
    endsOnHangup: false,
    onStop: () => display.say("stopping… (Ctrl-C again kills the steps at once)"),
    onKill: () => display.say("killing…"),
  });
  const view = await project.driving.reproduce(ref, {
    ...options.own,
    onEvent: (event) => display.onEvent(event),
    signal: interruption.stop,
    killSignal: interruption.kill,
  });
  await display.finish({ nodes: [] });
  return view;
}
