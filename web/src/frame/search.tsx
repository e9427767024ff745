import { Modal, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useNavigate } from "@tanstack/react-router";
import { type KeyboardEvent, type ReactElement, useEffect, useState } from "react";
import { StateMark } from "../shared/state-mark.tsx";
import { type Found, useFound } from "./use-found.ts";
import { useProject } from "./use-project.ts";

/** One search over the project: by number, name, tag, hash. */
export function Search({ opened, onClose }: { readonly opened: boolean; readonly onClose: () => void }): ReactElement {
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      withCloseButton={false}
      size={560}
      padding={0}
      yOffset="12vh"
      attributes={{ content: { "aria-label": "Search" } }}
    >
      {opened && <SearchBox onClose={onClose} />}
    </Modal>
  );
}

function SearchBox({ onClose }: { readonly onClose: () => void }): ReactElement {
  const [text, setText] = useState("");
  const [wanted] = useDebouncedValue(text.trim(), 120);
  const [at, setAt] = useState(0);
  const { found, isSearching } = useFound(wanted);
  const navigate = useNavigate();
  const { address } = useProject();
  // biome-ignore lint/correctness/useExhaustiveDependencies: another text begins at its first hit
  useEffect(() => setAt(0), [wanted]);
  const open = (hit: Found | undefined): void => {
    if (hit === undefined) return;
    onClose();
    void navigate({ to: hit.to, params: { ...address, ...hit.params }, search: hit.search ?? {} } as never);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      setAt((before) => Math.max(0, Math.min(found.length - 1, before + step)));
    } else if (event.key === "Enter") open(found[at]);
  };
  return (
    <div className="search">
      <TextInput
        data-autofocus
        size="md"
        variant="unstyled"
        placeholder="A number, a name, a tag, a hash …"
        aria-label="Search"
        role="combobox"
        aria-expanded={found.length > 0}
        aria-controls="found"
        {...(found[at] !== undefined && { "aria-activedescendant": `found-${at}` })}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        onKeyDown={onKeyDown}
      />
      <div id="found" role="listbox" aria-label="Found" tabIndex={-1}>
        {found.map((hit, index) => (
          <div
            key={`${hit.kind} ${hit.name} ${hit.more}`}
            id={`found-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === at}
            className={index === at ? "at" : ""}
            onPointerMove={() => setAt(index)}
            onClick={() => open(hit)}
            onKeyDown={onKeyDown}
          >
            <span className="quiet kind">{hit.kind}</span>
            {hit.state !== undefined && <StateMark state={hit.state} bare />}
            <span className="clip">{hit.name}</span>
            <span className="quiet clip">{hit.more}</span>
          </div>
        ))}
      </div>
      {found.length === 0 && (
        <p className="quiet nothing">{isSearching ? "Searching …" : "Nothing has this number, name, tag or hash."}</p>
      )}
    </div>
  );
}
