import { TextInput } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { type ReactElement, useState } from "react";
import type { ReplyOf, ROUTES } from "../../../../src/api/index.ts";
import { actorText } from "../../../../src/views/index.ts";
import { addressOf, call } from "../../api/call.ts";
import { Ago } from "../../shared/amounts.tsx";
import { Empty, Waiting } from "../../shared/notices.tsx";

type Entry = ReplyOf<(typeof ROUTES)["audit"]>["items"][number];

interface Filters {
  readonly actor?: string;
  readonly action?: string;
  readonly subject?: string;
  readonly since?: string;
  readonly until?: string;
}

const PAGE = 50;

/** A log of who did what, in a project or on the whole server; searched, and saved as it is searched. */
export function Audit({ project }: { readonly project?: string }): ReactElement {
  const [filters, setFilters] = useState<Filters>({});
  const audit = useAudit(project, filters);
  const rows = (audit.data?.pages ?? []).flatMap(({ items }) => items);
  const path = project === undefined ? "/api/v0/audit/export/" : "/api/v0/projects/:project/audit/export/";
  const isFiltered = Object.keys(filters).length > 0;
  return (
    <div className="stack">
      <div className="spread wraps">
        <FilterFields filters={filters} onChange={setFilters} />
        <a
          className="plain-link small"
          href={addressOf(path, { ...(project !== undefined && { params: { project } }), query: { ...filters } })}
          download
        >
          Export {isFiltered ? "these" : "all of it"} as JSON lines
        </a>
      </div>
      {audit.error !== null || audit.data === undefined ? (
        <Waiting read={audit} what="the audit log" />
      ) : rows.length === 0 ? (
        <Empty title="Nothing fits">
          An action is named in full or by its first part: <code>run.stop</code>, <code>run</code>; a subject by its
          kind, or as <code>run:ID</code>.
        </Empty>
      ) : (
        <Entries rows={rows} />
      )}
      {audit.hasNextPage && (
        <button type="button" className="link" onClick={() => void audit.fetchNextPage()}>
          Show {PAGE} more
        </button>
      )}
    </div>
  );
}

function useAudit(project: string | undefined, filters: Filters) {
  return useInfiniteQuery({
    queryKey: ["audit", project ?? null, filters],
    queryFn: ({ pageParam, signal }) => {
      const query = {
        ...filters,
        first: "newest",
        limit: PAGE,
        ...(pageParam !== undefined && { before: pageParam }),
      } as const;
      return project === undefined
        ? call("GET", "/api/v0/audit/", { query }, signal)
        : call("GET", "/api/v0/projects/:project/audit/", { params: { project }, query }, signal);
    },
    initialPageParam: undefined as number | undefined,
    getNextPageParam: ({ next }) => next ?? undefined,
    // Each look is a new one.
    staleTime: 0,
  });
}

interface FilterFieldsProps {
  readonly filters: Filters;
  readonly onChange: (filters: Filters) => void;
}

const FIELDS = [
  { name: "actor", label: "Who", hint: "who, as user:ada" },
  { name: "action", label: "What", hint: "action, as run.stop" },
  { name: "subject", label: "Subject", hint: "subject, as member" },
] as const;
const DAYS = [
  { name: "since", label: "From" },
  { name: "until", label: "Until" },
] as const;

function FilterFields({ filters, onChange }: FilterFieldsProps): ReactElement {
  const take = (name: keyof Filters, text: string): void => {
    const { [name]: _, ...others } = filters;
    onChange(text === "" ? others : { ...others, [name]: text });
  };
  return (
    <div className="filters">
      {FIELDS.map(({ name, label, hint }) => (
        <TextInput
          key={name}
          aria-label={label}
          placeholder={hint}
          defaultValue={filters[name] ?? ""}
          onBlur={(event) => take(name, event.currentTarget.value.trim())}
          onKeyDown={(event) => event.key === "Enter" && take(name, event.currentTarget.value.trim())}
        />
      ))}
      {DAYS.map(({ name, label }) => (
        <label key={name} className="row tight small soft">
          {label}
          <input type="date" className="date" onChange={(event) => take(name, momentOf(event.currentTarget.value))} />
        </label>
      ))}
    </div>
  );
}

/** The beginning of a day where the user is. */
function momentOf(day: string): string {
  return day === "" ? "" : new Date(`${day}T00:00:00`).toISOString();
}

function Entries({ rows }: { readonly rows: readonly Entry[] }): ReactElement {
  return (
    <div className="table-frame">
      <table className="table">
        <thead>
          <tr>
            <th className="number">When</th>
            <th>Who</th>
            <th>What</th>
            <th>Details</th>
            <th>From</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ id, at, actor, action, subject, detail, from }) => (
            <tr key={id}>
              <td className="number">
                <Ago at={at} />
              </td>
              <td title={actor}>{actorText(actor)}</td>
              <td title={`${subject.kind}:${subject.id}`}>
                <code className="code">{action}</code> <span className="quiet small">{subject.kind}</span>
              </td>
              <td className="small soft clip" title={JSON.stringify(detail, undefined, 1)}>
                {Object.entries(detail)
                  .filter(([, value]) => value !== "" && value !== null)
                  .map(([name, value]) => `${name}: ${typeof value === "string" ? value : JSON.stringify(value)}`)
                  .join(", ")}
              </td>
              <td
                className="small soft"
                {...(from !== null && { title: `${from.via} · ${from.agent} · ${from.requestId ?? ""}` })}
              >
                {from?.address}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
