import { ActionIcon, Button, Popover, Switch, TextInput } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useRouter } from "@tanstack/react-router";
import { type ReactElement, useState } from "react";
import type { SavedViewView } from "../../../../src/api/index.ts";
import { call } from "../../api/call.ts";
import { read } from "../../api/queries.ts";
import { useProject } from "../../frame/use-project.ts";
import { Icon } from "../../shared/icon.tsx";
import { Failed } from "../../shared/notices.tsx";
import { type RunsSearch, runsSearch } from "./runs-search.ts";

const LIST = "/api/v0/projects/:project/views/";
const ONE = "/api/v0/projects/:project/views/:view/";

/** The views of the list that one has saved or that others share, and a field to save this one. */
export function SavedViews({ search }: { readonly search: RunsSearch }): ReactElement {
  const { ref, mayWrite } = useProject();
  const [opened, setOpened] = useState(false);
  const views = useQuery({ ...read(LIST, { params: { project: ref } }), enabled: opened });
  return (
    <Popover opened={opened} onChange={setOpened} position="bottom-end" shadow="md" trapFocus>
      <Popover.Target>
        <Button onClick={() => setOpened(!opened)} aria-haspopup="dialog">
          Views
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <div className="stack saved-views">
          {views.error !== null && <Failed error={views.error} />}
          {views.data?.length === 0 && <p className="small quiet">No view of this project is saved yet.</p>}
          {views.data !== undefined && views.data.length > 0 && (
            <ul>
              {views.data.map((view) => (
                <OneView key={`${view.owner} ${view.name}`} view={view} onOpen={() => setOpened(false)} />
              ))}
            </ul>
          )}
          {mayWrite && <SaveView search={search} />}
        </div>
      </Popover.Dropdown>
    </Popover>
  );
}

function OneView({ view, onOpen }: { readonly view: SavedViewView; readonly onOpen: () => void }): ReactElement {
  const { ref, address } = useProject();
  const client = useQueryClient();
  const router = useRouter();
  const { name, owner, own, shared } = view;
  const remove = async (): Promise<void> => {
    await call("DELETE", ONE, { params: { project: ref, view: name } });
    await client.invalidateQueries({ queryKey: [LIST] });
  };
  return (
    <li className="row">
      <Link
        to="/p/$owner/$name/runs"
        params={address}
        search={runsSearch(router.options.parseSearch(`?${view.search}`))}
        onClick={onOpen}
        className="clip"
      >
        {name}
      </Link>
      <span className="spacer" />
      {shared && <span className="small quiet">{own ? "shared" : `by ${owner.replace(/^\w+:/, "")}`}</span>}
      {own && (
        <ActionIcon size={22} onClick={() => void remove()} aria-label={`Remove the view ${name}`}>
          <Icon name="close" size={12} />
        </ActionIcon>
      )}
    </li>
  );
}

function SaveView({ search }: { readonly search: RunsSearch }): ReactElement {
  const { ref } = useProject();
  const client = useQueryClient();
  const router = useRouter();
  const [name, setName] = useState("");
  const [shared, setShared] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const save = async (): Promise<void> => {
    try {
      const text = router.options.stringifySearch({ ...search }).replace(/^\?/, "");
      await call("PUT", ONE, { params: { project: ref, view: name.trim() }, body: { search: text, shared } });
      setName("");
      setFailure(undefined);
      await client.invalidateQueries({ queryKey: [LIST] });
    } catch (error) {
      setFailure(error);
    }
  };
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <div className="row">
        <TextInput
          aria-label="Name of the view"
          placeholder="save this view as"
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Button type="submit" disabled={name.trim() === ""}>
          Save
        </Button>
      </div>
      <Switch
        label="for everybody in the project"
        checked={shared}
        onChange={(event) => setShared(event.currentTarget.checked)}
      />
      {failure !== undefined && <Failed error={failure} />}
    </form>
  );
}
