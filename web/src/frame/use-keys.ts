import { useNavigate } from "@tanstack/react-router";
import { useEffect } from "react";
import { ROOMS } from "../address-map.ts";
import { useProject } from "./use-project.ts";

interface Wishes {
  readonly onSearch: () => void;
  readonly onShortcuts: () => void;
}

/** After `g`, the key of a room is waited for so long. */
const SECOND_KEY_MS = 1_200;

/** The keys that work on every page of a project: Ctrl-K, `/`, `?`, `n`, and `g` with the key of a room. */
export function useKeys({ onSearch, onShortcuts }: Wishes): void {
  const navigate = useNavigate();
  const { address } = useProject();
  useEffect(() => {
    let goAt = Number.NEGATIVE_INFINITY;
    const onKey = (event: KeyboardEvent): void => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        onSearch();
        return;
      }
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      const room = ROOMS.find(({ key, isThere }) => isThere && key === event.key);
      if (performance.now() - goAt < SECOND_KEY_MS && room !== undefined) {
        goAt = Number.NEGATIVE_INFINITY;
        void navigate({ to: room.path, params: address } as never);
      } else if (event.key === "g") goAt = performance.now();
      else if (event.key === "?") onShortcuts();
      else if (event.key === "n") void navigate({ to: "/p/$owner/$name/start", params: address });
      else if (event.key === "/") {
        event.preventDefault();
        onSearch();
      }
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [navigate, address, onSearch, onShortcuts]);
}

/** True where a key is a letter of a text, or belongs to an open dialog. */
export function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    target.closest("input, textarea, select, [contenteditable], [role=dialog]") !== null
  );
}
