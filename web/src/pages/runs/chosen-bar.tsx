import { ActionIcon, Button, Popover, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type ReactElement, useState } from "react";
import { plural } from "../../../../src/views/index.ts";
import { call } from "../../api/call.ts";
import { useProject } from "../../frame/use-project.ts";
import { Icon } from "../../shared/icon.tsx";
import { Failed } from "../../shared/notices.tsx";

export interface ChosenBarProps {
  readonly kind: "runs" | "executions";
  readonly chosen: ReadonlySet<number>;
  readonly onDone: () => void;
}

/** The actions for the rows that are chosen. */
export function ChosenBar({ kind, chosen, onDone }: ChosenBarProps): ReactElement {
  const { address, mayWrite } = useProject();
  const refs = [...chosen].sort((a, b) => a - b).map(String);
  return (
    <section className="bar" aria-label="Chosen rows">
      <span>
        {plural(chosen.size, kind.slice(0, -1))} <span className="quiet">chosen</span>
      </span>
      <Button
        variant="filled"
        disabled={chosen.size < 2}
        renderRoot={(props) => <Link to="/p/$owner/$name/runs/compare" params={address} search={{ refs }} {...props} />}
      >
        Compare
      </Button>
      {kind === "runs" && mayWrite && <TagRuns runs={refs} />}
      <ActionIcon onClick={onDone} aria-label="Choose none">
        <Icon name="close" size={14} />
      </ActionIcon>
    </section>
  );
}

function TagRuns({ runs }: { readonly runs: readonly string[] }): ReactElement {
  const { ref } = useProject();
  const client = useQueryClient();
  const [tag, setTag] = useState("");
  const [opened, setOpened] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const add = async (): Promise<void> => {
    try {
      for (const run of runs)
        await call("PATCH", "/api/v0/projects/:project/runs/:run/", {
          params: { project: ref, run },
          body: { addTags: [tag.trim()] },
        });
      setOpened(false);
      await client.invalidateQueries({ queryKey: ["/api/v0/projects/:project/runs/"] });
    } catch (error) {
      setFailure(error);
    }
  };
  return (
    <Popover opened={opened} onChange={setOpened} position="top" trapFocus shadow="md">
      <Popover.Target>
        <Button onClick={() => setOpened(!opened)}>Tag</Button>
      </Popover.Target>
      <Popover.Dropdown>
        <div className="stack">
          <div className="row">
            <TextInput
              aria-label="Tag"
              placeholder="tag"
              value={tag}
              onChange={(event) => setTag(event.currentTarget.value)}
              onKeyDown={({ key }) => key === "Enter" && void add()}
            />
            <Button disabled={tag.trim() === ""} onClick={() => void add()}>
              Add
            </Button>
          </div>
          {failure !== undefined && <Failed error={failure} />}
        </div>
      </Popover.Dropdown>
    </Popover>
  );
}
