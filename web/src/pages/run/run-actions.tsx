import { Button, Menu } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { type ReactElement, useState } from "react";
import type { RunRecordView } from "../../../../src/api/index.ts";
import { isFinal } from "../../../../src/views/index.ts";
import { call } from "../../api/call.ts";
import { useProject } from "../../frame/use-project.ts";
import { Copy } from "../../shared/command.tsx";
import { Icon } from "../../shared/icon.tsx";
import { Failed } from "../../shared/notices.tsx";

export function RunActions({ run, state }: { readonly run: RunRecordView; readonly state: string }): ReactElement {
  const { ref, address, mayWrite } = useProject();
  const [failure, setFailure] = useState<unknown>();
  const stop = async (): Promise<void> => {
    try {
      await call("POST", "/api/v0/projects/:project/runs/:run/stop/", { params: { project: ref, run: run.number } });
    } catch (error) {
      setFailure(error);
    }
  };
  const command = `headrace info ${run.number}`;
  return (
    <>
      {failure !== undefined && <Failed error={failure} />}
      {mayWrite && !isFinal(state) && (
        <Button
          leftSection={<Icon name="stop" size={13} />}
          disabled={state === "stopping"}
          onClick={() => void stop()}
        >
          {state === "stopping" ? "Stopping" : "Stop"}
        </Button>
      )}
      {mayWrite && (
        <Button
          leftSection={<Icon name="again" size={13} />}
          renderRoot={(props) => (
            <Link
              to="/p/$owner/$name/start"
              params={address}
              search={{ target: run.name, kind: run.kind, like: String(run.number) }}
              {...props}
            />
          )}
        >
          Run again
        </Button>
      )}
      <Menu position="bottom-end" width={300}>
        <Menu.Target>
          <Button aria-label="More about this run" px={8}>
            <Icon name="more" size={15} />
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>On the command line</Menu.Label>
          <div className="menu-command">
            <code>{command}</code>
            <Copy text={command} what="the command" />
          </div>
          <Menu.Divider />
          <Menu.Item
            component="a"
            href={`/api/v0/projects/${encodeURIComponent(ref)}/records/${run.number}/log/`}
            leftSection={<Icon name="download" size={14} />}
          >
            Download the log of all nodes
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </>
  );
}
