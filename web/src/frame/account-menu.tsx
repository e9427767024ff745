import { Menu, useMantineColorScheme } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import type { ReactElement } from "react";
import { call } from "../api/call.ts";
import { read } from "../api/queries.ts";
import { Icon } from "../shared/icon.tsx";

const THEMES = { auto: "as the system", light: "light", dark: "dark" } as const;

/** The user who is logged in, the theme, and the way out. */
export function AccountMenu(): ReactElement {
  const navigate = useNavigate();
  const client = useQueryClient();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const { data } = useQuery(read("/api/v0/users/me/", {}));
  const logOut = async (): Promise<void> => {
    await call("POST", "/api/v0/log-out/", {});
    client.clear();
    await navigate({ to: "/log-in", search: {} });
  };
  return (
    <Menu position="top-start" width={220}>
      <Menu.Target>
        <button type="button" className="room">
          <Icon name="user" />
          <span className="clip">{data?.fullName || data?.username || "Account"}</span>
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        {(["profile", "tokens", "sessions"] as const).map((section) => (
          <Menu.Item key={section} onClick={() => void navigate({ to: "/account/$section", params: { section } })}>
            {{ profile: "Profile and password", tokens: "Tokens", sessions: "Sessions" }[section]}
          </Menu.Item>
        ))}
        {data?.isAdmin === true && (
          <Menu.Item onClick={() => void navigate({ to: "/server/$section", params: { section: "health" } })}>
            The server
          </Menu.Item>
        )}
        <Menu.Divider />
        <Menu.Label>Theme</Menu.Label>
        {Object.entries(THEMES).map(([scheme, word]) => (
          <Menu.Item
            key={scheme}
            leftSection={<Icon name={scheme === colorScheme ? "check" : "theme"} size={13} />}
            onClick={() => setColorScheme(scheme as keyof typeof THEMES)}
          >
            {word}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item onClick={() => void logOut()}>Log out</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
