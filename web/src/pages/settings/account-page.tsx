import { getRouteApi, Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import { AccountMenu } from "../../frame/account-menu.tsx";
import { Brand } from "../../frame/brand.tsx";
import { Page } from "../../frame/page.tsx";
import { Empty } from "../../shared/notices.tsx";
import { Profile } from "./profile.tsx";
import { Sessions } from "./sessions.tsx";
import { Tokens } from "./tokens.tsx";

const route = getRouteApi("/account/$section");

const SECTIONS = { profile: "Profile and password", tokens: "Tokens", sessions: "Sessions" } as const;
type Section = keyof typeof SECTIONS;

/** The settings that belong to the user and to no project. */
export function AccountPage(): ReactElement {
  const { section } = route.useParams();
  return (
    <div className="frame">
      <nav className="side" aria-label="Account">
        <Brand />
        <Link to="/" className="room">
          All projects
        </Link>
        {Object.entries(SECTIONS).map(([name, title]) => (
          <Link key={name} to="/account/$section" params={{ section: name }} className="room">
            {title}
          </Link>
        ))}
        <div className="gap" />
        <AccountMenu />
      </nav>
      <Page title={Object.hasOwn(SECTIONS, section) ? SECTIONS[section as Section] : "Account"}>
        <Shown section={section} />
      </Page>
    </div>
  );
}

function Shown({ section }: { readonly section: string }): ReactElement {
  switch (section) {
    case "profile":
      return <Profile />;
    case "tokens":
      return <Tokens />;
    case "sessions":
      return <Sessions />;
    default:
      return <Empty title="There is no such part of an account">Choose one on the left.</Empty>;
  }
}
