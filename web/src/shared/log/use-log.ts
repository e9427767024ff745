import { useEffect, useMemo, useSyncExternalStore } from "react";
import { useProject } from "../../frame/use-project.ts";
import { LogPages } from "./log-pages.ts";

/** The log of an execution, from its last lines on. Its `version` grows with each change, since it changes in place. */
export function useLog(
  execution: number | string,
  firstLines?: number,
): { readonly log: LogPages; readonly version: number } {
  const { ref } = useProject();
  const log = useMemo(() => new LogPages(ref, execution, firstLines), [ref, execution, firstLines]);
  useEffect(() => log.start(), [log]);
  const version = useSyncExternalStore(log.watch, log.version);
  return { log, version };
}
