import { getRouteApi } from "@tanstack/react-router";
import { createContext, useContext } from "react";
import type { EventView } from "../../../src/api/index.ts";
import type { LiveEvents } from "../api/live-events.ts";

const route = getRouteApi("/p/$owner/$name");

/** The project of the address: `ref` names it to the API, `address` to links. */
export function useProject() {
  const { ref, project } = route.useLoaderData();
  const { owner, name } = route.useParams();
  return { ref, project, address: { owner, name }, mayWrite: project.role !== "viewer" } as const;
}

export const LiveContext = createContext<LiveEvents | undefined>(undefined);

/** The events of the project, as they happen. */
export function useLiveEvents(): LiveEvents {
  const live = useContext(LiveContext);
  if (live === undefined) throw new Error("there are no events outside of a project");
  return live;
}

export type { EventView };
