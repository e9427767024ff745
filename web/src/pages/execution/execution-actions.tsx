import { Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { type ReactElement, useState } from "react";
import type { ExecutionView } from "../../../../src/api/index.ts";
import { isFinal } from "../../../../src/views/index.ts";
import { call } from "../../api/call.ts";
import { useProject } from "../../frame/use-project.ts";
import { Icon } from "../../shared/icon.tsx";
import { Failed } from "../../shared/notices.tsx";

export function ExecutionActions({ execution }: { readonly execution: ExecutionView }): ReactElement | null {
  const { ref, address, mayWrite } = useProject();
  const [failure, setFailure] = useState<unknown>();
  const { number, state, step } = execution;
  const stop = async (): Promise<void> => {
    try {
      await call("POST", "/api/v0/projects/:project/executions/:execution/stop/", {
        params: { project: ref, execution: number },
      });
    } catch (error) {
      setFailure(error);
    }
  };
  if (!mayWrite) return null;
  return (
    <>
      {failure !== undefined && <Failed error={failure} />}
      {!isFinal(state) && (
        <Button
          leftSection={<Icon name="stop" size={13} />}
          disabled={state === "stopping"}
          onClick={() => void stop()}
        >
          Stop
        </Button>
      )}
      <Button
        leftSection={<Icon name="again" size={13} />}
        renderRoot={(props) => (
          <Link
            to="/p/$owner/$name/start"
            params={address}
            search={{ target: step, kind: "step", from: String(number) }}
            {...props}
          />
        )}
      >
        Run again
      </Button>
    </>
  );
}
