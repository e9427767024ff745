import { useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Outlet } from "@tanstack/react-router";
import { type ReactElement, useEffect, useMemo, useState, useSyncExternalStore } from "react";
import { LiveEvents } from "../api/live-events.ts";
import { Refresher } from "../api/refresh.ts";
import { Search } from "./search.tsx";
import { Shortcuts } from "./shortcuts.tsx";
import { SideBar } from "./side-bar.tsx";
import { useKeys } from "./use-keys.ts";
import { LiveContext } from "./use-project.ts";

const route = getRouteApi("/p/$owner/$name");

/** The side bar, the search and the live connection around every page of a project. */
export function ProjectFrame(): ReactElement {
  const { ref, cursor } = route.useLoaderData();
  const client = useQueryClient();
  const live = useMemo(() => new LiveEvents(ref, cursor), [ref, cursor]);
  const [shown, setShown] = useState<"search" | "shortcuts" | undefined>();
  useEffect(() => {
    const refresher = new Refresher(client);
    const unsubscribe = live.subscribe((event) => refresher.take(event));
    const stop = live.start();
    return () => {
      unsubscribe();
      stop();
    };
  }, [client, live]);
  useKeys({ onSearch: () => setShown("search"), onShortcuts: () => setShown("shortcuts") });
  return (
    <LiveContext value={live}>
      <div className="frame">
        <SideBar onSearch={() => setShown("search")} onShortcuts={() => setShown("shortcuts")} />
        <div>
          <ConnectionLine live={live} />
          <Outlet />
        </div>
      </div>
      <Search opened={shown === "search"} onClose={() => setShown(undefined)} />
      <Shortcuts opened={shown === "shortcuts"} onClose={() => setShown(undefined)} />
    </LiveContext>
  );
}

function ConnectionLine({ live }: { readonly live: LiveEvents }): ReactElement | null {
  const connection = useSyncExternalStore(live.watchConnection, () => live.connection);
  if (connection !== "lost") return null;
  return (
    <div className="connection" role="status">
      The connection to the server is lost. What you see may be old; it is brought up to date when the server is back.
    </div>
  );
}
