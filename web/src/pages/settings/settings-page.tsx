import "../../styles/settings.css";
import { getRouteApi, Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import { Page } from "../../frame/page.tsx";
import { useProject } from "../../frame/use-project.ts";
import { Empty } from "../../shared/notices.tsx";
import { Audit } from "./audit.tsx";
import { Environments } from "./environments.tsx";
import { Members } from "./members.tsx";
import { Storage } from "./storage.tsx";
import { Variables } from "./variables.tsx";

const route = getRouteApi("/p/$owner/$name/settings/$section");

const SECTIONS = {
  members: { title: "Members", Section: Members, isForAdmins: false },
  variables: { title: "Variables", Section: Variables, isForAdmins: false },
  environments: { title: "Environments", Section: Environments, isForAdmins: false },
  storage: { title: "Storage", Section: Storage, isForAdmins: false },
  audit: { title: "Audit log", Section: ProjectAudit, isForAdmins: true },
} as const;
type SectionName = keyof typeof SECTIONS;

/**
 * The settings of a project: its members, the variables of its steps, where they run, what is stored, and who changed
 * what.
 */
export function SettingsPage(): ReactElement {
  const { section } = route.useParams();
  const { project, address } = useProject();
  const isAdmin = project.role === "admin";
  const shown = Object.hasOwn(SECTIONS, section) ? SECTIONS[section as SectionName] : undefined;
  return (
    <Page
      title={shown === undefined ? "Settings" : `${shown.title} · Settings`}
      heading="Settings"
      facts={<span>{project.name}</span>}
    >
      <nav className="tabs" aria-label="Parts of the settings">
        {Object.entries(SECTIONS)
          .filter(([, { isForAdmins }]) => isAdmin || !isForAdmins)
          .map(([name, { title }]) => (
            <Link
              key={name}
              to="/p/$owner/$name/settings/$section"
              params={{ ...address, section: name }}
              activeProps={{ className: "active" }}
            >
              {title}
            </Link>
          ))}
      </nav>
      {shown === undefined ? (
        <Empty title="There is no such part of the settings">Choose one above.</Empty>
      ) : shown.isForAdmins && !isAdmin ? (
        <Empty title={`${shown.title} is for admins of the project`}>
          You are a {project.role}. An admin of the project can give you more rights.
        </Empty>
      ) : (
        <shown.Section />
      )}
    </Page>
  );
}

function ProjectAudit(): ReactElement {
  const { ref } = useProject();
  return <Audit project={ref} />;
}
