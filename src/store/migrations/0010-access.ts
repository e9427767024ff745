import type { Migration } from "../migrate.ts";

/**
 * The tables say who may do what: users, their ways to log in (passwords, tokens, sessions, other identity providers),
 * teams, and members of projects. Credentials are stored here as hashes alone.
 *
 * A user is disabled rather than removed, so that a name in old records never comes to mean somebody else.
 * `login_failures` counts, for a name, an address or both, the failures since the window began.
 */
export const access: Migration = {
  version: 10,
  name: "access",
  script: ({ integer, text, table }) => `
    create table users (
      id ${text} primary key,
      name ${text} not null,
      folded_name ${text} not null unique,
      full_name ${text} not null,
      email ${text} not null,
      is_admin ${integer} not null,
      password ${text},
      password_at ${integer},
      created_at ${integer} not null,
      disabled_at ${integer}
    ) ${table};

    create table user_identities (
      issuer ${text} not null,
      subject ${text} not null,
      user_id ${text} not null references users (id),
      created_at ${integer} not null,
      primary key (issuer, subject)
    ) ${table};
    create index user_identities_by_user on user_identities (user_id);

    create table teams (
      id ${text} primary key,
      name ${text} not null unique,
      created_at ${integer} not null
    ) ${table};

    create table team_members (
      team_id ${text} not null references teams (id) on delete cascade,
      user_id ${text} not null references users (id),
      given_by ${text} not null,
      primary key (team_id, user_id)
    ) ${table};
    create index team_members_by_user on team_members (user_id);

    create table project_members (
      project_key ${integer} not null references projects (key) on delete cascade,
      user_id ${text} references users (id),
      team_id ${text} references teams (id) on delete cascade,
      role ${text} not null
    ) ${table};
    create unique index project_members_by_user on project_members (user_id, project_key) where user_id is not null;
    create unique index project_members_by_team on project_members (team_id, project_key) where team_id is not null;
    create index project_members_by_project on project_members (project_key);

    create table api_tokens (
      id ${text} primary key,
      hash ${text} not null unique,
      user_id ${text} not null references users (id),
      name ${text} not null,
      level ${text} not null,
      projects ${text},
      created_at ${integer} not null,
      expires_at ${integer},
      used_at ${integer}
    ) ${table};
    create index api_tokens_by_user on api_tokens (user_id);

    create table sessions (
      id ${text} primary key,
      hash ${text} not null unique,
      user_id ${text} not null references users (id),
      agent ${text} not null,
      address ${text} not null,
      created_at ${integer} not null,
      seen_at ${integer} not null,
      expires_at ${integer} not null
    ) ${table};
    create index sessions_by_user on sessions (user_id);

    create table execution_tokens (
      hash ${text} primary key,
      execution_key ${integer} not null references executions (key) on delete cascade
    ) ${table};
    create index execution_tokens_by_execution on execution_tokens (execution_key);

    create table login_failures (
      subject ${text} primary key,
      since ${integer} not null,
      failures ${integer} not null
    ) ${table};
  `,
};
