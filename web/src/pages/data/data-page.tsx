import { TextInput } from "@mantine/core";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import type { ReactElement } from "react";
import { usePages } from "../../api/queries.ts";
import { Page } from "../../frame/page.tsx";
import { useProject } from "../../frame/use-project.ts";
import { Empty, Waiting } from "../../shared/notices.tsx";
import { type DataSearch, dataSearch } from "./data-search.ts";
import { FilesTable } from "./files-table.tsx";
import { UploadButton } from "./upload-form.tsx";

const route = getRouteApi("/p/$owner/$name/data");
const PAGE = 100;

/** Every stored file: what steps made and what was fetched. The address holds the filter. */
export function DataPage(): ReactElement {
  const search = route.useSearch();
  const { ref, address } = useProject();
  const navigate = useNavigate();
  const files = usePages("/api/v0/projects/:project/files/", {
    params: { project: ref },
    query: { ...search, limit: PAGE },
  });
  const rows = (files.data?.pages ?? []).flatMap(({ items }) => items);
  const change = (changed: Partial<Record<keyof DataSearch, string | undefined>>): void => {
    const next = dataSearch({ ...search, ...changed });
    void navigate({ to: "/p/$owner/$name/data", params: address, search: next, replace: true });
  };
  const { sort, ...filters } = search;
  return (
    <Page title="Data" actions={<UploadButton />}>
      <div className="filters">
        <Field
          label="Name begins with"
          value={search.name?.replace(/\*$/, "")}
          onChange={(name) => change({ name: name === undefined ? undefined : `${name}*` })}
        />
        <Field label="Hash begins with" value={search.sha256} onChange={(text) => change({ sha256: digitsOf(text) })} />
        <Field label="Step" value={search.step} onChange={(step) => change({ step })} />
        <Field label="Run or execution" value={search.of} onChange={(of) => change({ of })} />
        {Object.keys(filters).length > 0 && (
          <Link to="/p/$owner/$name/data" params={address} search={dataSearch({ sort })} className="plain-link small">
            Clear
          </Link>
        )}
      </div>
      {files.error !== null ? (
        <Waiting read={files} />
      ) : files.data === undefined ? (
        <Waiting read={files} what="the files" />
      ) : rows.length === 0 ? (
        <NoFiles isFiltered={Object.keys(filters).length > 0} />
      ) : (
        <FilesTable rows={rows} sort={sort} onSort={(chosen) => change({ sort: chosen })} />
      )}
      {files.hasNextPage && files.error === null && (
        <button type="button" className="link" onClick={() => void files.fetchNextPage()}>
          Show {PAGE} more
        </button>
      )}
    </Page>
  );
}

/** A hash as programs write it: `sha256:3F…`, with blanks around. */
function digitsOf(text: string | undefined): string | undefined {
  const digits = text
    ?.replace(/^sha256:/i, "")
    .replace(/\s/g, "")
    .toLowerCase();
  return digits === "" ? undefined : digits;
}

function NoFiles({ isFiltered }: { readonly isFiltered: boolean }): ReactElement {
  const { address } = useProject();
  if (!isFiltered)
    return (
      <Empty title="No file is stored yet">
        A step stores what it writes into <code>/valohai/outputs</code>.
      </Empty>
    );
  return (
    <Empty title="No file fits these filters">
      <Link to="/p/$owner/$name/data" params={address} search={{}}>
        Take the filters away
      </Link>
    </Empty>
  );
}

interface FieldProps {
  readonly label: string;
  readonly value: string | undefined;
  readonly onChange: (value: string | undefined) => void;
}

/** Asks again when the field is left, and not at each letter. */
function Field({ label, value = "", onChange }: FieldProps): ReactElement {
  const take = (text: string): void => {
    if (text.trim() !== value) onChange(text.trim() === "" ? undefined : text.trim());
  };
  return (
    <TextInput
      key={value}
      aria-label={label}
      placeholder={label.toLowerCase()}
      defaultValue={value}
      onBlur={(event) => take(event.currentTarget.value)}
      onKeyDown={(event) => event.key === "Enter" && take(event.currentTarget.value)}
    />
  );
}
