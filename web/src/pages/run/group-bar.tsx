import { Switch } from "@mantine/core";
import type { ReactElement } from "react";
import type { NodeGroup } from "../../../../src/views/index.ts";
import { Icon } from "../../shared/icon.tsx";

export interface GroupBarProps {
  readonly isGrouped: boolean;
  readonly groups: readonly NodeGroup[];
  readonly onGrouped: (isGrouped: boolean) => void;
  readonly onClose: (groups: readonly string[]) => void;
}

/** Above the graph of a run: whether nodes stand in groups, and the groups that are open, to close them again. */
export function GroupBar({ isGrouped, groups, onGrouped, onClose }: GroupBarProps): ReactElement {
  const opened = groups.filter(({ isOpen }) => isOpen);
  return (
    <div className="group-bar">
      <Switch label="in groups" checked={isGrouped} onChange={(event) => onGrouped(event.currentTarget.checked)} />
      {isGrouped &&
        opened.map(({ name, members }) => (
          <button
            key={name}
            type="button"
            className="chip"
            onClick={() => onClose([name])}
            aria-label={`${name} ${members.length}: close the group`}
          >
            <span className="clip">{name}</span> <span className="number quiet">{members.length}</span>
            <Icon name="close" size={10} />
          </button>
        ))}
      {isGrouped && opened.length > 1 && (
        <button type="button" className="link small" onClick={() => onClose(opened.map(({ name }) => name))}>
          Close all
        </button>
      )}
    </div>
  );
}
