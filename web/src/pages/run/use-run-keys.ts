import { useNavigate } from "@tanstack/react-router";
import { useEffect } from "react";
import { call } from "../../api/call.ts";
import { isTyping } from "../../frame/use-keys.ts";
import { useProject } from "../../frame/use-project.ts";

/** `[` opens the run before, `]` the one after. */
export function useRunKeys(run: number): void {
  const navigate = useNavigate();
  const { ref, address } = useProject();
  useEffect(() => {
    const onKey = async (event: KeyboardEvent): Promise<void> => {
      if (isTyping(event.target) || event.ctrlKey || event.metaKey || (event.key !== "[" && event.key !== "]")) return;
      const next = event.key === "[" ? await before(ref, run) : await after(ref, run);
      if (next !== undefined)
        await navigate({ to: "/p/$owner/$name/runs/$run", params: { ...address, run: String(next) } });
    };
    const listener = (event: KeyboardEvent): void => void onKey(event);
    document.addEventListener("keydown", listener);
    return () => document.removeEventListener("keydown", listener);
  }, [navigate, ref, address, run]);
}

async function before(project: string, run: number): Promise<number | undefined> {
  const query = { limit: 1, below: run };
  return (await call("GET", "/api/v0/projects/:project/runs/", { params: { project }, query })).items[0]?.number;
}

/** Lists go from the newest down; a condition turns to the next one up. */
async function after(project: string, run: number): Promise<number | undefined> {
  const query = { limit: 1, where: `number > ${run}`, sort: "number:asc" };
  return (await call("GET", "/api/v0/projects/:project/runs/", { params: { project }, query })).items[0]?.number;
}
