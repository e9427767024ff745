import type { ExecutorKind, OpenPlace } from "../executor-kind.ts";
import { type LocalSettings, localForm } from "./settings.ts";

export const localKind: ExecutorKind<LocalSettings> = {
  form: localForm,
  where: "on this machine",
  ...{ terminals: true, seesMachine: true, knowsImages: false },
  open: async (settings, { sandbox, projectId: _, ...place }) => {
    const { openLocalExecutor } = await import("./local-executor.ts");
    return await openLocalExecutor({
      ...place,
      sandbox: sandboxOf(sandbox, settings),
      network: settings.network ?? "host",
      shows: settings.shows,
    });
  },
};

function sandboxOf(named: OpenPlace["sandbox"], { sandbox = "auto" }: LocalSettings): OpenPlace["sandbox"] {
  const leavesOpen = named === "auto" || named === "required";
  return leavesOpen && sandbox !== "auto" ? sandbox : named;
}
