import { Menu } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type ReactElement, useState } from "react";
import { ownerInAddress } from "../address-map.ts";
import { read } from "../api/queries.ts";
import { Icon } from "../shared/icon.tsx";
import { useProject } from "./use-project.ts";

/** The project at hand, and the way to the others. */
export function ProjectSwitcher(): ReactElement {
  const { project, address } = useProject();
  // Its name to a screen reader has the text that others see.
  const shown = address.owner === "-" ? project.name : `${address.owner} / ${project.name}`;
  const [wanted, setWanted] = useState(false);
  const navigate = useNavigate();
  const { data } = useQuery({ ...read("/api/v0/projects/", { query: { limit: 1_000 } }), enabled: wanted });
  return (
    <Menu position="bottom-start" width={260} onOpen={() => setWanted(true)}>
      <Menu.Target>
        <button type="button" className="room switcher" aria-label={`Project ${shown}: choose another`}>
          <span className="clip">
            {address.owner !== "-" && <span className="quiet">{address.owner} / </span>}
            {project.name}
          </span>
          <Icon name="down" size={13} />
        </button>
      </Menu.Target>
      <Menu.Dropdown mah={420} className="scrolls">
        {data?.results.map(({ id, name, owner: { username } }) => (
          <Menu.Item
            key={id}
            onClick={() => void navigate({ to: "/p/$owner/$name", params: { owner: ownerInAddress(username), name } })}
          >
            {username !== "" && <span className="quiet">{username} / </span>}
            {name}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item onClick={() => void navigate({ to: "/" })}>All projects</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
