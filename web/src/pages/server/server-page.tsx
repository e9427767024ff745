import "../../styles/settings.css";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import { read } from "../../api/queries.ts";
import { AccountMenu } from "../../frame/account-menu.tsx";
import { Brand } from "../../frame/brand.tsx";
import { Page } from "../../frame/page.tsx";
import { Empty, Waiting } from "../../shared/notices.tsx";
import { Audit } from "../settings/audit.tsx";
import { Health } from "./health.tsx";
import { Teams } from "./teams.tsx";
import { Users } from "./users.tsx";

const route = getRouteApi("/server/$section");

const SECTIONS = {
  health: { title: "Health", Section: Health },
  users: { title: "Users", Section: Users },
  teams: { title: "Teams", Section: Teams },
  audit: { title: "Audit log", Section: Audit },
} as const;
type SectionName = keyof typeof SECTIONS;

/** The server as a whole, for its administrators. */
export function ServerPage(): ReactElement {
  const { section } = route.useParams();
  const me = useQuery(read("/api/v0/users/me/", {}));
  const shown = Object.hasOwn(SECTIONS, section) ? SECTIONS[section as SectionName] : undefined;
  return (
    <div className="frame">
      <nav className="side" aria-label="Server">
        <Brand />
        <Link to="/" className="room">
          All projects
        </Link>
        {Object.entries(SECTIONS).map(([name, { title }]) => (
          <Link
            key={name}
            to="/server/$section"
            params={{ section: name }}
            className="room"
            activeProps={{ className: "active" }}
          >
            {title}
          </Link>
        ))}
        <div className="gap" />
        <AccountMenu />
      </nav>
      <Page title={shown?.title ?? "Server"} crumb="Server">
        <nav className="tabs narrow-only" aria-label="Parts of the server">
          {Object.entries(SECTIONS).map(([name, { title }]) => (
            <Link key={name} to="/server/$section" params={{ section: name }} activeProps={{ className: "active" }}>
              {title}
            </Link>
          ))}
        </nav>
        {me.data === undefined ? (
          <Waiting read={me} />
        ) : !me.data.isAdmin ? (
          <Empty title="This is for administrators of the server">
            <Link to="/">Go to your projects</Link>
          </Empty>
        ) : shown === undefined ? (
          <Empty title="There is no such part of the server">Choose one on the left.</Empty>
        ) : (
          <shown.Section />
        )}
      </Page>
    </div>
  );
}
