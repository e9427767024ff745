import type { TeamsView, TokensView, UsersView } from "../../api/index.ts";
import type { Style } from "../terminal/style.ts";
import { renderTable } from "../terminal/table.ts";

interface RenderOptions {
  readonly width: number;
  readonly style: Style;
}

export function renderUsers({ users, password }: UsersView, options: RenderOptions): readonly string[] {
  const rows = users.map(({ username, fullName, email, isAdmin, hasPassword, disabledAt }) => [
    ...[username, fullName, email, isAdmin ? "administrator" : "", hasPassword ? "yes" : "no"],
    disabledAt === null ? "" : `disabled ${day(disabledAt)}`,
  ]);
  const columns = [
    ...[{ header: "USER" }, { header: "NAME", minWidth: 8 }, { header: "EMAIL", minWidth: 8 }, { header: "OFFICE" }],
    ...[{ header: "PASSWORD" }, { header: "" }],
  ];
  return [...renderTable(columns, rows, options), ...(password === null ? [] : ["", `password: ${password}`])];
}

export function renderTeams({ teams }: TeamsView, options: RenderOptions): readonly string[] {
  if (teams.length === 0) return ["there are no teams"];
  const rows = teams.map(({ name, members }) => [name, members.join(", ")]);
  return renderTable([{ header: "TEAM" }, { header: "USERS", minWidth: 10 }], rows, options);
}

export function renderTokens({ tokens, token }: TokensView, options: RenderOptions): readonly string[] {
  const rows = tokens.map(({ id, name, level, projects, expiresAt, usedAt }) => [
    ...[id, name, level, projects === null ? "all" : projects.join(", ")],
    ...[expiresAt === null ? "never" : day(expiresAt), usedAt === null ? "never" : day(usedAt)],
  ]);
  const columns = [
    ...[{ header: "ID" }, { header: "NAME", minWidth: 8 }, { header: "LEVEL" }, { header: "PROJECTS", minWidth: 8 }],
    ...[{ header: "ENDS" }, { header: "LAST USED" }],
  ];
  const table = tokens.length === 0 ? ["the user has no tokens"] : renderTable(columns, rows, options);
  return [...table, ...(token === null ? [] : ["", `token: ${token}`])];
}

function day(time: string): string {
  return time.slice(0, 10);
}
