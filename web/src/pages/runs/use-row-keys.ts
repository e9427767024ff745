import { useNavigate } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { isTyping } from "../../frame/use-keys.ts";
import { useProject } from "../../frame/use-project.ts";
import type { Row } from "./use-rows.ts";

interface RowKeys {
  readonly rows: readonly Row[];
  readonly toggle: (number: number) => void;
  readonly show: (index: number) => void;
}

/** `j` and `k` go through the rows, Enter or `o` opens one, `x` chooses it. Returns which row is at hand. */
export function useRowKeys({ rows, toggle, show }: RowKeys): number {
  const [current, setCurrent] = useState(-1);
  const navigate = useNavigate();
  const { address } = useProject();
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      const step = { j: 1, k: -1 }[event.key];
      const row = rows[current];
      if (step !== undefined) {
        const next = Math.max(0, Math.min(rows.length - 1, current + step));
        setCurrent(next);
        show(next);
      } else if (row === undefined) return;
      else if (event.key === "x") toggle(row.number);
      else if (event.key === "o" || (event.key === "Enter" && event.target === document.body)) {
        const number = String(row.number);
        if (row.of === "run") void navigate({ to: "/p/$owner/$name/runs/$run", params: { ...address, run: number } });
        else void navigate({ to: "/p/$owner/$name/executions/$execution", params: { ...address, execution: number } });
      }
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [rows, current, toggle, show, navigate, address]);
  return current;
}
