import { Link, useRouterState } from "@tanstack/react-router";
import { type ReactElement, useEffect, useState } from "react";
import { ROOMS } from "../address-map.ts";
import { Icon, type IconName } from "../shared/icon.tsx";
import { AccountMenu } from "./account-menu.tsx";
import { Brand } from "./brand.tsx";
import { ProjectSwitcher } from "./project-switcher.tsx";
import { useProject } from "./use-project.ts";

export interface SideBarProps {
  readonly onSearch: () => void;
  readonly onShortcuts: () => void;
}

/** The rooms of the project; on a narrow screen behind a button. */
export function SideBar({ onSearch, onShortcuts }: SideBarProps): ReactElement {
  const [open, setOpen] = useState(false);
  const href = useRouterState({ select: ({ location }) => location.href });
  // biome-ignore lint/correctness/useExhaustiveDependencies: another address closes it
  useEffect(() => setOpen(false), [href]);
  return (
    <>
      <div className="top">
        <button
          type="button"
          className="link"
          aria-label={open ? "Close the menu" : "Open the menu"}
          aria-expanded={open}
          onClick={() => setOpen(!open)}
        >
          <Icon name={open ? "close" : "menu"} size={20} />
        </button>
        <Brand />
      </div>
      <nav className={open ? "side open" : "side"} aria-label="Rooms">
        <Brand />
        <ProjectSwitcher />
        <button type="button" className="room" onClick={onSearch}>
          <Icon name="search" />
          Search
          <kbd>Ctrl K</kbd>
        </button>
        <Rooms />
        <div className="gap" />
        <button type="button" className="room" onClick={onShortcuts}>
          <Icon name="keys" />
          Shortcuts
          <kbd>?</kbd>
        </button>
        <AccountMenu />
      </nav>
    </>
  );
}

function Rooms(): ReactElement {
  const { address } = useProject();
  return (
    <>
      {ROOMS.filter(({ isThere }) => isThere).map(({ name, path }) => (
        <Link
          key={name}
          className="room"
          to={path as "/p/$owner/$name"}
          params={address}
          activeOptions={{ exact: name === "Home", includeSearch: false }}
          activeProps={{ className: "active" }}
        >
          <Icon name={name as IconName} />
          {name}
        </Link>
      ))}
    </>
  );
}
