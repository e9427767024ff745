import { useQuery } from "@tanstack/react-query";
import type { ReactElement } from "react";
import type { PlannedView } from "../../../../src/api/index.ts";
import { plural } from "../../../../src/views/index.ts";
import { Problem } from "../../api/problem.ts";
import { read } from "../../api/queries.ts";
import { useProject } from "../../frame/use-project.ts";
import { Loading, type ReadState, sentence, Waiting } from "../../shared/notices.tsx";
import { StateMark } from "../../shared/state-mark.tsx";

/** As many nodes are told one by one. */
const MOST = 60;

/** Shows the nodes that would run and those that would be reused, before anybody presses the button. */
export function Forecast({
  plan,
  isTouched,
}: {
  readonly plan: ReadState & { readonly data: PlannedView | undefined; readonly error: unknown };
  /** Somebody has filled in something. */
  readonly isTouched: boolean;
}): ReactElement {
  const { ref } = useProject();
  const id = plan.data?.id;
  const foresight = useQuery({
    ...read("/api/v0/projects/:project/plans/:plan/foresight/", { params: { project: ref, plan: id ?? "" } }),
    enabled: id !== undefined,
    retry: false,
    gcTime: 0,
  });
  return (
    <section className="forecast" aria-label="What would happen">
      <h2>What would happen</h2>
      {plan.error instanceof Problem && !isTouched ? (
        <p className="soft prose">It cannot start yet: {plan.error.message}.</p>
      ) : plan.data === undefined ? (
        <Waiting read={plan} what="the plan" />
      ) : foresight.data === undefined ? (
        <Waiting read={foresight} what="the forecast" />
      ) : (
        <Told plan={plan.data} predictions={foresight.data.predictions} warnings={foresight.data.warnings} />
      )}
      {plan.data !== undefined && foresight.isFetching && foresight.data === undefined && <Loading />}
    </section>
  );
}

interface ToldProps {
  readonly plan: PlannedView;
  readonly predictions: readonly { readonly outcome: string; readonly text: string }[] | null;
  readonly warnings: readonly string[];
}

const MARKS: Readonly<Record<string, string>> = { reuse: "reused", run: "waiting", unknown: "waiting" };

function Told({ plan, predictions, warnings }: ToldProps): ReactElement {
  const reused = predictions?.filter(({ outcome }) => outcome === "reuse").length ?? 0;
  return (
    <div className="stack">
      <p>
        {plural(plan.nodes.length - reused, "node")} would run
        {reused > 0 && `, ${plural(reused, "node")} would be reused`}.
      </p>
      {warnings.map((warning) => (
        <p key={warning} className="warning-text">
          {sentence(warning)}
        </p>
      ))}
      <ul className="predictions">
        {plan.nodes.slice(0, MOST).map(({ name }, index) => {
          const prediction = predictions?.[index];
          return (
            <li key={name}>
              <StateMark state={MARKS[prediction?.outcome ?? "run"] ?? "waiting"} bare />
              <span className="clip">{name}</span>
              <span className="small quiet breaks">{prediction?.text}</span>
            </li>
          );
        })}
      </ul>
      {plan.nodes.length > MOST && <p className="small quiet">and {plan.nodes.length - MOST} more</p>}
    </div>
  );
}
