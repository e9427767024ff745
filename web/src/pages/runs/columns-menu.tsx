import { Button, Popover, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type ReactElement, useState } from "react";
import { read } from "../../api/queries.ts";
import { useProject } from "../../frame/use-project.ts";
import { Icon } from "../../shared/icon.tsx";

export interface ColumnsMenuProps {
  readonly shown: readonly string[];
  /** All there are, where the list at hand tells. */
  readonly known: readonly string[] | undefined;
  /** Absent: those that the table chooses itself. */
  readonly onChange: (columns: readonly string[] | undefined) => void;
}

/** A menu to choose the parameters and metrics that are columns. */
export function ColumnsMenu({ shown, known, onChange }: ColumnsMenuProps): ReactElement {
  const { ref } = useProject();
  const [opened, setOpened] = useState(false);
  const [text, setText] = useState("");
  const all = useQuery({
    ...read("/api/v0/projects/:project/runs/", { params: { project: ref }, query: { limit: 100, columns: ["*"] } }),
    enabled: opened && known === undefined,
  });
  const names = [...new Set([...shown, ...(known ?? all.data?.columns ?? [])])].sort();
  const fitting = names.filter((name) => name.toLowerCase().includes(text.toLowerCase()));
  return (
    <Popover opened={opened} onChange={setOpened} position="bottom-end" width={260} shadow="md" trapFocus>
      <Popover.Target>
        <Button onClick={() => setOpened(!opened)} leftSection={<Icon name="columns" size={14} />}>
          Columns
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <div className="stack">
          <TextInput
            aria-label="Name of a parameter or metric"
            placeholder="parameter or metric"
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
          />
          {fitting.length === 0 && <p className="small quiet">No run has a value of this name yet.</p>}
          <ul className="choices">
            {fitting.slice(0, 300).map((name) => (
              <li key={name}>
                <label>
                  <input
                    type="checkbox"
                    checked={shown.includes(name)}
                    onChange={({ currentTarget: { checked } }) =>
                      onChange(checked ? [...shown, name] : shown.filter((other) => other !== name))
                    }
                  />
                  <span className="clip">{name}</span>
                </label>
              </li>
            ))}
          </ul>
          <button type="button" className="link small" onClick={() => onChange(undefined)}>
            Let the table choose
          </button>
        </div>
      </Popover.Dropdown>
    </Popover>
  );
}
