import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import type { ComparisonSection, ComparisonView } from "../../../../src/api/index.ts";
import { useProject } from "../../frame/use-project.ts";
import { Ago, Value } from "../../shared/amounts.tsx";
import { StateMark } from "../../shared/state-mark.tsx";

export function SubjectHeads({ subjects }: Pick<ComparisonView, "subjects">): ReactElement {
  const { address } = useProject();
  return (
    <thead>
      <tr>
        <th>
          <span className="visually-hidden">Name</span>
        </th>
        {subjects.map(({ number, kind, name, state, createdAt }) => (
          <th key={number} className="number" scope="col">
            <StateMark state={state} bare />{" "}
            {kind === "run" ? (
              <Link to="/p/$owner/$name/runs/$run" params={{ ...address, run: String(number) }}>
                #{number} {name}
              </Link>
            ) : (
              <Link to="/p/$owner/$name/executions/$execution" params={{ ...address, execution: String(number) }}>
                #{number} {name}
              </Link>
            )}{" "}
            <span className="quiet">
              <Ago at={createdAt} />
            </span>
          </th>
        ))}
      </tr>
    </thead>
  );
}

const TITLES: Readonly<Record<ComparisonSection["title"], string>> = {
  facts: "Facts",
  parameters: "Parameters",
  metadata: "Metrics",
  inputs: "Inputs",
  outputs: "Outputs",
  code: "Code",
  environment: "Environment",
};

/** The rows of one kind, those that differ marked. */
export function ComparedSection({
  section: { title, node, rows },
  width,
}: {
  readonly section: ComparisonSection;
  readonly width: number;
}): ReactElement {
  return (
    <tbody>
      <tr className="section-head">
        <th colSpan={width + 1} scope="colgroup">
          {node !== null && <span>{node} </span>}
          <span className="quiet">{TITLES[title]}</span>
        </th>
      </tr>
      {rows.map(({ name, values, differs, change }) => (
        <tr key={name} className={differs ? "differs" : ""}>
          <td className="name breaks">
            {differs && <span className="visually-hidden">differs: </span>}
            {name}
            {change !== undefined && <div className="small quiet breaks">{change}</div>}
          </td>
          {values.map((value, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a value has no name but that of its column
            <td key={index} className="number breaks">
              <Value value={title === "inputs" || title === "outputs" || title === "code" ? shortHash(value) : value} />
            </td>
          ))}
        </tr>
      ))}
    </tbody>
  );
}

function shortHash(value: unknown): unknown {
  return typeof value === "string" && /^[0-9a-f]{64}$/.test(value) ? value.slice(0, 10) : value;
}
