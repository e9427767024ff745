import { Select } from "@mantine/core";
import { type ReactElement, useState } from "react";
import type { ComparisonView } from "../../../../src/api/index.ts";
import { ParallelAxes } from "./parallel-axes.tsx";
import { Scatter } from "./scatter.tsx";
import { valueAxes } from "./value-axes.ts";

/** Two are told apart by the table. */
const FEWEST = 3;

export interface ManyValuesProps {
  readonly comparison: ComparisonView;
  /** Names of the axes; others are chosen where they are none of them. */
  readonly x: string | undefined;
  readonly y: string | undefined;
  readonly onAxes: (chosen: { readonly x: string; readonly y: string }) => void;
}

/** Many runs as lines over all that differs among them, and as points over two of it. */
export function ManyValues({ comparison, x, y, onAxes }: ManyValuesProps): ReactElement | null {
  const [pointed, onPoint] = useState<number>();
  const axes = valueAxes(comparison);
  const across = axes.find(({ name }) => name === x) ?? axes[0];
  const upwards = axes.find(({ name }) => name === y) ?? axes.findLast(({ kind }) => kind === "metric") ?? axes.at(-1);
  if (comparison.subjects.length < FEWEST || across === undefined || upwards === undefined || axes.length < 2)
    return null;
  const drawn = { subjects: comparison.subjects, colour: upwards, pointed, onPoint };
  const names = axes.map(({ name }) => name);
  return (
    <section className="block">
      <div className="spread">
        <h2>All of them at once</h2>
        <div className="row">
          <Select
            aria-label="Values across"
            data={names}
            value={across.name}
            allowDeselect={false}
            onChange={(name) => name !== null && onAxes({ x: name, y: upwards.name })}
          />
          <span className="small quiet">by</span>
          <Select
            aria-label="Values upwards, and colour"
            data={names}
            value={upwards.name}
            allowDeselect={false}
            onChange={(name) => name !== null && onAxes({ x: across.name, y: name })}
          />
        </div>
      </div>
      <div className="many-values">
        <ParallelAxes axes={axes} {...drawn} />
        <Scatter x={across} y={upwards} {...drawn} />
      </div>
    </section>
  );
}
