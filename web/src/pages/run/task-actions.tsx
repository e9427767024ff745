import { ActionIcon, Button, NumberInput } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { type ReactElement, useState } from "react";
import type { TaskView, TrialView } from "../../../../src/api/index.ts";
import { isFinal } from "../../../../src/views/index.ts";
import { call } from "../../api/call.ts";
import { useProject } from "../../frame/use-project.ts";
import { Icon } from "../../shared/icon.tsx";
import { Failed } from "../../shared/notices.tsx";
import { rankedTrials } from "./ranked-trials.ts";

/** As many are compared at once. */
const MOST_COMPARED = 30;
const MOST_ADDED = 10_000;

/** Leads to the comparison of the trials, and changes a task that goes on: stops it, or gives it more trials. */
export function TaskActions({ task }: { readonly task: TaskView }): ReactElement {
  const { ref, address, mayWrite } = useProject();
  const [failure, setFailure] = useState<unknown>();
  const [count, setCount] = useState<number | string>(10);
  const params = { project: ref, run: task.run, node: task.node };
  const attempt = async (make: () => Promise<unknown>): Promise<void> => {
    try {
      await make();
      setFailure(undefined);
    } catch (error) {
      setFailure(error);
    }
  };
  const compared = rankedTrials(task.trials).slice(0, MOST_COMPARED);
  const goesOn = !isFinal(task.state);
  return (
    <>
      <div className="row wraps">
        {compared.length > 1 && (
          <Button
            renderRoot={(props) => (
              <Link
                to="/p/$owner/$name/runs/compare"
                params={address}
                search={{ refs: compared.map(({ execution }) => String(execution)) }}
                {...props}
              />
            )}
          >
            Compare {compared.length < task.trials.length ? `the best ${compared.length}` : "the trials"}
          </Button>
        )}
        {mayWrite && goesOn && (
          <Button
            leftSection={<Icon name="stop" size={13} />}
            onClick={() =>
              void attempt(() => call("POST", "/api/v0/projects/:project/runs/:run/tasks/:node/stop/", { params }))
            }
          >
            Stop the task
          </Button>
        )}
      </div>
      {mayWrite && goesOn && (
        <form
          className="row"
          onSubmit={(event) => {
            event.preventDefault();
            const body = { count: Number(count) };
            void attempt(() =>
              call("POST", "/api/v0/projects/:project/runs/:run/tasks/:node/trials/", { params, body }),
            );
          }}
        >
          <NumberInput
            aria-label="How many more trials"
            min={1}
            max={MOST_ADDED}
            value={count}
            onChange={setCount}
            allowDecimal={false}
            w={80}
          />
          <Button type="submit" disabled={!(Number(count) >= 1)}>
            Add trials
          </Button>
        </form>
      )}
      {failure !== undefined && <Failed error={failure} />}
    </>
  );
}

/** Stops a trial that runs: it counts as a bad one, so that the search learns of it. */
export function TrialActions({ trial }: { readonly trial: TrialView }): ReactElement | null {
  const { ref, mayWrite } = useProject();
  const [failure, setFailure] = useState<unknown>();
  if (!mayWrite || trial.reused || isFinal(trial.state)) return null;
  const prune = async (): Promise<void> => {
    try {
      await call("POST", "/api/v0/projects/:project/executions/:execution/prune/", {
        params: { project: ref, execution: trial.execution },
      });
    } catch (error) {
      setFailure(error);
    }
  };
  if (failure !== undefined) return <Failed error={failure} />;
  return (
    <ActionIcon
      size={22}
      disabled={trial.state === "stopping"}
      onClick={() => void prune()}
      aria-label={`Prune ${trial.execution}`}
      title="Stop this trial; the search counts it as a bad one"
    >
      <Icon name="close" size={12} />
    </ActionIcon>
  );
}
